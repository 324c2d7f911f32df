"""Point forecasts of any mix of series: choose the pool by length and zeros, fit in blocks, combine, guard."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .arrays import Array, BoolArray, FloatArray, History, IntArray
from .block import Block, make_block
from .closed import ClosedSeason, closed_season
from .common_growth import levelled
from .common_step import taken_out
from .counts import MOSTLY_ZEROS, fit_counts, share_of_zeros
from .global_member import GlobalModel
from .growth import fit_growing
from .pool import MEMBERS, UNPROVEN, Members, fit_members
from .results import Method
from .short import fit_short

BLOCK = 2048  # wide enough that array calls cost little beside their work
SHORT_BLOCK = 512  # narrower, since short series lean on the smoothing of their neighbours
POOL_SEASONS = 3  # seasons from which the pool stands without borrowing
MIXED_SEASONS = 4  # seasons from which the level under a shared season no longer tempers the pool
PATIENCE = 6  # pool and level weigh the same a sixth of a season after the first
SPANS = 3.0
GLOBAL_SHARE = 0.25

SMOOTH = (Method.LEVEL, Method.SHARED_SEASON, Method.COMBINATION)

Family = Callable[..., Members]


@dataclass(frozen=True)
class Points:
    """Mean and parts (H, N) in units, one-step error ``sigma`` (N,), method and own seasonal share (N,).

    ``members`` (M, H, N) holds what each of :data:`MEMBERS` alone would say, NaN where not all of them were fitted;
    ``closed`` (H, N) marks the periods in which an item sold in a season only is known not to sell.
    """

    level: Array
    trend: Array
    seasonal: Array
    sigma: Array
    method: IntArray
    seasonal_weight: Array
    members: Array
    closed: BoolArray

    @property
    def mean(self) -> Array:
        return self.level + self.trend + self.seasonal


def choose_method(history: History, *, season: int) -> IntArray:
    """Method (N,) by length and share of zeros in open periods; choosing each series' own winner does worse."""
    return _method(history, closed_season(history, season=season), season=season)


