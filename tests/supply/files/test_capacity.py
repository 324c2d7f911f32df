"""`plan_files`: lines that make so much a month, by hand; 1 January 2026 is today."""

from folders import DEMAND, Planner, column, months, record


def test_capacity_goes_to_the_first_priority(plan: Planner) -> None:
    found = plan(
        "--horizon", "2",
        items="item,priority\nCAPSULE,1\nKIT,2",
        demand=DEMAND + "CAPSULE,P,2026-01-01,8000\nKIT,P,2026-01-01,4000",
        sourcing="item,location,source,kind\nCAPSULE,P,P,make\nKIT,P,P,make",
        resources="resource,location,capacity_per_month\nLINE,P,10000",
        routings="item,resource,usage_per_unit\nCAPSULE,LINE,1\nKIT,LINE,1",
    )  # fmt: skip
    assert record(found["projection"], "CAPSULE", "planned_receipts", "shortage") == [(8000, 0), (0, 0)]
    assert record(found["projection"], "KIT", "planned_receipts", "shortage") == [(2000, 2000), (2000, 0)]


def test_hours_are_shared_by_priority_and_use(plan: Planner) -> None:
    """100 hours a month: 30 A take 60, so 40 of 60 B are made and 20 wait for February."""
    found = plan(
        "--horizon", "2",
        items="item,priority\nA,1\nB,2",
        demand=DEMAND + months("A", 30) + months("B", 60),
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,P,make",
        resources="resource,location,capacity_per_month,unit\nL,P,100,hour",
        routings="item,resource,usage_per_unit\nA,L,2\nB,L,1",
    )  # fmt: skip
    assert column(found["projection"], "planned_receipts", item="A") == [30, 0]
    assert column(found["projection"], "planned_receipts", item="B") == [40, 20]
    assert column(found["capacity"], "required") == [100, 20]


def test_a_record_without_limits_shows_the_load_that_it_would_take(plan: Planner) -> None:
    """90 and 120 on a line of 100; two parts each from a supplier of 30 a month, a month before they are shipped."""
    found = plan(
        "--unconstrained", "--horizon", "2",
        demand=DEMAND + months("A", 90, 120),
        bom="parent,component,quantity_per\nA,b,2",
        suppliers="supplier,capacity_per_month\nS,30",
        sourcing="item,location,source,kind,lead_time_days\nA,P,P,make,0\nb,P,S,buy,30",
        resources="resource,location,capacity_per_month\nL,P,100",
        routings="item,resource,usage_per_unit\nA,L,1",
    )["capacity"]  # fmt: skip
    assert column(found, "required", resource="L") == [90, 120]
    assert column(found, "utilisation", resource="L") == [0.9, 1.2]
    assert column(found, "required", supplier="S") == [180, 240]


def test_a_lot_of_more_than_a_month_of_capacity_is_received_as_it_is_made(plan: Planner) -> None:
    """At least 250 on a line of 100 a month: 100, 100 and 50 come in turn, and nobody waits."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + months("A", 50, 50, 50),
        sourcing="item,location,source,kind,moq\nA,P,P,make,250",
        resources="resource,location,capacity_per_month\nL,P,100",
        routings="item,resource,usage_per_unit\nA,L,1",
    )  # fmt: skip
    assert column(found["projection"], "planned_receipts") == [100, 100, 50, 0]
    assert column(found["projection"], "shortage") == [0, 0, 0, 0]
    assert column(found["capacity"], "required") == [100, 100, 50, 0]
    assert [row["reason"] for row in found["planned_orders"]] == [
        "needs 50 by 2026-01-01; MOQ adds 50; part 1 of 3 of a run of 250",
        "needs 0 by 2026-02-28; MOQ adds 100; part 2 of 3 of a run of 250",
        "needs 0 by 2026-03-31; MOQ adds 50; part 3 of 3 of a run of 250",
    ]


def test_what_is_made_ahead_of_a_full_month_says_so(plan: Planner) -> None:
    """80, 150 and 60 on a line of 100 a month: 20 of February's take seven of January's 31 days, 30 wait for March."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + months("A", 80, 150, 60),
        sourcing="item,location,source,kind\nA,P,P,make",
        resources="resource,location,capacity_per_month\nL,P,100",
        routings="item,resource,usage_per_unit\nA,L,1",
    )  # fmt: skip
    assert column(found["projection"], "planned_receipts") == [80, 120, 90]
    assert column(found["capacity"], "required") == [100, 100, 90]
    assert [row["reason"] for row in found["planned_orders"]] == [
        "needs 80 by 2026-01-01",
        "needs 120 by 2026-02-01; begun by 2026-01-25, for L is full in 2026-02-01",
        "needs 90 by 2026-02-01; 28 days late: capacity L",
    ]
