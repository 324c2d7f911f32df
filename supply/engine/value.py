"""What more of a capacity is worth: named by the pegs, confirmed by planning again with more of it."""

from dataclasses import dataclass, replace

import numpy as np

from .explosion import taken_per_unit
from .feasibility import plan_supply
from .pegging import DEMAND, Pegs
from .planner import requirement_edges
from .shapes import Array, BoolArray, Calendar, Cause, IntArray, PlanInputs, SupplyPlan
from .stacking import batches, stacked
from .whatif import newly_short, restrict


@dataclass(frozen=True, kw_only=True)
class CapacityValues:
    """Of every capacity and bucket, each (T, C), in units of the capacity and money.

    `missing` is what waits for the capacity at the end of the bucket. `tried` is one more lot with which the plan
    was made again and `value` what a unit of it saves; both 0 where nothing waits, or where no plan was left to
    try. `worth_of_missing` is what all that is missing saves, planned again with it.
    """

    missing: Array
    tried: Array
    value: Array
    worth_of_missing: Array


@dataclass(frozen=True, kw_only=True)
class _Question:
    """How much `extra` of a capacity saves in a bucket, asked of the part of the plan that shares anything with it."""

    capacity: int
    bucket: int
    extra: float
    inputs: PlanInputs
    members: IntArray

    @property
    def changed(self) -> PlanInputs:
        available = self.inputs.capacities.available.copy()
        available[self.bucket, self.capacity] += self.extra
        return replace(self.inputs, capacities=replace(self.inputs.capacities, available=available))


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """Own demand that is late for want of a capacity in the end, (P,): the item that waits for it, and how much."""

    capacity: IntArray
    item: IntArray
    quantity: Array  # in units of the waiting item
    need_day: IntArray
    supply_day: IntArray

    def of(self, capacity: int) -> BoolArray:
        return np.asarray(self.capacity == capacity)


def values_of_capacity(
    inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, *, margin: Array, most: int
) -> CapacityValues:
    """Price every full bucket of each capacity that late demand names as its root cause, the earliest first.

    `most` bounds the item-locations planned again over all questions, so that a plan does not wait for them.
    """
    waiting = _waiting(inputs, plan, pegs)
    found = _not_priced(_missing(inputs, waiting))
    missing = found.missing
    questions = _affordable(_questions(inputs, plan, waiting, missing), most)
    for question, gain in zip(questions, _gains(questions, plan, margin), strict=True):
        cell = question.bucket, question.capacity
        if question.extra == missing[cell]:
            found.worth_of_missing[cell] = gain
        if not found.tried[cell]:
            found.tried[cell], found.value[cell] = question.extra, gain / question.extra
    return found


def waiting_for_capacity(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs) -> CapacityValues:
    """What waits for each capacity, nothing of it priced: no plan is made again."""
    return _not_priced(_missing(inputs, _waiting(inputs, plan, pegs)))


def _not_priced(missing: Array) -> CapacityValues:
    tried, value, worth = (np.zeros(missing.shape) for _ in range(3))
    return CapacityValues(missing=missing, tried=tried, value=value, worth_of_missing=worth)


def _waiting(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs) -> _Waiting:
    """Follow late demand through late components to the capacity behind them."""
    late = np.flatnonzero((pegs.use == DEMAND) & (pegs.days_late > 0))
    item, cause, ref = pegs.item[late].copy(), pegs.cause[late].copy(), pegs.cause_ref[late].copy()
    quantity = pegs.quantity[late].copy()
    begun = pegs.begun(late, plan.orders)
    for _ in range(int(plan.levels.max(initial=0)) + 1):
        behind = np.flatnonzero((cause == Cause.COMPONENT) & (ref >= 0))
        if not len(behind):
            break
        quantity[behind] *= taken_per_unit(inputs.bom, item[behind], ref[behind], day=begun[behind])
        item[behind] = ref[behind]
        cause[behind], ref[behind] = plan.root_cause[item[behind]], plan.root_ref[item[behind]]
    kept = (cause == Cause.CAPACITY) & (ref >= 0)
    rows = late[kept]
    return _Waiting(
        capacity=ref[kept],
        item=item[kept],
        quantity=quantity[kept],
        need_day=pegs.need_day[rows],
        supply_day=pegs.supply_day[rows],
    )


def _missing(inputs: PlanInputs, waiting: _Waiting) -> Array:
    """Units of each capacity that are waited for at the end of each bucket, (T, C)."""
    calendar, (buckets, columns) = inputs.calendar, inputs.capacities.available.shape
    change = np.zeros((buckets + 1, columns))
    units = waiting.quantity * _use_per_unit(inputs)[waiting.item, waiting.capacity]
    np.add.at(change, (_first(calendar, waiting.need_day), waiting.capacity), units)
    np.add.at(change, (calendar.bucket_of(waiting.supply_day), waiting.capacity), -units)
    return np.asarray(np.maximum(np.cumsum(change[:-1], axis=0), 0.0))


