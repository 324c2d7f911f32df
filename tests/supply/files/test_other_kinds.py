"""`plan_files` on further kinds of folders, each worked out by hand; 1 January 2026 is today."""

import pytest
from folders import DEMAND, Planner, Rows


def months(item: str, *units: float, place: str = "P") -> str:
    """Demand of the first months of 2026."""
    return "".join(f"{item},{place},2026-{month:02d}-01,{count}\n" for month, count in enumerate(units, 1))


def column(rows: Rows, name: str, **where: str) -> list[float]:
    """One column of the rows that say so."""
    return [float(row[name]) for row in rows if all(row[key] == value for key, value in where.items())]


def test_open_orders_count_what_is_still_to_come_and_overdue_ones_from_today(plan: Planner) -> None:
    """50 + 60 overdue - 100 = 10; 70 of 100 are left of R2; what is cancelled or has been received brings nothing."""
    found = plan(
        "--unconstrained", "--horizon", "3",
        demand=DEMAND + months("A", 100, 100, 100),
        on_hand="item,location,quantity\nA,P,50",
        scheduled_receipts="order,line,item,location,quantity,received_quantity,due_date,status\n"
        "R1,1,A,P,60,,2025-12-20,open\nR2,1,A,P,100,30,2026-02-01,confirmed\n"
        "R3,1,A,P,500,,2026-02-01,cancelled\nR4,1,A,P,40,40,2026-01-05,received",
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,30",
    )["projection"]  # fmt: skip
    assert column(found, "scheduled_receipts") == [60, 70, 0]
    assert column(found, "closing") == [10, 0, 0]
    assert column(found, "planned_releases") == [20, 100, 0]


def test_a_lot_for_three_weeks_looks_through_the_receipt_among_them(plan: Planner) -> None:
    """Stock of 5 is to be kept. Week 1: 10 now, 20 in week 3 less the 15 to come: 15. Week 5: 30 + 10 = 40."""
    found = plan(
        "--unconstrained", "--bucket", "week", "--horizon", "6", as_of="2026-01-05",
        demand=DEMAND + "A,P,2026-01-05,10\nA,P,2026-01-19,20\nA,P,2026-02-02,30\nA,P,2026-02-09,10",
        on_hand="item,location,quantity\nA,P,5",
        scheduled_receipts="order,line,item,location,quantity,due_date\nR,1,A,P,15,2026-01-19",
        policies="item,location,service_policy,service_target,lot_sizing,lot_parameter\n"
        "A,P,fixed_quantity,5,period_order_quantity,3",
        sourcing="item,location,source,kind\nA,P,S,buy",
    )["projection"]  # fmt: skip
    assert column(found, "planned_receipts") == [15, 0, 0, 0, 40, 0]
    assert column(found, "closing") == [10, 10, 5, 5, 15, 5]


def test_stock_below_zero_is_owed_from_the_start(plan: Planner) -> None:
    """20 owed and 28 asked for in February; forty days of lead time: 48 on 10 February, 20 short until then."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + months("B", 0, 28),
        on_hand="item,location,quantity\nB,P,-20",
        sourcing="item,location,source,kind,lead_time_days\nB,P,S,buy,40",
    )  # fmt: skip
    rows = found["projection"]
    assert (column(rows, "opening"), column(rows, "shortage")) == ([-20, 0], [20, 0])
    assert column(rows, "planned_receipts") == [0, 48]
    # 20 owed, and one a day of 1 to 9 February
    assert column(found["pegging"], "quantity") == [20, 9, 19]
    assert column(found["pegging"], "days_late") == [40, 9, 0]


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


def test_a_reserve_ashore_is_a_floor_of_stock_and_keeps_1500_off_the_water(plan: Planner) -> None:
    """20,000 in all, 18,500 of them afloat, 3,000 to stay on land."""
    found = plan(
        "--horizon", "3",
        items="item,unit_cost,unit_price\nA,10,28",
        demand=DEMAND + months("A", 500, 500, 500),
        on_hand="item,location,quantity\nA,P,1500",
        scheduled_receipts="order,line,item,location,quantity,ship_date,due_date,status\n"
        "R,1,A,P,18500,2025-12-20,2026-02-01,in_transit",
        policies="item,location,reserve_ashore\nA,P,3000",
        sourcing="item,location,source,kind,lead_time_days,transit_days\nA,P,S,buy,60,45",
    )  # fmt: skip
    assert found["safety_stock"][0]["reason"].endswith("raised to keep the reserve ashore: 3,000")
    assert column(found["projection"], "safety_stock") == [3000, 3000, 3000]
    assert column(found["projection"], "below_safety_stock") == [2000, 0, 0]
    assert column(found["exceptions"], "quantity", kind="reserve") == [1500]


def test_a_part_of_two_parents_goes_to_the_first_priority(plan: Planner) -> None:
    found = plan(
        "--horizon", "1",
        items="item,priority\nA,2\nB,1",
        demand=DEMAND + months("A", 80) + months("B", 60),
        on_hand="item,location,quantity\nC,P,100",
        bom="parent,component,quantity_per\nA,C,1\nB,C,1",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,P,make",
    )  # fmt: skip
    assert column(found["projection"], "planned_receipts", item="B") == [60]
    assert column(found["projection"], "planned_receipts", item="A") == [40]
    late = {(row["demand_item"], row["first_cause"]) for row in found["pegging"] if row["order"] == "short"}
    assert ("A", "component C@P: no source") in late


def test_goods_pass_a_hub_on_the_day_they_are_needed_there(plan: Planner) -> None:
    """Wanted on 1 April: 10 days from the hub (22 March), 35 to it (15 February) after 5 to be handed over and made."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,NJ,2026-04-01,300",
        sourcing="item,location,source,kind,lead_time_days,transit_days\n"
        "A,NJ,HUB,transfer,10,10\nA,HUB,MY,transfer,40,35\nA,MY,MY,make,5,0",
    )["planned_orders"]  # fmt: skip
    dates = [tuple(row[name] for name in ("location", "order_by", "ship_date", "due_date")) for row in found]
    assert dates == [
        ("NJ", "2026-03-22", "2026-03-22", "2026-04-01"),
        ("HUB", "2026-02-10", "2026-02-15", "2026-03-22"),
        ("MY", "2026-02-10", "2026-02-15", "2026-02-15"),
    ]


