"""FIFO pegging both ways: which supply meets which requirement, how late, and why.

Supplies and requirements of an item-location stand in the order of their days; the n-th unit supplied meets
the n-th unit required. So late pegs sum to the shortage of the record, bucket by bucket.
"""

from dataclasses import dataclass, fields

import numpy as np

from .explosion import spread_rows
from .shapes import (
    NEVER,
    TOLERANCE,
    Array,
    BoolArray,
    Calendar,
    Cause,
    IntArray,
    Orders,
    PlanInputs,
    SupplyPlan,
)
from .sorting import running_totals, stable_order

ON_HAND, RECEIPT, ORDER, RETURNED, UNMET = range(5)  # what a peg's supply is
_KINDS = 5
DEMAND, DEPENDENT, STOCK = range(3)  # what it is for: own demand, an order above, nothing within the horizon


@dataclass(frozen=True, kw_only=True)
class Pegs:
    """Links (P,) of one supply to one requirement of the same item-location.

    `supply` / `supply_ref`: ON_HAND, RECEIPT (row of the scheduled receipts), ORDER (row of the planned
    orders), RETURNED, or UNMET within the horizon. `use` / `use_ref`: DEMAND (bucket), DEPENDENT (row of
    the dependent demand), STOCK. `need_day` of the first unit, `supply_day` NEVER where unmet.
    """

    item: IntArray
    supply: IntArray
    supply_ref: IntArray
    supply_day: IntArray
    use: IntArray
    use_ref: IntArray
    need_day: IntArray
    quantity: Array
    days_late: IntArray  # 0 where on time; to the end of the horizon where nothing is planned
    cause: IntArray
    cause_ref: IntArray

    def begun(self, rows: IntArray, orders: Orders) -> IntArray:
        """The day on which what serves some `rows` takes its parts: its order's release, else the day it is needed."""
        begun, made = self.need_day[rows].copy(), self.supply[rows] == ORDER
        begun[made] = orders.order_by[self.supply_ref[rows[made]]]
        return begun


@dataclass(frozen=True, kw_only=True)
class _Side:
    """Supplies or requirements of all items, sorted by item and day."""

    item: IntArray
    kind: IntArray
    ref: IntArray
    day: IntArray
    quantity: Array


def _side(columns: list[tuple[IntArray, int, IntArray, IntArray, Array]]) -> _Side:
    item = np.concatenate([c[0] for c in columns])
    kind = np.concatenate([np.full(len(c[0]), c[1]) for c in columns])
    ref = np.concatenate([c[2] for c in columns])
    day = np.concatenate([c[3] for c in columns])
    quantity = np.concatenate([c[4] for c in columns])
    kept = quantity > TOLERANCE
    item, kind, ref, day, quantity = item[kept], kind[kept], ref[kept], day[kept], quantity[kept]
    # one number of item, day and kind sorts several times faster than three columns
    order = stable_order((item * (NEVER + 1) + day) * _KINDS + kind)
    return _Side(item=item[order], kind=kind[order], ref=ref[order], day=day[order], quantity=quantity[order])


def _only(side: _Side, wanted: BoolArray) -> _Side:
    if wanted.all():
        return side
    kept = wanted[side.item]
    return _Side(
        item=side.item[kept],
        kind=side.kind[kept],
        ref=side.ref[kept],
        day=side.day[kept],
        quantity=side.quantity[kept],
    )


