"""`plan_files`: what is late and what is to be done about it: lines, certificates, fences, by hand; 1 January 2026 is today."""

import pytest
from folders import DEMAND, Planner, orders, record


def test_the_line_that_holds_a_part_back_is_named_in_the_advice(plan: Planner) -> None:
    """Two lines, so that the numbers of item-locations and of capacities differ; the part's line makes 10 a month."""
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "FULL,P,2026-01-01,100",
        items="item,unit_cost,unit_price\nFULL,4,9\nPART,1,",
        bom="parent,component,quantity_per\nFULL,PART,1",
        sourcing="item,location,source,kind\nFULL,P,P,make\nPART,P,P,make",
        resources="resource,location,capacity_per_month\nFILL,P,6000\nPRESS,P,10",
        routings="item,resource,usage_per_unit\nFULL,FILL,1\nPART,PRESS,1",
    )  # fmt: skip
    (row,) = (row for row in found["exceptions"] if row["kind"] == "shortage")
    assert row["root_cause"] == "component PART@P: capacity PRESS"
    assert row["suggestion"] == "Add capacity PRESS for 90 of PART@P, or accept the shortage"


def test_inside_the_planning_fence_the_system_only_proposes(plan: Planner) -> None:
    """Ten days of lead time: ordered on 22 January (21 days from now) and on 22 March; the fence is 30 days."""
    found = plan(
        demand=DEMAND + "A,P,2026-02-01,300\nA,P,2026-04-01,500",
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,10",
        parameters="name,value\nplanning_time_fence_days,30",
    )
    assert orders(found["planned_orders"], "quantity", "order_by", "due_date", "status") == [
        ("300", "2026-01-22", "2026-02-01", "proposed"),
        ("500", "2026-03-22", "2026-04-01", "planned"),
    ]


def test_nothing_arrives_before_the_certificate(plan: Planner) -> None:
    """280 of February wait until 15 March: 280 + 310 arrive in one order that leaves ten days before."""
    found = plan(
        "--horizon", "3",
        items="item,certificate_date\nA,2026-03-15",
        demand=DEMAND + "A,P,2026-02-01,280\nA,P,2026-03-01,310",
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,10",
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity", "order_by", "due_date") == [
        ("590", "2026-03-05", "2026-03-15")
    ]
    assert record(found["projection"], "A", "shortage") == [(0,), (280,), (0,)]
    assert "blocked until its certificate date" in {row["first_cause"] for row in found["pegging"]}


def test_what_lands_behind_the_horizon_says_whom_it_serves_how_late_and_why(plan: Planner) -> None:
    """The part lands on 10 February, 25 days later, on 7 March, the first of 28: seven days behind the horizon."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,P,2026-02-01,28",
        bom="parent,component,quantity_per\nA,B,1",
        sourcing="item,location,source,kind,lead_time_days\nA,P,P,make,25\nB,P,S,buy,40",
    )  # fmt: skip
    made = [row for row in found["planned_orders"] if row["item"] == "A"]
    assert orders(made, "quantity", "order_by", "due_date", "cover_days", "pegged_to") == [
        ("28", "2026-02-10", "2026-03-07", "", "2026-02-01: 28")
    ]
    own = [row for row in found["pegging"] if row["demand_item"] == "A"]
    assert orders(own, "order", "quantity", "days_late", "first_cause") == [
        (made[0]["order"], "28", "34", "component B@P: lead time")
    ]
    assert record(found["projection"], "A", "planned_receipts", "shortage") == [(0, 0), (0, 28)]


@pytest.mark.parametrize(
    ("certified", "due", "cause"),
    [
        ("2026-01-10", "2026-01-25", "receipt O/1 late"),
        ("2026-01-25", "2026-01-10", "blocked until its certificate date"),
    ],
)
def test_an_open_order_is_late_for_its_certificate_only_where_that_comes_after_it(
    plan: Planner, certified: str, due: str, cause: str
) -> None:
    """20 cover one a day until the 20th; five days later the order lands."""
    found = plan(
        "--horizon", "1",
        items=f"item,certificate_date\nA,{certified}",
        demand=DEMAND + "A,P,2026-01-01,31",
        on_hand="item,location,quantity\nA,P,20",
        scheduled_receipts=f"order,line,item,location,quantity,due_date\nO,1,A,P,11,{due}",
    )  # fmt: skip
    late = [row for row in found["pegging"] if row["days_late"] != "0"]
    assert orders(late, "order", "quantity", "days_late", "first_cause") == [("O/1", "4", "4", cause)]


def test_a_fraction_of_a_unit_that_is_late_is_advised_on_like_any_other(plan: Planner) -> None:
    """0.4 of the 11th lack for a day: the faster way is dearer, and nothing is ordered there."""
    found = plan(
        "--horizon", "2",
        items="item,unit_cost,unit_price\nA,2,20",
        demand=DEMAND + "A,P,2026-01-01,31\nA,P,2026-02-01,28",
        on_hand="item,location,quantity\nA,P,10.6",
        scheduled_receipts="order,line,item,location,supplier,quantity,due_date\nO,1,A,P,V,100,2026-01-12",
        sourcing="item,location,source,kind,lead_time_days,unit_cost,priority\nA,P,V,buy,30,2,1\nA,P,Z,buy,5,9,2",
    )  # fmt: skip
    (row,) = (row for row in found["exceptions"] if row["kind"] == "shortage")
    assert (row["quantity"], row["suggestion"]) == ("0.4", "Bring 0.40 of A@P by Z")


def test_a_certificate_that_holds_a_part_back_is_what_the_advice_is_about(plan: Planner) -> None:
    found = plan(
        "--horizon", "3",
        items="item,certificate_date,unit_cost,unit_price\nA,,1,5\nB,2026-02-10,1,",
        demand=DEMAND + "A,P,2026-01-10,100",
        bom="parent,component,quantity_per\nA,B,1",
        sourcing="item,location,source,kind,lead_time_days\nA,P,P,make,5\nB,P,S,buy,10",
    )  # fmt: skip
    (row,) = (row for row in found["exceptions"] if row["kind"] == "shortage")
    assert row["root_cause"] == "component B@P: blocked until its certificate date"
    assert row["suggestion"] == "Have B@P certified sooner, or accept the shortage"


def test_what_capacity_holds_back_is_released_in_its_own_month(plan: Planner) -> None:
    """300 wanted today from a line of 100 a month: 100 are begun today, the rest in February and March."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,300\nA,P,2026-02-01,0\nA,P,2026-03-01,0",
        sourcing="item,location,source,kind,lead_time_days,capacity_per_month\nA,P,P,make,0,100",
    )  # fmt: skip
    assert record(found["projection"], "A", "planned_releases", "past_due_release", "planned_receipts") == [
        (100, 0, 100), (100, 0, 100), (100, 0, 100),
    ]  # fmt: skip


def test_what_a_certificate_holds_back_is_released_in_time_for_it(plan: Planner) -> None:
    """100 a month cannot land before 10 March: they leave ten days before, in February, not today."""
    found = plan(
        "--horizon", "4",
        items="item,certificate_date\nA,2026-03-10",
        demand=DEMAND + "".join(f"A,P,2026-0{month}-01,100\n" for month in (1, 2, 3, 4)),
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,10",
    )  # fmt: skip
    assert record(found["projection"], "A", "planned_releases", "past_due_release", "planned_receipts") == [
        (0, 0, 0), (300, 0, 0), (100, 0, 300), (0, 0, 100),
    ]  # fmt: skip
