"""Never run out, put to the test: the stock there is and what is on its way, against seeded paths of demand."""

from dataclasses import dataclass

import numpy as np

from inventory.engine.arrays import Array, IntArray
from inventory.engine.paths import SEED, PathInputs, ShortPaths, short_paths

LONGEST_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Position:
    """Item-locations (N,) as a plan leaves them. `demand` (T, N) is even over the days between `edges` (T + 1,).

    `receipt_place`, `receipt_day`, `receipt_quantity` (R,): open and planned orders by day of arrival.
    """

    on_hand: Array
    demand: Array
    edges: IntArray
    receipt_place: IntArray
    receipt_day: IntArray
    receipt_quantity: Array


@dataclass(frozen=True, kw_only=True)
class Promise:
    """Never-run-out targets of some item-locations of a position, (n,): `place` is which of them.

    `daily_demand`, `error_sd` of a day, `protection_days` and the `protection_sd` of demand over them, and
    `lead_time_sd_days`: as the target was set.
    """

    place: IntArray
    daily_demand: Array
    error_sd: Array
    protection_days: Array
    protection_sd: Array
    lead_time_sd_days: Array

    @property
    def interval_days(self) -> Array:
        """Whole days that are judged, (n,)."""
        return np.asarray(np.clip(np.rint(self.protection_days), 1, LONGEST_DAYS))


def lowest_stock(position: Position, promise: Promise) -> Array:
    """Units left on the leanest day of the protection interval, (n,), where all goes as forecast.

    >>> position = Position(on_hand=np.array([6604.0]), demand=np.array([[9000.0]]), edges=np.array([0, 90]),
    ...     receipt_place=np.array([0, 0]), receipt_day=np.array([59, 60]), receipt_quantity=np.array([30.0, 500.0]))
    >>> promise = Promise(place=np.array([0]), daily_demand=np.array([100.0]), error_sd=np.array([30.0]),
    ...     protection_days=np.array([60.0]), protection_sd=np.array([232.0]), lead_time_sd_days=np.array([0.0]))
    >>> lowest_stock(position, promise).tolist()
    [634.0]
    """
    interval = promise.interval_days
    days = int(interval.max(initial=1))
    moves = _receipts_by_day(position, promise.place, days) - _demand_by_day(position, promise.place, days)
    stock = position.on_hand[promise.place] + np.cumsum(moves, axis=0)
    return np.asarray(np.where(np.arange(days)[:, None] < interval, stock, np.inf).min(axis=0))


def paths_that_run_short(position: Position, promise: Promise) -> ShortPaths:
    """How many of 10,000 seeded paths run short within the protection interval, (n,)."""
    interval = promise.interval_days
    spread = promise.lead_time_sd_days
    error = promise.protection_sd**2 - (promise.daily_demand * spread) ** 2
    days = int(interval.max(initial=1))
    return short_paths(
        PathInputs(
            on_hand=position.on_hand[promise.place],
            demand_per_day=_demand_by_day(position, promise.place, days),
            receipts=_receipts_by_day(position, promise.place, days),
            error_sd_per_day=promise.error_sd,
            error_rmse=np.sqrt(np.maximum(error, 0.0)),
            receipt_delay_sd_days=spread,
            interval_days=interval,
        ),
        seed=SEED,
    )


def _demand_by_day(position: Position, place: IntArray, days: int) -> Array:
    """Demand (days, n) of each day from the planning date; past the horizon that of its last bucket."""
    edges = position.edges - position.edges[0]
    bucket = np.minimum(np.searchsorted(edges, np.arange(days), side="right") - 1, len(position.demand) - 1)
    rate = np.maximum(position.demand[:, place], 0.0) / np.diff(edges)[:, None]
    return np.asarray(rate[bucket])


def _receipts_by_day(position: Position, place: IntArray, days: int) -> Array:
    out = np.zeros((days, len(place)))
    column = np.full(position.demand.shape[1], -1)
    column[place] = np.arange(len(place))
    day = np.maximum(position.receipt_day - position.edges[0], 0)
    counted = (day < days) & (column[position.receipt_place] >= 0)
    np.add.at(
        out, (day[counted], column[position.receipt_place[counted]]), position.receipt_quantity[counted]
    )
    return out
