"""`plan_files` against records worked out by hand, to the last unit and day; 1 January 2026 is today."""

from datetime import date, timedelta
from statistics import NormalDist

import pytest
from folders import DEMAND, Planner, orders, record, table


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


SPACE = {
    "items": "item,unit_cost,volume_m3,holding_cost_pct\nBIG,10,1,20\nFLAT,10,0.5,20\nKEPT,10,1,20",
    "demand": table(DEMAND.strip() + ",error_sd", [f"{item},P,2026-01-01,300,100" for item in ("BIG", "FLAT", "KEPT")]),
    "policies": "item,location,service_policy,service_target\n"
    "BIG,P,cycle_service,0.95\nFLAT,P,cycle_service,0.95\nKEPT,P,fixed_quantity,30",
    "sourcing": "item,location,source,kind,lead_time_days\nBIG,P,V,buy,30\nFLAT,P,V,buy,30\nKEPT,P,V,buy,30",
}  # fmt: skip


@pytest.mark.parametrize(("limit", "flags"), [("280", ()), ("150", ("--unconstrained",))])
def test_targets_stay_where_they_fit_and_in_the_classic_record(
    plan: Planner, limit: str, flags: tuple[str, ...]
) -> None:
    """z 1.645 x 100 x root(30 / 30.4375) = 163.3: 164, 164 and 30 need 276 m3."""
    found = plan("--horizon", "1", *flags, **SPACE, locations=f"location,storage_m3\nP,{limit}")
    assert orders(found["safety_stock"], "safety_stock") == [("164",), ("164",), ("30",)]


def test_targets_give_way_to_a_storage_limit_at_one_price_on_volume(plan: Planner) -> None:
    """A price p leaves a service of 1 - 0.05 (1 + p v / h), h = 2 a year: the same p of both; what is fixed stays."""
    found = plan("--horizon", "1", **SPACE, locations="location,storage_m3\nP,150")
    big, flat, kept = (float(row["safety_stock"]) for row in found["safety_stock"])
    assert kept == 30
    assert 150 - 1.5 <= big + 0.5 * flat + kept <= 150 + 1.5  # whole units
    sd = 100 * (30 / 30.4375) ** 0.5
    prices = [
        ((1 - NormalDist().cdf(stock / sd)) / 0.05 - 1) * 2 / volume
        for stock, volume in ((big, 1), (flat, 0.5))
    ]
    assert prices[0] == pytest.approx(prices[1], rel=0.02)
    assert "to fit the storage" in found["safety_stock"][0]["reason"]
    (space,) = found["capacity"]  # one more m3 saves p a year, 31/365 of it in January
    assert float(space["value_of_one_more"]) == pytest.approx(prices[0] * 31 / 365, rel=0.02)


def test_never_run_out_is_what_seeded_paths_confirm(plan: Planner) -> None:
    """z 3.090 x 30 x root(60) = 718.1 where the lead time is sure; one of 60 +- 10 days is skewed, and the normal's
    3.090 x root(232.4^2 + (100 x 10)^2) = 3,173 runs out three times as often as was promised."""
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(12)]
    found = plan(
        "--bucket", "week", "--horizon", "12", as_of="2026-01-05",
        demand=table(DEMAND.strip() + ",error_sd",
                     [f"{item},P,{day},700,{30 * 7**0.5}" for item in ("SURE", "LATE") for day in days]),
        policies="item,location,service_policy,service_target\nSURE,P,never_run_out,0.999\nLATE,P,never_run_out,0.999",
        sourcing="item,location,source,kind,lead_time_days,lead_time_sd_days\nSURE,P,V,buy,60,0\nLATE,P,V,buy,60,10",
    )  # fmt: skip
    late, sure = found["safety_stock"]
    assert sure["safety_stock"] == "719"
    assert 3_400 < float(late["safety_stock"]) < 3_900
    assert "3,173, raised to what simulated paths ask for" in late["reason"]


