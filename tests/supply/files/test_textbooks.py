"""`plan_files --unconstrained` against MRP records printed in textbooks; the first week is that of 5 January 2026."""

from datetime import date, timedelta

import pytest
from folders import Planner, Rows

FIRST = date(2026, 1, 5)
Weeks = dict[int, float]


def monday(week: int) -> str:
    return (FIRST + timedelta(days=7 * (week - 1))).isoformat()


def table(head: str, *rows: str) -> str:
    return "\n".join([head, *rows])


def demand(**weeks_of: Weeks) -> str:
    rows = [f"{item},P,{monday(k)},{units}" for item, weeks in weeks_of.items() for k, units in weeks.items()]
    return table("item,location,date,quantity", *rows)


def due(**weeks_of: Weeks) -> str:
    rows = [
        f"O{k},1,{item},P,{monday(k)},{units}"
        for item, weeks in weeks_of.items()
        for k, units in weeks.items()
    ]
    return table("order,line,item,location,due_date,quantity", *rows)


def on_hand(**units_of: float) -> str:
    return table("item,location,quantity", *(f"{item},P,{units}" for item, units in units_of.items()))


def lead_times(**weeks_of: int) -> str:
    """Weeks to make whatever stands in a bill of material as a parent, or to buy it, which is the same to a record."""
    rows = [f"{item},P,{'P,make' if item.isupper() else 'S,buy'},{7 * k}" for item, k in weeks_of.items()]
    return table("item,location,source,kind,lead_time_days", *rows)


def weeks(rows: Rows, item: str, column: str) -> Weeks:
    """What is not zero in a column of the record, by week."""
    mine = [float(row[column]) for row in rows if row["item"] == item]
    return {week: units for week, units in enumerate(mine, start=1) if units}


def record(plan: Planner, horizon: int, **tables: str) -> Rows:
    flags = ("--unconstrained", "--bucket", "week", "--horizon", str(horizon))
    return plan(*flags, as_of=FIRST.isoformat(), **tables)["projection"]


def test_speaker_kits_of_heizer_and_render(plan: Planner) -> None:
    """Operations Management, ch. 14: 50 kits A in week 8; E and D are needed at two levels, in three weeks."""
    rows = record(
        plan, 8,
        demand=demand(A={8: 50}),
        on_hand=on_hand(A=10, B=15, C=20, d=10, e=10, F=5),
        bom=table("parent,component,quantity_per", "A,B,2", "A,C,3", "B,d,2", "B,e,2", "C,e,2", "C,F,2", "F,d,2", "F,g,1"),
        sourcing=lead_times(A=1, B=2, C=1, d=1, e=2, F=3, g=2),
    )  # fmt: skip
    releases = {item: weeks(rows, item, "planned_releases") for item in "ABCdeFg"}
    assert releases == {
        "A": {7: 40}, "B": {5: 65}, "C": {6: 100}, "d": {2: 380, 4: 130}, "e": {3: 120, 4: 200}, "F": {3: 195}, "g": {1: 195},
    }  # fmt: skip
    assert weeks(rows, "d", "dependent_demand") == {3: 390, 5: 130}


TRUMPETS = {8: 77, 9: 42, 10: 38, 11: 21, 12: 26, 13: 112, 14: 45, 15: 14, 16: 76, 17: 38}


def test_harmon_trumpets_of_nahmias(plan: Planner) -> None:
    """Production and Operations Analysis, ch. 8: 23 trumpets at hand, returns of 12, 6 and 9; 186 valves and 96 to come."""
    rows = record(
        plan, 17,
        demand=demand(TRUMPET=TRUMPETS),
        on_hand=on_hand(TRUMPET=23, valve=186),
        scheduled_receipts=due(TRUMPET={8: 12, 10: 6, 11: 9}, valve={5: 96}),
        bom=table("parent,component,quantity_per", "TRUMPET,CASING,1", "CASING,valve,3"),
        sourcing=lead_times(TRUMPET=0, CASING=4, valve=3),
    )  # fmt: skip
    assert list(weeks(rows, "CASING", "planned_releases").values()) == [
        42,
        42,
        32,
        12,
        26,
        112,
        45,
        14,
        76,
        38,
    ]
    assert weeks(rows, "valve", "planned_releases") == {
        3: 66,
        4: 36,
        5: 78,
        6: 336,
        7: 135,
        8: 42,
        9: 228,
        10: 114,
    }


def test_valve_casings_of_nahmias_in_lots_of_139(plan: Planner) -> None:
    net = dict(enumerate([42, 42, 32, 12, 26, 112, 45, 14, 76, 38], start=8))
    rows = record(
        plan, 17,
        demand=demand(CASING=net), sourcing=lead_times(CASING=4),
        policies="item,location,lot_sizing,lot_parameter\nCASING,P,fixed_order_quantity,139",
    )  # fmt: skip
    assert weeks(rows, "CASING", "planned_releases") == {4: 139, 8: 139, 10: 139, 13: 139}
    assert list(weeks(rows, "CASING", "closing").values()) == [97, 55, 23, 11, 124, 12, 106, 92, 16, 117]


