"""Work ahead of a full month: what of a capacity is used for later receipts, and which orders begin early for it."""

import numpy as np

from .lanes import arrival_days
from .open_orders import OpenWork, open_work
from .records import tally
from .shapes import TOLERANCE, Array, IntArray, Orders, PlanInputs, SupplyPlan


def use_by_bucket(inputs: PlanInputs, *, lane: IntArray, bucket: IntArray, quantity: Array) -> Array:
    """What receipts (K,) take of each capacity in the bucket in which they are made or leave, (T, C)."""
    use, shape = inputs.capacities, (inputs.calendar.buckets, inputs.lanes.count)
    shipped = tally(bucket, lane, quantity, shape=shape)
    total = np.zeros((use.count, shape[0]))
    np.add.at(total, use.capacity, shipped[:, use.lane].T * use.per_unit[:, None])
    return total.T


def made_ahead(inputs: PlanInputs, plan: SupplyPlan) -> Array:
    """Units of each capacity that are used by the end of each bucket for receipts of later ones, (T, C)."""
    calendar, asked = inputs.calendar, np.zeros(plan.load.shape)
    takers: tuple[OpenWork | Orders, ...] = (open_work(inputs), plan.orders)
    for work in takers:
        shipped = calendar.bucket_of(calendar.last_days(work.bucket) - inputs.lanes.transit_days[work.term])
        asked += use_by_bucket(inputs, lane=work.lane, bucket=shipped, quantity=work.quantity)
    ahead = np.cumsum(plan.load - asked, axis=0)
    return np.where(ahead > TOLERANCE, ahead, 0.0)


def begun_early_for(inputs: PlanInputs, plan: SupplyPlan) -> IntArray:
    """The full capacity for which each order (K,) is placed before the bucket of its receipt asks for it, else -1."""
    orders, calendar, use = plan.orders, inputs.calendar, inputs.capacities
    found = np.full(orders.count, -1, np.int64)
    ready = arrival_days(inputs.lanes, order_day=orders.order_by, rows=orders.term)
    early = (orders.bucket < calendar.buckets) & (calendar.bucket_of(ready) < orders.bucket)
    ahead = made_ahead(inputs, plan)
    for k in np.flatnonzero(early).tolist():
        columns = use.capacity[(use.lane == orders.lane[k]) & (use.per_unit > 0)]
        busy = columns[ahead[orders.bucket[k] - 1, columns] > 0]
        found[k] = busy[0] if len(busy) else -1
    return found
