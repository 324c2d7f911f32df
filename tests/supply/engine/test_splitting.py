"""What waits for a component comes in parts: 60 of 100 have theirs in January, the 40 others wait until February."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from supply_networks import bom, day, lanes, line, months, problem, random_network, receipts

from supply.engine import NEVER, Cause, FirmOrders, Kind, LotRule, PlanInputs, Status, peg, plan_supply
from supply.engine.checker import check_plan
from supply.engine.orders import parts_of_runs
from supply.engine.pegging import late_quantity


def waiting_order(**terms: Any) -> PlanInputs:
    """100 are needed in January, ten days after their parts: 60 of these are there, 40 come on the 25th day."""
    return problem(
        [[100.0, 0.0], [0.0, 0.0]],
        calendar=months(2),
        on_hand=[0.0, 60.0],
        lanes=lanes({"item": 0, "kind": Kind.MAKE, "lead_time_days": 10, **terms}),
        bom=bom((0, 1, 1.0)),
        receipts=receipts((1, 25, 40.0)),
    )


def parts(inputs: PlanInputs) -> list[tuple[float, int]]:
    """Quantity and day, from the planning date on, of each order of item 0."""
    plan = plan_supply(inputs)
    assert check_plan(inputs, plan) == []
    rows = plan.orders.of(0)
    return list(
        zip(plan.orders.quantity[rows].tolist(), (plan.orders.due_day[rows] - day(0)).tolist(), strict=True)
    )


def test_what_has_its_components_comes_a_month_before_the_rest_of_its_order() -> None:
    assert parts(waiting_order()) == [(60, 10), (40, 35)]


def test_so_it_is_where_the_part_is_sold_as_well_in_many_months() -> None:
    sold = problem(
        [[100.0, 0.0], *[[0.0, 1.0]] * 5],
        calendar=months(6),
        on_hand=[0.0, 60.0],
        lanes=waiting_order().lanes,
        bom=bom((0, 1, 1.0)),
        receipts=receipts((1, 25, 45.0)),
    )
    assert parts(sold) == [(60, 10), (40, 35)]


def test_each_part_has_its_share_of_components_and_of_what_its_quantity_is_made_of() -> None:
    plan = plan_supply(waiting_order())
    assert plan.dependent.quantity.tolist() == plan.orders.net.tolist() == [60, 40]
    assert plan.dependent.order.tolist() == [0, 1]
    assert plan.projection.shortage[:, 0].tolist() == [40, 0]


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"moq": 40}, [(60, 10), (40, 35)]),
        ({"moq": 45}, [(55, 10), (45, 35)]),  # the rest must be an order too
        ({"moq": 51}, [(100, 35)]),
        ({"multiple": 25}, [(50, 10), (50, 35)]),
        ({"moq": 50, "multiple": 50}, [(50, 10), (50, 35)]),
    ],
)
def test_each_part_is_an_order_by_the_terms_of_its_lane(terms: dict[str, float], found: list[Any]) -> None:
    assert parts(waiting_order(**terms)) == found


def test_less_than_a_day_sells_is_not_made_alone() -> None:
    """100 in January are 3.2 a day: parts for 3 let nobody have his a day sooner."""
    few = waiting_order()
    assert parts(replace(few, on_hand=np.array([0.0, 3.0]), receipts=receipts((1, 25, 97.0)))) == [(100, 35)]


def test_an_order_that_waits_within_its_month_stays_one() -> None:
    sooner = replace(waiting_order(), receipts=receipts((1, 15, 40.0)))
    assert parts(sooner) == [(100, 25)]


def test_each_part_of_what_misses_its_month_comes_on_the_day_on_which_its_components_let_it() -> None:
    """Of 100 parts 60 are there, 20 come on the 22nd and 20 on the 28th, both for caps of February."""
    twice = replace(waiting_order(), receipts=receipts((1, 22, 20.0), (1, 28, 20.0)))
    assert parts(twice) == [(60, 10), (20, 32), (20, 38)]


def test_what_a_person_or_a_lot_rule_sized_stays_one() -> None:
    once = waiting_order()
    firm = FirmOrders(lane=np.array([0]), quantity=np.array([100.0]), due_day=np.array([day(10)]))
    plan = plan_supply(replace(once, firm=firm))
    assert (plan.orders.quantity.tolist(), plan.orders.status.tolist()) == ([100], [Status.FIRM])
    fixed = np.array([LotRule.FIXED_ORDER_QUANTITY, LotRule.LOT_FOR_LOT])
    assert parts(replace(once, lot_rule=fixed, lot_parameter=np.array([100.0, 0.0]))) == [(100, 35)]


def made_ahead() -> PlanInputs:
    """On a line of 100 a month 190 are needed by 10 February, 90 of them made in January; their parts come on the 31st."""
    return problem(
        [[80.0, 0.0], [290.0, 0.0], [0.0, 0.0]],
        calendar=months(3),
        on_hand=[180.0, 0.0],
        lanes=lanes({"item": 0, "kind": Kind.MAKE, "moq": 150}),
        bom=bom((0, 1, 1.0)),
        receipts=receipts((1, 30, 190.0)),
        capacities=line(np.full(3, 100.0), (0, 1.0)),
    )


def test_what_is_made_in_its_own_month_does_not_wait_for_the_parts_of_what_is_made_ahead() -> None:
    """The 90 begin 27 days later than the line would have begun them; the 100 of February take their parts in February."""
    assert parts(made_ahead()) == [(100, 40), (90, 67)]


def test_a_run_whose_bill_of_material_changes_meanwhile_stays_one() -> None:
    """What is made of part 1 until January and of part 2 from February on would ask for a part that nobody planned."""
    inputs = made_ahead()
    bill = bom((0, 1, 1.0), (0, 2, 1.0))
    changed = problem(
        np.hstack([inputs.demand, np.zeros((3, 1))]),
        calendar=inputs.calendar,
        on_hand=[180.0, 0.0, 0.0],
        lanes=inputs.lanes,
        bom=replace(bill, valid_from=np.array([0, day(31)]), valid_to=np.array([day(30), NEVER])),
        receipts=inputs.receipts,
        capacities=inputs.capacities,
    )
    assert len(parts(changed)) == 1


def test_what_is_made_ahead_and_the_rest_are_one_run_of_one_minimum() -> None:
    plan = plan_supply(made_ahead())
    part, of, units = parts_of_runs(plan.orders)
    assert list(zip(part.tolist(), of.tolist(), units.tolist(), strict=True)) == [(1, 2, 190), (2, 2, 190)]
    assert plan.orders.begins.tolist() == [True, False]


def test_the_urgent_product_has_its_part_though_it_asks_for_it_later_in_the_month() -> None:
    """60 parts are there, 40 come on 31 January. Product 1, of the first priority, takes 40 on the 9th, ahead of what
    product 0 asked for on the 1st: that has 20 in January and 40 in February.
    """
    inputs = problem(
        [[60.0, 100.0, 0.0], [0.0, 0.0, 0.0]],
        calendar=months(2),
        on_hand=[0.0, 60.0, 60.0],
        priority=np.array([2, 1, 1]),
        lanes=lanes(*({"item": n, "kind": Kind.MAKE, "lead_time_days": 10} for n in (0, 1))),
        bom=bom((0, 2, 1.0), (1, 2, 1.0)),
        receipts=receipts((2, 30, 40.0)),
    )
    assert parts(inputs) == [(20, 10), (40, 40)]
    assert plan_supply(inputs).projection.shortage[0].tolist() == [40, 0, 0]


def test_random_plans_in_parts_keep_every_rule_and_name_a_cause_of_every_late_unit() -> None:
    for seed in range(20):
        inputs = random_network(seed)
        tight = replace(inputs.capacities, available=inputs.capacities.available / 3)
        inputs = replace(inputs, capacities=tight)
        plan = plan_supply(inputs)
        assert check_plan(inputs, plan) == []
        pegs = peg(inputs, plan)
        late = late_quantity(inputs.calendar, pegs, shape=inputs.demand.shape)
        assert np.abs(late - plan.projection.shortage).max() < 1e-6
        assert (pegs.cause[pegs.days_late > 0] != Cause.NONE).all()


def with_more(inputs: PlanInputs, seed: int) -> Iterator[PlanInputs]:
    """The same with 50 more in stock, with a receipt of 60 more, and with a tenth more of each capacity."""
    item = seed % inputs.count
    on_hand = inputs.on_hand.copy()
    on_hand[item] += 50
    yield replace(inputs, on_hand=on_hand)
    more = receipts((item, 10 * seed % 200, 60.0))
    both = {f.name: np.append(getattr(inputs.receipts, f.name), getattr(more, f.name)) for f in fields(more)}
    both["lane"] = np.full(len(both["item"]), -1)
    yield replace(inputs, receipts=replace(inputs.receipts, **both))
    capacities = inputs.capacities
    yield replace(inputs, capacities=replace(capacities, available=capacities.available * 1.1))


def test_more_supply_never_hurts_where_products_share_lines_and_any_quantity_can_be_ordered() -> None:
    """Units short at the ends of months, first priority first; why lots and shared components break it: ADR 0303."""

    def short(inputs: PlanInputs) -> list[float]:
        found = plan_supply(inputs).projection.shortage
        return [round(float(found[:, inputs.priority == k].sum()), 6) for k in (1, 2, 3)]

    for seed in range(30):
        inputs = random_network(seed)
        lots = np.zeros_like(inputs.lanes.moq)
        inputs = replace(
            inputs,
            bom=bom(),
            lanes=replace(inputs.lanes, moq=lots, multiple=lots),
            priority=1 + np.arange(inputs.count) % 3,
            capacities=replace(inputs.capacities, available=inputs.capacities.available / 4),
        )
        before = short(inputs)
        for more in with_more(inputs, seed):
            assert short(more) <= before
