"""Never run out, put to the test: seeded paths of demand and late receipts through the interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inventory.engine.arrays import Array, BoolArray, as_array, broadcast, require, require_at_least_zero
from inventory.engine.codes import Distribution, Policy
from inventory.engine.targets import Targets

PATHS = 10_000
SEED = 34
_BLOCK = 2_000
_Generator = np.random.Generator


@dataclass(frozen=True, kw_only=True)
class PathInputs:
    """A position to be tested, one per item-location (N,) or one for all.

    on_hand: units today. demand_per_day: (D, N) or (N,), forecast. receipts: (D, N), units due on each day.
    interval_days: days that are judged, at most D. error_sd_per_day: sd of a day's error. error_rmse: RMSE of
    the cumulative error over the interval, NaN for error_sd_per_day * sqrt(interval_days); what it holds
    beyond that is drawn once per path, as a forecast that is wrong throughout. receipt_delay_sd_days: sd of
    how late (or early) each path's receipts come.
    """

    on_hand: ArrayLike
    demand_per_day: ArrayLike
    receipts: Array
    error_sd_per_day: ArrayLike
    error_rmse: ArrayLike
    receipt_delay_sd_days: ArrayLike
    interval_days: ArrayLike = float("inf")


@dataclass(frozen=True, kw_only=True)
class ShortPaths:
    """Of `paths` seeded paths, how many are short on some day (N,), and the first such day of any.

    first_short_day: (N,), 0 is the first day, -1 where no path is short.
    """

    paths: int
    count: Array
    first_short_day: Array

    def allowed(self, target: Array) -> Array:
        """Most short paths that a never-run-out target (0.999 allows 10 of 10,000) lets pass (N,)."""
        allowed: Array = np.floor((1.0 - target) * self.paths + 1e-9)
        return allowed

    def within(self, target: Array) -> BoolArray:
        """True (N,) where the position keeps the promise; else approval needs an executive exception."""
        kept: BoolArray = self.count <= self.allowed(target)
        return kept


def short_paths(inputs: PathInputs, *, seed: int, paths: int = PATHS) -> ShortPaths:
    """Run `paths` seeded paths through the D days of `inputs.receipts`, a day at a time.

    A day's receipts come before its demand. A path is short when its stock is below zero on some day of the
    interval. All item-locations meet the same seeded luck, scaled by their own errors: the answer of one is
    the same on every machine and whatever others are tested beside it.
    """
    horizon, count = inputs.receipts.shape
    demand = np.broadcast_to(as_array(inputs.demand_per_day), (horizon, count))
    single = broadcast(
        {
            "on_hand": as_array(inputs.on_hand),
            "error_sd_per_day": as_array(inputs.error_sd_per_day),
            "error_rmse": as_array(inputs.error_rmse),
            "receipt_delay_sd_days": as_array(inputs.receipt_delay_sd_days),
            "interval_days": np.minimum(as_array(inputs.interval_days), horizon),
            "receipts": inputs.receipts[0],
        }
    )
    _check(single, demand, inputs.receipts)
    shorts, first = np.zeros(count), np.full(count, float(horizon))
    for block, start in enumerate(range(0, paths, _BLOCK)):
        luck = _luck(np.random.default_rng([seed, block]), horizon, min(_BLOCK, paths - start))
        for position in range(count):
            row = {name: float(values[position]) for name, values in single.items()}
            below = _stock(row, demand[:, position], inputs.receipts[:, position], luck) < -1e-9
            shorts[position] += np.count_nonzero(below.any(axis=0))
            first[position] = min(first[position], _first_day(below))
    return ShortPaths(paths=paths, count=shorts, first_short_day=np.where(shorts > 0, first, -1.0))


def _check(single: dict[str, Array], demand: Array, receipts: Array) -> None:
    require_at_least_zero(
        demand_per_day=demand,
        receipts=receipts,
        error_sd_per_day=single["error_sd_per_day"],
        receipt_delay_sd_days=single["receipt_delay_sd_days"],
        interval_days=single["interval_days"],
    )
    require("on_hand", single["on_hand"], ~np.isfinite(single["on_hand"]), "give a finite number")


def _first_day(below: BoolArray) -> float:
    """The first day on which any path is below zero; infinite where none is."""
    days = below.any(axis=1)
    return float(np.argmax(days)) if days.any() else np.inf


@dataclass(frozen=True)
class _Luck:
    """Standard draws of a block of paths: of each day summed up (D, size), of the whole, and of delays (size,)."""

    days: Array
    lasting: Array
    delay: Array


def _luck(generator: _Generator, horizon: int, size: int) -> _Luck:
    days = np.cumsum(generator.standard_normal((horizon, size)), axis=0)
    return _Luck(days, generator.standard_normal(size), generator.standard_normal(size))


def _stock(row: dict[str, float], demand: Array, receipts: Array, luck: _Luck) -> Array:
    """Stock (interval, size) at the end of each day of the interval of each path."""
    days = int(row["interval_days"])
    daily_sd, total_sd = row["error_sd_per_day"], row["error_rmse"]
    lasting_variance = 0.0 if np.isnan(total_sd) else max(total_sd**2 - days * daily_sd**2, 0.0)
    lasting = np.sqrt(lasting_variance) * np.arange(1, days + 1)[:, None] / max(days, 1)
    expected = row["on_hand"] - np.cumsum(demand[:days])[:, None]
    received = _received(receipts[:days], row["receipt_delay_sd_days"], luck.delay)
    stock: Array = expected + received - daily_sd * luck.days[:days] - lasting * luck.lasting
    return stock


def _received(receipts: Array, delay_sd: float, luck: Array) -> Array:
    """Cumulative receipts (D, size or 1) when each path's deliveries shift by a delay of its own."""
    cumulative = np.cumsum(receipts)
    if delay_sd == 0 or not receipts.any():
        return cumulative[:, None]
    days = np.arange(len(receipts))[:, None]
    delay = np.ceil(luck * delay_sd - 0.5)[None, :]
    shifted = (days - delay).astype(np.intp)
    inside = np.clip(shifted, 0, len(receipts) - 1)
    return np.where(shifted >= 0, cumulative[inside], 0.0)


