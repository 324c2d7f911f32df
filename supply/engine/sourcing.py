"""Which lane brings how much when, as slots: a lane in a bucket that it can reach, with what it costs and uses."""

from dataclasses import dataclass, fields, replace

import numpy as np

from .lanes import LaneTable, lane_table
from .limits import Limits
from .open_orders import open_work
from .planner import served_priority
from .shapes import TOLERANCE, Array, Calendar, IntArray, PlanInputs, SupplyPlan
from .whatif import restrict

_SAFETY_SHARE = 0.1  # a unit below safety stock for a bucket, as a share of a unit short
_UNKNOWN_MARGIN = 10.0  # times the unit cost, where no price says what a shortage loses


@dataclass(frozen=True, kw_only=True)
class SourcingProblem:
    """Buckets T, slots S (a lane in a bucket that it can reach), items N, capacities C.

    `item`, `bucket`, `lane`, `cost`, `order_cost`, `moq`, `multiple`, `most`: (S,). `demand`, `target`, `received`
    (T, N); `opening`, (N,); `holding`, `short`, `below` (T, N) a unit and bucket. `capacity` (T, C), and rows
    (slot, column, per unit) of what a slot uses.
    """

    item: IntArray
    bucket: IntArray
    lane: IntArray
    cost: Array
    order_cost: Array
    moq: Array
    multiple: Array
    most: Array
    opening: Array
    demand: Array
    received: Array
    target: Array
    holding: Array
    short: Array
    below: Array
    capacity: Array
    use_slot: IntArray
    use_row: IntArray  # bucket * C + capacity
    use_per: Array
    due_day: IntArray


def sourcing_problem(inputs: PlanInputs, plan: SupplyPlan, *, items: IntArray) -> SourcingProblem:
    """Which lane brings how much when, for `items`, given what the plan's orders above require of them."""
    calendar, lanes = inputs.calendar, inputs.lanes
    table = lane_table(
        lanes,
        calendar=calendar,
        blocked_until=inputs.blocked_until[lanes.item],
        capital_rate=inputs.capital_rate,
    )
    place = np.full(inputs.count, -1, np.int64)
    place[items] = np.arange(len(items))
    bucket, lane = np.nonzero(table.reachable & (place[lanes.item] >= 0)[None, :])
    term = table.term[bucket, lane]
    holding, short, below = _penalties(inputs, plan, items)
    use_slot, use_row, use_per = _uses(inputs, table, bucket, lane, term)
    record = plan.projection
    demand = inputs.demand[:, items] + record.dependent_demand[:, items]
    due_day = np.maximum(table.earliest[lane], calendar.edges[bucket])
    item = place[lanes.item[lane]]
    problem = SourcingProblem(
        item=item,
        bucket=bucket,
        lane=lane,
        cost=table.landed[bucket, lane],
        order_cost=lanes.order_cost[term],
        moq=lanes.moq[term],
        multiple=lanes.multiple[term],
        most=_sold_in_life(calendar, demand, item=item, day=due_day, life=inputs.shelf_life_days[items]),
        opening=inputs.on_hand[items],
        demand=demand,
        received=record.scheduled_receipts[:, items],
        target=inputs.safety_stock[:, items],
        holding=holding,
        short=short,
        below=below,
        capacity=_left(inputs, plan, items),
        use_slot=use_slot,
        use_row=use_row,
        use_per=use_per,
        due_day=due_day,
    )
    return replace(problem, most=_most(problem, plan))


def _most(problem: SourcingProblem, plan: SupplyPlan) -> Array:
    """What a lot may hold (S,): what sells in its life in whole multiples, and no less than the least or the planned one."""
    step = np.where(problem.multiple > 0, problem.multiple, TOLERANCE)
    sold = np.where(np.isfinite(problem.most), np.floor(problem.most / step + TOLERANCE) * step, np.inf)
    least = np.ceil(np.maximum(problem.moq, problem.multiple) / step - TOLERANCE) * step
    return np.asarray(np.maximum.reduce([sold, least, problem.moq, slots_of(problem, plan)]))


def _sold_in_life(calendar: Calendar, demand: Array, *, item: IntArray, day: IntArray, life: Array) -> Array:
    """Units of a lot (S,) received on `day` that are asked for before it expires; infinite beyond the horizon.

    `demand` (T, N), even over the days of its bucket; `life` in days, (N,).
    """
    until = day + life[item]
    inside = until < calendar.edges[-1]
    total = np.vstack([np.zeros(demand.shape[1]), np.cumsum(np.maximum(demand, 0.0), axis=0)])

    def asked_by(when: Array) -> Array:
        whole = np.where(inside, when, calendar.as_of).astype(np.int64)
        t = calendar.bucket_of(whole)
        part = (whole - calendar.edges[t]) / calendar.days[t]
        return np.asarray(total[t, item] + part * (total[t + 1, item] - total[t, item]))

    return np.where(inside, asked_by(until) - asked_by(day.astype(np.float64)), np.inf)


def holding_rates(inputs: PlanInputs, items: IntArray) -> Array:
    """What a unit in stock costs in each bucket, (T, I): the capital that it ties up."""
    days = inputs.calendar.days[:, None].astype(np.float64)
    return np.asarray(inputs.unit_cost[items] * max(inputs.capital_rate, 1e-4) * days / 365.0)