def test_a_phantom_passes_on_what_it_has_no_stock_of(plan: Planner) -> None:
    """One place, so none is named. Ten A take ten P in week 2; four are there, six are made at once of twelve b."""
    found = plan(
        "--unconstrained", "--bucket", "week", "--horizon", "3", as_of="2026-01-05",
        demand="item,date,quantity\nA,2026-01-19,10",
        on_hand="item,quantity\nP,4",
        bom="parent,component,quantity_per\nA,P,1\nP,b,2",
        sourcing="item,kind,lead_time_days\nA,make,7\nP,make,0\nb,buy,7",
    )["projection"]  # fmt: skip
    assert column(found, "planned_releases", item="P") == [0, 6, 0]
    assert column(found, "planned_releases", item="b") == [12, 0, 0]


def test_a_lead_time_that_grows_moves_releases_to_the_last_short_one(plan: Planner) -> None:
    """One month until April, two from May: what is needed in June leaves in April, for in May it would be late."""
    found = plan(
        "--unconstrained", "--horizon", "7",
        demand=DEMAND + months("A", 0, 0, 10, 11, 12, 13, 14),
        bom="parent,component,quantity_per\nA,b,2",
        sourcing="item,location,source,kind,lead_time_days,moq,valid_from,valid_to\n"
        "A,P,P,make,30,,,2026-04-30\nA,P,P,make,45,20,2026-05-01,\nb,P,S,buy,0,,,",
    )["projection"]  # fmt: skip
    assert column(found, "planned_releases", item="A") == [0, 10, 11, 25, 20, 0, 0]
    assert column(found, "dependent_demand", item="b") == [0, 20, 22, 50, 40, 0, 0]


def test_only_what_fits_is_bought_ahead_of_a_tariff(plan: Planner) -> None:
    """0.60 a unit from 1 April; 20,000 for June take 83.3 m3 from March on, 12,000 fit into 50. They cost 2 months' holding."""
    found = plan(
        "--horizon", "6",
        items="item,category,unit_cost,unit_price,holding_cost_pct,volume_m3,units_per_carton\nBTL,B,4,12,24,0.05,12",
        locations="location,country,storage_m3\nNJ,US,50",
        suppliers="supplier,country\nMOULD,MY",
        demand=DEMAND + "BTL,NJ,2026-06-01,20000",
        sourcing="item,location,source,kind,lead_time_days,unit_cost\nBTL,NJ,MOULD,buy,30,4",
        tariffs="category,origin,destination,valid_from,rate_pct\nB,MY,US,2025-01-01,10\nB,MY,US,2026-04-01,25",
    )["exceptions"]  # fmt: skip
    (row,) = (row for row in found if row["kind"] == "tariff")
    holding = 12000 * 4.40 * 0.24 * 2 / 12
    assert float(row["money_at_risk"]) == 12000
    assert float(row["action_cost"]) == pytest.approx(holding)
    assert float(row["avoidable_loss"]) == pytest.approx(12000 * 0.60 - holding)
    assert row["suggestion"].startswith(
        "Receive 12,000 before 2026-04-01, no more of 20,000 fit: +0.60 a unit saved"
    )