def _supplies(inputs: PlanInputs, plan: SupplyPlan) -> _Side:
    calendar, orders, receipts = inputs.calendar, plan.orders, inputs.receipts
    stock = np.arange(inputs.count)
    number = np.arange(orders.count)  # also of what lands behind the horizon: it says how late and why
    day = np.maximum(np.maximum(receipts.day, calendar.as_of), inputs.blocked_until[receipts.item])
    open_receipts = np.flatnonzero(day < calendar.edges[-1])
    back = plan.projection.scheduled_receipts.copy()
    np.add.at(
        back,
        (calendar.bucket_of(day[open_receipts]), receipts.item[open_receipts]),
        -receipts.quantity[open_receipts],
    )
    bucket, item = np.nonzero(back > TOLERANCE)
    return _side(
        [
            (stock, ON_HAND, stock, np.full(inputs.count, calendar.as_of), np.maximum(inputs.on_hand, 0.0)),
            (
                receipts.item[open_receipts],
                RECEIPT,
                open_receipts,
                day[open_receipts],
                receipts.quantity[open_receipts],
            ),
            (orders.item, ORDER, number, orders.due_day, orders.quantity),
            (item, RETURNED, bucket, calendar.edges[bucket], back[bucket, item]),
        ]
    )


def _requirements(inputs: PlanInputs, plan: SupplyPlan) -> _Side:
    calendar, needed = inputs.calendar, plan.dependent
    bucket, item = np.nonzero(inputs.demand > TOLERANCE)
    owed = np.flatnonzero(inputs.on_hand < -TOLERANCE)
    inside = np.flatnonzero(needed.day < calendar.edges[-1])
    return _side(
        [
            (
                owed,
                DEMAND,
                np.zeros(len(owed), np.int64),
                np.full(len(owed), calendar.as_of),
                -inputs.on_hand[owed],
            ),
            (item, DEMAND, bucket, calendar.edges[bucket], inputs.demand[bucket, item]),
            (needed.item[inside], DEPENDENT, inside, needed.day[inside], needed.quantity[inside]),
        ]
    )


def overlap(
    left_group: IntArray, left: Array, right_group: IntArray, right: Array
) -> tuple[IntArray, IntArray, Array, Array]:
    """Lay two sequences of quantities side by side within each group.

    Rows sorted by group. Returns (left row, right row, quantity, position before it in the group); where one
    side runs out its row is -1.

    >>> zero = np.zeros(2, np.int64)
    >>> [part.tolist() for part in overlap(zero, np.array([3.0, 4.0]), zero, np.array([5.0, 1.0]))]
    [[0, 1, 1, 1], [0, 0, 1, -1], [3.0, 2.0, 1.0, 1.0], [0.0, 3.0, 5.0, 6.0]]
    """
    group = np.concatenate([left_group, right_group])
    end = np.concatenate([running_totals(left_group, left), running_totals(right_group, right)])
    order = np.lexsort((end, group))
    group, end = group[order], end[order]
    start = np.concatenate([[0.0], end[:-1]])
    start[np.concatenate([[True], group[1:] != group[:-1]])[: len(start)]] = 0.0
    quantity = end - start
    # rows of a side that end before a stretch begins stand before it in the sorted order
    passed: IntArray = np.cumsum(order < len(left)) - (order < len(left))
    kept = np.flatnonzero(quantity > TOLERANCE)
    return (
        _row_or_none(left_group, passed[kept], group[kept]),
        _row_or_none(right_group, kept - passed[kept], group[kept]),
        quantity[kept],
        start[kept],
    )


def _row_or_none(group: IntArray, row: IntArray, wanted_group: IntArray) -> IntArray:
    """The row where it belongs to the wanted group, -1 beyond the group's last."""
    if not len(group):
        return np.full(len(row), -1, np.int64)
    found = np.minimum(row, len(group) - 1)
    return np.where((row < len(group)) & (group[found] == wanted_group), found, -1)


def peg(inputs: PlanInputs, plan: SupplyPlan) -> Pegs:
    """Peg every supply to what it is for, FIFO by day within each item-location."""
    return peg_items(inputs, plan, np.ones(inputs.count, bool))


def peg_items(inputs: PlanInputs, plan: SupplyPlan, wanted: BoolArray) -> Pegs:
    """The pegs of the `wanted` item-locations, (N,), alone."""
    return _pegged(
        inputs, plan, _only(_supplies(inputs, plan), wanted), _only(_requirements(inputs, plan), wanted)
    )


