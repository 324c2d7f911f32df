"""`plan_files`: empties that come back and are filled again, by hand; 1 January 2026 is today."""

from folders import DEMAND, Planner, record, table


def test_empties_come_back_a_month_later_and_wait_for_the_filling_line(plan: Planner) -> None:
    """10,000 shipped in January: 7,000 empties in February, of which the line fills 6,000; 1,000 in March.

    6,000 shipped in February bring 4,200 empties in March, and the 1,000 of March 700 in April.
    """
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "FULL,P,2026-01-01,10000\nFULL,P,2026-02-01,7000",
        on_hand="item,location,quantity\nFULL,P,10000",
        bom="parent,component,quantity_per\nFULL,EMPTY,1",
        returns="item,returns_as,location,rate,lag_days\nFULL,EMPTY,P,0.7,30",
        resources="resource,location,capacity_per_month\nFILL,P,6000",
        routings="item,resource,usage_per_unit\nFULL,FILL,1",
    )  # fmt: skip
    full = record(found["projection"], "FULL", "planned_receipts", "closing", "shortage")
    assert full == [(0, 0, 0), (6000, 0, 1000), (1000, 0, 0), (0, 0, 0)]
    empty = record(found["projection"], "EMPTY", "scheduled_receipts", "dependent_demand", "closing")
    assert empty == [(0, 0, 0), (7000, 6000, 1000), (4200, 1000, 4200), (700, 0, 4900)]


def test_no_more_comes_back_than_was_shipped_however_long_the_shortage_lasts(plan: Planner) -> None:
    """640 empties and half of them back a month later: 640, 320, 160 ... are filled, and 730 of 2,000 never."""
    found = plan(
        "--horizon", "7",
        demand=DEMAND + "FULL,P,2026-01-01,2000\nFULL,P,2026-07-01,0",
        on_hand="item,location,quantity\nEMPTY,P,640",
        bom="parent,component,quantity_per\nFULL,EMPTY,1",
        returns="item,returns_as,location,rate,lag_days\nFULL,EMPTY,P,0.5,30",
    )  # fmt: skip
    assert record(found["projection"], "FULL", "planned_receipts", "shortage") == [
        (640, 1360), (320, 1040), (160, 880), (80, 800), (40, 760), (20, 740), (10, 730),
    ]  # fmt: skip
    empty = record(found["projection"], "EMPTY", "scheduled_receipts", "dependent_demand")
    assert empty == [(0, 640), (320, 320), (160, 160), (80, 80), (40, 40), (20, 20), (10, 10)]


def test_nothing_comes_back_of_what_was_never_there(plan: Planner) -> None:
    found = plan(
        "--horizon", "8",
        demand=table(DEMAND.strip(), (f"FULL,P,2026-0{month}-01,200" for month in range(1, 9))),
        bom="parent,component,quantity_per\nFULL,EMPTY,1",
        returns="item,returns_as,location,rate,lag_days\nFULL,EMPTY,P,1,60",
    )  # fmt: skip
    assert [receipts for (receipts,) in record(found["projection"], "EMPTY", "scheduled_receipts")] == [0] * 8
    assert [short for (short,) in record(found["projection"], "FULL", "shortage")] == list(
        range(200, 1601, 200)
    )


def test_a_return_without_a_location_comes_back_wherever_the_item_is_shipped(plan: Planner) -> None:
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "FULL,P,2026-01-01,100\nFULL,W,2026-01-01,40",
        on_hand="item,location,quantity\nFULL,P,100\nFULL,W,40",
        returns="item,returns_as,location,rate,lag_days\nFULL,EMPTY,,0.5,30",
    )  # fmt: skip
    back = {place: record(found["projection"], "EMPTY", "scheduled_receipts", place=place) for place in "PW"}
    assert back == {"P": [(0,), (50,)], "W": [(0,), (20,)]}