def level_by_paths(answer: Targets, *, seed: int, paths: int = PATHS) -> Array:
    """Least level of which no more than the allowed share of seeded paths runs out (N,), units.

    What never run out promises, without its formula: the lead time is drawn first (a gamma by its mean
    and sd), then demand over it and the review. Given back as `simulated_demand` it raises the target to
    what the paths ask for. Policies other than never run out get 0.
    """
    given = {name: values.ravel() for name, values in answer.inputs.items()}
    interval, sd = answer.protection_days.ravel(), answer.protection_sd.ravel()
    level = np.zeros(interval.shape)
    for position in np.flatnonzero(given["policy"] == Policy.NEVER_RUN_OUT):
        generator = np.random.default_rng(seed)
        row = {name: float(values[position]) for name, values in given.items()}
        row |= {"interval": float(interval[position]), "sd": float(sd[position])}
        draws = np.sort(_interval_demand(row, generator, paths))
        level[position] = draws[paths - 1 - int((1.0 - row["service_target"]) * paths + 1e-9)]
    return level.reshape(answer.safety_stock.shape)


def _interval_demand(row: dict[str, float], generator: _Generator, paths: int) -> Array:
    """Demand over the protection interval of each path (paths,), units."""
    same = np.ones(paths)
    lead_time = _gamma(generator, row["lead_time_days"] * same, row["lead_time_sd_days"] * same)
    interval = lead_time + row["review_days"]
    mean = row["demand_per_day"] * interval
    error_variance = row["sd"] ** 2 - (row["demand_per_day"] * row["lead_time_sd_days"]) ** 2
    share = interval / row["interval"] if row["interval"] > 0 else same
    sd = np.sqrt(max(error_variance, 0.0) * share)
    if row["distribution"] == Distribution.NORMAL:
        return mean + sd * _normal_scores(generator, paths)
    return _gamma(generator, mean, sd)


def _normal_scores(generator: _Generator, paths: int) -> Array:
    """One standard normal draw from each of `paths` equal shares of the curve, in random order.

    Plain draws miss the tail of 99.9 % by a tenth of an sd, and would raise targets that the formula has right.
    Source: stratified sampling; Glasserman (2003), Monte Carlo Methods in Financial Engineering, 4.3.
    """
    scores: Array = special.ndtri((generator.permutation(paths) + 0.5) / paths)
    return scores


def _gamma(generator: _Generator, mean: Array, sd: Array) -> Array:
    """One gamma draw per entry with these moments; the mean itself where nothing varies."""
    varies = (sd > 0) & (mean > 0)
    scale = np.where(varies, sd, 1.0) ** 2 / np.where(varies, mean, 1.0)
    draws = generator.standard_gamma(np.where(varies, mean, 1.0) / scale) * scale
    return np.where(varies, draws, mean)
