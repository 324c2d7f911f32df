"""What waits for a component comes in parts where part of it can come on an earlier day."""

from dataclasses import fields, replace

import numpy as np

from .explosion import spread_rows
from .lanes import release_days
from .netting import round_lots, whole_lots
from .orders import renumbered
from .pegging import DEPENDENT, Pegs
from .records import tally
from .shapes import (
    NEVER,
    TOLERANCE,
    Array,
    BoolArray,
    DependentDemand,
    IntArray,
    LotRule,
    Orders,
    PlanInputs,
    Reason,
    Status,
    SupplyPlan,
)


def split_by_month(inputs: PlanInputs, plan: SupplyPlan, wait: IntArray) -> SupplyPlan:
    """The plan with own production that waits, and that a full line begins before its month, as two parts of one run.

    What is made in the month of its receipt needs its components then, and does not wait, `wait` (K,) days, for those
    of what is made ahead.
    """
    orders = plan.orders
    ahead = round_lots(orders.ahead, moq=np.zeros(orders.count), multiple=inputs.lanes.multiple[orders.term])
    both = (orders.ahead > TOLERANCE) & (ahead < orders.quantity - TOLERANCE)
    usual = release_days(inputs.lanes, due_day=orders.due_day, rows=orders.term)
    both &= _bills(inputs, orders.item, usual) == _bills(inputs, orders.item, orders.order_by)
    rows = np.flatnonzero(both & _may_split(inputs, orders, wait))
    if not len(rows):
        return plan
    parts = np.stack([orders.quantity[rows] - ahead[rows], ahead[rows]], axis=1)
    plan, later = _parted(plan, rows, parts), rows + np.arange(len(rows))
    orders, needed = plan.orders, plan.dependent
    release, run, left = orders.order_by.copy(), orders.run.copy(), orders.ahead.copy()
    release[later] = np.maximum(release[later], usual[rows])
    run[later] = run[later + 1] = np.where(run[later] < 0, later, run[later])
    left[later] = left[later + 1] = 0.0
    day = np.where(np.isin(needed.order, later), release[needed.order], needed.day)
    return replace(
        plan,
        orders=replace(orders, order_by=release, run=run, ahead=left),
        dependent=replace(needed, day=day),
    )


def _bills(inputs: PlanInputs, item: IntArray, day: IntArray) -> IntArray:
    """How often the bills of material have changed up to the day, those of the items before (K,) included."""
    bom, width = inputs.bom, NEVER + 2
    changes = np.concatenate([bom.parent * width + bom.valid_from, bom.parent * width + bom.valid_to + 1])
    return np.searchsorted(np.sort(changes), item * width + day, side="right")


def split_by_component(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, wait: IntArray) -> SupplyPlan:
    """The plan with what misses its bucket in as many orders as days on which its components let parts of it come.

    `pegs` of its components and the days that it waits for the last of them, `wait` (K,). Each part is an order that
    reaches MOQ, multiple and a day's demand by itself; what is there before it is needed is one part.
    """
    rows = np.flatnonzero(_may_split(inputs, plan.orders, wait))
    if not len(rows):
        return plan
    ready = _ready(inputs, plan, pegs, rows)
    parts = lots_in_time(
        ready * plan.orders.quantity[rows, None],
        step=inputs.lanes.multiple[plan.orders.term[rows]],
        least=_least(inputs, plan, rows),
    )
    split = (parts > 0).sum(axis=1) > 1
    return _parted(plan, rows[split], parts[split]) if split.any() else plan


def _may_split(inputs: PlanInputs, orders: Orders, wait: IntArray) -> BoolArray:
    """Orders (K,) that come in a later bucket than needed, and that nobody and no rule wants in one piece."""
    late = (wait > 0) & (inputs.calendar.bucket_of(orders.due_day + wait) > orders.need_bucket)
    free = (orders.status != Status.FIRM) & (orders.reason != Reason.COST)
    ruled = inputs.lot_rule[orders.item] == LotRule.FIXED_ORDER_QUANTITY
    return np.asarray(late & free & ~ruled & (inputs.lanes.group[orders.lane] < 0))