@pytest.mark.parametrize(
    ("on_hand", "short"), [(6837, None), (6604, True)], ids=["3.6 sd above the mean", "2.6 sd above the mean"]
)
def test_never_run_out_that_more_than_ten_of_10000_paths_break_is_an_exception(
    plan: Planner, on_hand: int, short: bool | None
) -> None:
    """S34 in a folder: over 60 days demand has a mean of 6,000 and an sd of 30 x root(60) = 232; the target is 719."""
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(12)]
    found = plan(
        "--bucket", "week", "--horizon", "12", as_of="2026-01-05",
        demand=table(DEMAND.strip() + ",error_sd", [f"CAP,P,{day},700,{30 * 7**0.5}" for day in days]),
        on_hand=f"item,location,quantity\nCAP,P,{on_hand}",
        policies="item,location,service_policy,service_target\nCAP,P,never_run_out,0.999",
        items="item,unit_cost,unit_price\nCAP,2,5",
        sourcing="item,location,source,kind,lead_time_days\nCAP,P,V,buy,60",
    )  # fmt: skip
    rows = [row for row in found["exceptions"] if row["kind"] == "never_run_out"]
    if short is None:
        assert rows == []
        return
    (row,) = rows
    expected = 10_000 * (1 - NormalDist().cdf(2.6))
    paths = float(row["probability"]) * 10_000
    assert (
        0.5 * expected < paths < 1.5 * expected
    )  # a path may run short on any day, the last is the likeliest
    assert f"{paths:.0f} of 10,000 paths run short within 60 days, 10 may" in row["suggestion"]
    assert float(row["quantity"]) == pytest.approx(719 - 604, abs=1)
    assert float(row["money_at_risk"]) == pytest.approx(3 * float(row["quantity"]))


def test_a_target_is_no_more_than_sells_before_it_expires(plan: Planner) -> None:
    """Ten a day and five days of life: 50, whatever the policy asks for."""
    found = plan(
        "--horizon", "2",
        items="item,shelf_life_days\nA,5",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280",
        sourcing="item,location,source,kind\nA,P,S,buy",
        policies="item,location,service_policy,service_target\nA,P,fixed_quantity,1000",
    )  # fmt: skip
    assert [row["safety_stock"] for row in found["safety_stock"]] == ["50"]
    assert record(found["projection"], "A", "planned_receipts", "closing") == [(360, 50), (280, 50)]


def test_scrap_raises_what_a_parent_takes_level_by_level(plan: Planner) -> None:
    """100 x 2 / (1 - 20 %) = 250 of B by 27 January, which take 125 of C by the 24th."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,P,2026-02-01,100",
        bom="parent,component,quantity_per,scrap_pct\nA,B,2,20\nB,C,0.5,0",
        sourcing=table(
            "item,location,source,kind,lead_time_days", ("A,P,P,make,5", "B,P,P,make,3", "C,P,S,buy,10")
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "item", "quantity", "order_by", "due_date") == [
        ("A", "100", "2026-01-27", "2026-02-01"),
        ("B", "250", "2026-01-24", "2026-01-27"),
        ("C", "125", "2026-01-14", "2026-01-24"),
    ]


def test_a_bill_of_material_changes_on_its_day(plan: Planner) -> None:
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,P,2026-01-15,100\nA,P,2026-02-15,100",
        bom="parent,component,quantity_per,valid_from,valid_to\nA,OLD,1,,2026-01-31\nA,NEW,3,2026-02-01,",
        sourcing="item,location,source,kind\nA,P,P,make\nOLD,P,S,buy\nNEW,P,S,buy",
    )  # fmt: skip
    assert record(found["projection"], "OLD", "dependent_demand") == [(100,), (0,)]
    assert record(found["projection"], "NEW", "dependent_demand") == [(0,), (300,)]


def test_a_later_line_of_a_bill_of_material_replaces_the_one_before(plan: Planner) -> None:
    found = plan(
        "--horizon", "2", "--unconstrained",
        demand=DEMAND + "A,P,2026-01-01,100\nA,P,2026-02-01,100",
        bom="parent,component,valid_from,quantity_per\nA,B,,1\nA,B,2026-02-01,3",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
    )  # fmt: skip
    assert record(found["projection"], "B", "dependent_demand") == [(100,), (300,)]


def test_what_waits_until_it_takes_more_of_a_part_is_caught_up(plan: Planner) -> None:
    """No capacity limits C: January's 100 wait for it until 15 February, take 2 each by then, and the debt ends there."""
    answer = plan(
        "--horizon", "4",
        demand=table(DEMAND.strip(), [f"K,P,2026-{month:02}-01,100" for month in (1, 2, 3, 4)]),
        bom="parent,component,valid_from,quantity_per\nK,C,,1\nK,C,2026-02-01,2",
        sourcing="item,location,source,kind,lead_time_days\nK,P,P,make,0\nC,P,V,buy,45",
    )  # fmt: skip
    assert record(answer["projection"], "K", "planned_receipts", "shortage") == [
        (0, 100), (200, 0), (100, 0), (100, 0),
    ]  # fmt: skip
    assert record(answer["projection"], "C", "planned_receipts", "shortage") == [
        (0, 0), (400, 0), (200, 0), (200, 0),
    ]  # fmt: skip


