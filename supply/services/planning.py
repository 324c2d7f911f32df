"""Targets and the supply plan of some or all item-locations: read, compute, check the parts, store."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction

from forecasting.services import consensus
from inventory.engine import Position
from inventory.models import InventoryTarget
from inventory.selectors import class_policies
from inventory.services.health import OnHand, judge_stock
from inventory.services.promises import confirm_promises
from inventory.services.storage import prices_of_space
from inventory.services.targets import (
    ClassLimits,
    PriceOfSpace,
    class_limits,
    copy_targets,
    set_targets,
    target_levels,
)
from siop import bulk
from siop.plans import locks
from siop.plans import services as plan_services
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from siop.reading import one_reading
from supply import engine
from supply.engine import FirmOrders, PlanInputs, SupplyPlan
from supply.engine.checker import check_plan
from supply.engine.improving import kept_lots, sound
from supply.engine.shapes import Array
from supply.errors import BrokenPlan
from supply.expiry import unsold
from supply.frames import (
    Problem,
    capital_rate,
    linked_items,
    linked_parts,
    read_chosen,
    read_places,
    read_problem,
)
from supply.models import PlanLine

from . import capacity, orders_store, space, supplier_risks, threats
from .capacity import Planned
from .class_lessons import class_lessons

PLACES_A_CHUNK = 4000
OTHERS = "plan_id = %s AND item_id = ANY(%s)"


def derive_with_consensus(*, data_version: int) -> PlanVersion | None:
    """A new live plan with the consensus demand of the current one; None where there is none."""
    source = current_live_plan()
    if source is None:
        return None
    plan = plan_services.derive_live_plan(source=source, data_version=data_version)
    consensus.copy_lines(source=source, target=plan)
    return plan


def derive_with_targets(*, data_version: int) -> PlanVersion | None:
    """A new live plan with the consensus demand and the targets of the current one; None where there is none."""
    source, plan = current_live_plan(), derive_with_consensus(data_version=data_version)
    if source and plan:
        copy_targets(source=source, target=plan)
    return plan


def open_targets(*, plan: PlanVersion) -> list[list[int]]:
    """Find what parts A, B and C over the whole plan; returns the chunks of items whose targets are to be set."""
    bulk.execute("DELETE FROM inventory_inventorytarget WHERE plan_id = %s", [plan.pk])
    limits = class_limits(_yearly_values(plan))
    plan_services.note_inputs(
        plan=plan,
        abc_limits=[_stored(limits.a), _stored(limits.b)],
        class_lessons=class_lessons(plan).stored(),
        class_policies=class_policies.stored(class_policies.of_company()),
        prices_of_space={},
    )
    return item_chunks(plan=plan)


def price_space(*, plan: PlanVersion) -> list[list[int]]:
    """Find what space is worth where targets do not fit; returns the chunks of items whose targets give way to it."""
    prices = prices_of_space(plan, capital_rate=capital_rate(plan))
    plan_services.note_inputs(plan=plan, prices_of_space={str(pk): price for pk, price in prices.items()})
    if not prices:
        return []
    crowded = set(
        InventoryTarget.objects.filter(plan=plan, location__in=prices).values_list("item", flat=True)
    )
    return [items for items in item_chunks(plan=plan) if crowded.intersection(items)]


def compute_targets(*, plan: PlanVersion, item_ids: list[int]) -> int:
    """Targets of items with all that are linked to them; returns the number of item-locations."""
    problem = read_problem(plan, items=item_ids)
    _set_targets(problem)
    return problem.places.count


def _yearly_values(plan: PlanVersion) -> Array:
    """A year's consensus demand of each item-location in money, at cost, else price, else one a unit."""
    (values,) = bulk.copy_out(
        """
        SELECT sum((SELECT sum(x) FROM unnest(c.quantity[1:%(year)s]) x)
                   * COALESCE(i.unit_cost, i.unit_price, 1)::float8)
        FROM forecasting_consensusline c JOIN forecasting_demandseries s ON s.id = c.series_id
        JOIN catalog_item i ON i.id = s.item_id WHERE c.plan_id = %(plan)s GROUP BY s.item_id, s.location_id
        """,
        {"plan": plan.pk, "year": int(plan.parameters["season"])},
        columns="f",
    )
    return np.asarray(np.maximum(values, 0.0))


def _stored(limit: float) -> float | None:
    """Infinity, where there is no such class, is stored as nothing."""
    return limit if np.isfinite(limit) else None


