"""From orders to the time-phased record, the overhang and the cover of each order."""

import numpy as np

from .shapes import TOLERANCE, Array, Calendar, IntArray, Orders, PlanInputs, Projection


def tally(bucket: IntArray, item: IntArray, quantity: Array, *, shape: tuple[int, int]) -> Array:
    """Sum quantities into (T, N); buckets at or beyond T are left out."""
    inside = bucket < shape[0]
    flat = bucket[inside] * shape[1] + item[inside]
    total: Array = np.bincount(flat, weights=quantity[inside], minlength=shape[0] * shape[1]).astype(
        np.float64
    )
    return total.reshape(shape)


def project(inputs: PlanInputs, *, orders: Orders, dependent: Array, scheduled: Array) -> Projection:
    """Opening + receipts - demand = closing, with backorders carried; all (T, N)."""
    shape = inputs.demand.shape
    calendar = inputs.calendar
    planned = tally(orders.bucket, orders.item, orders.quantity, shape=shape)
    # what capacity or a certificate holds back until a later bucket is released in that one
    late = orders.late_release & (orders.order_by < calendar.edges[1])
    on_time, released = ~late, calendar.bucket_of(orders.order_by)
    releases = tally(released[on_time], orders.item[on_time], orders.quantity[on_time], shape=shape)
    past_due = tally(
        np.zeros(int(late.sum()), np.int64), orders.item[late], orders.quantity[late], shape=shape
    )
    net = inputs.on_hand + np.cumsum(scheduled + planned - inputs.demand - dependent, axis=0)
    net = np.where(np.abs(net) < TOLERANCE, 0.0, net)
    closing, shortage = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    opening = np.vstack([inputs.on_hand[None, :], closing[:-1]])  # below zero: owed before the plan begins
    return Projection(
        opening=opening,
        demand=inputs.demand,
        dependent_demand=dependent,
        scheduled_receipts=scheduled,
        planned_receipts=planned,
        planned_releases=releases,
        past_due_release=past_due,
        closing=closing,
        shortage=shortage,
        below_safety_stock=np.maximum(inputs.safety_stock - net, 0.0),
        safety_stock=inputs.safety_stock,
    )


def overhang(
    *, net_stock: Array, safety_stock: Array, item: IntArray, bucket: IntArray, quantity: Array
) -> Array:
    """What each order brings beyond the needs it covers until the item's next order, (K,).

    `item`, `bucket` (K,) sorted by item, then bucket. A lot raised to its MOQ that covers the next bucket too
    hangs over by what is left after it: 20,000 against 8,000 and 9,000 leaves 3,000. Of orders in one bucket it is
    the last that hangs over, the one before it by what is more.
    """
    if not len(item):
        return np.zeros(0)
    buckets = len(net_stock)
    begins = np.append(True, (np.diff(item) != 0) | (np.diff(bucket) != 0))
    start, group = np.flatnonzero(begins), np.cumsum(begins) - 1
    following = np.full(len(start), buckets, np.int64)
    following[:-1] = np.where(item[start[1:]] == item[start[:-1]], bucket[start[1:]], buckets)
    excess, lowest = (net_stock - safety_stock)[:, item[start]], np.full(len(start), np.inf)
    for t in range(buckets):
        covered = (bucket[start] <= t) & (t < following)
        lowest[covered] = np.minimum(lowest[covered], excess[t, covered])
    lowest = np.where(np.isinf(lowest), 0.0, lowest)
    brought = np.cumsum(quantity)
    later = brought[np.append(start[1:], len(item)) - 1][group] - brought
    return np.asarray(np.clip(lowest[group] - later, 0.0, quantity))


def cover_days(
    *, calendar: Calendar, net_stock: Array, total_demand: Array, item: IntArray, day: IntArray
) -> Array:
    """Days that stock lasts from each day on, with what has arrived by its bucket's end so far counted, (K,).

    Demand is even; beyond the horizon the average of the last three buckets goes on. Without demand: infinity.
    From a day behind the horizon on nobody knows: NaN.
    """
    edges, days = calendar.edges, calendar.days
    buckets = calendar.buckets
    bucket = np.minimum(calendar.bucket_of(day), buckets - 1)
    demanded = np.vstack([np.zeros(total_demand.shape[1])[None, :], np.cumsum(total_demand, axis=0)])
    share = (day - edges[bucket]) / days[bucket]
    used = demanded[bucket, item] + share * total_demand[bucket, item]
    stock = net_stock[bucket, item] + (1 - share) * total_demand[bucket, item]
    level = used + np.maximum(stock, 0.0)
    columns = demanded[:, item]
    end = np.minimum((columns <= level + TOLERANCE).sum(axis=0), buckets)
    inside = columns[-1] > level + TOLERANCE
    start = np.maximum(end - 1, 0)
    in_bucket = total_demand[np.minimum(start, buckets - 1), item]
    part = np.where(
        in_bucket > 0, (level - columns[start, np.arange(len(item))]) / np.maximum(in_bucket, 1e-12), 0.0
    )
    within = edges[np.minimum(start, buckets - 1)] + part * days[np.minimum(start, buckets - 1)] - day
    tail = min(3, buckets)
    rate = total_demand[-tail:, item].sum(axis=0) / days[-tail:].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        beyond = edges[-1] - day + np.where(rate > 0, (level - columns[-1]) / rate, np.inf)
    return np.where(day < edges[-1], np.where(inside, within, beyond), np.nan)