def test_days_of_supply_of_a_part_end_and_begin_with_its_line_of_the_bill(plan: Planner) -> None:
    """Ten a day, of OLD until 15 January and of NEW from then on."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280\nA,P,2026-03-01,310",
        bom="parent,component,quantity_per,valid_from,valid_to\nA,OLD,1,,2026-01-15\nA,NEW,1,2026-01-16,",
        sourcing="item,location,source,kind\nA,P,P,make\nOLD,P,S,buy\nNEW,P,S,buy",
        policies="item,location,service_policy,service_target\nOLD,P,days_of_supply,7\nNEW,P,days_of_supply,7",
    )  # fmt: skip
    assert record(found["projection"], "OLD", "safety_stock")[:2] == [(0,), (0,)]
    assert record(found["projection"], "NEW", "safety_stock")[:2] == [(70,), (70,)]


def test_a_transfer_ships_its_transit_days_before_and_is_made_before_that(plan: Planner) -> None:
    """Needed on 1 April: ships on 15 February (45 days), made from the 5th (10 days); units tie at both sites."""
    found = plan(
        "--horizon", "4",
        demand=DEMAND + "A,NJ,2026-04-01,5000",
        sourcing=table(
            "item,location,source,kind,lead_time_days,transit_days", ("A,NJ,MY,transfer,45,45", "A,MY,MY,make,10,0")
        ),
    )  # fmt: skip
    assert orders(found["planned_orders"], "location", "order_by", "ship_date", "due_date") == [
        ("NJ", "2026-02-15", "2026-02-15", "2026-04-01"),
        ("MY", "2026-02-05", "2026-02-15", "2026-02-15"),
    ]
    shipped = record(found["projection"], "A", "dependent_demand", place="MY")
    received = record(found["projection"], "A", "planned_receipts", place="NJ")
    assert (sum(map(sum, shipped)), sum(map(sum, received))) == (5000, 5000)


def test_a_transfer_without_transit_days_is_on_its_way_for_its_whole_lead_time(plan: Planner) -> None:
    """Planned shipments of the shop are gross requirements of the plant when they are released, as in any DRP."""
    mondays = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26")
    found = plan(
        "--horizon", "4", "--bucket", "week", "--unconstrained", as_of="2026-01-05",
        demand=table(DEMAND.strip(), (f"A,SHOP,{monday},{units}" for monday, units in zip(mondays, (0, 0, 20, 30), strict=True))),
        sourcing="item,location,source,kind,lead_time_days\nA,SHOP,PLANT,transfer,14\nA,PLANT,PLANT,make,0",
    )  # fmt: skip
    assert record(found["projection"], "A", "planned_receipts", place="SHOP") == [(0,), (0,), (20,), (30,)]
    assert record(found["projection"], "A", "dependent_demand", place="PLANT") == [(20,), (30,), (0,), (0,)]


def test_a_week_of_70_with_a_minimum_of_100_and_a_multiple_of_30(plan: Planner) -> None:
    """100 last ten days at ten a day: 40 of the week missing, raised to 100, then to 120; these last to the 27th."""
    mondays = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26")
    found = plan(
        "--horizon", "4", "--bucket", "week", as_of="2026-01-05",
        demand=table(DEMAND.strip(), (f"A,P,{monday},70" for monday in mondays)),
        on_hand="item,location,quantity\nA,P,100",
        sourcing="item,location,source,kind,lead_time_days,moq,order_multiple\nA,P,S,buy,7,100,30",
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity", "order_by", "due_date") == [
        ("120", "2026-01-08", "2026-01-15"), ("120", "2026-01-20", "2026-01-27"),
    ]  # fmt: skip
    assert record(found["projection"], "A", "closing") == [(30,), (80,), (10,), (60,)]


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


def test_lots_of_two_periods_and_of_25(plan: Planner) -> None:
    found = plan(
        "--horizon", "4",
        demand=table(
            DEMAND.strip(), (f"{item},P,2026-0{k}-01,{10 * k}" for item in ("TWO", "LOT") for k in (1, 2, 3, 4))
        ),
        sourcing="item,location,source,kind\nTWO,P,S,buy\nLOT,P,S,buy",
        policies=table(
            "item,location,lot_sizing,lot_parameter", ("TWO,P,period_order_quantity,2", "LOT,P,fixed_order_quantity,25")
        ),
    )  # fmt: skip
    assert record(found["projection"], "TWO", "planned_receipts", "closing") == [
        (30, 20),
        (0, 0),
        (70, 40),
        (0, 0),
    ]
    assert record(found["projection"], "LOT", "planned_receipts", "closing") == [
        (25, 15),
        (25, 20),
        (25, 15),
        (25, 0),
    ]


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


def test_days_of_supply_cover_what_is_made_and_sent_from_a_place(plan: Planner) -> None:
    """10 A a day at SHOP: 5 days of A at PLANT are 50, 5 of B, two to an A and a fifth of them lost, are 125."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,SHOP,2026-01-01,310\nA,SHOP,2026-02-01,280",
        bom="parent,component,quantity_per,scrap_pct\nA,B,2,20",
        sourcing="item,location,source,kind\nA,SHOP,PLANT,transfer\nA,PLANT,PLANT,make\nB,PLANT,S,buy",
        policies="item,location,service_policy,service_target\n"
        "A,PLANT,days_of_supply,5\nB,PLANT,days_of_supply,5",
    )  # fmt: skip
    levels = {(row["item"], row["location"]): row["safety_stock"] for row in found["safety_stock"]}
    assert levels == {("A", "SHOP"): "0", ("A", "PLANT"): "50", ("B", "PLANT"): "125"}


