"""Point forecasts of any mix of series: choose the pool by length and zeros, fit in blocks, combine, guard."""

from dataclasses import dataclass

import numpy as np

from .arrays import Array, FloatArray, History, IntArray
from .block import Block, make_block
from .counts import MOSTLY_ZEROS, fit_counts, share_of_zeros
from .pool import Members, fit_members
from .results import Method
from .short import fit_short

BLOCK = 512
POOL_SEASONS = 2  # whole seasons from which a series earns the pool
SPANS = 3.0


@dataclass(frozen=True)
class Points:
    """Mean and parts (H, N) in units, one-step error ``sigma`` (N,), method and own seasonal share (N,)."""

    level: Array
    trend: Array
    seasonal: Array
    sigma: Array
    method: IntArray
    seasonal_weight: Array

    @property
    def mean(self) -> Array:
        return self.level + self.trend + self.seasonal


def choose_method(history: History, *, season: int) -> IntArray:
    """Method (N,) by length and share of zeros alone; choosing each series' own winner does worse."""
    values, length = history.values, history.length
    row = np.arange(len(values))[:, None]
    lived = row >= len(values) - length
    high = np.where(lived, values, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(lived, values, np.inf).min(axis=0, initial=np.inf)
    zeros = share_of_zeros(values, length)
    method = np.full(len(length), Method.COMBINATION, dtype=np.int64)
    method[length < POOL_SEASONS * season] = Method.SHARED_SEASON
    method[length < season] = Method.LEVEL
    method[zeros > MOSTLY_ZEROS] = Method.COUNT
    method[high - low <= 1e-9 * np.abs(high)] = Method.CONSTANT
    method[length == 0] = Method.NO_HISTORY
    return method


def point_forecasts(history: History, *, season: int, horizon: int, group_index: Array) -> Points:
    """Forecast every series; ``group_index`` (S, N) by row position, 1 where nothing is shared."""
    method = choose_method(history, season=season)
    shape = (horizon, len(method))
    level, trend, seasonal = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    sigma, weight = np.zeros(shape[1]), np.zeros(shape[1])
    last = history.values[-1] if len(history.values) else np.zeros(shape[1])
    constant = method == Method.CONSTANT
    level[:, constant] = last[constant]
    for columns in _blocks(history, method):
        part = history.at(columns)
        block = make_block(part, season=season)
        shared = _rows_of_block(group_index[:, columns], dropped=len(history.values) - len(part.values))
        members = _fit(block, Method(int(method[columns[0]])), group_index=shared, horizon=horizon)
        parts = _parts(block, members)
        level[:, columns], trend[:, columns], seasonal[:, columns] = parts
        sigma[columns], weight[columns] = members.sigma * block.scale, members.seasonal_weight
    return Points(
        level=level, trend=trend, seasonal=seasonal, sigma=sigma, method=method, seasonal_weight=weight
    )


def _blocks(history: History, method: IntArray) -> list[IntArray]:
    """Columns in blocks of one family of methods and similar length."""
    blocks: list[IntArray] = []
    short = np.isin(method, (Method.LEVEL, Method.SHARED_SEASON))
    for family in (method == Method.COMBINATION, short, method == Method.COUNT):
        columns = np.flatnonzero(family)
        columns = columns[np.argsort(history.length[columns], kind="stable")]
        blocks += [columns[i : i + BLOCK] for i in range(0, len(columns), BLOCK)]
    return blocks


def _rows_of_block(index: Array, *, dropped: int) -> FloatArray:
    """Index by the row positions of a block whose leading rows were dropped."""
    return np.roll(index, -dropped, axis=0).astype(np.float32)


def _fit(block: Block, method: Method, *, group_index: FloatArray, horizon: int) -> Members:
    if method is Method.COMBINATION:
        return fit_members(block, horizon=horizon)
    if method is Method.COUNT:
        return fit_counts(block, horizon=horizon)
    return fit_short(block, group_index=group_index, horizon=horizon)


def _parts(block: Block, members: Members) -> tuple[Array, Array, Array]:
    """Level, trend and season (H, B) in units; their sum is the guarded mean of the members."""
    guarded = [guard(path, block) for path in members.paths.values()]
    mean = np.mean(guarded, axis=0, dtype=np.float64)
    index = members.index.astype(np.float64)
    trendline = np.where(block.positive, mean / np.maximum(index, 1e-6), mean - index)
    level = np.repeat(np.maximum(members.level, 0).astype(np.float64)[None], len(mean), axis=0)
    level, trend, seasonal = level, trendline - level, mean - trendline
    return level * block.scale, trend * block.scale, seasonal * block.scale


def guard(path: FloatArray, block: Block) -> FloatArray:
    """Clamp a path to what was ever seen plus three spans of it, never below zero; lost numbers to the mean."""
    high = np.where(block.lived, block.y, -np.inf).max(axis=0)
    low = np.where(block.lived, block.y, np.inf).min(axis=0)
    ceiling = high + SPANS * np.maximum(high - low, 0.1)
    return np.asarray(np.clip(np.where(np.isfinite(path), path, 1.0), 0, ceiling))
