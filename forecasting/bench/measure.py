"""How ``bench forecast`` measures: a figure beside its goals, and errors as forecasting contests weigh them."""

from dataclasses import dataclass

import numpy as np

from forecasting.bench.sets import Ragged
from forecasting.engine import Array, accuracy


@dataclass(frozen=True)
class Row:
    """One figure beside its goals; ``higher`` tells which way is better, NaN goals are for information."""

    name: str
    value: float
    goal_floor: float
    goal_ambition: float
    peer: str
    higher: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the floor is reached; None for a figure without a goal."""
        if np.isnan(self.goal_floor):
            return None
        return self.value >= self.goal_floor if self.higher else self.value <= self.goal_floor

    @property
    def goal(self) -> str:
        """Floor and ambition as far as there are any."""
        return " / ".join(
            f"{goal:.4g}" for goal in (self.goal_floor, self.goal_ambition) if not np.isnan(goal)
        )


def owa(mean: Array, data: Ragged) -> float:
    """Overall weighted average of sMAPE and MASE against Naive2 on the full history (M4 definition)."""
    season = data.season
    reference = np.array([naive2(series, len(data.test), season=season) for series in data.train]).T
    scale = np.array([np.abs(series[season:] - series[:-season]).mean() for series in data.train])
    ratios = [
        accuracy.smape(data.test, mean).mean() / accuracy.smape(data.test, reference).mean(),
        (np.abs(mean - data.test).mean(axis=0) / scale).mean()
        / (np.abs(reference - data.test).mean(axis=0) / scale).mean(),
    ]
    return float(np.mean(ratios))


def naive2(series: Array, horizon: int, *, season: int = 12) -> Array:
    """Last value, seasonally adjusted by classical ratios where the autocorrelation test at 90 % finds season."""
    ahead = np.arange(horizon)
    if len(series) < 3 * season or (series <= 0).any() or not _seasonal(series, season=season):
        return np.repeat(series[-1], horizon)
    window = (np.ones(season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5]) / season
    ratio = series[season // 2 : len(series) - season // 2] / np.convolve(series, window, "valid")
    position = np.arange(season // 2, len(series) - season // 2) % season
    index = np.array([ratio[position == p].mean() for p in range(season)])
    index /= index.mean()
    return np.asarray(series[-1] / index[(len(series) - 1) % season] * index[(len(series) + ahead) % season])


def _seasonal(series: Array, *, season: int) -> bool:
    centred = series - series.mean()
    power = max(float((centred**2).sum()), 1e-30)
    lags = [float((centred[k:] * centred[:-k]).sum()) / power for k in range(1, season + 1)]
    limit = 1.645 * np.sqrt((1 + 2 * sum(r**2 for r in lags[:-1])) / len(series))
    return bool(abs(lags[-1]) > limit)