def test_the_reason_of_days_of_supply_ends_in_the_level_they_ask_for(plan: Planner) -> None:
    """Nothing is asked for in January and 10 a day from February on: 7 days of what follows January are 70."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,0\nA,P,2026-02-01,280\nA,P,2026-03-01,310",
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,10",
        policies="item,location,service_policy,service_target\nA,P,days_of_supply,7",
    )  # fmt: skip
    (row,) = found["safety_stock"]
    assert (row["safety_stock"], row["reorder_point"]) == ("70", "170")
    assert row["reason"].startswith("7 days of supply at 10/day: 70")


def test_a_life_of_days_caps_the_stock_of_a_part_by_what_is_made_of_it(plan: Planner) -> None:
    """20 B a day go into A: with five days of life at most 100 are kept, whatever the policy says."""
    found = plan(
        "--horizon", "2",
        items="item,shelf_life_days\nB,5",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280",
        bom="parent,component,quantity_per\nA,B,2",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
        policies="item,location,service_policy,service_target\nB,P,fixed_quantity,1000",
    )  # fmt: skip
    assert [row["safety_stock"] for row in found["safety_stock"] if row["item"] == "B"] == ["100"]


def test_targets_stand_on_the_lead_time_in_force_today(plan: Planner) -> None:
    """30 days until November, 120 from December on: in January twice the safety stock of 30 days, not the same."""
    head = "item,location,source,lead_time_days,valid_from\n"
    later = "A,P,S,120,2025-12-01"

    def safety_stock(sourcing: str) -> float:
        (row,) = plan(
            demand="item,location,date,quantity,error_sd\n"
            + "\n".join(f"A,P,2026-{month:02}-01,1000,100" for month in range(1, 13)),
            policies="item,location,service_policy,service_target\nA,P,cycle_service,0.95",
            sourcing=head + sourcing,
        )["safety_stock"]
        return float(row["safety_stock"])

    before, after = safety_stock("A,P,S,30,"), safety_stock(f"{later}\nA,P,S,30,")
    assert after == pytest.approx(2 * before, rel=0.02)
    assert safety_stock("A,P,S,30,\nA,P,S,120,2026-06-01") == before


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


@pytest.mark.parametrize(("step", "multiple", "said"), [
    ("1", "", "rounding to whole units adds 0.50"),
    ("12", "", "rounding to steps of 12 adds 11.50"),
    ("1", "12", "order multiple adds 11.50"),
])  # fmt: skip
def test_an_order_says_whether_its_step_or_its_multiple_rounds_it(
    plan: Planner, step: str, multiple: str, said: str
) -> None:
    found = plan(
        "--horizon", "1",
        items=f"item,step\nA,{step}",
        demand=DEMAND + "A,P,2026-01-01,12.5",
        sourcing=f"item,location,source,kind,order_multiple\nA,P,S,buy,{multiple}",
    )  # fmt: skip
    (order,) = found["planned_orders"]
    assert order["reason"] == f"needs 12.50 by 2026-01-01; {said}"