def _limits(plan: PlanVersion) -> ClassLimits:
    """As found when the targets of the whole plan were set."""
    a, b = (
        np.inf if limit is None else float(limit) for limit in plan.inputs.get("abc_limits", [None, None])
    )
    return ClassLimits(a=a, b=b)


def item_chunks(*, plan: PlanVersion) -> list[list[int]]:
    """Items cut into chunks that can be planned apart: what is linked stays together."""
    places = read_places(plan)
    items, count = np.unique(places.item, return_counts=True)
    part = linked_parts(items)
    order = np.argsort(part, kind="stable")
    size = np.bincount(part, weights=count)
    chunk_of_part = (np.cumsum(size) - size) // PLACES_A_CHUNK
    chunk = chunk_of_part[part[order]]
    borders = np.flatnonzero(np.diff(chunk)) + 1
    return [ids.tolist() for ids in np.split(items[order], borders) if len(ids)]


def plan_items(*, plan: PlanVersion, item_ids: list[int]) -> int:
    """Supply plan of items whose targets are set; they must hold all that are linked to them."""
    problem = read_problem(plan, items=item_ids)
    if not problem.places.count:
        return 0
    planned = store(problem, *problem.told(stored_targets(problem)), item_ids=item_ids)
    capacity.store(problem, planned, capacity.priced(problem, planned))
    return problem.places.count


def stress_suppliers(*, plan: PlanVersion, item_ids: list[int]) -> None:
    """What the failure of each supplier would do to the plan of these items; plans anew once for each of them."""
    problem = read_problem(plan, items=item_ids)
    if problem.places.count:
        inputs, known = problem.told(stored_targets(problem))
        supplier_risks.store(problem, inputs, known or engine.plan_supply(inputs))


@transaction.atomic
@one_reading()
def recompute_items(*, plan: PlanVersion, item_ids: Iterable[int]) -> list[int]:
    """Targets, supply plan and exceptions of items and all that are linked to them, at once.

    For an edit in the web process; returns the ids of the items that were planned again. Lots that were chosen by
    cost stay where the edit does not reach; what more of a capacity is worth is asked of the workers. Edits that
    follow each other quickly, or come from two people, are taken one after the other.
    """
    locks.hold_plan(plan.pk)
    asked = set(item_ids)
    items = linked_items(asked)
    problem = read_problem(plan, items=items)
    if not problem.places.count:
        return items
    targets = _set_targets(problem)
    inputs, known = problem.told(targets)
    chosen = read_chosen(problem)
    if len(chosen.lane):
        edited = np.flatnonzero(np.isin(problem.places.item, list(asked)))
        inputs, known = kept_lots(replace(inputs, chosen=chosen), touched=edited), None
    planned = store(problem, inputs, known, item_ids=items)
    capacity.store_and_ask(problem, planned, item_ids=items)
    space.follow(plan=plan)
    threats.rank(plan=plan)
    return items


def safety_stocks(problem: Problem) -> Array:
    """Safety stock by period (T, N) as `set_targets` would store it."""
    if not problem.places.count:
        return np.zeros((problem.plan.horizon, 0))
    return target_levels(**_target_inputs(problem)).by_period


def _set_targets(problem: Problem) -> Array:
    return set_targets(
        plan=problem.plan,
        item=problem.places.item,
        location=problem.places.location,
        **_target_inputs(problem),
    )


def _target_inputs(problem: Problem) -> dict[str, Any]:
    return {
        "settings": problem.settings,
        "uncertainty": problem.uncertainty(),
        "replenishment": problem.replenishment(),
        "limits": _limits(problem.plan),
        "starts": class_policies.of_plan(problem.plan),
        "space": _price_of_space(problem),
    }


def _price_of_space(problem: Problem) -> PriceOfSpace:
    """As found over the whole plan."""
    prices = problem.plan.inputs.get("prices_of_space", {})
    per_m3 = np.array([prices.get(str(pk), 0.0) for pk in problem.places.location.tolist()])
    return PriceOfSpace(per_m3=per_m3, capital_rate=problem.capital_rate)


def stored_targets(problem: Problem) -> Array:
    """Safety stock by period (T, N) as the targets step stored it; 0 for places that came in since."""
    item, location, values = bulk.copy_out(
        "SELECT item_id, location_id, by_period FROM inventory_inventorytarget "
        "WHERE plan_id = %s AND item_id = ANY(%s)",
        [problem.plan.pk, np.unique(problem.places.item).tolist()],
        columns=f"i i f{problem.plan.horizon}",
    )
    place = problem.places.index(item, location)
    out = np.zeros((problem.places.count, problem.plan.horizon))
    out[place[place >= 0]] = values[place >= 0]
    return np.ascontiguousarray(out.T)


