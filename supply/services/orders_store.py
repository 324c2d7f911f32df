"""Planned orders and pegs of one run, as rows."""

from collections import defaultdict
from copy import copy
from datetime import date

import numpy as np

from siop import bulk
from siop.web.templatetags.siop import day, month
from supply import engine
from supply.engine import Pegs, PlanInputs, Reason, Status, SupplyPlan
from supply.engine.ahead import begun_early_for
from supply.engine.orders import parts_of_runs
from supply.engine.shapes import IntArray
from supply.enums import OrderStatus, SourceKind
from supply.frames import Problem, takes_over_firm_orders
from supply.freight_reasons import load_reason, premium_reason
from supply.models import Peg, PlannedOrder

from .words import PART_LABELS, Names, order_reason, part_reason

KINDS = (SourceKind.BUY.value, SourceKind.TRANSFER.value, SourceKind.MAKE.value)
LAST_DAY = 3_652_059 - 1
_LOADS = "SELECT id, load_m3::float8 FROM supply_mode WHERE load_m3 IS NOT NULL"
ON_HAND, SHORT, RETURNED = "on hand", "short", "returned"


def read_names(problem: Problem) -> Names:
    items = bulk.lists_out(
        "SELECT id, code FROM catalog_item WHERE id = ANY(%s)", [np.unique(problem.places.item).tolist()]
    )
    locations = bulk.lists_out("SELECT id, code FROM catalog_location")
    return Names(problem, items=dict(zip(*items, strict=True)), locations=dict(zip(*locations, strict=True)))


def store_orders(
    problem: Problem, inputs: PlanInputs, answer: SupplyPlan, *, item_ids: list[int]
) -> list[str]:
    """Replace the planned orders of the items; returns the number of each order of the run, in its order.

    Orders that people fixed keep their row where the plan is their own, and come along anew where they are another's.
    """
    plan, orders = problem.plan, answer.orders
    copied = [OrderStatus.FIRM] if takes_over_firm_orders(plan) else []
    bulk.execute(
        "DELETE FROM supply_plannedorder WHERE plan_id = %s AND item_id = ANY(%s) AND status = ANY(%s)",
        [plan.pk, item_ids, [OrderStatus.PLANNED, *copied]],
    )
    firm = _match_firm(problem, answer)
    numbers = _numbers(problem, answer, firm)
    fresh = [k for k in range(orders.count) if k not in firm]
    if fresh:
        rows = np.array(fresh)
        bulk.copy_in(PlannedOrder, _columns(problem, inputs, answer, rows, numbers))
    carried = [k for k, order in firm.items() if order.plan_id != plan.pk]
    if carried:
        _carry_firm(problem, inputs, answer, carried, firm, numbers)
    _carry_sourceless(problem)
    return numbers


def _match_firm(problem: Problem, answer: SupplyPlan) -> dict[int, PlannedOrder]:
    """Row of the run for each firm order: same lane, day (today for one that is past due) and quantity."""
    waiting: dict[tuple[int, int, float], list[PlannedOrder]] = defaultdict(list)
    for k, order in enumerate(problem.firm_orders):
        due = max(int(problem.firm.due_day[k]), problem.calendar.as_of)
        key = (int(problem.firm.lane[k]), due, float(problem.firm.quantity[k]))
        waiting[key].append(order)
    found: dict[int, PlannedOrder] = {}
    orders = answer.orders
    for k in np.flatnonzero(orders.status == Status.FIRM).tolist():
        key = (int(orders.lane[k]), int(orders.due_day[k]), float(orders.quantity[k]))
        if waiting[key]:
            found[k] = waiting[key].pop(0)
    return found


def _numbers(problem: Problem, answer: SupplyPlan, firm: dict[int, PlannedOrder]) -> list[str]:
    """P-item-location-n by due day: the same place keeps its numbers from run to run."""
    taken: dict[int, set[str]] = defaultdict(set)
    for k, order in firm.items():
        taken[int(answer.orders.item[k])].add(order.number)
    for order in (*_released(problem), *problem.sourceless):
        place = problem.places.index(np.array([order.item_id]), np.array([order.location_id]))
        taken[int(place[0])].add(order.number)
    count: dict[int, int] = defaultdict(int)
    numbers = []
    for k, place in enumerate(answer.orders.item.tolist()):
        if k in firm:
            numbers.append(firm[k].number)
            continue
        stem = f"P-{int(problem.places.item[place])}-{int(problem.places.location[place])}-"
        count[place] += 1
        while f"{stem}{count[place]}" in taken[place]:
            count[place] += 1
        numbers.append(f"{stem}{count[place]}")
    return numbers


