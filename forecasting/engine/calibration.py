"""What is learned once from all series and then shared by every chunk of them."""

import io
from dataclasses import dataclass

import numpy as np

from .arrays import Array, History, IntArray, clean_history
from .counts import MOSTLY_ZEROS, share_of_zeros
from .global_member import GlobalModel, train
from .intervals import Scores, class_of, measure
from .points import Points, choose_method, point_forecasts
from .seasonality import SMALLEST_LINE, line_through

TAUGHT_BY = 4_000
SCORED = 600  # series of each interval class
FEWEST_IN_GROUP = 3
MEDIAN_NOISE = 1.57  # variance of a median over that of a mean
MIXED_GROUP = 0.1  # a season worth less than a tenth of the spread within its group is hardly lent


@dataclass(frozen=True)
class Calibration:
    """Shared season of each group (S, K) by calendar position, the scores behind the intervals, and the ``trust``
    (M,) in each member of the pool."""

    season: int
    group_ids: IntArray
    group_index: Array
    scores: Scores
    trust: Array
    model: GlobalModel | None = None

    def index_of(self, groups: IntArray | None, phase: IntArray, *, rows: int) -> Array:
        """Group index (S, N) by row position of a history of ``rows`` periods; 1 for an unknown group."""
        kind = np.zeros(len(phase), dtype=np.int64) if groups is None else groups
        return index_by_row(self.group_ids, self.group_index, kind, phase, rows=rows)

    def to_bytes(self) -> bytes:
        """Everything as one byte string, to hand to another process; no code is stored in it."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            season=self.season,
            ids=self.group_ids,
            index=self.group_index,
            scores=self.scores.table,
            usual=self.scores.usual,
            trust=self.trust,
            coefficients=self.model.coefficients if self.model else np.empty((0, 0)),
            trees=np.array(self.model.trees if self.model else ""),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Calibration":
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            learned = GlobalModel(coefficients=stored["coefficients"], trees=str(stored["trees"]))
            return cls(
                season=int(stored["season"]),
                group_ids=stored["ids"],
                group_index=stored["index"],
                scores=Scores(table=stored["scores"], usual=float(stored["usual"])),
                trust=stored["trust"],
                model=learned if learned.coefficients.size else None,
            )


def index_by_row(ids: IntArray, index: Array, groups: IntArray, phase: IntArray, *, rows: int) -> Array:
    """Group index (S, N) by row position (row % season) of a history of ``rows`` periods; 1 if unknown."""
    position = (np.arange(len(index))[:, None] + phase - rows) % len(index)
    if not len(ids):
        return np.ones(position.shape)
    place = np.minimum(np.searchsorted(ids, groups), len(ids) - 1)
    return np.where(ids[place] == groups, index[position, place], 1.0)


def calibrate(
    history: Array,
    first: IntArray | None = None,
    *,
    season: int = 12,
    horizon: int = 18,
    groups: IntArray | None = None,
    phase: IntArray | None = None,
    seed: int = 0,
) -> Calibration:
    """Learn category seasons and interval widths from all series (T, N); arguments as for forecast()."""
    clean = clean_history(history, first, season=season)
    return calibrate_history(clean, season=season, horizon=horizon, groups=groups, phase=phase, seed=seed)


def calibrate_history(
    history: History,
    *,
    season: int,
    horizon: int,
    groups: IntArray | None,
    phase: IntArray | None,
    seed: int = 0,
) -> Calibration:
    """The same from a cleaned history: from the series of each interval class, at most `SCORED` drawn by `seed`."""
    count = len(history.length)
    place = np.zeros(count, dtype=np.int64) if phase is None else phase
    kind = np.zeros(count, dtype=np.int64) if groups is None else groups
    ids, index = group_seasons(history, kind, place, season=season)
    interval_class = class_of(choose_method(history, season=season))
    classes = [
        _sample(np.flatnonzero(interval_class == k), SCORED, seed=seed) for k in np.unique(interval_class)
    ]
    chosen = np.sort(np.concatenate([*classes, np.empty(0, dtype=np.int64)]))

    def forecaster(earlier: History, columns: IntArray, back: IntArray) -> Points:
        series = chosen[columns]
        shared = index_by_row(ids, index, kind[series], place[series] - back, rows=len(earlier.values))
        return point_forecasts(earlier, season=season, horizon=horizon, group_index=shared)

    part = History(values=history.values[:, chosen], length=history.length[chosen])
    scores, trust = measure(part, season=season, horizon=horizon, forecaster=forecaster)
    taught = _sample(np.arange(count), TAUGHT_BY, seed=seed)
    lesson = History(values=history.values[:, taught], length=history.length[taught])
    model = train(lesson, season=season, horizon=horizon, seed=seed)
    return Calibration(
        season=season, group_ids=ids, group_index=index, scores=scores, trust=trust, model=model
    )


def group_seasons(
    history: History, groups: IntArray, phase: IntArray, *, season: int
) -> tuple[IntArray, Array]:
    """Seasonal ratios (S, K) of each group: the median over its series, each weighing the same.

    The median keeps a few strongly seasonal series from lending their season to the rest; it is trusted as
    far as the spread between the series allows.
    """
    ids = np.unique(groups)
    index = np.ones((season, len(ids)))
    own = _season_ratios(history, phase, season=season)
    # Rare demand is forecast without a season; its median month is empty and would divide by zero.
    frequent = share_of_zeros(history.values, history.length) <= MOSTLY_ZEROS
    known = np.isfinite(own).all(axis=0) & frequent
    for k, group in enumerate(ids):
        found = own[:, (groups == group) & known]
        if found.shape[1] >= FEWEST_IN_GROUP:
            middle = np.median(found, axis=1)
            middle /= middle.mean()
            index[:, k] = 1 + _trust(found, middle) * (middle - 1)
    return ids, index


def _trust(found: Array, middle: Array) -> float:
    """How far a group's median season is that of its series: little where they differ far more than it says."""
    quartile = np.subtract(*np.percentile(found, [75, 25], axis=1)) / 1.349
    spread, signal = float((quartile**2).mean()), float(middle.var())
    sampled = max(1 - MEDIAN_NOISE * spread / found.shape[1] / max(signal, 1e-12), 0.0)
    return float(sampled * signal / max(signal + MIXED_GROUP * spread, 1e-12))