def store(problem: Problem, inputs: PlanInputs, known: SupplyPlan | None, *, item_ids: list[int]) -> Planned:
    """Plan the items, unless the plan is `known`, and replace what is stored of them but for capacity, all in the
    caller's transaction.
    """
    inputs, answer = _sound(inputs, known)
    pegs = engine.peg(inputs, answer)
    plan = problem.plan
    bulk.execute(f"DELETE FROM supply_planline WHERE {OTHERS}", [plan.pk, item_ids])  # noqa: S608 - constant
    bulk.execute(
        "DELETE FROM supply_peg WHERE plan_id = %s AND demand_item_id = ANY(%s)", [plan.pk, item_ids]
    )
    bulk.copy_in(PlanLine, _line_columns(problem, answer) | _health_columns(problem, inputs, answer))
    confirm_promises(
        plan,
        _position(problem, inputs, answer),
        item=problem.places.item,
        location=problem.places.location,
    )
    numbers = orders_store.store_orders(problem, inputs, answer, item_ids=item_ids)
    orders_store.store_pegs(problem, inputs, answer, pegs, numbers=numbers)
    threats.store(problem, inputs, answer, pegs, numbers=numbers, item_ids=item_ids)
    return Planned(inputs=inputs, plan=answer, pegs=pegs)


def _sound(inputs: PlanInputs, known: SupplyPlan | None) -> tuple[PlanInputs, SupplyPlan]:
    """The plan with the lots chosen by cost, without them where they fit no longer."""
    answer = known or engine.plan_supply(inputs)
    if len(inputs.chosen.lane) and not sound(inputs, answer):
        inputs = replace(inputs, chosen=FirmOrders())
        answer = engine.plan_supply(inputs)
    broken = check_plan(inputs, answer)
    if broken:
        shown = "; ".join(str(violation) for violation in broken[:5])
        raise BrokenPlan(f"The plan breaks {len(broken)} of its own rules and was not stored: {shown}")
    return inputs, answer


def _line_columns(problem: Problem, answer: SupplyPlan) -> dict[str, object]:
    record = answer.projection
    return {
        "plan_id": problem.plan.pk,
        "item_id": problem.places.item,
        "location_id": problem.places.location,
        "on_hand": problem.on_hand,
        "demand": record.demand.T,
        "dependent_demand": record.dependent_demand.T,
        "scheduled_receipts": record.scheduled_receipts.T,
        "planned_receipts": record.planned_receipts.T,
        "planned_releases": record.planned_releases.T,
        "past_due_release": record.past_due_release.sum(axis=0),
        "opening": record.opening.T,
        "closing": record.closing.T,
        "shortage": record.shortage.T,
        "safety_stock": record.safety_stock.T,
    }


def _health_columns(problem: Problem, inputs: PlanInputs, answer: SupplyPlan) -> dict[str, object]:
    """Of the stock on hand; what has expired already is expiring stock too."""
    judged = judge_stock(
        problem.plan,
        OnHand(
            item=problem.places.item,
            location=problem.places.location,
            usable=np.maximum(problem.on_hand, 0.0),
            lots=problem.lots,
            expiring=unsold(problem.lots, inputs, answer.dependent),
            demand=answer.projection.demand + answer.projection.dependent_demand,
            edges=problem.calendar.edges,
        ),
        problem.settings,
    )
    return {
        "excess": judged.health.excess,
        "obsolete": judged.health.obsolete,
        "expiring": judged.health.expiring + problem.expired,
        "expired": problem.expired,
        "expiring_by_period": judged.expiring_by_period.T,
    }


def _position(problem: Problem, inputs: PlanInputs, answer: SupplyPlan) -> Position:
    """Stock on hand that is sold before it expires, with everything that is to come, open and planned."""
    receipts, orders = problem.receipts.engine, answer.orders
    return Position(
        on_hand=inputs.on_hand,
        demand=answer.projection.demand + answer.projection.dependent_demand,
        edges=problem.calendar.edges,
        receipt_place=np.concatenate([receipts.item, orders.item]),
        receipt_day=np.concatenate([receipts.day, orders.due_day]),
        receipt_quantity=np.concatenate([receipts.quantity, orders.quantity]),
    )