def _method(history: History, closed: ClosedSeason, *, season: int) -> IntArray:
    values, length = history.values, history.length
    row = np.arange(len(values))[:, None]
    lived = row >= len(values) - length
    high = np.where(lived, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(lived, values, np.inf).min(axis=0, initial=np.inf)
    zeros = share_of_zeros(values, length)
    method = np.full(len(length), Method.COMBINATION, dtype=np.int64)
    method[length < POOL_SEASONS * season] = Method.SHARED_SEASON
    method[length < season] = Method.LEVEL
    method[(zeros > MOSTLY_ZEROS) & ~closed.item] = Method.COUNT
    method[high - low <= 1e-9 * np.abs(high)] = Method.CONSTANT
    method[length == 0] = Method.NO_HISTORY
    return method


def point_forecasts(
    history: History,
    *,
    season: int,
    horizon: int,
    group_index: Array,
    model: GlobalModel | None = None,
    trust: Array = UNPROVEN,
    growth: Array | None = None,
    step: tuple[Array, IntArray] | None = None,
) -> Points:
    """Forecast every series; ``group_index`` (S, N) by row position, 1 where nothing is shared.

    ``model`` adds the global member to series with the full pool, whose :data:`MEMBERS` weigh as ``trust`` (M,) says.
    ``growth`` (N,) a period, as a logarithm, is taken out of the history before it is fitted, and goes on ahead;
    so is a ``step``, its size (N,) as a logarithm and how many periods ago (N,) it was, which is over.
    """
    closed = closed_season(history, season=season)
    method = _method(history, closed, season=season)
    points = _unfitted(history, method, horizon=horizon)
    history, group_index = closed.bridged(history), closed.lent(group_index)
    rate = np.where(np.isin(method, SMOOTH), 0.0 if growth is None else growth, 0.0)
    history = levelled(history, rate)
    if step is not None:
        history = taken_out(history, np.where(np.isin(method, SMOOTH), step[0], 0.0), step[1])
    for columns, family in _blocks(history, method, season=season, trust=trust):
        part = history.at(columns)
        block = make_block(part, season=season)
        shared = _rows_of_block(group_index[:, columns], dropped=len(history.values) - len(part.values))
        with np.errstate(all="ignore"):  # candidates that overflow are dropped by the search and the guard
            members = family(block, group_index=shared, horizon=horizon)
        mean = _mean_path(block, members)
        if model is not None:
            earned = block.positive & (method[columns] == Method.COMBINATION)
            mean = _with_global(block, members, mean, model, earned)
            method[columns[earned]] = Method.COMBINATION_GLOBAL
        _enter(points, columns, block, members, mean)
    _grow(points, rate)
    if closed.item.any():
        _shut(points, closed.rows(len(history.values), horizon))
    return points


def _grow(points: Points, rate: Array) -> None:
    """Let growth of ``rate`` (N,) a period go on: the trend takes what it adds to the level, the season what it adds
    to itself."""
    factor = np.exp(rate * np.arange(1, len(points.trend) + 1)[:, None])
    points.trend[:] = (points.level + points.trend) * factor - points.level
    points.seasonal[:] *= factor
    points.members[:] *= factor


def _shut(points: Points, closed: BoolArray) -> None:
    """Write nothing into closed periods: the season takes away what level and trend say."""
    points.seasonal[closed] = -(points.level + points.trend)[closed]
    points.members[:, closed] = 0.0
    points.closed[closed] = True


def _unfitted(history: History, method: IntArray, *, horizon: int) -> Points:
    """Points before any block is fitted: nothing, and the last value where a history never moved."""
    shape = (horizon, len(method))
    last = history.values[-1] if len(history.values) else np.zeros(shape[1])
    return Points(
        level=np.repeat(np.where(method == Method.CONSTANT, last, 0.0)[None], horizon, axis=0),
        trend=np.zeros(shape),
        seasonal=np.zeros(shape),
        sigma=np.zeros(shape[1]),
        method=method,
        seasonal_weight=np.zeros(shape[1]),
        members=np.full((len(MEMBERS), *shape), np.nan),
        closed=np.zeros(shape, dtype=bool),
    )


def _enter(points: Points, columns: IntArray, block: Block, members: Members, mean: Array) -> None:
    """Write what a block was found to be into its columns, in units."""
    if set(MEMBERS) <= members.paths.keys():
        paths = [guard(members.paths[name], block) * block.scale for name in MEMBERS]
        points.members[:, :, columns] = paths
    parts = _parts(block, members, mean)
    points.level[:, columns], points.trend[:, columns], points.seasonal[:, columns] = parts
    points.sigma[columns] = members.sigma * block.scale
    learned = np.isin(points.method[columns], (Method.COMBINATION, Method.COMBINATION_GLOBAL))
    points.seasonal_weight[columns] = np.where(learned, 1.0, members.seasonal_weight)


def _blocks(
    history: History, method: IntArray, *, season: int, trust: Array
) -> list[tuple[IntArray, Family]]:
    """Columns in blocks of one family of methods and similar length."""
    length = history.length
    smooth = np.isin(method, SMOOTH)
    families: list[tuple[BoolArray, Family, int]] = [
        (smooth & (length <= season), fit_short, SHORT_BLOCK),
        (smooth & (length > season) & (length < MIXED_SEASONS * season), _fit_mixed, SHORT_BLOCK),
        (
            smooth & (length > season) & (length >= MIXED_SEASONS * season),
            partial(fit_growing if season == 1 else fit_members, trust=trust),
            BLOCK,
        ),
        (method == Method.COUNT, fit_counts, BLOCK),
    ]
    blocks = []
    for chosen, family, width in families:
        columns = np.flatnonzero(chosen)
        columns = columns[np.argsort(length[columns], kind="stable")]
        blocks += [(columns[i : i + width], family) for i in range(0, len(columns), width)]
    return blocks


def _rows_of_block(index: Array, *, dropped: int) -> FloatArray:
    """Index by the row positions of a block whose leading rows were dropped."""
    return np.roll(index, -dropped, axis=0).astype(np.float32)


def _fit_mixed(block: Block, *, group_index: FloatArray, horizon: int) -> Members:
    """The pool, tempered by the level under a shared season while history is short."""
    pool = fit_members(block, group_index=group_index, horizon=horizon)
    short = fit_short(block, group_index=group_index, horizon=horizon)
    beyond = block.weight - block.season
    share = beyond / (beyond + block.season / PATIENCE)
    mixed = share * _mean_path(block, pool) + (1 - share) * _mean_path(block, short)
    own = share * pool.seasonal_weight + (1 - share) * short.seasonal_weight
    one = np.ones_like(pool.level)
    return replace(pool, paths={"mixed": mixed}, weights={"mixed": one}, seasonal_weight=own)


def _mean_path(block: Block, members: Members) -> Array:
    """Weighted mean (H, B) of the guarded members."""
    parts = [members.weights[name] * guard(path, block) for name, path in members.paths.items()]
    return np.asarray(np.sum(parts, axis=0, dtype=np.float64))


def _with_global(block: Block, members: Members, mean: Array, model: GlobalModel, earned: BoolArray) -> Array:
    """The mean with a quarter from the global member, for the series that earned it."""
    if not earned.any():
        return mean
    ahead = members.index[:, earned]
    path = np.ones(mean.shape, dtype=np.float32)
    path[:, earned] = model.path(members.recent[:, earned], horizon=len(mean)) * ahead
    return np.where(earned, (1 - GLOBAL_SHARE) * mean + GLOBAL_SHARE * guard(path, block), mean)


def _parts(block: Block, members: Members, mean: Array) -> tuple[Array, Array, Array]:
    """Level, trend and season (H, B) in units of a mean path on the scale of the block.

    The season is what the sum of the others leaves of the mean, so that the parts never add up to less than nothing.
    """
    index = members.index.astype(np.float64)
    trendline = np.where(block.positive, mean / np.maximum(index, 1e-6), mean - index)
    level = np.repeat(np.maximum(members.level, 0).astype(np.float64)[None], len(mean), axis=0)
    level, trend = level * block.scale, (trendline - level) * block.scale
    return level, trend, mean * block.scale - (level + trend)


def guard(path: FloatArray, block: Block) -> FloatArray:
    """Clamp a path to what was ever seen plus three spans of it, never below zero; lost numbers to the mean."""
    high = np.where(block.lived, block.y, -np.inf).max(axis=0)
    low = np.where(block.lived, block.y, np.inf).min(axis=0)
    ceiling = high + SPANS * np.maximum(high - low, 0.1)
    return np.asarray(np.clip(np.where(np.isfinite(path), path, 1.0), 0, ceiling))