def _penalties(inputs: PlanInputs, plan: SupplyPlan, items: IntArray) -> tuple[Array, Array, Array]:
    """What a unit in stock, short and below safety stock costs in a bucket, (T, N) each.

    A shortage weighs by own priority, and by the first one that is served, as the place in line goes (`precedence`).
    """
    margin = np.where(
        np.isfinite(inputs.margin), inputs.margin, _UNKNOWN_MARGIN * np.maximum(inputs.unit_cost, 1.0)
    )
    short = np.maximum(margin, _UNKNOWN_MARGIN * inputs.unit_cost)[items]
    served = served_priority(inputs, plan.levels)
    priority = 1.0 + 0.4 / np.maximum(inputs.priority[items], 1) + 0.1 / np.maximum(served[items], 1)
    shape = (inputs.calendar.buckets, len(items))
    return (
        holding_rates(inputs, items),
        np.broadcast_to(short * priority, shape),
        np.broadcast_to(_SAFETY_SHARE * short, shape),
    )


@dataclass(frozen=True, kw_only=True)
class PlanCosts:
    """What a plan costs by item-location, (N,) each: money paid, and what shortages are weighed at.

    `landed` is quantity x landed cost with its price breaks, `short` and `below` are the weights that put demand
    before safety stock and safety stock before money; they are no money that anybody pays.
    """

    landed: Array
    ordering: Array
    holding: Array
    short: Array
    below: Array

    @property
    def total(self) -> Array:
        return np.asarray(sum(getattr(self, part.name) for part in fields(self)))


def plan_costs(inputs: PlanInputs, plan: SupplyPlan) -> PlanCosts:
    """The cost of a whole plan as the optimiser weighs it."""
    holding, short, below = _penalties(inputs, plan, np.arange(inputs.count))
    orders, net = plan.orders, plan.projection.net_stock

    def by_item(money: Array) -> Array:
        return np.asarray(np.bincount(orders.item, weights=money, minlength=inputs.count), np.float64)

    return PlanCosts(
        landed=by_item(orders.quantity * orders.unit_landed_cost),
        ordering=by_item(inputs.lanes.order_cost[orders.term] * orders.begins),
        holding=(np.maximum(net, 0.0) * holding).sum(axis=0),
        short=(np.maximum(-net, 0.0) * short).sum(axis=0),
        below=(np.maximum(inputs.safety_stock - net, 0.0) * below).sum(axis=0),
    )


def _left(inputs: PlanInputs, plan: SupplyPlan, items: IntArray) -> Array:
    """Capacity that the orders of other item-locations leave, and the open orders of these."""
    if not inputs.capacities.count:
        return np.zeros((inputs.calendar.buckets, 0))
    own, _ = restrict(inputs, plan, items)
    limits = Limits(calendar=own.calendar, lanes=own.lanes, capacities=own.capacities, material=None)
    limits.book_open_orders(open_work(own))
    return np.maximum(limits.remaining, 0.0)


def _uses(
    inputs: PlanInputs, table: LaneTable, bucket: IntArray, lane: IntArray, term: IntArray
) -> tuple[IntArray, IntArray, Array]:
    capacities, calendar = inputs.capacities, inputs.calendar
    order = np.argsort(capacities.lane, kind="stable")
    starts = np.searchsorted(capacities.lane[order], np.arange(inputs.lanes.count + 1))
    slots, rows, per = [], [], []
    ends = calendar.edges[bucket + 1] - 1
    shipped = calendar.bucket_of(ends - inputs.lanes.transit_days[term])
    for k in range(int(np.diff(starts).max(initial=0))):
        slot = np.flatnonzero(starts[lane] + k < starts[lane + 1])
        row = order[starts[lane[slot]] + k]
        slots.append(slot)
        rows.append(shipped[slot] * capacities.count + capacities.capacity[row])
        per.append(capacities.per_unit[row])
    if not slots:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    return np.concatenate(slots), np.concatenate(rows), np.concatenate(per)


def lots_cost(problem: SourcingProblem, quantity: Array) -> float:
    """Cost of lots by slot (S,): landed, ordering, holding, shortage and safety stock; capacity is not looked at."""
    received = np.zeros_like(problem.demand)
    np.add.at(received, (problem.bucket, problem.item), quantity)
    net = problem.opening + np.cumsum(problem.received + received - problem.demand, axis=0)
    cost = (quantity * problem.cost).sum() + (problem.order_cost * (quantity > TOLERANCE)).sum()
    cost += (np.maximum(net, 0) * problem.holding).sum() + (np.maximum(-net, 0) * problem.short).sum()
    return float(cost + (np.maximum(problem.target - net, 0) * problem.below).sum())


def within_capacity(problem: SourcingProblem, quantity: Array) -> bool:
    """Do lots fit in every bucket? What is loaded early for a later receipt counts as early."""
    return bool((overload(problem, quantity) <= 1e-6 * np.maximum(problem.capacity.ravel(), 1.0)).all())


def overload(problem: SourcingProblem, quantity: Array) -> Array:
    """Load less capacity, both summed from the first bucket on, (T x C,) raveled; positive where lots do not fit."""
    if not problem.capacity.size:
        return np.zeros(0)
    load = np.bincount(
        problem.use_row, weights=quantity[problem.use_slot] * problem.use_per, minlength=problem.capacity.size
    )
    early = np.cumsum(load.reshape(problem.capacity.shape), axis=0) - np.cumsum(problem.capacity, axis=0)
    return np.asarray(early.ravel())


def slots_of(problem: SourcingProblem, plan: SupplyPlan) -> Array:
    """The plan's own orders as lots by slot, (S,)."""
    quantity = np.zeros(len(problem.item))
    slot = {
        pair: s for s, pair in enumerate(zip(problem.lane.tolist(), problem.bucket.tolist(), strict=True))
    }
    orders = plan.orders
    for lane, bucket, units in zip(
        orders.lane.tolist(), orders.bucket.tolist(), orders.quantity.tolist(), strict=True
    ):
        if (lane, bucket) in slot:
            quantity[slot[lane, bucket]] += units
    return quantity
