"""Lot sizing of one item: exact and heuristic, and the multi-level serial case."""

from dataclasses import dataclass

import numpy as np

from .shapes import TOLERANCE, Array, IntArray
from .solver import Rows, Solver


@dataclass(frozen=True, kw_only=True)
class LotPlan:
    """Lots (T,) and their cost: set-ups, holding at the end of each bucket, and purchase."""

    quantity: Array
    cost: float


def lot_cost(
    quantity: Array, *, demand: Array, setup: Array, holding: Array, price: Array | None = None
) -> float:
    """Cost of lots (T,) without backorders; infinite where stock would go below zero."""
    stock = np.cumsum(quantity - demand)
    if (stock < -TOLERANCE * max(1.0, float(demand.sum()))).any():
        return float("inf")
    bought = 0.0 if price is None else float((price * quantity).sum())
    return float((setup * (quantity > TOLERANCE)).sum() + (holding * np.maximum(stock, 0.0)).sum() + bought)


def wagner_whitin(*, demand: Array, setup: Array, holding: Array, price: Array | None = None) -> LotPlan:
    """Exact lots for dynamic demand, set-up and holding cost (T,), by forward recursion.

    Source: Wagner and Whitin 1958, Management Science 5(1).

    >>> plan = wagner_whitin(demand=np.array([90.0, 120.0, 80.0, 70.0]), setup=np.full(4, 500.0), holding=np.full(4, 2.0))
    >>> plan.cost, plan.quantity.tolist()
    (1380.0, [210.0, 0.0, 150.0, 0.0])
    """
    buckets = len(demand)
    unit = np.zeros(buckets) if price is None else price
    held = np.concatenate([[0.0], np.cumsum(holding)])
    best = np.full(buckets + 1, np.inf)
    best[0] = 0.0
    lot_of = np.zeros(buckets + 1, np.int64)
    for t in range(buckets):
        # a lot in t for t..u: each later bucket's demand waits from t to its own start
        carried = demand[t:] * (held[t:buckets] - held[t] + unit[t])
        setups = setup[t] if demand[t:].sum() > 0 else 0.0
        total = best[t] + setups + np.cumsum(carried)
        better = total < best[t + 1 :] - 1e-12
        best[t + 1 :][better] = total[better]
        lot_of[t + 1 :][better] = t
        if demand[t] <= 0 and best[t] < best[t + 1]:
            best[t + 1], lot_of[t + 1] = best[t], -1
    quantity = np.zeros(buckets)
    end = buckets
    while end > 0:
        start = int(lot_of[end])
        if start < 0:
            end -= 1
            continue
        quantity[start] = demand[start:end].sum()
        end = start
    return LotPlan(
        quantity=quantity, cost=lot_cost(quantity, demand=demand, setup=setup, holding=holding, price=price)
    )


def silver_meal(*, demand: Array, setup: Array, holding: Array) -> LotPlan:
    """Silver-Meal heuristic: extend a lot while the cost per bucket falls."""
    buckets = len(demand)
    quantity = np.zeros(buckets)
    t = 0
    while t < buckets:
        if demand[t] <= 0:
            t += 1
            continue
        carried = np.concatenate([[0.0], np.cumsum(holding[t : buckets - 1])])
        cost = setup[t] + np.cumsum(demand[t:] * carried)
        rate = cost / np.arange(1, buckets - t + 1)
        rising = np.flatnonzero(np.diff(rate) > 0)
        length = int(rising[0]) + 1 if len(rising) else buckets - t
        quantity[t] = demand[t : t + length].sum()
        t += length
    return LotPlan(quantity=quantity, cost=lot_cost(quantity, demand=demand, setup=setup, holding=holding))


@dataclass(frozen=True, kw_only=True)
class MultiLevelPlan:
    """Lots (T, N) of all items, their cost and a proven bound."""

    quantity: Array
    cost: float
    bound: float


