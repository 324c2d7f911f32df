"""A plan whose orders wait for their components: passes of the planner until what is promised can be made."""

from dataclasses import replace

import numpy as np

from .explosion import spread_rows
from .limits import Material
from .orders import finish, in_order, priced
from .pegging import DEPENDENT, UNMET, Pegs, peg_in_line, peg_items
from .planner import Run
from .postponing import Delay, delayed_days, with_room
from .returns import returned_units
from .shapes import (
    NEVER,
    TOLERANCE,
    Array,
    BoolArray,
    Cause,
    IntArray,
    Kind,
    Orders,
    PlanInputs,
    SupplyPlan,
)
from .splitting import split_by_component, split_by_month


def plan_supply(inputs: PlanInputs) -> SupplyPlan:
    """Plan all item-locations: netting, lots, lanes, capacity and components, dated to the day.

    First without regard to components; where a component turns out short, its supply is shared out by
    priority and the orders above it are planned again, and so they are while less is shipped than was thought
    and therefore less comes back, bucket after bucket. A last check moves orders day by day behind their
    components. Several short components delay an order by the longest wait, not by their sum.
    Raises SupplyCycleError where item-locations require themselves.
    """
    run = Run(inputs)
    run.plan()
    plan = run.result()
    short = np.zeros(inputs.count, bool)
    roots = Roots(inputs.count)
    supplied: dict[int, Array] = {}
    shipped, place, unlimited = inputs.demand, run.precedence, _unlimited(inputs)
    enough = int(plan.levels.max(initial=0)) + 2
    for turn in range(enough + inputs.calendar.buckets):
        newly = _short_components(inputs, plan)
        actual = _shipments(inputs, plan, place) if len(inputs.returns.item) else shipped
        moved = bool(np.abs(actual - shipped).max(initial=0.0) > TOLERANCE)
        if not moved and (turn >= enough or not len(newly)):
            break
        less = returned_units(inputs, shipped - actual)
        shipped = actual
        short[newly] = True
        if len(newly):
            behind = np.zeros(inputs.count, bool)
            behind[newly] = True
            roots.note(peg_items(inputs, plan, behind))
        for component in np.union1d(newly, np.flatnonzero(short & less.any(axis=0))).tolist():
            supplied[component] = _cumulative_supply(inputs, plan, component, less, unlimited)
        run = Run(inputs, material=_material(inputs, np.flatnonzero(short), supplied), shipped=shipped)
        run.plan()
        plan = run.result()
    plan = _wait_for_components(inputs, plan, roots, place)
    return priced(inputs, in_order(replace(plan, root_cause=roots.cause, root_ref=roots.ref)))


class Roots:
    """Why components are late themselves, as the first pass that found them short saw it."""

    def __init__(self, count: int) -> None:
        self.cause = np.zeros(count, np.int64)
        self.ref = np.full(count, -1, np.int64)

    def note(self, pegs: Pegs) -> None:
        """Take the cause of each newly late component from its largest late peg to an order above.

        What a first pass put down to the component's own lead time is put down to a component of its own where
        its orders turn out to wait for one: they wait longer than they take.
        """
        rows = np.flatnonzero((pegs.use == DEPENDENT) & (pegs.days_late > 0))
        known = self.cause[pegs.item[rows]]
        waits = (known == Cause.LEAD_TIME) & (pegs.cause[rows] == Cause.COMPONENT)
        rows = rows[(known == Cause.NONE) | waits]
        rows = rows[np.argsort(pegs.quantity[rows], kind="stable")]
        self.cause[pegs.item[rows]] = pegs.cause[rows]
        self.ref[pegs.item[rows]] = pegs.cause_ref[rows]


def _short_components(inputs: PlanInputs, plan: SupplyPlan) -> IntArray:
    required = plan.projection.dependent_demand.sum(axis=0) > TOLERANCE
    behind = (plan.projection.shortage > TOLERANCE).any(axis=0)
    return np.flatnonzero(required & behind)


def _shipments(inputs: PlanInputs, plan: SupplyPlan, place: IntArray) -> Array:
    """Own demand that is met in each bucket, (T, N), once orders wait for their components."""
    plan = _wait_for_components(inputs, plan, Roots(inputs.count), place)
    shortage = plan.projection.shortage
    before = np.vstack([np.zeros((1, inputs.count)), shortage[:-1]])
    return np.asarray(np.maximum(inputs.demand + before - shortage, 0.0))


