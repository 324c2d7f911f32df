"""What a plan is asked next: messages on open orders, value of capacity, failures, what-if, exceptions in money."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import bom, day, even, lanes, line, months, problem, random_network, receipts

from supply.engine import (
    NEVER,
    Calendar,
    Cause,
    Kind,
    Message,
    PlanInputs,
    peg,
    plan_supply,
    reschedule_messages,
)
from supply.engine.risk import supplier_risks, without_supplier
from supply.engine.shipping import (
    capacity_outlook,
    container_fill,
    held_back,
    split_shipments,
)
from supply.engine.threat_rows import Action, Threat, ThreatRow
from supply.engine.threats import find_threats
from supply.engine.value import values_of_capacity
from supply.engine.whatif import newly_short, what_if


def weekly(gross: list[float], scheduled: list[float], *, on_hand: float, lead_weeks: int) -> PlanInputs:
    edges = day(0) + 7 * np.arange(len(gross) + 1)
    rows = [(0, 7 * week, quantity) for week, quantity in enumerate(scheduled) if quantity]
    return problem(
        np.array(gross)[:, None], calendar=Calendar(edges=edges, nominal_days=7), on_hand=[on_hand],
        lanes=lanes({"lead_time_days": 7 * lead_weeks}), receipts=receipts(*rows),
    )  # fmt: skip


def test_an_open_order_moves_before_a_new_one_is_made() -> None:
    inputs = weekly([50, 125, 150, 60, 40], [0, 200, 0, 200, 0], on_hand=100, lead_weeks=4)
    plan = plan_supply(inputs)
    messages = reschedule_messages(inputs, plan)
    assert plan.orders.count == 0
    assert messages.message.tolist() == [Message.NONE, Message.EXPEDITE]
    assert messages.buckets.tolist()[1] == 1


def test_what_comes_too_early_is_deferred_and_what_nobody_needs_cancelled() -> None:
    inputs = weekly([10, 10, 10, 10, 10, 10], [40, 40, 0, 0, 0, 0], on_hand=20, lead_weeks=1)
    messages = reschedule_messages(inputs, plan_supply(inputs))
    assert messages.message.tolist() == [Message.DEFER, Message.CANCEL]
    assert messages.need_day.tolist()[1] == NEVER


def test_s17_a_thousand_more_of_capacity_is_worth_800_short_at_18() -> None:
    inputs = problem(
        [[10_800]], calendar=months(1), lanes=lanes({"kind": Kind.MAKE}), margin=np.array([18.0]),
        capacities=line(np.array([10_000]), (0, 1.0)),
    )  # fmt: skip
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=10)
    cells = found.missing, found.tried, found.value, found.worth_of_missing
    assert [float(cell[0, 0]) for cell in cells] == pytest.approx([800, 1, 18, 14_400])


def filled(*, quantity: float, multiple: float = 1.0, parts: float = 0.0) -> PlanInputs:
    """Capsules at 18 a unit on a line of 10,000 hours at half an hour each, from as many shells as there are."""
    return problem(
        [[0, 0], [quantity, 0]], calendar=months(2), on_hand=[0, parts],
        lanes=lanes({"kind": Kind.MAKE, "multiple": multiple}, {"item": 1, "lead_time_days": 400}),
        bom=bom((0, 1, 1.0)), margin=np.array([18.0, 0.0]),
        capacities=line(np.array([5000, 5000]), (0, 0.5)),
    )  # fmt: skip


def kits(*, air: bool, demand: float = 100) -> PlanInputs:
    """Kits at 18 take four shells each; shells take 40 days by sea, and 10 by air at 0.25 more where they may fly."""
    ways = [
        {"kind": Kind.MAKE, "multiple": 1},
        {"item": 1, "lead_time_days": 40, "unit_cost": 1.0, "multiple": 1},
    ]
    fast = {"item": 1, "lead_time_days": 10, "unit_cost": 1.25, "multiple": 1, "priority": 2}
    return problem(
        [[demand, 0], [0, 0], [0, 0]], calendar=months(3), lanes=lanes(*ways, *([fast] if air else [])),
        bom=bom((0, 1, 4.0)), margin=np.array([18.0, 0.0]),
    )  # fmt: skip


def first_threat(inputs: PlanInputs) -> ThreatRow:
    plan = plan_supply(inputs)
    pegs, none = peg(inputs, plan), np.zeros(inputs.count)
    messages = reschedule_messages(inputs, plan)
    return find_threats(
        inputs, plan, pegs, messages, margin=inputs.margin, holding_rate=none, protection_sd=none
    )[0]


def test_what_a_late_part_needs_counts_in_parts_and_what_it_stops_in_kits() -> None:
    row = first_threat(kits(air=False))
    assert (row.kind, row.scarce, row.action) == (Threat.SHORTAGE, 1, Action.EXPEDITE)
    assert row.action_quantity == pytest.approx(4 * row.quantity)
    ((item, units, money),) = row.stops
    assert (item, money) == (0, pytest.approx(18 * units))
    assert units == pytest.approx(row.quantity)


def test_where_the_plan_flies_the_part_already_its_order_is_to_be_released() -> None:
    inputs = kits(air=True)
    row = first_threat(inputs)
    orders = plan_supply(inputs).orders
    assert (row.action, int(orders.item[row.order]), int(orders.lane[row.order])) == (Action.ORDER_NOW, 1, 2)
    assert row.action_cost == pytest.approx(0.25 * row.action_quantity)


def bottles(*, fly_days: int, press: tuple[float, int] | None = None) -> PlanInputs:
    """Bottles, made in 4 days, take a cap, made in 7, and that a part: 55 days by sea, or by air at 0.25 more.

    `press` (units a month, lane) is a capacity; from month four on there is enough of it.
    """
    return problem(
        [[300, 0, 0], [300, 0, 0], [0, 0, 0], [0, 0, 0]], calendar=months(4),
        lanes=lanes(
            {"kind": Kind.MAKE, "lead_time_days": 4},
            {"item": 1, "kind": Kind.MAKE, "lead_time_days": 7},
            {"item": 2, "lead_time_days": 55},
            {"item": 2, "lead_time_days": fly_days, "unit_cost": 1.25, "priority": 2},
        ),
        bom=bom((0, 1, 1.0), (1, 2, 1.0)), margin=np.array([18.0, 0.0, 0.0]),
        **({"capacities": line(np.array([press[0]] * 3 + [1e6]), (press[1], 1.0))} if press else {}),
    )  # fmt: skip


def test_a_part_that_its_assembly_waits_for_is_what_is_brought_not_the_assembly() -> None:
    inputs = bottles(fly_days=14)
    plan, row = plan_supply(inputs), first_threat(inputs)
    assert (plan.root_cause[1], plan.root_ref[1], plan.root_cause[2]) == (Cause.COMPONENT, 2, Cause.LEAD_TIME)
    assert (row.cause, row.cause_ref, row.scarce) == (Cause.COMPONENT, 1, 2)
    assert (row.action, int(plan.orders.item[row.order])) == (Action.ORDER_NOW, 2)
    assert row.action_cost == pytest.approx(0.25 * row.action_quantity)


def test_what_is_made_is_never_ordered_on_a_faster_lane() -> None:
    inputs = replace(bottles(fly_days=14), on_hand=np.array([0.0, 0.0, 1000.0]))
    row = first_threat(inputs)
    assert (row.scarce, row.root_cause, row.lane) == (1, Cause.LEAD_TIME, -1)
    assert row.action is Action.EXPEDITE


def test_what_the_plan_flies_already_is_not_avoidable_any_more() -> None:
    row = first_threat(bottles(fly_days=14))
    assert row.money_at_risk > 0
    assert (row.lost_anyway, row.avoidable) == (pytest.approx(row.money_at_risk), 0)


def dear_flight(fly_days: int) -> ThreatRow:
    """Kits at 18 take a part by sea in 40 days; the plan will not fly it at 20 more, and a kit needs 100 / 31 a day."""
    inputs = problem(
        [[100, 0], [0, 0], [0, 0]], calendar=months(3),
        lanes=lanes(
            {"kind": Kind.MAKE, "lead_time_days": 2},
            {"item": 1, "lead_time_days": 40},
            {"item": 1, "lead_time_days": fly_days, "unit_cost": 21.0, "priority": 2},
        ),
        bom=bom((0, 1, 1.0)), margin=np.array([18.0, 0.0]),
    )  # fmt: skip
    return first_threat(inputs)


@pytest.mark.parametrize("fly_days", [5, 10, 20])
def test_what_is_needed_before_the_faster_lane_brings_it_is_lost_anyway(fly_days: int) -> None:
    row = dear_flight(fly_days)
    assert (row.action, row.action_quantity) == (Action.FASTER_LANE, pytest.approx(100))
    assert row.money_at_risk == pytest.approx(1800)
    assert row.lost_anyway == pytest.approx((fly_days + 2) * 100 / 31 * 18)


def test_a_capacity_behind_a_part_is_the_one_to_add() -> None:
    inputs = replace(bottles(fly_days=14, press=(20, 1)), on_hand=np.array([0.0, 0.0, 1000.0]))
    row = first_threat(inputs)
    assert (row.cause, row.root_cause, row.root_ref) == (Cause.COMPONENT, Cause.CAPACITY, 0)
    assert row.action is Action.ADD_CAPACITY


def test_what_is_built_ahead_makes_an_earlier_month_worth_as_much() -> None:
    inputs = filled(quantity=20_300, parts=30_000)
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=100)
    assert found.missing[:, 0] == pytest.approx([0, 150])  # hours
    assert found.value[:, 0] == pytest.approx([36, 36])  # a hour makes two
    assert found.worth_of_missing[:, 0] == pytest.approx([0, 300 * 18])


def test_more_of_a_line_is_worth_nothing_where_its_parts_run_out_too() -> None:
    inputs = filled(quantity=20_300, parts=20_000)
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=100)
    assert found.value.max() == 0


def test_a_line_that_holds_a_part_back_is_worth_what_waits_for_the_part() -> None:
    """Kits at 50 take two shells each; the press makes 9,000 shells a month of the 10,000 that 5,000 kits need."""
    inputs = problem(
        [[5000, 0]], calendar=months(1), lanes=lanes({"kind": Kind.MAKE}, {"item": 1, "kind": Kind.MAKE}),
        bom=bom((0, 1, 2.0)), margin=np.array([50.0, 0.0]), capacities=line(np.array([9000]), (1, 1.0)),
    )  # fmt: skip
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=100)
    assert (found.missing[0, 0], found.value[0, 0]) == pytest.approx((1000, 25))
    assert found.worth_of_missing[0, 0] == pytest.approx(500 * 50)


def test_one_more_is_one_more_lot() -> None:
    inputs = filled(quantity=20_400, multiple=200, parts=30_000)
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=100)
    assert (found.tried[1, 0], found.value[1, 0]) == pytest.approx((100, 36))


def test_what_there_is_no_time_to_try_stays_unpriced() -> None:
    inputs = filled(quantity=20_300, parts=30_000)
    plan = plan_supply(inputs)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=inputs.margin, most=2)
    assert found.tried[:, 0].tolist() == [0.5, 0]


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
def test_the_part_that_shares_a_capacity_gives_the_value_of_the_whole(seed: int) -> None:
    wide = random_network(seed)
    tight = replace(wide.capacities, available=wide.capacities.available / 2)
    inputs = replace(wide, capacities=tight)
    plan = plan_supply(inputs)
    margin = np.where(np.isfinite(inputs.margin), inputs.margin, 0.0)
    found = values_of_capacity(inputs, plan, peg(inputs, plan), margin=margin, most=100)
    before = newly_short(plan.projection)
    priced = list(zip(*np.nonzero(found.value), strict=True))
    assert priced
    for cell in priced[:3]:
        more = inputs.capacities.available.copy()
        more[cell] += found.tried[cell]
        again = plan_supply(replace(inputs, capacities=replace(inputs.capacities, available=more)))
        saved = float(((before - newly_short(again.projection)) * margin).sum())
        assert found.value[cell] * found.tried[cell] == pytest.approx(saved)


def test_s38_survives_22_days_of_35_and_needs_stock_for_13() -> None:
    calendar = months(4)
    inputs = problem(
        even(100, calendar), calendar=calendar, on_hand=[2200], lanes=lanes({"lead_time_days": 5, "source": 3}),
        margin=np.array([2.0]),
    )  # fmt: skip
    plan = plan_supply(inputs)
    (risk,) = supplier_risks(
        inputs, plan, suppliers=np.array([3]), recover_days=np.array([35.0]), margin=inputs.margin
    )
    assert (risk.survive_days, risk.gap_days, risk.stock_needed) == (22, 13, pytest.approx(1300))
    assert risk.exposure > 0


def test_what_waits_anyway_counts_by_the_share_of_its_wait_that_a_failure_adds() -> None:
    """Nothing in stock, 12 days of lead time: 1,200 units wait 6 days on average, whatever the supplier does."""
    calendar = months(4)
    inputs = problem(
        even(100, calendar), calendar=calendar, on_hand=[0], lanes=lanes({"lead_time_days": 12, "source": 3}),
        margin=np.array([2.0]),
    )  # fmt: skip
    plan = plan_supply(inputs)
    failing = {"suppliers": np.array([3]), "margin": inputs.margin}
    (risk,) = supplier_risks(inputs, plan, recover_days=np.array([20.0]), **failing)
    assert (risk.survive_days, risk.gap_days) == (12, 8)
    assert risk.exposure == pytest.approx(2.0 * (8 * 100 + 1200 * 20 / 26))
    (short,) = supplier_risks(inputs, plan, recover_days=np.array([12.0]), **failing)
    assert short.gap_days == 0, "no more is short than anyway"
    assert short.exposure == pytest.approx(2.0 * 1200 * 12 / 18), "and yet it waits 18 days instead of 6"
    (longer,) = supplier_risks(inputs, plan, recover_days=np.array([12.0]) + 60, **failing)
    assert longer.exposure == pytest.approx(2.0 * (60 * 100 + 1200 * 72 / 78)), "the longer, the dearer"


def test_units_that_come_sooner_pay_for_none_that_a_failure_makes_late() -> None:
    """A's lot of January waits ten days for its last parts: its first 1,000 are late. After a failure they come at once,
    for the lot is split, and others wait: no customer of the latter is served by that."""
    calendar = months(4)
    inputs = problem(
        np.hstack([even(100, calendar), even(0, calendar)]), calendar=calendar, on_hand=[0, 2000],
        margin=np.array([3.0, 0.0]), bom=bom((0, 1, 1)),
        lanes=lanes({"item": 0, "kind": int(Kind.MAKE)}, {"item": 1, "lead_time_days": 10, "source": 3}),
    )  # fmt: skip
    (risk,) = supplier_risks(
        inputs,
        plan_supply(inputs),
        suppliers=np.array([3]),
        recover_days=np.array([30.0]),
        margin=inputs.margin,
    )
    assert (risk.survive_days, risk.item, risk.gap_days) == (20, 0, 10)
    assert risk.exposure == pytest.approx(10 * 100 * 3.0)


@pytest.mark.parametrize("seed", range(8))
def test_where_stock_does_not_last_something_is_lost(seed: int) -> None:
    inputs, rng = random_network(seed), np.random.default_rng(seed)
    buys = inputs.lanes.kind == Kind.BUY
    inputs = replace(
        inputs, lanes=replace(inputs.lanes, source=np.where(buys, rng.integers(0, 4, len(buys)), -1))
    )
    risks = supplier_risks(
        inputs,
        plan_supply(inputs),
        suppliers=np.arange(4),
        recover_days=np.full(4, 35.0),
        margin=inputs.margin,
    )
    assert any(risk.exposure > 0 for risk in risks)
    assert not [risk for risk in risks if risk.gap_days > 0 and risk.exposure <= 0]


def test_a_supplier_that_is_back_in_time_stops_nobody_further_down_the_line() -> None:
    """700 parts last two products 35 days. Were they never to come again, the first one would keep them for itself."""
    calendar = months(4)
    inputs = problem(
        np.hstack([even(10, calendar), even(10, calendar), even(0, calendar)]), calendar=calendar,
        on_hand=[0, 0, 700], priority=np.array([1, 2, 1]), margin=np.array([2.0, 2.0, 0.0]), bom=bom((0, 2, 1), (1, 2, 1)),
        lanes=lanes(
            {"item": 0, "kind": int(Kind.MAKE)}, {"item": 1, "kind": int(Kind.MAKE)},
            {"item": 2, "lead_time_days": 1, "source": 3},
        ),
    )  # fmt: skip
    plan = plan_supply(inputs)
    recover = {"suppliers": np.array([3]), "margin": inputs.margin}
    (back,) = supplier_risks(inputs, plan, recover_days=np.array([28.0]), **recover)
    assert back.survive_days >= 28
    assert (back.gap_days, back.exposure) == (0, 0)
    (late,) = supplier_risks(inputs, plan, recover_days=np.array([45.0]), **recover)
    assert (late.survive_days, late.gap_days) == (31, 14)
    assert late.exposure > 0


@pytest.mark.parametrize(
    ("due", "afloat", "arrives"),
    [
        (20, False, 55),
        (20, True, 20),
        (-4, False, 35),
        (90, False, 95),
        (110, False, 110),
    ],
    ids=[
        "what is begun stands still for as long",
        "what is afloat arrives",
        "what is overdue comes when the supplier is back",
        "what is not begun is begun then",
        "what is begun after that is as it was",
    ],
)
def test_an_open_order_of_a_failed_supplier_takes_its_time_again(
    due: int, afloat: bool, arrives: int
) -> None:
    """A supplier of sixty days fails for 35."""
    calendar = months(6)
    today = calendar.as_of
    order = replace(receipts((0, due, 500)), supplier=np.array([3]), lane=np.array([0]))
    inputs = problem(
        even(100, calendar), calendar=calendar, on_hand=[2200], lanes=lanes({"lead_time_days": 60, "source": 3}),
        receipts=replace(order, afloat=np.array([afloat])),
    )  # fmt: skip
    failed = without_supplier(inputs, 3, until_day=today + 35)
    assert (failed.receipts.day - today).tolist() == [arrives]


def test_a_second_supplier_takes_the_failure_away() -> None:
    calendar = months(4)
    inputs = problem(
        even(100, calendar), calendar=calendar, on_hand=[2200],
        lanes=lanes({"lead_time_days": 5, "source": 3}, {"lead_time_days": 10, "source": 4, "unit_cost": 1.05}),
    )  # fmt: skip
    plan = plan_supply(inputs)
    (risk,) = supplier_risks(
        inputs, plan, suppliers=np.array([3]), recover_days=np.array([35.0]), margin=np.ones(1)
    )
    assert (risk.gap_days, risk.item, risk.exposure) == (0, -1, 0)


@pytest.mark.parametrize("seed", range(6))
def test_a_what_if_without_a_change_gives_the_plan_itself(seed: int) -> None:
    inputs = replace(random_network(seed), on_hand=np.full(12, 20_000.0))
    plan = plan_supply(inputs)
    answer = what_if(inputs, plan, inputs, touched=np.array([1]))
    assert answer.plan.projection.net_stock == pytest.approx(answer.base.net_stock)


def test_a_what_if_on_an_end_item_reaches_its_components_only() -> None:
    calendar = months(6)
    demand = np.zeros((6, 4))
    demand[:, 0] = demand[:, 1] = 100
    inputs = problem(
        demand, calendar=calendar, on_hand=[100, 100, 900, 900], bom=bom((0, 2, 1.0), (1, 2, 1.0), (1, 3, 1.0)),
        lanes=lanes(*({"item": n, "kind": Kind.MAKE if n < 2 else Kind.BUY, "lead_time_days": 3} for n in range(4))),
    )  # fmt: skip
    plan = plan_supply(inputs)
    more = demand.copy()
    more[3, 0] += 40
    answer = what_if(inputs, plan, replace(inputs, demand=more), touched=np.array([0]))
    whole = plan_supply(replace(inputs, demand=more))
    assert answer.members.tolist() == [0, 2]
    assert answer.plan.projection.closing == pytest.approx(whole.projection.closing[:, [0, 2]])


def test_one_late_part_is_one_exception_with_all_it_stops() -> None:
    calendar = months(4)
    demand = np.zeros((4, 4))
    demand[1, 0] = 8000
    inputs = problem(
        demand, calendar=calendar, lanes=lanes({"kind": Kind.MAKE, "lead_time_days": 1}),
        bom=bom((0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0)),
        receipts=receipts((1, 30, 8000), (2, 30, 8000), (3, 51, 8000)), margin=np.array([18.0, 0, 0, 0]),
    )  # fmt: skip
    plan = plan_supply(inputs)
    rows = find_threats(
        inputs, plan, peg(inputs, plan), reschedule_messages(inputs, plan),
        margin=inputs.margin, holding_rate=np.full(4, 0.2), protection_sd=np.zeros(4),
    )  # fmt: skip
    shortages = [row for row in rows if row.kind is Threat.SHORTAGE]
    assert len(shortages) == 1
    assert (shortages[0].cause_ref, shortages[0].receipt) == (3, 2)
    late = peg(inputs, plan)
    units = late.quantity[(late.days_late > 0) & (late.item == 0)].sum()
    assert shortages[0].money_at_risk == pytest.approx(units * 18)
    deferred = {row.receipt for row in rows if row.kind is Threat.DEFER}
    assert deferred == {0, 1}


def test_a_part_late_in_two_assemblies_and_sold_as_a_spare_is_one_exception() -> None:
    """Two kinds of caps take one and two of the insert, on their way into bottles; 100 inserts are sold as spares."""
    demand = np.zeros((4, 5))
    demand[1, 0], demand[1, 1], demand[1, 4] = 310, 620, 31
    inputs = problem(
        demand, calendar=months(4), margin=np.array([18.0, 9.0, 0.0, 0.0, 2.0]),
        lanes=lanes(*({"item": n, "kind": Kind.MAKE, "lead_time_days": 1} for n in range(4)), {"item": 4, "lead_time_days": 200}),
        bom=bom((0, 2, 1.0), (1, 3, 1.0), (2, 4, 1.0), (3, 4, 2.0)), receipts=receipts((4, 70, 5000)),
        safety_stock=np.tile([0.0, 0.0, 0.0, 0.0, 40.0], (4, 1)), on_hand=[0, 0, 0, 0, 50],
    )  # fmt: skip
    plan = plan_supply(inputs)
    pegs = peg(inputs, plan)
    rows = find_threats(
        inputs, plan, pegs, reschedule_messages(inputs, plan),
        margin=inputs.margin, holding_rate=np.full(5, 0.2), protection_sd=np.zeros(5),
    )  # fmt: skip
    (shortage,) = (row for row in rows if row.kind is Threat.SHORTAGE)
    assert (shortage.scarce, shortage.receipt, shortage.root_cause) == (4, 0, Cause.RECEIPT_LATE)
    late = {item: units for item, units, _ in shortage.stops}
    assert sorted(late) == [0, 1, 4]
    assert shortage.action_quantity == pytest.approx(late[0] + 2 * late[1] + late[4])
    assert shortage.money_at_risk == pytest.approx(18 * late[0] + 9 * late[1] + 2 * late[4])
    assert not [row for row in rows if row.kind is Threat.BELOW_SAFETY_STOCK]


def test_no_source_is_said_and_asks_for_one() -> None:
    inputs = problem([[10], [10]], calendar=months(2), margin=np.array([3.0]))
    plan = plan_supply(inputs)
    rows = find_threats(
        inputs, plan, peg(inputs, plan), reschedule_messages(inputs, plan),
        margin=inputs.margin, holding_rate=np.zeros(1), protection_sd=np.zeros(1),
    )  # fmt: skip
    assert [row.action for row in rows] == [Action.FIND_SOURCE]
    assert rows[0].money_at_risk == pytest.approx(60)


def test_s50_s40_s52_loads_reserve_and_outlook() -> None:
    fill = container_fill(quantity=24_000, unit_m3=0.05 / 12, load_m3=67)
    assert (fill.loads, round(100 * fill.fill, 1), fill.free_units) == (2, 74.6, 8160)
    assert held_back(total=20_000, afloat=18_500, reserve=3_000) == 1_500
    outlook = capacity_outlook(load=[8000 * 1.05**k for k in range(12)], capacity=10_000, install_periods=4)
    assert (outlook.exceeded, outlook.decide_by) == (5, 1)


def test_shipment_parts_sum_and_stay_under_the_share() -> None:
    parts = split_shipments(quantity=10_000, coming=12_000, share=0.3, multiple=100)
    assert sum(parts) == 10_000
    assert max(parts) <= 3600
