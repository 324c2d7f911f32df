"""Split a number typed at a node over its children so that they sum to it exactly."""

import numpy as np

from .arrays import Array, BoolArray, IntArray


class ImpossibleLocks(ValueError):
    """The locked children leave no room for the total; ``rows`` are the periods, ``columns`` the locks."""

    def __init__(self, message: str, *, rows: IntArray, columns: IntArray) -> None:
        super().__init__(message)
        self.rows = rows
        self.columns = columns


def disaggregate(
    total: Array,
    weights: Array,
    *,
    locks: Array | None = None,
    history_weights: Array | None = None,
    step: float | Array = 1.0,
) -> Array:
    """Spread totals over children by share, in whole steps, by largest remainder.

    ``total`` (T,) per period; ``weights`` (T, N) the children's forecasts, whose shares decide; where they
    are all zero ``history_weights`` (T, N) decide, else equal shares. ``locks`` (T, N) holds the quantity of
    locked children and NaN elsewhere. ``step`` is one number or (N,), each a multiple of the smallest; the
    smallest step divides every total and lock after rounding to it. Ties go to the earlier child, so the
    result is stable. Returns (T, N) whose rows sum to the total.

    Raises ImpossibleLocks where locks exceed the total, or where every child is locked and they do not sum
    to it; ValueError for negative or non-finite totals and weights.

    >>> disaggregate(np.array([12000.0]), np.array([[50.0, 30.0, 20.0]]))
    array([[6000., 3600., 2400.]])
    """
    total = np.atleast_1d(np.asarray(total, dtype=np.float64))
    weights = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    _check_input(total, weights)
    size = np.broadcast_to(np.asarray(step, dtype=np.float64), weights.shape[1:])
    unit, coarse = _smallest_and_multiples(size)
    locks = np.full(weights.shape, np.nan) if locks is None else locks
    locked = np.isfinite(locks)
    units = np.rint(np.where(locked, locks, 0.0) / unit)
    rest = np.rint(total / unit) - units.sum(axis=1)
    _check_locks(rest, locked)
    share = _shares(weights, history_weights, free=~locked)
    for multiple in np.unique(coarse)[::-1]:
        child = ~locked & (coarse == multiple)
        spread = _largest_remainder(rest, share, child=child, multiple=int(multiple), last=multiple == 1)
        units += spread
        rest = rest - spread.sum(axis=1)
        share = np.where(child, 0.0, share)
    _check_remainder(rest, locked)
    return np.asarray(units * unit)


def _smallest_and_multiples(size: Array) -> tuple[float, IntArray]:
    """The smallest step, and each step (N,) as a multiple of it."""
    unit = float(size.min(initial=np.inf))
    if unit > 0:
        coarse = np.rint(size / unit).astype(np.int64)
        if np.allclose(coarse * unit, size, rtol=1e-9):
            return unit, coarse
    raise ValueError("steps of the children must be positive multiples of the smallest of them")


def _check_input(total: Array, weights: Array) -> None:
    if total.shape != weights.shape[:1]:
        raise ValueError(f"total has shape {total.shape}; pass one total per period, {weights.shape[:1]}")
    if not np.isfinite(total).all() or (total < 0).any():
        raise ValueError("a total to spread must be a number of 0 or more")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("weights must be numbers of 0 or more")


def _check_locks(rest: Array, locked: BoolArray) -> None:
    wrong = (rest < 0) | (locked.all(axis=1) & (rest != 0))
    if wrong.any():
        rows = np.flatnonzero(wrong)
        columns = np.flatnonzero(locked[rows].any(axis=0))
        raise ImpossibleLocks(
            f"the locked children {columns.tolist()} do not leave room for the total in periods {rows.tolist()}; "
            "release a lock or change the total",
            rows=rows,
            columns=columns,
        )


def _check_remainder(rest: Array, locked: BoolArray) -> None:
    if (rest != 0).any():
        rows = np.flatnonzero(rest != 0)
        raise ImpossibleLocks(
            f"the steps of the free children cannot sum to the total in periods {rows.tolist()}; "
            "release a lock on a child with a smaller step or change the total",
            rows=rows,
            columns=np.flatnonzero(locked[rows].any(axis=0)),
        )


def _shares(weights: Array, fallback: Array | None, *, free: BoolArray) -> Array:
    """Weights of the free children: forecast, else history, else equal."""
    share = np.where(free, weights, 0.0)
    if fallback is not None:
        empty = share.sum(axis=1, keepdims=True) <= 0
        share = np.where(empty & free, np.maximum(fallback, 0.0), share)
    empty = share.sum(axis=1, keepdims=True) <= 0
    return np.where(empty & free, 1.0, share)


def _largest_remainder(rest: Array, share: Array, *, child: BoolArray, multiple: int, last: bool) -> Array:
    """Units for the children of one step: whole multiples, the finest step taking what is left over."""
    mass = share.sum(axis=1, keepdims=True)
    if last:
        share = np.where((mass <= 0) & child, 1.0, share)
        mass = share.sum(axis=1, keepdims=True)
    ideal = np.where(child, rest[:, None] * share / np.where(mass > 0, mass, 1.0), 0.0) / multiple
    whole = np.floor(ideal + 1e-9)
    group = ideal.sum(axis=1)
    target = np.rint(rest) if last else np.minimum(np.rint(group), np.floor(rest / multiple))
    lacking = (target - whole.sum(axis=1)).astype(np.int64)
    order = np.argsort(np.where(child, whole - ideal, np.inf), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(share.shape[1])[None, :], axis=1)
    whole += child & (rank < lacking[:, None])
    return np.asarray(whole * multiple)
