"""`plan_files`: demand, stock and open orders as they are counted, by hand; 1 January 2026 is today."""

from folders import DEMAND, Planner, column, months, orders, record


def test_demand_of_the_month_in_progress_may_come_in_two_rows(plan: Planner) -> None:
    """310 of January, told in two rows; from the 16th on 16 of its 31 days are left."""
    found = plan(
        "--horizon", "1", as_of="2026-01-16", demand=DEMAND + "A,P,2026-01-01,200\nA,P,2026-01-01,110"
    )
    assert record(found["projection"], "A", "demand") == [(160,)]


def test_boxes_are_counted_in_units(plan: Planner) -> None:
    found = plan(
        "--horizon", "1",
        items="item,unit\nA,each",
        units="item,unit,factor\nA,box,12",
        demand="item,location,date,quantity,unit\nA,P,2026-01-01,10,box",
        on_hand="item,location,quantity\nA,P,20",
        sourcing="item,location,source,kind\nA,P,S,buy",
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity") == [("100",)]


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