def peg_in_line(inputs: PlanInputs, plan: SupplyPlan, wanted: BoolArray, place: IntArray) -> Pegs:
    """The pegs of the `wanted` item-locations, (N,), where within a bucket the first in line is served first.

    `place` (N,) is the place in line of what an order above makes or moves; own demand comes before all orders.
    """
    asked = _only(_requirements(inputs, plan), wanted)
    line = np.full(len(asked.item), -1, np.int64)
    above = np.flatnonzero(asked.kind == DEPENDENT)
    order = plan.dependent.order[asked.ref[above]]
    line[above[order >= 0]] = place[plan.orders.item[order[order >= 0]]]
    turn = np.lexsort((asked.day, line, inputs.calendar.bucket_of(asked.day), asked.item))
    asked = _Side(**{f.name: getattr(asked, f.name)[turn] for f in fields(asked)})
    return _pegged(inputs, plan, _only(_supplies(inputs, plan), wanted), asked)


def _pegged(inputs: PlanInputs, plan: SupplyPlan, supplies: _Side, requirements: _Side) -> Pegs:
    """What is supplied beside what is required, each in its order."""
    left, right, quantity, start = overlap(
        supplies.item, supplies.quantity, requirements.item, requirements.quantity
    )
    item = (
        np.where(left >= 0, supplies.item[left], 0) if len(supplies.item) else np.zeros(len(left), np.int64)
    )
    item = np.where(right >= 0, requirements.item[right], item) if len(requirements.item) else item
    cut = _split_late(inputs, supplies, requirements, left, right, quantity, start)
    left, right, item = left[cut[0]], right[cut[0]], item[cut[0]]
    quantity, start = cut[1], cut[2]
    use = (
        np.where(right >= 0, requirements.kind[right], STOCK)
        if len(requirements.item)
        else np.full(len(left), STOCK)
    )
    supply = (
        np.where(left >= 0, supplies.kind[left], UNMET) if len(supplies.item) else np.full(len(left), UNMET)
    )
    need_day = _need_days(inputs, requirements, right, start)
    supply_day = (
        np.where(left >= 0, supplies.day[left], NEVER) if len(supplies.item) else np.full(len(left), NEVER)
    )
    until = np.where(supply == UNMET, inputs.calendar.edges[-1], supply_day)
    days_late = np.where(use == STOCK, 0, np.maximum(until - need_day, 0))
    supply_ref = np.where(left >= 0, supplies.ref[left], -1) if len(supplies.item) else np.full(len(left), -1)
    cause, cause_ref = _causes(inputs, plan, item, supply, supply_ref, days_late)
    return Pegs(
        item=item,
        supply=supply,
        supply_ref=supply_ref,
        supply_day=supply_day,
        use=use,
        use_ref=np.where(right >= 0, requirements.ref[right], -1)
        if len(requirements.item)
        else np.full(len(left), -1),
        need_day=need_day,
        quantity=quantity,
        days_late=days_late,
        cause=cause,
        cause_ref=cause_ref,
    )


def _rates(inputs: PlanInputs, requirements: _Side, right: IntArray) -> Array:
    """Units a day of an even demand row, infinity for what is needed at once."""
    row = np.maximum(right, 0)
    even = (right >= 0) & (requirements.kind[row] == DEMAND)
    bucket = np.where(even, requirements.ref[row], 0)
    return np.where(even, requirements.quantity[row] / inputs.calendar.days[bucket], np.inf)


def _offsets(requirements: _Side, right: IntArray, start: Array) -> Array:
    """Units of the requirement that come before the peg."""
    end = running_totals(requirements.item, requirements.quantity)
    row = np.maximum(right, 0)
    return np.asarray(start - (end[row] - requirements.quantity[row]))


def _need_days(inputs: PlanInputs, requirements: _Side, right: IntArray, start: Array) -> IntArray:
    """Day on which the first unit of each peg is needed."""
    if not len(requirements.item):
        return np.full(len(right), inputs.calendar.edges[-1])
    row = np.maximum(right, 0)
    days = np.floor(_offsets(requirements, right, start) / _rates(inputs, requirements, right) + TOLERANCE)
    return np.where(right >= 0, requirements.day[row] + days.astype(np.int64), inputs.calendar.edges[-1])