def _cumulative_supply(
    inputs: PlanInputs, plan: SupplyPlan, component: int, less: Array, unlimited: BoolArray
) -> Array:
    """Units that orders above may draw on by each bucket: supply less own demand, first come first served.

    `less` (T, N) comes back than the plan counts on. Behind its last shortage a component that is `unlimited`
    (N,) can be ordered in time, whatever orders above it ask for once they wait: they may take more than before
    (a later bill of material, larger lots).
    """
    record = plan.projection
    received = record.scheduled_receipts[:, component] + record.planned_receipts[:, component]
    received = received - less[:, component]
    free = inputs.on_hand[component] + np.cumsum(received - inputs.demand[:, component])
    supply = np.maximum.accumulate(np.maximum(free, 0.0))
    if unlimited[component] and not less[:, component].any():
        short = np.flatnonzero(record.shortage[:, component] > TOLERANCE)
        supply[int(short[-1]) + 1 if len(short) else 0 :] = np.inf
    return np.asarray(supply)


def _unlimited(inputs: PlanInputs) -> BoolArray:
    """True (N,) for item-locations that have lanes, none of which uses a capacity."""
    ordered, limited = np.zeros((2, inputs.count), bool)
    ordered[inputs.lanes.item] = True
    limited[inputs.lanes.item[inputs.capacities.lane]] = True
    return np.asarray(ordered & ~limited)


def _material(inputs: PlanInputs, components: IntArray, supplied: dict[int, Array]) -> Material:
    lane, column, per_unit = _drawn(inputs, components)
    none = np.zeros((inputs.calendar.buckets, 0))
    return Material(
        component=components,
        available=np.stack([supplied[c] for c in components.tolist()], axis=1) if len(components) else none,
        lane=lane,
        column=column,
        per_unit=per_unit,
    )


def _drawn(inputs: PlanInputs, components: IntArray) -> tuple[IntArray, IntArray, Array]:
    """What a unit of each lane takes of `components` (M,): (lane, column in M, units), (W,) each; the most of any date."""
    lanes, bom, count = inputs.lanes, inputs.bom, max(len(components), 1)
    column_of = np.full(inputs.count, -1, np.int64)
    column_of[components] = np.arange(len(components))
    inside = (bom.valid_from < inputs.calendar.edges[-1]) & (bom.valid_to >= inputs.calendar.as_of)
    edges = np.flatnonzero((column_of[bom.component] >= 0) & inside)
    makers = np.flatnonzero(lanes.kind == Kind.MAKE)
    makers = makers[np.argsort(lanes.item[makers], kind="stable")]
    first, last = (np.searchsorted(lanes.item[makers], bom.parent[edges], side) for side in ("left", "right"))
    edge, place = spread_rows(last - first)
    moved = np.flatnonzero(lanes.kind == Kind.TRANSFER)
    moved = moved[column_of[lanes.source[moved]] >= 0]
    lane = np.concatenate([makers[first[edge] + place], moved])
    column = column_of[np.concatenate([bom.component[edges][edge], lanes.source[moved]])]
    pair, row = np.unique(lane * count + column, return_inverse=True)
    units = np.zeros(len(pair))
    np.maximum.at(units, row, np.concatenate([bom.gross_per[edges][edge], np.ones(len(moved))]))
    return pair // count, pair % count, units


def _wait_for_components(inputs: PlanInputs, plan: SupplyPlan, roots: Roots, place: IntArray) -> SupplyPlan:
    """Move orders behind the day on which their last component arrives, lowest level first."""
    looked_at = np.zeros(inputs.count, bool)
    looked_at[plan.dependent.item] = True
    for _ in range(int(plan.levels.max(initial=0)) + 2):
        if not looked_at.any():
            return plan
        pegs = peg_items(inputs, plan, looked_at)
        late = np.zeros(inputs.count, bool)
        late[pegs.item[(pegs.use == DEPENDENT) & (pegs.days_late > 0)]] = True
        if not late.any():
            return plan
        roots.note(pegs)
        plan, (wait, component) = _split_what_waits(inputs, plan, late, place)
        delay, load = with_room(inputs, plan, wait, place)
        looked_at = _stirred(inputs, plan, delay)
        plan = _postpone(inputs, plan, delay, component, load)
    return plan