def test_the_basic_record_of_vollmann_berry_and_whybark(plan: Planner) -> None:
    """Manufacturing Planning and Control Systems, ch. 2: lots of 50, one period, 4 at hand and 50 to come."""
    rows = record(
        plan, 5,
        demand=demand(part={2: 10, 4: 40, 5: 10}), on_hand=on_hand(part=4),
        scheduled_receipts=due(part={1: 50}), sourcing=lead_times(part=1),
        policies="item,location,lot_sizing,lot_parameter\npart,P,fixed_order_quantity,50",
    )  # fmt: skip
    assert list(weeks(rows, "part", "closing").values()) == [54, 44, 44, 4, 44]
    assert weeks(rows, "part", "planned_releases") == {4: 50}


@pytest.mark.parametrize(
    ("multiple", "frames", "wood"),
    [((0, 0), {1: 200, 5: 300}, {2: 330, 6: 600}), ((320, 70), {1: 320, 5: 320}, {2: 350, 6: 630})],
)
def test_wooden_shutters_of_stevenson(
    plan: Planner, multiple: tuple[int, int], frames: Weeks, wood: Weeks
) -> None:
    """Operations Management, ch. 12: two frames and four wood sections each; lot for lot, then lots of 320 and 70."""
    rows = record(
        plan, 8,
        demand=demand(SHUTTER={4: 100, 8: 150}),
        bom=table("parent,component,quantity_per", "SHUTTER,frame,2", "SHUTTER,wood,4"),
        scheduled_receipts=due(wood={1: 70}),
        sourcing=table(
            "item,location,source,kind,lead_time_days,order_multiple",
            "SHUTTER,P,P,make,7,", f"frame,P,S,buy,14,{multiple[0]}", f"wood,P,S,buy,7,{multiple[1]}",
        ),
    )  # fmt: skip
    assert weeks(rows, "SHUTTER", "planned_releases") == {3: 100, 7: 150}
    assert weeks(rows, "frame", "planned_releases") == frames
    assert weeks(rows, "wood", "planned_releases") == wood


@pytest.mark.parametrize(
    ("rule", "receipts", "closing"),
    [
        ("fixed_order_quantity,230", {4: 230, 7: 230}, [117, 117, 117, 227, 227, 77, 187, 187]),
        ("period_order_quantity,3", {4: 153, 7: 120}, [117, 117, 117, 150, 150, 0, 0, 0]),
        ("lot_for_lot,", {4: 3, 6: 150, 7: 120}, [117, 117, 117, 0, 0, 0, 0, 0]),
    ],
)
def test_seat_subassemblies_of_krajewski(
    plan: Planner, rule: str, receipts: Weeks, closing: list[float]
) -> None:
    """Operations Management, ch. 11: item C by three lot-sizing rules, 37 at hand, 230 to come, two weeks."""
    rows = record(
        plan, 8,
        demand=demand(C={1: 150, 4: 120, 6: 150, 7: 120}), on_hand=on_hand(C=37),
        scheduled_receipts=due(C={1: 230}), sourcing=lead_times(C=2),
        policies=f"item,location,lot_sizing,lot_parameter\nC,P,{rule}",
    )  # fmt: skip
    assert weeks(rows, "C", "planned_receipts") == receipts
    assert weeks(rows, "C", "planned_releases") == {week - 2: units for week, units in receipts.items()}
    assert [float(row["closing"]) for row in rows if row["item"] == "C"] == closing


def test_safety_stock_is_held_in_every_week_and_asked_for_once(plan: Planner) -> None:
    """Item C of Krajewski with 80 of safety stock: 230 already in week 4, again in 6 (227 - 150 = 77) and none in 7."""
    rows = record(
        plan, 8,
        demand=demand(C={1: 150, 4: 120, 6: 150, 7: 120}), on_hand=on_hand(C=37),
        scheduled_receipts=due(C={1: 230}), sourcing=lead_times(C=2),
        policies="item,location,service_policy,service_target,lot_sizing,lot_parameter\n"
        "C,P,fixed_quantity,80,fixed_order_quantity,230",
    )  # fmt: skip
    assert weeks(rows, "C", "planned_receipts") == {4: 230, 6: 230}
    assert list(weeks(rows, "C", "closing").values()) == [117, 117, 117, 227, 227, 307, 187, 187]