def _ready(inputs: PlanInputs, plan: SupplyPlan, pegs: Pegs, orders: IntArray) -> Array:
    """Share of each order (R,) that all its components let come by each of its days, (R, D): those on which some arrive."""
    place = np.full(plan.orders.count + 1, -1, np.int64)  # one more: what is required from outside the plan
    place[orders] = np.arange(len(orders))
    rows = np.flatnonzero(pegs.use == DEPENDENT)  # of own demand `use_ref` is a bucket
    rows = rows[place[plan.dependent.order[pegs.use_ref[rows]]] >= 0]
    line, number = np.unique(pegs.use_ref[rows], return_inverse=True)
    order = plan.dependent.order[line]
    waits = np.maximum(pegs.supply_day[rows] - plan.dependent.day[line][number], 0)
    comes = np.maximum(plan.orders.due_day[order][number] + waits, plan.orders.need_day[order][number])
    behind = int(inputs.calendar.edges[-1])
    days, of_day = np.unique(
        place[order][number] * (behind + 1) + np.minimum(comes, behind), return_inverse=True
    )
    owner = days // (behind + 1)
    nth = np.arange(len(days)) - np.searchsorted(owner, owner)
    shape = int(nth.max(initial=0)) + 1, len(line)
    supplied = np.cumsum(tally(nth[of_day], number, pegs.quantity[rows], shape=shape), axis=0)
    ready = np.ones((len(orders), shape[0]))
    np.minimum.at(ready, place[order], (supplied / plan.dependent.quantity[line]).T)
    ready[:, -1] = 1.0
    return ready


def _least(inputs: PlanInputs, plan: SupplyPlan, rows: IntArray) -> Array:
    """The least that a part of each order (R,) may be: what its terms allow, and a day's demand."""
    record, orders = plan.projection, plan.orders
    bucket, item, term = orders.need_bucket[rows], orders.item[rows], orders.term[rows]
    a_day = (record.demand + record.dependent_demand)[bucket, item] / inputs.calendar.days[bucket]
    moq = np.where(orders.run[rows] < 0, inputs.lanes.moq[term], 0.0)  # a run's is one of all its parts
    return round_lots(a_day, moq=moq, multiple=inputs.lanes.multiple[term])


def lots_in_time(units: Array, *, step: Array, least: Array) -> Array:
    """What comes on each day (R, D) of what may have come by then, `units` (R, D); the last column is all of it.

    Each lot is whole `step`s (R,) and at `least` (R,) as large; all that is there comes, as far as the rest stays a lot.

    >>> lots_in_time(np.array([[70.0, 70.0, 130.0]]), step=np.array([0.0]), least=np.array([40.0])).tolist()
    [[70.0, 0.0, 60.0]]
    >>> lots_in_time(np.array([[70.0, 90.0, 100.0]]), step=np.array([0.0]), least=np.array([40.0])).tolist()
    [[60.0, 0.0, 40.0]]
    """
    lots, left = np.zeros(units.shape), units[:, -1].copy()
    for t in range(units.shape[1]):
        there = units[:, t] - lots.sum(axis=1)
        part = whole_lots(np.minimum(there, left - least), multiple=step)
        part = np.where(there >= left - TOLERANCE, left, np.where(part >= least - TOLERANCE, part, 0.0))
        lots[:, t] = part
        left = left - part
    return lots


def _parted(plan: SupplyPlan, rows: IntArray, parts: Array) -> SupplyPlan:
    """The orders of `rows` (R,) in their `parts` (R, D), and what each requires, side by side."""
    orders, needed = plan.orders, plan.dependent
    pieces = np.ones(orders.count, np.int64)
    pieces[rows] = (parts > 0).sum(axis=1)
    whole, _ = spread_rows(pieces)  # the order that each is a part of
    quantity = orders.quantity[whole]
    quantity[np.isin(whole, rows)] = parts[parts > 0]
    share, first = quantity / orders.quantity[whole], np.cumsum(pieces) - pieces
    columns = {f.name: getattr(orders, f.name)[whole] for f in fields(orders)}
    columns |= {name: columns[name] * share for name in ("net", "lot_raise", "moq_raise", "ahead")}
    columns |= {"quantity": quantity, "run": renumbered(first, columns["run"])}
    line, place = spread_rows(np.where(needed.order >= 0, pieces[needed.order], 1))
    order = np.where(needed.order[line] >= 0, first[needed.order[line]] + place, -1)
    return replace(
        plan,
        orders=Orders(**columns),
        dependent=DependentDemand(
            order=order,
            item=needed.item[line],
            day=needed.day[line],
            quantity=needed.quantity[line] * np.where(order >= 0, share[order], 1.0),
        ),
    )
