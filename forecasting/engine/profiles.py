"""Demand of what has no history of its own: launches, events and what an installed base consumes."""

import numpy as np

from .arrays import Array


def like_item_profile(curve: Array, *, scale: float | Array, start: int, horizon: int) -> Array:
    """Demand of a launched item, read from a like item's own first periods.

    ``curve`` (K,) or (K, N) is the like item's demand from its first period on, its forecast appended where
    its history ends; ``scale`` one factor or (N,); ``start`` the bucket in which the new item launches (0 is
    the first forecast bucket, negative if it already launched). Returns (horizon, N) in units; zero before
    the launch, and the last value of the curve where the curve ends.

    >>> like_item_profile(np.array([1000.0, 1500, 2000]), scale=0.8, start=0, horizon=3)[:, 0]
    array([ 800., 1200., 1600.])
    """
    known = np.asarray(curve, dtype=np.float64)
    if not known.size or not np.isfinite(known).all():
        raise ValueError("the like item has no complete history; name another like item or enter a forecast")
    known = np.maximum(known.reshape(len(known), -1), 0.0)
    if np.any(np.asarray(scale) < 0):
        raise ValueError("the scale of a like item must be 0 or more")
    age = np.arange(horizon) - start
    demand = known[np.clip(age, 0, len(known) - 1)] * scale
    return np.asarray(np.where((age >= 0)[:, None], demand, 0.0))


def event_uplift(baseline: Array, *, share: Array, uplift_pct: float | Array) -> Array:
    """Units that events add to a baseline (H, N).

    ``share`` (H,) or (H, N) is the part of each bucket's days that the event covers (0 to 1),
    ``uplift_pct`` one number or (N,); below 0 it takes units away, never more than there are.

    >>> event_uplift(np.array([[300.0], [300.0]]), share=np.array([0.5, 0.0]), uplift_pct=20.0)[:, 0]
    array([30.,  0.])
    """
    covered = np.asarray(share, dtype=np.float64)
    covered = covered[:, None] if covered.ndim == 1 else covered
    if (covered < 0).any() or (covered > 1).any():
        raise ValueError("the share of a bucket that an event covers lies between 0 and 1")
    return np.asarray(np.maximum(baseline * covered * np.asarray(uplift_pct) / 100.0, -baseline))


def installed_base_demand(
    active_units: Array,
    durable_sales: Array,
    *,
    units_per_active_period: Array,
    churn_pct: Array | float = 0.0,
) -> Array:
    """Consumables (H, N) that the owners of a durable will use.

    ``active_units`` (N,) in use at the start of the first bucket, ``durable_sales`` (H, N) sold in each
    bucket (they consume from the next bucket on), ``units_per_active_period`` and ``churn_pct`` of a bucket, one
    for all, (N,), or (H, N) where buckets differ in length.

    >>> sold = np.array([[5000.0], [0.0]])
    >>> installed_base_demand(np.array([20000.0]), sold, units_per_active_period=np.array([1.5]))[:, 0]
    array([30000., 37500.])
    """
    keep = 1.0 - np.asarray(churn_pct, dtype=np.float64) / 100.0
    if np.any((keep < 0) | (keep > 1)):
        raise ValueError("churn must lie between 0 and 100 per cent")
    base = np.asarray(active_units, dtype=np.float64).copy()
    keep, use = (np.broadcast_to(one, durable_sales.shape) for one in (keep, units_per_active_period))
    demand = np.empty_like(durable_sales, dtype=np.float64)
    for bucket, sold in enumerate(durable_sales):
        demand[bucket] = base * use[bucket]
        base = base * keep[bucket] + np.maximum(sold, 0.0)
    return demand