def _season_ratios(history: History, phase: IntArray, *, season: int) -> Array:
    """Mean ratio (S, N) to each season's line over up to three last seasons, by calendar position.

    The line follows the growth from season to season, because a common growth would pass for a season; below
    two seasons that of a straight history. NaN without one full season.
    """
    values, length = history.values, history.length
    cuts = [len(values) - back * season for back in range(min(3, len(values) // season))]
    years = np.minimum(length // season, len(cuts))
    means = [values[end - season : end].mean(axis=0) for end in cuts]
    oldest = np.choose(np.maximum(years - 1, 0), means) if means else np.zeros(len(length))
    newest = means[0] if means else oldest
    straight = line_through(values, length)
    slope = np.where(
        years < 2, straight.growth * straight.slope, (newest - oldest) / (np.maximum(years - 1, 1) * season)
    )
    middle = np.arange(season)[:, None] - (season - 1) / 2
    total = np.zeros((season, len(length)))
    for back, (end, mean) in enumerate(zip(cuts, means, strict=True)):
        line = np.maximum(mean + slope * middle, SMALLEST_LINE * mean)
        use = (years > back) & (mean > 0)
        total += np.where(use, values[end - season : end] / np.where(line > 0, line, 1.0), 0.0)
    found = np.where(total.sum(axis=0) > 0, total, np.nan)
    found = found / found.mean(axis=0)
    return np.take_along_axis(found, (np.arange(season)[:, None] - phase) % season, axis=0)


def _sample(columns: IntArray, size: int, *, seed: int) -> IntArray:
    """A reproducible sample of columns, in order."""
    if len(columns) <= size:
        return columns
    return np.sort(np.random.default_rng(seed).choice(columns, size, replace=False))
