"""What is learned once from all series and then shared by every chunk of them."""

import io
from dataclasses import dataclass, fields

import numpy as np

from .arrays import Array, History, IntArray, Panel, read_panel
from .common_growth import MEDIAN_NOISE, CommonGrowth, common_growth, levelled
from .common_step import CommonStep, common_step, taken_out
from .counts import MOSTLY_ZEROS, share_of_zeros
from .global_member import GlobalModel, train
from .intervals import Scores, measure
from .points import Points, choose_method, point_forecasts
from .pool import UNPROVEN
from .seasonality import SMALLEST_LINE, line_through
from .trials import class_of

TAUGHT_BY = 4_000
SCORED = 600  # series of each interval class
FEWEST_IN_GROUP = 3
MIXED_GROUP = 0.1  # a season worth less than a tenth of the spread within its group is hardly lent


@dataclass(frozen=True)
class Shared:
    """What the series of a group share: their growth, a step, and their season ``index`` (S, K) by calendar position.

    ``lent`` (K,) is how far, from 0 to 1, the season of the group is that of its series.
    """

    growth: CommonGrowth
    step: CommonStep
    index: Array
    lent: Array

    def by_row(self, groups: IntArray, phase: IntArray, *, rows: int) -> Array:
        """Season (S, N) by row position (row % season) of a history of ``rows`` periods; 1 for an unknown group."""
        position = (np.arange(len(self.index))[:, None] + phase - rows) % len(self.index)
        known = np.column_stack(
            [self.index, np.ones(len(self.index))]
        )  # an unknown group's is the last, at -1
        return np.asarray(known[position, self.growth.place(groups)])

    def untold(self, groups: IntArray, length: IntArray) -> Array:
        """Doubt about growth (N,), as a share a year, that a season lent by the group may hide in a history of
        ``length`` (N,): all of it after one season, none after two or without any."""
        hidden = np.maximum(1 - np.abs(length / len(self.index) - 1), 0)
        doubt = np.append(self.growth.doubt * self.lent, 0.0)  # none for an unknown group, at -1
        return np.asarray(hidden * doubt[self.growth.place(groups)])


def learn_shared(panel: Panel) -> Shared:
    """Learn what the series of each group share; the growth without the step, the season without both."""
    season = panel.season
    step = common_step(panel.history, panel.groups, season=season)
    history = taken_out(panel.history, *step.of(panel.groups, panel.history.length, season=season))
    growth = common_growth(history, panel.groups, season=season)
    rate = growth.rates(panel.groups, history.length, season=season)
    index, lent = group_seasons(levelled(history, rate), panel.groups, panel.phase, season=season)
    return Shared(growth=growth, step=step, index=index, lent=lent)


def points_of(
    panel: Panel,
    shared: Shared,
    *,
    horizon: int,
    model: GlobalModel | None = None,
    trust: Array = UNPROVEN,
    back: IntArray | int = 0,
) -> Points:
    """Forecast every series with what its group shares; ``model`` and ``trust`` (M,) as for point_forecasts().

    ``back`` (N,) is how many periods the panel lies before the end of what ``shared`` was learned from.
    """
    size, ago = shared.step.of(panel.groups, panel.history.length + back, season=panel.season)
    return point_forecasts(
        panel.history,
        season=panel.season,
        horizon=horizon,
        group_index=shared.by_row(panel.groups, panel.phase, rows=len(panel.history.values)),
        model=model,
        trust=trust,
        growth=shared.growth.rates(panel.groups, panel.history.length, season=panel.season),
        step=(np.where(ago > back, size, 0.0), ago - back),
    )


@dataclass(frozen=True)
class Calibration:
    """What groups share, the scores behind the intervals, and the ``trust`` (M,) in each member of the pool."""

    season: int
    shared: Shared
    scores: Scores
    trust: Array
    model: GlobalModel | None = None

    def to_bytes(self) -> bytes:
        """Everything as one byte string, to hand to another process; no code is stored in it."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            season=self.season,
            **{f"growth_{name}": value for name, value in vars(self.shared.growth).items()},
            **{f"step_{name}": value for name, value in vars(self.shared.step).items()},
            index=self.shared.index,
            lent=self.shared.lent,
            **{f"score_{name}": value for name, value in vars(self.scores).items()},
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
                shared=Shared(
                    growth=CommonGrowth(**{f.name: stored[f"growth_{f.name}"] for f in fields(CommonGrowth)}),
                    step=CommonStep(**{f.name: stored[f"step_{f.name}"] for f in fields(CommonStep)}),
                    index=stored["index"],
                    lent=stored["lent"],
                ),
                scores=Scores(**{f.name: stored[f"score_{f.name}"] for f in fields(Scores)}),
                trust=stored["trust"],
                model=learned if learned.coefficients.size else None,
            )


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
    """Learn category growth, seasons and interval widths from all series (T, N); arguments as for forecast()."""
    panel = read_panel(history, first, season=season, groups=groups, phase=phase)
    return calibrate_panel(panel, horizon=horizon, seed=seed)


def calibrate_panel(panel: Panel, *, horizon: int, seed: int = 0) -> Calibration:
    """The same from a clean panel: from the series of each interval class, at most `SCORED` drawn by `seed`."""
    season = panel.season
    shared = learn_shared(panel)
    classes = class_of(choose_method(panel.history, season=season))
    drawn = [_sample(np.flatnonzero(classes == k), SCORED, seed=seed) for k in np.unique(classes)]
    scored = panel.at(np.sort(np.concatenate([*drawn, np.empty(0, dtype=np.int64)])))

    def forecaster(earlier: History, columns: IntArray, back: IntArray) -> Points:
        then = Panel(earlier, scored.groups[columns], scored.phase[columns] - back, season)
        return points_of(then, shared, horizon=horizon, back=back)

    scores, trust = measure(scored.history, season=season, horizon=horizon, forecaster=forecaster)
    lesson = panel.at(_sample(np.arange(len(classes)), TAUGHT_BY, seed=seed))
    model = train(lesson.history, season=season, horizon=horizon, seed=seed)
    return Calibration(season=season, shared=shared, scores=scores, trust=trust, model=model)


def group_seasons(history: History, groups: IntArray, phase: IntArray, *, season: int) -> tuple[Array, Array]:
    """Seasonal ratios (S, K) of each group, in order: the median over its series, each weighing the same.

    The median keeps a few strongly seasonal series from lending their season to the rest; it is trusted as
    far as the spread between the series allows: by the second array (K,), from 0 to 1.
    """
    ids = np.unique(groups)
    index, trust = np.ones((season, len(ids))), np.zeros(len(ids))
    own = _season_ratios(history, phase, season=season)
    # Rare demand is forecast without a season; its median month is empty and would divide by zero.
    frequent = share_of_zeros(history.values, history.length) <= MOSTLY_ZEROS
    known = np.isfinite(own).all(axis=0) & frequent
    for k, group in enumerate(ids):
        found = own[:, (groups == group) & known]
        if found.shape[1] >= FEWEST_IN_GROUP:
            middle = np.median(found, axis=1)
            middle /= middle.mean()
            trust[k] = _trust(found, middle)
            index[:, k] = 1 + trust[k] * (middle - 1)
    return index, trust


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