def _released(problem: Problem) -> list[PlannedOrder]:
    released = PlannedOrder.objects.filter(plan=problem.plan, status=OrderStatus.RELEASED)
    here = released.filter(item_id__in=problem.places.item_ids)
    return list(here.only("number", "item_id", "location_id"))


def _columns(
    problem: Problem, inputs: PlanInputs, answer: SupplyPlan, rows: IntArray, numbers: list[str]
) -> dict[str, object]:
    orders, network = answer.orders, problem.network
    place, lane, term = orders.item[rows], orders.lane[rows], orders.term[rows]
    term_id = network.term_id[term]
    price = network.lanes.unit_cost[term]
    unit_value = np.where(price > 0, price, problem.unit_cost[place])
    cover = orders.cover_days[rows]
    sources, modes = _source_codes(problem)
    loads = dict(zip(*bulk.lists_out(_LOADS), strict=True))
    steps = problem.settings.step[orders.item].tolist()
    early, parts = begun_early_for(inputs, answer), parts_of_runs(orders)
    return {
        "plan_id": problem.plan.pk,
        "number": [numbers[k] for k in rows.tolist()],
        "run": [numbers[k] if k >= 0 else "" for k in orders.run[rows].tolist()],
        "item_id": problem.places.item[place],
        "location_id": problem.places.location[place],
        "lane_id": np.ma.masked_array(term_id, mask=term_id == 0),
        "kind": [KINDS[int(kind)] for kind in network.lanes.kind[lane]],
        "source": [sources[int(k)] for k in lane],
        "mode": [modes[int(k)] for k in lane],
        "quantity": orders.quantity[rows],
        "needed_quantity": orders.net[rows],
        "overhang": orders.overhang[rows],
        "overhang_value": orders.overhang[rows] * unit_value,
        "need_date": _days(orders.need_day[rows]),
        "order_by": _days(orders.order_by[rows]),
        "ship_date": _days(orders.ship_day[rows]),
        "due_date": _days(orders.due_day[rows]),
        "cover_days": np.where(np.isfinite(cover), cover, np.nan),
        "unit_landed_cost": orders.unit_landed_cost[rows],
        "improved": orders.reason[rows] == Reason.COST,
        "status": np.where(orders.status[rows] == Status.FIRM, "firm", "planned"),
        "reason": [
            "; ".join(
                filter(
                    None,
                    (
                        order_reason(orders, k, step=steps[k]),
                        part_reason(*(each[k] for each in parts)),
                        _begun_early(problem, answer, k, int(early[k])),
                        *_freight_reasons(problem, answer, k, loads),
                    ),
                )
            )
            for k in rows.tolist()
        ],
        "parts": [_parts(answer, int(k)) for k in rows],
    }


def _begun_early(problem: Problem, answer: SupplyPlan, k: int, capacity: int) -> str:
    """Until when work has to begin where the month of the receipt is full."""
    if capacity < 0:
        return ""
    begun, due = (date.fromordinal(int(days[k])) for days in (answer.orders.order_by, answer.orders.due_day))
    return f"begun by {day(begun)}, for {problem.network.loads[capacity][1]} is full in {month(due)}"


def _freight_reasons(
    problem: Problem, answer: SupplyPlan, k: int, loads: dict[int, float]
) -> tuple[str, str]:
    """How the order fills the loads of its mode, and why it goes a dearer way where it does."""
    orders, units = answer.orders, float(answer.orders.quantity[k])
    place, load = int(orders.item[k]), loads.get(int(problem.network.mode[orders.lane[k]]), 0.0)
    return (
        load_reason(units, unit_m3=float(problem.settings.unit_volume[place]), load_m3=load),
        premium_reason(units, premium=float(orders.premium[k]), margin=float(problem.margin[place])),
    )