def multi_level_lots(
    *,
    demand: Array,
    setup: Array,
    holding: Array,
    above: IntArray,
    below: IntArray,
    quantity_per: Array,
    seconds: float,
) -> MultiLevelPlan:
    """Uncapacitated multi-level lot sizing without lead times, exact by mixed-integer programming.

    `demand` (T, N) own demand, `setup`, `holding` (N,) installation stock, edges (E,) parent to component.
    Source: Dellaert and Jeunet 2000, the MLULSP model; on echelon stock, each item is a problem of Wagner and Whitin
    with rows of its own (Pochet and Wolsey 1991).
    """
    buckets, count = demand.shape
    size = buckets * count
    total = _total_requirements(demand, above, below, quantity_per)
    lot, start, echelon = np.arange(3 * size).reshape(3, buckets, count)
    rows, order, one = Rows(), np.arange(size), np.ones(size)
    rows.add(
        total.ravel(),
        total.ravel(),
        (order, lot.ravel(), one),
        (order, echelon.ravel(), -one),
        (order[count:], echelon[:-1].ravel(), one[count:]),
    )
    most = np.cumsum(total[::-1], axis=0)[::-1]
    rows.add(
        np.full(size, -np.inf),
        np.zeros(size),
        (order, lot.ravel(), one),
        (order, start.ravel(), -most.ravel()),
    )
    in_parents = (order.reshape(buckets, count)[:, below].ravel(), echelon[:, above].ravel())
    rows.add(
        np.zeros(size),
        np.full(size, np.inf),
        (order, echelon.ravel(), one),
        (*in_parents, -np.tile(quantity_per, buckets)),
    )
    add_wagner_whitin_rows(rows, total, setup=start, stock=echelon, span=buckets)
    added = holding - np.bincount(above, weights=quantity_per * holding[below], minlength=count)
    model = rows.model(
        cost=np.concatenate([np.zeros(size), np.tile(setup, buckets), np.tile(added, buckets)]),
        lower=np.zeros(3 * size),
        upper=np.concatenate([np.full(size, np.inf), np.ones(size), np.full(size, np.inf)]),
        integer=np.repeat([False, True, False], size),
    )
    with Solver(model) as solver:
        answer = solver.solve(seconds=seconds)
    if answer.x is None:
        quantity = total.copy()  # lot for lot on every level is always feasible
        return MultiLevelPlan(
            quantity=quantity, cost=float((setup * (quantity > TOLERANCE)).sum()), bound=answer.bound
        )
    return MultiLevelPlan(
        quantity=answer.x[:size].reshape(buckets, count), cost=answer.objective, bound=answer.bound
    )


def add_wagner_whitin_rows(rows: Rows, needed: Array, *, setup: IntArray, stock: IntArray, span: int) -> None:
    """What is needed from a bucket on is in stock before it, or is made by a set-up in time.

    `needed`, columns `setup` and `stock`: (T, N); rows reach over at most `span` buckets. With set-up costs that
    do not fall and stock that costs something they are the whole hull of one item (Pochet and Wolsey 1994).
    """
    buckets, count = needed.shape
    item, one = np.arange(count), np.ones(count)
    for first in range(buckets):
        for last in range(first, min(buckets, first + span)):
            left = np.cumsum(needed[first : last + 1][::-1], axis=0)[::-1]
            terms = [(np.tile(item, len(left)), setup[first : last + 1].ravel(), left.ravel())]
            if first:
                terms.append((item, stock[first - 1], one))
            rows.add(left[0], np.full(count, np.inf), *terms)


def _total_requirements(demand: Array, above: IntArray, below: IntArray, quantity_per: Array) -> Array:
    """Own and dependent demand (T, N) when every item makes lot for lot."""
    total = demand.astype(np.float64, copy=True)
    for _ in range(demand.shape[1]):
        following = demand.astype(np.float64, copy=True)
        np.add.at(following.T, below, total.T[above] * quantity_per[:, None])
        if np.allclose(following, total):
            break
        total = following
    return total