def _split_what_waits(
    inputs: PlanInputs, plan: SupplyPlan, late: BoolArray, place: IntArray
) -> tuple[SupplyPlan, tuple[IntArray, IntArray]]:
    """The plan in which no order waits as one for what only part of it needs, and what its orders wait for (`_waits`).

    What is `late` (N,) goes to the first in line, by its `place` (N,), month by month, as the ceilings share it.
    """
    pegs = peg_in_line(inputs, plan, late, place)
    parted = split_by_month(inputs, plan, _waits(plan, pegs)[0])
    if parted is not plan:
        plan, pegs = parted, peg_in_line(inputs, parted, late, place)
    parted = split_by_component(inputs, plan, pegs, _waits(plan, pegs)[0])
    if parted is not plan:
        plan, pegs = parted, peg_in_line(inputs, parted, late, place)
    return plan, _waits(plan, pegs)


def _stirred(inputs: PlanInputs, plan: SupplyPlan, delay: Delay) -> BoolArray:
    """Components whose supply or requirements the postponed orders change: the others stay as they were."""
    moved = delay.moved
    stirred = np.zeros(inputs.count, bool)
    stirred[plan.orders.item[moved]] = True
    rows = plan.dependent.order >= 0
    stirred[plan.dependent.item[rows][moved[plan.dependent.order[rows]]]] = True
    required = np.zeros(inputs.count, bool)
    required[plan.dependent.item] = True
    return stirred & required


def _waits(plan: SupplyPlan, pegs: Pegs) -> tuple[IntArray, IntArray]:
    """Days that each order waits for its latest component, (K,), and which one that is: its own, else one of its run's."""
    rows = np.flatnonzero((pegs.use == DEPENDENT) & (pegs.days_late > 0))
    rows = rows[plan.dependent.order[pegs.use_ref[rows]] >= 0]
    order = plan.dependent.order[pegs.use_ref[rows]]
    days = np.where(
        pegs.supply[rows] == UNMET, NEVER, pegs.supply_day[rows] - plan.dependent.day[pegs.use_ref[rows]]
    )
    wait = np.zeros(plan.orders.count, np.int64)
    np.maximum.at(wait, order, days)
    component = np.full(plan.orders.count, -1, np.int64)
    binding = days == wait[order]
    component[order[binding]] = pegs.item[rows[binding]]
    return wait, _of_run(plan.orders, component)


def _of_run(orders: Orders, component: IntArray) -> IntArray:
    """What each order waits for itself, else a part of its run (K,): that holds the others up as well."""
    run = np.where(orders.run >= 0, orders.run, np.arange(orders.count))
    of_run = np.full(orders.count, -1, np.int64)
    np.maximum.at(of_run, run, component)
    return np.where(component >= 0, component, of_run[run])


def _postpone(
    inputs: PlanInputs, plan: SupplyPlan, delay: Delay, component: IntArray, load: Array
) -> SupplyPlan:
    """Move orders, what they require and their work on the capacities, `load` (T, C)."""
    orders, needed = plan.orders, plan.dependent
    days = delayed_days(inputs, orders, np.arange(orders.count), delay)
    late = delay.moved & (days.due > orders.need_day)
    made = inputs.lanes.kind[orders.lane] == Kind.MAKE
    taken_later = np.where(made, days.order_by - orders.order_by, days.ship - orders.ship_day)
    later = np.where(needed.order >= 0, taken_later[needed.order], 0)
    return finish(
        inputs,
        orders=replace(
            orders,
            due_day=days.due,
            order_by=days.order_by,
            ship_day=days.ship,
            bucket=inputs.calendar.bucket_of(days.due),
            late_release=orders.late_release & ~delay.moved,
            cause=np.where(late, int(Cause.COMPONENT), orders.cause),
            cause_ref=np.where(late, component, orders.cause_ref),
        ),
        dependent=replace(needed, day=needed.day + later),
        scheduled=plan.projection.scheduled_receipts,
        load=load,
        levels=plan.levels,
        unmet=(plan.unmet_cause, plan.unmet_ref),
    )
