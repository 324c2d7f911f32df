"""What the advice of an exception names: the order that can come earlier, the line that is full, the last day to ask."""

from dataclasses import replace

import numpy as np
import pytest
from supply_networks import day, lanes, line, months, problem, receipts

from supply.engine import NEVER, Bom, Kind, Message, PlanInputs, peg, plan_supply, reschedule_messages
from supply.engine.threat_rows import Action, Threat, ThreatRow
from supply.engine.threats import find_threats


def threats(inputs: PlanInputs, kind: Threat) -> list[ThreatRow]:
    plan, count = plan_supply(inputs), inputs.count
    found = find_threats(
        inputs, plan, peg(inputs, plan), reschedule_messages(inputs, plan),
        margin=inputs.margin, holding_rate=np.full(count, 0.2), protection_sd=np.full(count, 10.0),
    )  # fmt: skip
    return [row for row in found if row.kind is kind]


def thin(**changed: object) -> PlanInputs:
    """100 a month from 150 in stock, 80 of them for safety; what is ordered now takes two months."""
    return problem(
        [[100], [100], [100], [100]], calendar=months(4), margin=np.array([5.0]), safety_stock=np.full((4, 1), 80.0),
        **({"on_hand": [150], "lanes": lanes({"lead_time_days": 75, "transit_days": 20})} | changed),
    )  # fmt: skip


def test_thin_stock_names_the_open_order_that_could_come_earlier() -> None:
    (row,) = threats(thin(receipts=receipts((0, 33, 60), (0, 50, 200))), Threat.BELOW_SAFETY_STOCK)
    assert (row.action, row.receipt, row.order, row.action_day) == (Action.EXPEDITE, 0, -1, day(30))


def test_thin_stock_names_the_planned_order_where_nothing_is_open() -> None:
    inputs = thin(on_hand=[220], receipts=receipts((0, 10, 10)))
    (row,) = threats(inputs, Threat.BELOW_SAFETY_STOCK)
    orders = plan_supply(inputs).orders
    assert (row.receipt, row.action_day) == (-1, day(58))
    assert orders.due_day[row.order] > row.action_day
    assert not (orders.due_day[np.arange(orders.count) != row.order] < orders.due_day[row.order]).any()


def test_stock_that_is_thin_for_want_of_a_line_asks_for_the_line() -> None:
    inputs = thin(
        lanes=lanes({"kind": Kind.MAKE}), on_hand=[160],
        capacities=line(np.array([10.0, 500.0, 500.0, 500.0]), (0, 1.0)),
    )  # fmt: skip
    (row,) = threats(inputs, Threat.BELOW_SAFETY_STOCK)
    assert (row.action, row.root_ref, row.quantity) == (Action.ADD_CAPACITY, 0, pytest.approx(10))


def one_late_part(sites: int) -> PlanInputs:
    """Each site sells 10 a month from 40, 40 of them for safety; what the plant sends comes in March, when it has some."""
    demand = np.zeros((4, sites + 1))
    demand[:, :sites] = 10.0
    safety = np.where(np.arange(sites + 1) < sites, 40.0, 0.0)
    moved = ({"item": n, "kind": Kind.TRANSFER, "source": sites} for n in range(sites))
    return problem(
        demand, calendar=months(4), margin=np.arange(1.0, sites + 2), safety_stock=safety,
        on_hand=np.where(np.arange(sites + 1) < sites, 40.0, 0.0),
        lanes=lanes(*moved, {"item": sites, "lead_time_days": 75}),
    )  # fmt: skip


def test_one_late_part_is_one_message_with_all_whose_stock_is_thin_for_it() -> None:
    """60 sites are 20 below their safety stock until the plant has what it ordered: one order to ask for."""
    inputs = one_late_part(60)
    (row,) = threats(inputs, Threat.BELOW_SAFETY_STOCK)
    assert (row.item, row.scarce, row.action) == (59, 60, Action.EXPEDITE)
    assert (len(row.stops), row.quantity, row.action_quantity) == (
        60,
        pytest.approx(1200),
        pytest.approx(1200),
    )
    assert row.money_at_risk == pytest.approx(20 * inputs.margin[:60].sum())


def test_what_a_message_on_many_saves_is_the_sum_of_what_each_would() -> None:
    inputs = one_late_part(3)
    (row,) = threats(inputs, Threat.BELOW_SAFETY_STOCK)
    each = [threats(one_late_part(1), Threat.BELOW_SAFETY_STOCK)[0].probability] * 3
    assert row.avoidable == pytest.approx(
        sum(20 * m * p for m, p in zip(inputs.margin[:3], each, strict=True))
    )


@pytest.mark.parametrize(("begins", "taken"), [(-900, 3.0), (0, 3.0), (200, 1.0)])
def test_a_late_product_asks_for_what_its_bill_takes_on_the_day_it_is_begun(
    begins: int, taken: float
) -> None:
    """One part a product, three from a day on: ten products late take thirty parts, or ten until that day."""
    inputs = problem(
        [[10, 0], [0, 0], [0, 0]], calendar=months(3), margin=np.array([5.0, 0.0]),
        lanes=lanes({"item": 0, "kind": Kind.MAKE}, {"item": 1, "lead_time_days": 45}),
        bom=Bom(
            parent=np.array([0, 0]), component=np.array([1, 1]), quantity_per=np.array([3.0, 1.0]), scrap=np.zeros(2),
            valid_from=np.array([day(begins), 0]), valid_to=np.array([NEVER, day(begins) - 1]),
        ),
    )  # fmt: skip
    (row,) = threats(inputs, Threat.SHORTAGE)
    assert row.action_quantity == 10 * taken


def test_what_can_be_asked_of_an_order_can_be_asked_until_it_leaves() -> None:
    early = thin(on_hand=[400], receipts=receipts((0, 35, 100)))
    (row,) = threats(early, Threat.DEFER)
    assert row.last_day == day(35 - 20)
    late = thin(receipts=receipts((0, 50, 200)))
    (row,) = threats(late, Threat.EXPEDITE)
    assert row.last_day == max(row.action_day - 20, day(0))


def test_what_is_afloat_is_neither_deferred_nor_cancelled() -> None:
    ashore = thin(on_hand=[400], receipts=receipts((0, 35, 100), (0, 36, 900)))
    assert reschedule_messages(ashore, plan_supply(ashore)).message.tolist() == [
        Message.DEFER,
        Message.CANCEL,
    ]
    afloat = replace(ashore, receipts=replace(ashore.receipts, afloat=np.array([True, True])))
    assert reschedule_messages(afloat, plan_supply(afloat)).message.tolist() == [Message.NONE, Message.NONE]
    late = thin(receipts=replace(receipts((0, 50, 200)), afloat=np.array([True])))
    assert reschedule_messages(late, plan_supply(late)).message.tolist() == [Message.EXPEDITE]
