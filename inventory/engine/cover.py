"""How long stock lasts."""

import numpy as np

from inventory.engine.arrays import Array, as_array, require_at_least_zero


def days_of_supply(closing: Array, demand: Array, bucket_days: Array) -> Array:
    """Days that the closing stock of each bucket lasts against the demand that follows it.

    closing: (T, N), units at the end of each bucket. demand: (T, N), units of the bucket, even over its
    days. bucket_days: (T,). Returns (T, N) days: forward through the buckets, then at the mean rate of
    the whole horizon; infinite where nothing is ever asked for. Stock below zero lasts 0 days.

    >>> demand = np.array([[300.0], [300.0], [600.0]])
    >>> days_of_supply(np.array([[600.0], [300.0], [0.0]]), demand, np.array([30.0, 30.0, 30.0])).ravel()
    array([45., 15.,  0.])
    """
    require_at_least_zero(demand=demand, bucket_days=bucket_days)
    horizon = len(demand)
    left = np.maximum(closing, 0.0)
    cover = np.zeros_like(left)
    for ahead in range(1, horizon):
        stock, wanted = left[: horizon - ahead], demand[ahead:]
        share = np.divide(stock, wanted, out=np.ones_like(stock), where=wanted > stock)
        cover[: horizon - ahead] += np.where(stock > 0, share, 0.0) * bucket_days[ahead:, None]
        np.subtract(stock, wanted, out=stock)
        np.maximum(stock, 0.0, out=stock)
    rate = demand.sum(axis=0) / bucket_days.sum()
    beyond = np.divide(left, rate, out=np.full_like(left, np.inf), where=rate > 0)
    cover += np.where(left > 0, beyond, 0.0)
    return cover


def demand_ahead(demand: Array, bucket_days: Array, days: Array) -> Array:
    """Demand of the next `days` days, counted from the start of each bucket.

    demand: (T, N), units of the bucket, even over its days; bucket_days: (T,); days: (N,).
    Returns (T, N), units; past the horizon demand goes on at the mean rate of the last year at most.
    Divided by `days` it is the daily rate that `targets` wants for a seasonal item.
    """
    return _demand_from(slice(None, -1), demand, bucket_days, days)


def demand_after(demand: Array, bucket_days: Array, days: Array) -> Array:
    """As `demand_ahead`, counted from the end of each bucket: what its closing stock has to cover."""
    return _demand_from(slice(1, None), demand, bucket_days, days)


def days_until_end(demand: Array, bucket_days: Array) -> Array:
    """Days (T + 1, N) from the start of the first bucket, and from the end of each one, until demand ends for good.

    demand: (T, N); bucket_days: (T,). Infinite where the last bucket has demand; 0 after the end.

    >>> days_until_end(np.array([[5.0, 0.0], [5.0, 5.0], [0.0, 5.0]]), np.array([31.0, 28.0, 31.0])).tolist()
    [[59.0, inf], [28.0, inf], [0.0, inf], [0.0, inf]]
    """
    edges = np.concatenate([[0.0], np.cumsum(bucket_days)])
    asked = demand > 0
    after = len(demand) - np.argmax(asked[::-1], axis=0)
    last = np.where(asked[-1], np.inf, np.where(asked.any(axis=0), edges[after], 0.0))
    return np.asarray(np.maximum(last[None, :] - edges[:, None], 0.0))


def _demand_from(opening: slice, demand: Array, bucket_days: Array, days: Array) -> Array:
    """Demand of the `days` from the `opening` of the T + 1 edges of the buckets on."""
    require_at_least_zero(demand=demand, bucket_days=bucket_days, days=days)
    edges = np.concatenate([[0.0], np.cumsum(bucket_days)])
    cumulative = np.concatenate([np.zeros((1, demand.shape[1])), np.cumsum(demand, axis=0)])
    first = int(np.argmax(edges[-1] - edges < 365.0 + 1e-9))
    rate: Array = (cumulative[-1] - cumulative[first]) / max(edges[-1] - edges[first], 1e-9)
    until = edges[opening, None] + days[None, :]
    bucket = np.clip(np.searchsorted(edges, until, side="right") - 1, 0, len(demand) - 1)
    columns = np.arange(demand.shape[1])[None, :]
    inside = np.clip((until - edges[bucket]) / bucket_days[bucket], 0.0, 1.0)
    reached: Array = cumulative[bucket, columns] + inside * demand[bucket, columns]
    beyond: Array = rate * np.maximum(until - edges[-1], 0.0)
    return reached + beyond - as_array(cumulative[opening])


def recovery_gap(*, survive_days: Array, recover_days: Array, demand_per_day: Array) -> tuple[Array, Array]:
    """Days by which recovery outlasts the stock, and the stock that would bridge them.

    >>> gap, stock = recovery_gap(
    ...     survive_days=np.array([22.0]), recover_days=np.array([35.0]), demand_per_day=np.array([100.0]))
    >>> gap.tolist(), stock.tolist()
    ([13.0], [1300.0])
    """
    require_at_least_zero(survive_days=survive_days, recover_days=recover_days, demand_per_day=demand_per_day)
    gap = np.maximum(recover_days - survive_days, 0.0)
    return gap, gap * demand_per_day