def _split_late(
    inputs: PlanInputs,
    supplies: _Side,
    requirements: _Side,
    left: IntArray,
    right: IntArray,
    quantity: Array,
    start: Array,
) -> tuple[IntArray, Array, Array]:
    """Cut pegs on even demand where lateness ends: (row, quantity, start) with late and punctual parts apart."""
    rows = np.arange(len(left))
    if not len(requirements.item) or not len(supplies.item):
        return rows, quantity, start
    rate = _rates(inputs, requirements, right)
    row = np.maximum(right, 0)
    with np.errstate(invalid="ignore"):
        late_units = (supplies.day[np.maximum(left, 0)] - requirements.day[row]) * rate
    late_units = np.where(np.isfinite(rate) & (left >= 0) & (right >= 0), late_units, 0.0)
    late = late_units - _offsets(requirements, right, start)
    both = (late > TOLERANCE) & (late < quantity - TOLERANCE)
    first = np.where(both, late, quantity)
    order = np.argsort(np.concatenate([rows, rows[both]]), kind="stable")
    rows = np.concatenate([rows, rows[both]])[order]
    return (
        rows,
        np.concatenate([first, (quantity - late)[both]])[order],
        np.concatenate([start, (start + late)[both]])[order],
    )


def _causes(
    inputs: PlanInputs, plan: SupplyPlan, item: IntArray, supply: IntArray, ref: IntArray, days_late: IntArray
) -> tuple[IntArray, IntArray]:
    """First binding cause of each late peg: the order's own, the receipt's lateness, or why nothing comes."""
    late = days_late > 0
    cause = np.zeros(len(item), np.int64)
    cause_ref = np.full(len(item), -1, np.int64)
    ordered = late & (supply == ORDER)
    cause[ordered] = plan.orders.cause[ref[ordered]]
    cause_ref[ordered] = plan.orders.cause_ref[ref[ordered]]
    cause[ordered & (cause == Cause.NONE)] = Cause.LEAD_TIME
    returned, received = late & (supply == RETURNED), late & (supply == RECEIPT)
    cause[returned | received] = Cause.RECEIPT_LATE
    cause_ref[received] = ref[received]
    due = np.maximum(inputs.receipts.day[ref[received]], inputs.calendar.as_of)
    blocked = np.flatnonzero(received)[inputs.blocked_until[item[received]] > due]
    cause[blocked], cause_ref[blocked] = Cause.BLOCKED, -1
    unmet = late & (supply == UNMET)
    cause[unmet] = plan.unmet_cause[item[unmet]]
    cause_ref[unmet] = plan.unmet_ref[item[unmet]]
    return cause, cause_ref


@dataclass(frozen=True, kw_only=True)
class DemandPegs:
    """Pegs of own demand to the orders that feed it on any level, (P,)."""

    item: IntArray  # whose demand
    bucket: IntArray
    level: IntArray  # 0: supply of the item itself, 1: component of its order, ...
    supply: IntArray
    supply_ref: IntArray
    quantity: Array  # in units of the demanded item
    supply_quantity: Array  # in units of the supply's own item
    days_late: IntArray  # of the demand, whichever of its supplies keeps it waiting
    cause: IntArray
    cause_ref: IntArray


def peg_to_demand(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs) -> DemandPegs:
    """Follow orders upwards until own demand is met: every supply with the demand that it ends up in.

    The share of an order that goes to stock or beyond the horizon follows nobody and is left out.
    """
    direct = np.flatnonzero(pegs.use == DEMAND)
    found = [_direct(pegs, direct)]
    fed = np.flatnonzero((pegs.use == DEPENDENT) & (pegs.quantity > TOLERANCE))
    fed = fed[plan.dependent.order[pegs.use_ref[fed]] >= 0]
    level = 1
    while len(fed) and level <= int(plan.levels.max(initial=0)):
        step = _one_level_up(plan, pegs, fed, found[-1], level)
        if not len(step.item):
            break
        found.append(step)
        level += 1
    names = DemandPegs.__dataclass_fields__
    return DemandPegs(**{name: np.concatenate([getattr(part, name) for part in found]) for name in names})


