"""Which forecasts are made again at earlier origins, to see by how much forecasts of their kind miss."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, History, IntArray
from .results import Method

FEWEST_SERIES = 60
STAND_INS = 150  # at least so many longer series cut short, where there are as many
MOST_ORIGINS = 24
SHORTEST_TRIAL = 6  # periods that a trial looks back and ahead at least, however few a year has
LONG, YOUNG, SHORT, COUNT = range(4)
CLASSES = COUNT + 1
CLASS_OF_METHOD = {
    Method.COMBINATION: LONG,
    Method.COMBINATION_GLOBAL: LONG,
    Method.SEASONAL_NAIVE: LONG,
    Method.LEVEL: YOUNG,
    Method.SHARED_SEASON: SHORT,
    Method.COUNT: COUNT,
}


def class_of(method: IntArray) -> IntArray:
    """Class of errors (N,) that a method belongs to."""
    table = np.full(len(Method), SHORT, dtype=np.int64)
    for known, number in CLASS_OF_METHOD.items():
        table[known] = number
    return table[method]


@dataclass(frozen=True)
class Trials:
    """Forecasts to make again, (M,) each: of which column, how many periods back, for which class.

    ``most`` is the number of periods that the forecast may look at.
    """

    column: IntArray
    back: IntArray
    kind: IntArray
    most: IntArray

    def past(self, history: History) -> History:
        """Each trial's history as it stood then, side by side, so that all origins are forecast in one go."""
        values = history.values
        row = np.arange(len(values))[:, None] - self.back
        length = np.minimum(history.length[self.column] - self.back, self.most)
        lived = row >= len(values) - self.back - length
        return History(values=np.where(lived, values[row, self.column], 0.0), length=length)


def find_trials(history: History, kind: IntArray, *, season: int) -> Trials:
    """Choose the trials for series of classes ``kind`` (N,)."""
    short = np.isin(kind, (YOUNG, SHORT))
    found = [
        *_back_a_season(history, kind == LONG, LONG, season=season),
        *_back_a_season(history, kind == COUNT, COUNT, season=season),
        _within_short(history, short, season=season),
        *_stand_ins(history, kind, season=season),
    ]
    return Trials(
        column=np.concatenate([trial.column for trial in found]),
        back=np.concatenate([trial.back for trial in found]),
        kind=np.concatenate([trial.kind for trial in found]),
        most=np.concatenate([trial.most for trial in found]),
    )


def _of(column: IntArray, back: IntArray | int, kind: int, *, most: int) -> Trials:
    every = np.ones_like(column)
    return Trials(column=column, back=every * back, kind=every * kind, most=every * most)


def _back_a_season(history: History, member: BoolArray, kind: int, *, season: int) -> Iterator[Trials]:
    """A season back and more, each half a season beyond the first; few series are tried at more origins."""
    first = max(season, SHORTEST_TRIAL)
    for back in _spread_out(first, series=int(member.sum()), season=season):
        left = history.length - back
        enough = left >= np.maximum(np.where(history.length >= 4 * season, 3, 2) * season, SHORTEST_TRIAL)
        yield _of(np.flatnonzero(member & enough), back, kind, most=len(history.values))


def _spread_out(first: int, *, series: int, season: int) -> list[int]:
    """Periods back of each origin, half a season and more beyond the first; few series are tried at more."""
    origins = int(np.clip(np.ceil(2 * FEWEST_SERIES / max(series, 1)), 2, MOST_ORIGINS))
    return sorted(
        {int(back) for back in np.linspace(first, first + max(season // 2, 1) + origins - 2, origins)}
    )


def _within_short(history: History, member: BoolArray, *, season: int) -> Trials:
    """Series of less than three seasons at half their length, and where they had just lived a first season, or half of
    what they have lived since: what is forecast with a season of its own misses otherwise than what is not.
    """
    column = np.flatnonzero(member & (history.length >= 3))
    length = history.length[column]
    half = np.minimum(length // 2, season)
    beyond = np.clip(length - season, 0, season)
    backs = np.sort([half, beyond, -(-beyond // 2)], axis=0)
    new = np.diff(backs, axis=0, prepend=0) > 0
    place = np.nonzero(new)[1]
    return _of(column[place], backs[new], SHORT, most=len(history.values))


def _stand_ins(history: History, kind: IntArray, *, season: int) -> Iterator[Trials]:
    """Longer series cut short, where hardly any are short by themselves."""
    longer = np.flatnonzero(history.length >= 3 * season)
    longer = longer[:: max(len(longer) // STAND_INS, 1)]
    for short, most in ((YOUNG, max(season // 2, 1)), (SHORT, season + season // 2)):
        if (kind == short).sum() < FEWEST_SERIES:
            yield _of(longer, season, short, most=most)
