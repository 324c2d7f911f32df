"""`plan_files` on where to buy, what it costs and which way it comes, by hand; 1 January 2026 is today."""

import pytest
from folders import DEMAND, Planner, orders, table

MIXED = {"A": 5000, "B": 2500, "C": 3000}  # a month


def test_an_order_costs_what_its_price_break_says(plan: Planner) -> None:
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,900\nA,P,2026-02-01,1200\nA,P,2026-03-01,5000",
        sourcing="item,location,source,kind,unit_cost\nA,P,S,buy,10",
        price_breaks="item,location,source,min_quantity,unit_cost\nA,P,S,1000,9\nA,P,S,5000,8",
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity", "unit_landed_cost") == [
        ("900", "10"), ("1200", "9"), ("5000", "8"),
    ]  # fmt: skip


def test_prices_change_on_their_own_days(plan: Planner) -> None:
    """From 1 March 1,000 cost 8 apiece and small lots 11: ordered on 28 February, thirty days ahead, they cost 9 and 10."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,P,2026-02-01,900\nA,P,2026-03-30,1200\nA,P,2026-04-01,1200",
        sourcing="item,location,source,mode,kind,unit_cost,lead_time_days\nA,P,S,sea,buy,10,30",
        price_breaks=table(
            "item,location,source,valid_from,min_quantity,unit_cost",
            ("A,P,S,,1000,9", "A,P,S,2026-03-01,1,11", "A,P,S,2026-03-01,1000,8"),
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity", "order_by", "unit_landed_cost") == [
        ("900", "2026-01-02", "10"), ("1200", "2026-01-30", "9"), ("1200", "2026-03-02", "8"),
    ]  # fmt: skip


def test_the_source_that_is_cheaper_by_its_price_breaks_comes_first(plan: Planner) -> None:
    """NEAR's list price is 5, FAR's 6 until 200 are bought, then 4; its minimum of 300 earns that."""
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "A,P,2026-01-01,300",
        sourcing="item,location,source,kind,unit_cost,moq\nA,P,NEAR,buy,5,\nA,P,FAR,buy,6,300",
        price_breaks="item,location,source,min_quantity,unit_cost\nA,P,FAR,200,4",
    )  # fmt: skip
    assert orders(found["planned_orders"], "source", "quantity", "unit_landed_cost") == [("FAR", "300", "4")]


def test_an_order_costs_what_the_item_does_where_its_lane_says_nothing(plan: Planner) -> None:
    found = plan(
        "--horizon", "1",
        items="item,unit_cost\nA,4\nB,4\nC,4\nD,",
        demand=DEMAND + "".join(f"{item},P,2026-01-01,100\n" for item in "ABCD"),
        sourcing="item,location,source,kind,unit_cost,freight_cost\nA,P,S,buy,,0.5\nB,P,S,buy,10,\nC,P,P,make,,\nD,P,S,buy,,",
    )  # fmt: skip
    assert orders(found["planned_orders"], "item", "unit_landed_cost") == [
        ("A", "4.5"), ("B", "10"), ("C", "4"), ("D", "0"),
    ]  # fmt: skip


def test_a_lane_that_merely_lacks_a_cost_is_no_cheaper_than_the_one_beside_it(plan: Planner) -> None:
    """The first choice costs 5, and neither the item nor the other lane says what it costs."""
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "A,P,2026-01-01,100",
        items="item,unit_price\nA,9",
        suppliers="supplier,capacity_per_month\nKNOWN,40",
        sourcing="item,location,source,kind,priority,unit_cost\nA,P,KNOWN,buy,1,5\nA,P,BLANK,buy,2,",
    )  # fmt: skip
    assert orders(found["planned_orders"], "source", "quantity", "unit_landed_cost") == [
        ("KNOWN", "40", "5"),
        ("BLANK", "60", "5"),
    ]


def test_items_of_a_group_reach_their_minimum_together(plan: Planner) -> None:
    """8,000 and 9,000 against a joint minimum of 20,000 with lots of 1,000: 20,000 in all, no lot more."""
    found = plan(
        "--horizon", "2",
        items="item,step\nA,1000\nB,1000",
        demand=DEMAND + "A,P,2026-01-01,8000\nB,P,2026-01-01,9000",
        sourcing=table(
            "item,location,source,kind,moq,order_group", ("A,P,S,buy,20000,BOTTLES", "B,P,S,buy,20000,BOTTLES")
        ),
    )  # fmt: skip
    amounts = [float(row["quantity"]) for row in found["planned_orders"]]
    assert sum(amounts) == 20_000
    assert all(amount % 1000 == 0 for amount in amounts)
    assert {row["order_by"] for row in found["planned_orders"]} == {"2026-01-01"}


@pytest.mark.parametrize("flown_first", [False, True])
def test_a_joint_minimum_is_one_order_for_its_first_need(plan: Planner, flown_first: bool) -> None:
    """Stock lasts to 31 (A), 13 (B) and 6 March (C): 20,004 in all are ordered 45 days before the 6th, whoever flies."""
    by_sea = [f"{item},P,S,sea,buy,45,20000,12,BOTTLES,1" for item in "ABC"]
    by_air = [f"{item},P,S,air,buy,10,,12,,2" for item in "ABC"]
    months = [f"{item},P,2026-0{month}-01,{units}" for month in range(1, 5) for item, units in MIXED.items()]
    found = plan(
        "--horizon", "4",
        items="item,unit_cost,unit_price\nA,4,30\nB,4,30\nC,4,30",
        demand=DEMAND + "\n".join(months),
        on_hand="item,location,quantity\nA,P,16000\nB,P,6000\nC,P,6500",
        sourcing=table(
            "item,location,source,mode,kind,lead_time_days,moq,order_multiple,order_group,priority",
            by_air + by_sea if flown_first else by_sea + by_air,
        ),
    )  # fmt: skip
    first = [row for row in found["planned_orders"] if row["due_date"] < "2026-04"]
    assert {row["item"] for row in first} == {"A", "B", "C"}
    assert {(row["mode"], row["order_by"], row["due_date"]) for row in first} == {
        ("sea", "2026-01-20", "2026-03-06")
    }
    assert sum(float(row["quantity"]) for row in first) == 20_004


def test_what_a_parent_takes_late_in_a_month_needs_no_plane_before(plan: Planner) -> None:
    """The ship lands on 16 February, the 600 shells are taken on the 26th for kits of 1 March."""
    found = plan(
        "--horizon", "3",
        items="item,unit_cost,unit_price\nKIT,9,40\nSHELL,4,",
        demand=DEMAND + "KIT,P,2026-03-01,600",
        bom="parent,component,quantity_per\nKIT,SHELL,1",
        sourcing=table(
            "item,location,source,mode,kind,lead_time_days,freight_cost",
            ("KIT,P,P,,make,3,", "SHELL,P,S,sea,buy,46,0.3", "SHELL,P,S,air,buy,10,3"),
        ),
    )  # fmt: skip
    shells = [row for row in found["planned_orders"] if row["item"] == "SHELL"]
    assert orders(shells, "mode", "quantity", "due_date") == [("sea", "600", "2026-02-26")]


def test_who_flies_alone_reaches_the_joint_minimum_alone(plan: Planner) -> None:
    """22 are short until the cheap way lands; the dear one belongs to a group with a minimum of 500, in twelves."""
    found = plan(
        "--horizon", "1",
        items="item,unit_cost,unit_price\nA,5,40\nB,5,40",
        demand=DEMAND + "A,P,2026-01-01,22",
        sourcing=table(
            "item,location,source,mode,kind,lead_time_days,moq,order_multiple,freight_cost,order_group",
            ("A,P,SLOW,sea,buy,60,,,0,", "A,P,FAST,air,buy,2,500,12,2,KIT", "B,P,FAST,air,buy,2,500,12,2,KIT"),
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "item", "source", "quantity") == [("A", "FAST", "504")]


@pytest.mark.parametrize(
    ("price", "flown", "advice"),
    [(28, [("air", "1200")], []), (12, [], ["Accept the shortage: acting costs 4,200, more than it saves"])],
)
def test_flying_1200_pays_at_a_margin_of_18_and_not_at_2(
    plan: Planner, price: int, flown: list[tuple[str, str]], advice: list[str]
) -> None:
    """The premium is 3.50 a unit; by sea nothing lands before March."""
    found = plan(
        "--horizon", "2",
        items=f"item,unit_cost,unit_price\nA,10,{price}",
        demand=DEMAND + "A,P,2026-01-01,3100",
        on_hand="item,location,quantity\nA,P,1900",
        parameters="name,value\ncapital_cost_pct,0",
        sourcing=table(
            "item,location,source,mode,kind,lead_time_days,freight_cost", ("A,P,S,sea,buy,60,0.5", "A,P,S,air,buy,5,4")
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "mode", "quantity") == flown
    assert [row["suggestion"] for row in found["exceptions"] if row["kind"] == "shortage"] == advice


def test_the_second_source_takes_what_the_first_cannot(plan: Planner) -> None:
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "A,P,2026-01-01,100",
        suppliers="supplier,capacity_per_month\nS1,60",
        sourcing="item,location,source,kind,priority\nA,P,S1,buy,1\nA,P,S2,buy,2",
    )  # fmt: skip
    assert orders(found["planned_orders"], "source", "quantity") == [("S1", "60"), ("S2", "40")]


def test_what_two_orders_of_one_month_leave_over_hangs_over_once(plan: Planner) -> None:
    """100 are needed: 60 from S1 and the minimum of 70 from S2 leave 30, with the order that comes last."""
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "A,P,2026-01-01,100",
        suppliers="supplier,capacity_per_month\nS1,60",
        sourcing="item,location,source,kind,priority,moq\nA,P,S1,buy,1,\nA,P,S2,buy,2,70",
    )  # fmt: skip
    assert orders(found["planned_orders"], "source", "overhang") == [("S1", "0"), ("S2", "30")]


@pytest.mark.parametrize(
    ("on_hand", "needed", "order_by"),
    [(190, "2026-06-20", "2026-05-06"), (90, "2026-06-10", "2026-04-30")],
)
def test_a_lead_time_grows_from_30_to_45_days_on_1_may(
    plan: Planner, on_hand: int, needed: str, order_by: str
) -> None:
    """Ten a day in June. By 6 May for the 20th; by 30 April, the last day of the short one, for the 10th."""
    found = plan(
        demand=DEMAND + "A,P,2026-06-01,300",
        on_hand=f"item,location,quantity\nA,P,{on_hand}",
        sourcing=table(
            "item,location,source,kind,lead_time_days,valid_from,valid_to",
            ("A,P,S,buy,30,,2026-04-30", "A,P,S,buy,45,2026-05-01,"),
        ),
    )
    assert orders(found["planned_orders"], "order_by", "due_date") == [(order_by, needed)]


def test_a_target_protects_the_lead_time_of_the_way_that_costs_less(plan: Planner) -> None:
    """Ship and plane are equal choices by priority; the plan sails, so the stock must last for 60 days."""
    found = plan(
        demand="item,location,date,quantity,error_sd\nA,P,2026-01-01,1000,100",
        sourcing=table(
            "item,location,source,mode,kind,lead_time_days,unit_cost,freight_cost",
            ("A,P,S,air,buy,20,4,4", "A,P,S,sea,buy,60,4,0.5"),
        ),
    )  # fmt: skip
    assert [row["protection_days"] for row in found["safety_stock"]] == ["60"]


@pytest.mark.parametrize(
    ("of", "supplier", "mode", "taken"),
    [
        ("LINE", "", "", "40"), ("LINE", "ELSEWHERE", "", "0"), ("S1/A/P/sea", "S1", "sea", "40"),
        ("S1/A/P/sea", "S1", "air", "0"), ("S1/A/P/sea", "S1", "", "40"),
    ],
    ids=["made here", "at a supplier of nothing", "by sea", "by air", "by the way that comes first"],
)  # fmt: skip
def test_an_open_order_takes_of_the_capacity_of_the_way_it_comes(
    plan: Planner, of: str, supplier: str, mode: str, taken: str
) -> None:
    """40 are ordered and have not left; ships of S1 carry 100 a month and LINE makes as many."""
    found = plan(
        "--horizon", "1",
        demand=DEMAND + "A,P,2026-01-01,0",
        suppliers="supplier\nS1\nELSEWHERE",
        scheduled_receipts=f"order,item,location,supplier,mode,quantity,due_date\nPO,A,P,{supplier},{mode},40,2026-01-20",
        sourcing=table(
            "item,location,source,mode,kind,priority,capacity_per_month",
            ("A,P,S1,sea,buy,1,100", "A,P,S1,air,buy,2,", "A,P,P,,make,3,"),
        ),
        resources="resource,location,capacity_per_month\nLINE,P,100",
        routings="item,resource,usage_per_unit\nA,LINE,1",
    )  # fmt: skip
    required = {row["resource"] or row["supplier"]: row["required"] for row in found["capacity"]}
    assert required[of] == taken


def test_the_capacity_of_a_way_goes_by_the_dates_of_its_rows(plan: Planner) -> None:
    """150 a month, 50 from 16 March on (a row between that tells only a price leaves them): 15 and 16 days make 98.4."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,P,2026-01-01,60\nA,P,2026-04-01,60",
        sourcing=table(
            "item,location,source,kind,valid_from,capacity_per_month,unit_cost",
            ("A,P,S,buy,2026-03-16,50,1", "A,P,S,buy,2026-02-01,,2", "A,P,S,buy,2025-01-01,150,1"),
        ),
    )  # fmt: skip
    assert [float(row["available"]) for row in found["capacity"]] == pytest.approx(
        [150, 150, (15 * 150 + 16 * 50) / 31, 50], abs=1e-4
    )