def test_what_should_have_left_before_today_is_past_due_and_asks_for_its_parts_at_once(plan: Planner) -> None:
    """Three weeks of lead time: the lots of weeks 1 and 3 are overdue, that of week 4 is released now."""
    rows = record(
        plan, 6,
        demand=demand(A={1: 10, 3: 20, 4: 30, 6: 40}),
        bom="parent,component,quantity_per\nA,b,2", sourcing=lead_times(A=3, b=1),
    )  # fmt: skip
    assert weeks(rows, "A", "past_due_release") == {1: 30}
    assert weeks(rows, "A", "planned_releases") == {1: 30, 3: 40}
    assert weeks(rows, "b", "dependent_demand") == {1: 120, 3: 80}
    assert (weeks(rows, "b", "past_due_release"), weeks(rows, "b", "planned_releases")) == ({1: 120}, {2: 80})


def test_a_service_part_adds_own_demand_to_what_its_parents_take(plan: Planner) -> None:
    """b is sold, goes into A and, two levels down, into C: netted once, at its lowest level."""
    rows = record(
        plan, 6,
        demand=demand(A={5: 10, 6: 10}, b={2: 5, 6: 5}), on_hand=on_hand(b=12),
        bom=table("parent,component,quantity_per", "A,C,1", "A,b,2", "C,b,3"), sourcing=lead_times(A=1, C=1, b=1),
    )  # fmt: skip
    # A leaves in 4 and 5 (20 b each), C in 3 and 4 (30 b each)
    assert weeks(rows, "b", "dependent_demand") == {3: 30, 4: 50, 5: 20}
    assert weeks(rows, "b", "planned_receipts") == {3: 23, 4: 50, 5: 20, 6: 5}


def test_scrap_a_minimum_and_a_multiple_come_in_that_order(plan: Planner) -> None:
    """90 good ones at 10 % scrap take 100; 40 of them at hand, 60 missing; at least 75, then tens: 80."""
    rows = record(
        plan, 3,
        demand=demand(A={3: 90}), on_hand=on_hand(b=40),
        bom="parent,component,quantity_per,scrap_pct\nA,b,1,10",
        sourcing=table(
            "item,location,source,kind,lead_time_days,moq,order_multiple", "A,P,P,make,7,,", "b,P,S,buy,7,75,10"
        ),
    )  # fmt: skip
    assert weeks(rows, "b", "dependent_demand") == {2: 100}
    assert weeks(rows, "b", "planned_releases") == {1: 80}
    assert weeks(rows, "b", "closing") == {1: 40, 2: 20, 3: 20}


def test_two_warehouses_draw_on_one_plant(plan: Planner) -> None:
    """Distribution requirements (Martin): needed at the plant in the week that the goods leave, a week or two before."""
    rows = record(
        plan, 5,
        demand=table(
            "item,location,date,quantity",
            *(f"A,EAST,{monday(k)},30" for k in (3, 4, 5)), *(f"A,WEST,{monday(k)},20" for k in (4, 5)),
        ),
        on_hand="item,location,quantity\nA,EAST,10\nA,PLANT,25",
        sourcing=table(
            "item,location,source,kind,lead_time_days,transit_days,order_multiple",
            "A,EAST,PLANT,transfer,7,7,", "A,WEST,PLANT,transfer,14,14,", "A,PLANT,PLANT,make,7,0,50",
        ),
    )  # fmt: skip
    plant = [row for row in rows if row["location"] == "PLANT"]
    # 20 and 30 and 30 to the east in weeks 2 to 4; 20 and 20 to the west in weeks 2 and 3
    assert weeks(plant, "A", "dependent_demand") == {2: 40, 3: 50, 4: 30}
    assert weeks(plant, "A", "planned_receipts") == {2: 50, 3: 50}
    assert weeks(plant, "A", "closing") == {1: 25, 2: 35, 3: 35, 4: 5, 5: 5}


def test_what_customers_send_back_is_a_receipt_of_the_record(plan: Planner) -> None:
    """Half of what is shipped comes back two weeks later and saves new ones."""
    rows = record(
        plan, 4,
        demand=demand(A={1: 40, 2: 60, 3: 50, 4: 50}), on_hand=on_hand(A=100), sourcing=lead_times(A=1),
        returns="item,returns_as,location,rate,lag_days\nA,A,P,0.5,14",
    )  # fmt: skip
    assert weeks(rows, "A", "scheduled_receipts") == {3: 20, 4: 30}
    assert weeks(rows, "A", "planned_releases") == {2: 30, 3: 20}


def test_a_bundle_within_a_bundle_is_the_demand_of_what_is_inside(plan: Planner) -> None:
    """Ten gift boxes of two twin packs and a card: 40 bottles, 10 cards."""
    rows = record(
        plan, 1,
        demand=demand(BOX={1: 10}),
        bundles="bundle,item,quantity\nBOX,TWIN,2\nBOX,card,1\nTWIN,bottle,2",
    )  # fmt: skip
    wanted = {(row["item"], float(row["planned_receipts"])) for row in rows if float(row["demand"])}
    assert wanted == {("bottle", 40.0), ("card", 10.0)}