def _first(calendar: Calendar, day: IntArray) -> IntArray:
    return np.asarray(np.minimum(calendar.bucket_of(day), calendar.buckets))


def _use_per_unit(inputs: PlanInputs) -> Array:
    """Most that a unit of each item-location takes of each capacity on any of its lanes, (N, C)."""
    use = np.zeros((inputs.count, inputs.capacities.count))
    capacities = inputs.capacities
    np.maximum.at(use, (inputs.lanes.item[capacities.lane], capacities.capacity), capacities.per_unit)
    return use


def _questions(inputs: PlanInputs, plan: SupplyPlan, waiting: _Waiting, missing: Array) -> list[_Question]:
    """One more lot of each full bucket up to the last that waits, and all that is missing there, by bucket."""
    available = inputs.capacities.available
    full = plan.load >= available * (1 - 1e-9)
    found = []
    for capacity in np.unique(waiting.capacity).tolist():
        mine = waiting.of(capacity)
        last = int(np.minimum(_first(inputs.calendar, waiting.need_day[mine]), len(available) - 1).max())
        lot = _lot(inputs, waiting.item[mine], capacity)
        part, members = _part_of(inputs, plan, capacity)
        for bucket in np.flatnonzero(full[: last + 1, capacity]).tolist():
            short = float(missing[bucket, capacity])
            for extra in sorted({min(lot, short) if short else lot, short} - {0.0}):
                found.append(
                    _Question(capacity=capacity, bucket=bucket, extra=extra, inputs=part, members=members)
                )
    return sorted(found, key=lambda question: (question.bucket, question.capacity, question.extra))


def _lot(inputs: PlanInputs, items: IntArray, capacity: int) -> float:
    """The smallest step in which any of the item-locations is ordered, in units of the capacity."""
    capacities, lanes = inputs.capacities, inputs.lanes
    rows = np.flatnonzero(
        (capacities.capacity == capacity)
        & np.isin(lanes.item[capacities.lane], items)
        & (capacities.per_unit > 0)
    )
    term = np.searchsorted(lanes.term_lane, capacities.lane[rows])
    steps = np.where(lanes.multiple[term] > 0, lanes.multiple[term], 1.0) * capacities.per_unit[rows]
    return float(steps.min(initial=np.inf)) if len(rows) else 1.0


def _part_of(inputs: PlanInputs, plan: SupplyPlan, capacity: int) -> tuple[PlanInputs, IntArray]:
    """All that shares an item, a capacity or an order group with a capacity, as a problem of its own."""
    return restrict(inputs, plan, np.flatnonzero(_sharing(inputs, capacity)))


def _sharing(inputs: PlanInputs, capacity: int) -> BoolArray:
    """True for item-locations (N,) that requirements, returns, capacities or joint minimums tie to a capacity."""
    from scipy.sparse import coo_array  # loads slowly, so only where it is used
    from scipy.sparse.csgraph import connected_components

    lanes, count, columns = inputs.lanes, inputs.count, inputs.capacities.count
    above, below = requirement_edges(inputs.lanes, inputs.bom)
    grouped = np.flatnonzero(lanes.group >= 0)
    start = [above, inputs.returns.item, lanes.item[inputs.capacities.lane], lanes.item[grouped]]
    end = [
        below,
        inputs.returns.returned,
        count + inputs.capacities.capacity,
        count + columns + lanes.group[grouped],
    ]
    nodes = count + columns + len(lanes.group_moq)
    edges = np.concatenate(start), np.concatenate(end)
    ties = coo_array((np.ones(len(edges[0])), edges), shape=(nodes, nodes))
    _, part = connected_components(ties, directed=False)
    return np.asarray(part[:count] == part[count + capacity])


def _affordable(questions: list[_Question], most: int) -> list[_Question]:
    planned = np.cumsum([question.inputs.count for question in questions])
    return questions[: int(np.searchsorted(planned, most, side="right"))]


def _gains(questions: list[_Question], plan: SupplyPlan, margin: Array) -> list[float]:
    """Margin that each question's extra saves; plans side by side, as each shares nothing with the others."""
    before = newly_short(plan.projection) * margin
    found: list[float] = []
    for batch in batches([question.inputs.count for question in questions]):
        asked = questions[batch]
        short = newly_short(plan_supply(stacked([question.changed for question in asked])).projection)
        ends = np.cumsum([question.inputs.count for question in asked])
        for question, left in zip(asked, np.split(short, ends[:-1]), strict=True):
            lost = float((left * margin[question.members]).sum())
            found.append(max(float(before[question.members].sum()) - lost, 0.0))
    return found