def _days(days: IntArray) -> IntArray:
    return np.asarray(np.clip(days, 1, LAST_DAY))


def _parts(answer: SupplyPlan, k: int) -> list[list[object]]:
    values = [(label, float(getattr(answer.orders, name)[k])) for name, label in PART_LABELS.items()]
    return [[label, value] for label, value in values if value]


def _source_codes(problem: Problem) -> tuple[list[str], list[str]]:
    """Code of the source and of the mode of every lane."""
    network = problem.network
    suppliers = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_supplier"), strict=True))
    locations = dict(zip(*bulk.lists_out("SELECT id, code FROM catalog_location"), strict=True))
    modes = dict(zip(*bulk.lists_out("SELECT id, code FROM supply_mode"), strict=True))
    sources = []
    for supplier, sender, place in zip(
        network.supplier.tolist(), network.sender.tolist(), network.lanes.item.tolist(), strict=True
    ):
        own = locations[int(problem.places.location[place])]
        sources.append(suppliers.get(supplier) or locations.get(sender) or own)
    return sources, [modes.get(mode, "") for mode in network.mode.tolist()]


def _carry_firm(
    problem: Problem,
    inputs: PlanInputs,
    answer: SupplyPlan,
    rows: list[int],
    firm: dict[int, PlannedOrder],
    numbers: list[str],
) -> None:
    chosen = [firm[k] for k in rows]
    columns = _columns(problem, inputs, answer, np.array(rows), numbers)
    bulk.copy_in(
        PlannedOrder,
        columns
        | {
            "due_date": [order.due_date for order in chosen],
            "computed_quantity": [order.computed_quantity for order in chosen],
            "reason": [order.reason for order in chosen],
            "run": [order.run for order in chosen],
            "person_id": [order.person_id for order in chosen],
            "parts": [order.parts for order in chosen],
            "overhang": [order.overhang for order in chosen],
            "overhang_value": [order.overhang_value for order in chosen],
            "needed_quantity": [order.needed_quantity for order in chosen],
        },
    )


def _carry_sourceless(problem: Problem) -> None:
    """Firm orders that no source brings any more, as they stand in the plans that this one takes over from."""
    others = [copy(order) for order in problem.sourceless if order.plan_id != problem.plan.pk]
    for order in others:
        order.pk, order.plan, order.version = None, problem.plan, 1
    PlannedOrder.objects.bulk_create(others)


def store_pegs(
    problem: Problem, inputs: PlanInputs, answer: SupplyPlan, pegs: Pegs, *, numbers: list[str]
) -> None:
    """Which supply meets which demand, on every level, and the first cause of what is late."""
    found = engine.peg_to_demand(inputs, answer, pegs)
    if not len(found.item):
        return
    names = read_names(problem)
    months = _bucket_starts(problem)
    places = problem.places
    causes: dict[tuple[int, int], str] = {}
    texts = []
    for cause, ref in zip(found.cause.tolist(), found.cause_ref.tolist(), strict=True):
        if (cause, ref) not in causes:
            causes[cause, ref] = names.cause(cause, ref)
        texts.append(causes[cause, ref])
    labels = (
        lambda ref: ON_HAND,
        problem.receipts.names.__getitem__,
        numbers.__getitem__,
        lambda ref: RETURNED,
    )
    bulk.copy_in(
        Peg,
        {
            "plan_id": problem.plan.pk,
            "demand_item_id": places.item[found.item],
            "demand_location_id": places.location[found.item],
            "demand_month": months[found.bucket],
            "level": found.level,
            "order": [
                labels[kind](ref) if kind < len(labels) else SHORT
                for kind, ref in zip(found.supply.tolist(), found.supply_ref.tolist(), strict=True)
            ],
            "quantity": found.quantity,
            "days_late": found.days_late.astype(np.float64),
            "first_cause": texts,
        },
    )


def _bucket_starts(problem: Problem) -> IntArray:
    """First day of each planned period; of the first one, even where the planning date lies inside it."""
    starts = problem.calendar.edges[:-1].copy()
    starts[0] = problem.plan.as_of.toordinal()
    return starts
