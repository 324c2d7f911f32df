"""History run through a policy again: what it would have filled, and with how much stock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, as_array, require_at_least_zero

LEAST_SCALE, MOST_SCALE = 0.6, 1.6
"""Bounds of what a replay may do to an error: beyond them something else is wrong."""


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What K variants of a policy would have done with each of N items.

    filled: (K, N), units met from the shelf at once. demand: (N,), units asked for.
    stock: (K, N), average units on the shelf: mean of after receipt and after demand, over the buckets.
    """

    filled: Array
    demand: Array
    stock: Array


def replay(demand: Array, order_up_to: Array, *, lead_time_buckets: int, warm_up: int = 0) -> Replay:
    """Run a periodic-review order-up-to policy through real demand.

    demand: (T, N), units of each bucket. order_up_to: (K, T, N), the level ordered up to at the start of
    each bucket, made from what was known then. lead_time_buckets: an order placed at the start of bucket
    t is there at the start of t + lead_time_buckets. The first `warm_up` buckets are run, not counted.
    Unmet demand waits. The first position is a full pipeline: the level, less what is under way.
    """
    require_at_least_zero(demand=demand)
    buckets, items = demand.shape
    variants = len(order_up_to)
    start = order_up_to[:, 0]
    share = 1.0 / (lead_time_buckets + 1.0)
    pipeline = [start * share for _ in range(lead_time_buckets)]
    net, position = start * share, start.copy()
    filled, stock = np.zeros((variants, items)), np.zeros((variants, items))
    for bucket in range(buckets):
        ordered = np.maximum(order_up_to[:, bucket] - position, 0.0)
        pipeline.append(ordered)
        net = net + pipeline.pop(0)
        before = np.maximum(net, 0.0)
        served = np.minimum(before, demand[bucket])
        net = net - demand[bucket]
        position = position + ordered - demand[bucket]
        if bucket >= warm_up:
            filled += served
            stock += before - 0.5 * served
    counted = max(buckets - warm_up, 1)
    return Replay(filled=filled, demand=as_array(demand[warm_up:].sum(axis=0)), stock=stock / counted)


def scale_for_fill(
    result: Replay, *, scales: Array, target: float, group: NDArray[np.intp], weight: Array
) -> Array:
    """Factor on the forecast error (G,) with which each group would have filled `target` of its demand.

    result: a replay whose K variants are `scales` (K,), rising. group: (N,). weight: (N,), what one unit
    counts (1 / mean demand, or a price). Between two scales the fill is taken to run straight; a group
    that no scale brings to the target gets the nearest.
    """
    groups = int(group.max(initial=0)) + 1
    asked = np.bincount(group, weights=result.demand * weight, minlength=groups)
    chosen = np.ones(groups)
    for code in np.flatnonzero(asked > 0):
        members = group == code
        fill = (result.filled[:, members] * weight[members]).sum(axis=1) / asked[code]
        rising = np.maximum.accumulate(fill)
        chosen[code] = np.interp(target, rising, scales)
    return np.clip(chosen, LEAST_SCALE, MOST_SCALE)