def _direct(pegs: Pegs, rows: IntArray) -> DemandPegs:
    return DemandPegs(
        item=pegs.item[rows],
        bucket=pegs.use_ref[rows],
        level=np.zeros(len(rows), np.int64),
        supply=pegs.supply[rows],
        supply_ref=pegs.supply_ref[rows],
        quantity=pegs.quantity[rows],
        supply_quantity=pegs.quantity[rows],
        days_late=pegs.days_late[rows],
        cause=pegs.cause[rows],
        cause_ref=pegs.cause_ref[rows],
    )


def _one_level_up(plan: SupplyPlan, pegs: Pegs, fed: IntArray, above: DemandPegs, level: int) -> DemandPegs:
    """Compose: component peg -> dependent demand -> order above -> the demands that order is pegged to.

    Both sides are laid out as fractions of the order above, so that units of different items line up.
    """
    orders = np.flatnonzero(above.supply == ORDER)
    by_order = orders[np.argsort(above.supply_ref[orders], kind="stable")]
    order_of = above.supply_ref[by_order]
    share = above.supply_quantity[by_order] / plan.orders.quantity[order_of]
    row = pegs.use_ref[fed]
    portion = pegs.quantity[fed] / plan.dependent.quantity[row]
    # one sequence of demand shares per dependent row, beside the component's own sequence of portions
    low, high = (
        np.searchsorted(order_of, plan.dependent.order),
        np.searchsorted(order_of, plan.dependent.order, side="right"),
    )
    rows = np.unique(row)
    owner, place = spread_rows(high[rows] - low[rows])
    left_group, left_row = rows[owner], by_order[low[rows][owner] + place]
    order = np.argsort(row, kind="stable")
    left, right, fraction, _ = overlap(
        left_group, share[low[rows][owner] + place], row[order], portion[order]
    )
    both = (left >= 0) & (right >= 0)
    upper, lower = left_row[left[both]], fed[order][right[both]]
    fraction = fraction[both]
    needed = plan.dependent.quantity[pegs.use_ref[lower]]
    waits = above.days_late[upper] > 0  # the order above is planned as late as its parts let it
    return DemandPegs(
        item=above.item[upper],
        bucket=above.bucket[upper],
        level=np.full(len(upper), level),
        supply=pegs.supply[lower],
        supply_ref=pegs.supply_ref[lower],
        quantity=fraction * above.quantity[upper] / np.maximum(_share_of(above, upper, plan), 1e-12),
        supply_quantity=fraction * needed,
        days_late=np.maximum(above.days_late[upper], pegs.days_late[lower]),
        cause=np.where(waits, above.cause[upper], pegs.cause[lower]),
        cause_ref=np.where(waits, above.cause_ref[upper], pegs.cause_ref[lower]),
    )


def _share_of(above: DemandPegs, rows: IntArray, plan: SupplyPlan) -> Array:
    """Fraction of its order that each upper peg takes."""
    return np.asarray(above.supply_quantity[rows] / plan.orders.quantity[above.supply_ref[rows]])


def late_quantity(calendar: Calendar, pegs: Pegs, *, shape: tuple[int, int]) -> Array:
    """Units late at the end of each bucket (T, N): what the record shows as shortage."""
    needed = pegs.use != STOCK
    item, quantity = pegs.item[needed], pegs.quantity[needed]
    first = calendar.bucket_of(pegs.need_day[needed])
    last = calendar.bucket_of(pegs.supply_day[needed])
    change = np.zeros((shape[0] + 1, shape[1]))
    late = last > first
    np.add.at(change, (first[late], item[late]), quantity[late])
    np.add.at(change, (last[late], item[late]), -quantity[late])
    return np.asarray(np.cumsum(change[:-1], axis=0))
