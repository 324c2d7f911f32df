"""What the engine hands back: plain frozen records of arrays."""

from dataclasses import dataclass
from enum import IntEnum

from .arrays import Array, BoolArray, IntArray


class Method(IntEnum):
    """How a series was forecast; stored as a small integer."""

    NO_HISTORY = 0
    LEVEL = 1
    SHARED_SEASON = 2
    COMBINATION = 3
    COMBINATION_GLOBAL = 4
    COUNT = 5
    SEASONAL_NAIVE = 6
    CONSTANT = 7

    @property
    def label(self) -> str:
        return METHOD_LABELS[self]


METHOD_LABELS = {
    Method.NO_HISTORY: "No history yet",
    Method.LEVEL: "Level with the category's season",
    Method.SHARED_SEASON: "Level with own and category season",
    Method.COMBINATION: "Combination of smoothing and Theta methods",
    Method.COMBINATION_GLOBAL: "Combination with a model learned from all series",
    Method.COUNT: "Count model for rare demand",
    Method.SEASONAL_NAIVE: "Seasonal naive: same period last year",
    Method.CONSTANT: "Constant history repeated",
}


@dataclass(frozen=True)
class Forecast:
    """Forecast of N series over H periods, in the units of the history; all finite, none negative.

    ``mean`` (H, N) equals ``level + trend + seasonal`` exactly as evaluated in that order. ``lower`` and
    ``upper`` (L, H, N) bound the central interval of each of the L ``levels`` (per cent).
    ``method`` (N,) holds :class:`Method` values; ``seasonal_weight`` (N,) is the share of the series' own
    seasonal index in the one used, the rest being its category's (1 from three seasons on: learned from
    itself; 0 borrowed or none). ``begins`` (N,) is the row of the history from which on it counted: later than the
    first one where a lasting break of level started anew. ``growth`` (N,) is the share a year (0.1 is ten per cent) by
    which a series grows because its group does, ``step`` (N,) that by which its level stepped with its group, from row
    ``stepped`` (N,) on. ``error`` (H, N) is the standard deviation of the error of the first 1, 2, ... periods together,
    as of a month without season.
    """

    mean: Array
    lower: Array
    upper: Array
    levels: tuple[int, ...]
    level: Array
    trend: Array
    seasonal: Array
    method: IntArray
    seasonal_weight: Array
    begins: IntArray
    growth: Array
    step: Array
    stepped: IntArray
    error: Array

    def bounds(self, level: int) -> tuple[Array, Array]:
        """Lower and upper bound (H, N) of one level; ValueError names the levels there are."""
        if level not in self.levels:
            raise ValueError(f"no {level} % interval was computed; choose one of {self.levels}")
        index = self.levels.index(level)
        return self.lower[index], self.upper[index]


@dataclass(frozen=True)
class Backtest:
    """Forecasts as they would have been made at earlier origins, beside what then happened.

    All of shape (O, L, N): origin o lies ``o + 1`` periods before the end of the history, lag l forecasts
    ``l + 1`` periods ahead; NaN where the target lies beyond the history or the series was too young.
    ``pool`` is the engine's forecast, ``naive`` the seasonal naive one, ``actual`` the history.
    ``origins`` is the number of newest complete origins over which figures are taken. ``seasons`` (N,) is true
    where even the oldest of them had a whole season before it: else naive was the last value there. ``length``
    (N,) is how many periods of history there are now.
    """

    pool: Array
    naive: Array
    actual: Array
    origins: int
    seasons: BoolArray
    length: IntArray
