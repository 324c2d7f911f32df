"""A step of level that all items of a group share, such as a new customer or another price, is no growth."""

from dataclasses import dataclass

import numpy as np

from .arrays import Array, BoolArray, History, IntArray
from .common_growth import FEWEST_SERIES, MEDIAN_NOISE, UNKNOWN, USUAL_MISS, USUAL_PERIODS, leaning

WINDOW = 2  # seasons of ratios to the season before that are looked at
FEWEST_PERIODS = 2  # on either side of a step
CLEAR = 9.0  # times its variance: three standard deviations
SHARP = 0.9  # of what the ratios differ by must be the step; what drifts is none


@dataclass(frozen=True)
class CommonStep:
    """Step ``size`` (K,) of each group in ``ids`` (K,), as a logarithm, 0 where there is none; its new level began
    ``ago`` (K,) periods before the end."""

    ids: IntArray
    size: Array
    ago: IntArray

    def of(self, groups: IntArray, length: IntArray, *, season: int) -> tuple[Array, IntArray]:
        """Size and age (N,) of the step in histories of ``length`` (N,); it counts as far as they lean on their group."""
        place = np.minimum(np.searchsorted(self.ids, groups), max(len(self.ids) - 1, 0))
        known = self.ids[place] == groups if len(self.ids) else np.zeros(len(groups), dtype=bool)
        if not known.any():
            return np.zeros(len(groups)), np.zeros(len(groups), dtype=np.int64)
        within = known & (self.ago[place] < length)
        size = np.where(within, self.size[place], 0.0) * leaning(length, season=season)
        return size, np.where(within, self.ago[place], 0)


def taken_out(history: History, size: Array, ago: IntArray) -> History:
    """The history as if it had always stood where steps of ``size`` (N,), ``ago`` (N,) periods before its end, left it."""
    if not size.any():
        return history
    rows = len(history.values)
    before = np.arange(rows)[:, None] < rows - ago
    return History(values=history.values * np.exp(np.where(before, size, 0.0)), length=history.length)


def common_step(history: History, groups: IntArray, *, season: int) -> CommonStep:
    """Find the step of each group (``groups`` (N,)) in the median ratios of periods to those of a season before.

    Growth holds these ratios up for good, a step for one season. It must explain nearly all that the ratios
    differ by, beyond the noise of medians. A step that holds throughout the ratios seen cannot be told from growth.
    """
    ids = np.unique(groups)
    size, ago = np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int64)
    rows = len(history.values)
    back = min(WINDOW * season, rows - season) if season > 1 else 0
    if back >= 2 * FEWEST_PERIODS:
        single, frequent = _ratios(history, back, season=season)
        for k, group in enumerate(ids):
            own = single[:, frequent & (groups == group)]
            own = own[:, np.isfinite(own).any(axis=0)]
            told = np.flatnonzero(np.isfinite(own).sum(axis=1) >= FEWEST_SERIES)
            if len(told) > 2 * FEWEST_PERIODS:
                size[k], begins = _best_step(own[told], told, season=season)
                ago[k] = back - begins
    return CommonStep(ids=ids, size=size, ago=np.where(size != 0, ago, 0))


def _ratios(history: History, back: int, *, season: int) -> tuple[Array, BoolArray]:
    """Log ratios (back, N) to the season before, NaN where unknown, and which series (N,) sell often enough to tell."""
    values, rows = history.values, len(history.values)
    newer, older = values[rows - back :], values[rows - back - season : rows - season]
    seen = np.arange(back)[::-1, None] < np.clip(history.length - season - 1, 0, back)
    both = seen & (newer > 0) & (older > 0)
    single = np.log(np.where(both, newer, 1.0)) - np.log(np.where(both, older, 1.0))
    return np.where(both, single, np.nan), 2 * both.sum(axis=0) > seen.sum(axis=0)


def _best_step(own: Array, told: IntArray, *, season: int) -> tuple[float, int]:
    """Size of the step that ratios ``own`` (P, M) at rows ``told`` (P,) show best, 0 for none, and the row it begins in.

    Least squares of a constant growth and a step that leaves the ratios after a season; of steps that tell as much
    the one beside the smallest growth.
    """
    path = np.nanmedian(own, axis=1)
    begins = np.arange(1 - season, int(told[-1]) + 1)
    stepped = (told[:, None] >= begins) & (told[:, None] < begins + season)
    held = stepped.sum(axis=0)
    possible = np.minimum(held, len(told) - held) >= FEWEST_PERIODS
    if not possible.any():
        return 0.0, 0
    gap = path - path.mean()
    mean = stepped.mean(axis=0)
    power = np.maximum(((stepped - mean) ** 2).sum(axis=0), 1e-9)
    size = (stepped - mean).T @ gap / power
    gain, whole = np.where(possible, size**2 * power, 0.0), float((gap**2).sum())
    left = whole - gain
    freedom = USUAL_PERIODS + max(len(told) - 3, 0)
    variance = (USUAL_PERIODS * USUAL_MISS**2 + left.min()) / freedom + _sampled(own)
    unlikely = left / variance + ((path.mean() - size * mean) / UNKNOWN) ** 2
    best = int(np.where(possible, unlikely, np.inf).argmin())
    clear = gain[best] / variance
    if clear <= CLEAR or gain[best] < SHARP * whole:
        return 0.0, 0
    return float(size[best] * (1 - CLEAR / clear)), int(begins[best])


def _sampled(own: Array) -> float:
    """Variance of the median of each row of ratios (P, M), their mean."""
    low, high = np.nanpercentile(own, [25, 75], axis=1)
    return float((MEDIAN_NOISE * ((high - low) / 1.349) ** 2 / np.isfinite(own).sum(axis=1)).mean())