def test_each_capacity_has_a_code_of_its_own(plan: Planner) -> None:
    """Ship and plane of one supplier, and two lines of one name at two plants; only storage fills `location`."""
    found = plan(
        "--horizon", "1",
        items="item,volume_m3\nB,0.01",
        locations="location,storage_m3\nP,\nQ,10",
        demand=DEMAND + "A,P,2026-01-01,100\nB,P,2026-01-01,30\nB,Q,2026-01-01,40",
        sourcing=table(
            "item,location,source,mode,kind,capacity_per_month",
            ("A,P,S,sea,buy,90", "A,P,S,air,buy,70", "B,P,P,,make,", "B,Q,Q,,make,"),
        ),
        resources="resource,location,capacity_per_month\nLINE,P,30\nLINE,Q,50",
        routings="item,resource\nB,LINE",
    )  # fmt: skip
    codes = orders(found["capacity"], "resource", "supplier", "location", "available")
    assert codes == [
        ("LINE at P", "", "", "30"), ("LINE at Q", "", "", "50"),
        ("", "S/A/P/air", "", "70"), ("", "S/A/P/sea", "", "90"), ("", "", "Q", "10"),
    ]  # fmt: skip


def test_the_order_of_dated_rows_of_a_way_means_nothing(plan: Planner) -> None:
    """Its first row by date says which turn the way has, wherever that row stands."""
    first, then, other = "A,P,S1,buy,2025-01-01,1", "A,P,S1,buy,2025-06-01,3", "A,P,S2,buy,2025-01-01,2"
    told = [
        plan(
            "--horizon", "1",
            demand=DEMAND + "A,P,2026-01-01,100",
            sourcing=table("item,location,source,kind,valid_from,priority", rows),
        )["planned_orders"]
        for rows in ((first, then, other), (then, other, first))
    ]  # fmt: skip
    assert told[0] == told[1]
