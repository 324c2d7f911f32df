"""One model learned from all series at once: gradient-boosted trees on scaled, deseasonalised recent history.

Where some hundred series exist it sees what no single history shows: how levels and trends like this one went
on elsewhere. Source: the global members of the M4 and M5 winners; here lags of the last season only.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .arrays import Array, FloatArray, History
from .block import make_block
from .pool import deseasonalise

FEWEST_SERIES = 300
FEWEST_WINDOWS = 1_000
MOST_ORIGINS = 8
ROUNDS = 120
LARGEST_CHANGE = 2.0  # log change beyond which a window teaches nothing
SMALLEST = 1e-6
SETTINGS = {
    "objective": "l1",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True)
class GlobalModel:
    """A trained model as text, with the horizon it was trained for."""

    text: str
    horizon: int

    @cached_property
    def _booster(self) -> Any:
        import lightgbm  # loads slowly, so only where a model is used

        return lightgbm.Booster(model_str=self.text)

    def path(self, recent: FloatArray, *, horizon: int) -> FloatArray:
        """Forecast (H, B) from the last deseasonalised season (S, B); the last step repeats past its horizon."""
        lags, level = _scaled(recent)
        learned = min(horizon, self.horizon)
        change = self._booster.predict(_features(lags, learned), num_threads=1)
        path = np.exp(np.asarray(change).reshape(-1, learned).T + level)
        repeated = np.repeat(path[-1:], horizon - learned, axis=0)
        return np.concatenate([path, repeated]).astype(np.float32)


def train(history: History, *, season: int, horizon: int, seed: int = 0) -> GlobalModel | None:
    """Learn from every window of the history; None where there are too few series or windows."""
    values, length = history.values, history.length
    positive = (np.where(_lived(history), values, 1.0) > 0).all(axis=0)
    columns = np.flatnonzero(positive & (length >= max(4 * season, season + horizon)))
    if len(columns) < FEWEST_SERIES or season < 2:
        return None
    chosen = History(values=values[:, columns], length=length[columns])
    lags, changes = _windows(_without_season(chosen, season=season), chosen, season=season, horizon=horizon)
    if len(lags) < FEWEST_WINDOWS:
        return None
    import lightgbm  # loads slowly, so only where a model is trained

    target = np.clip(changes.ravel(), -LARGEST_CHANGE, LARGEST_CHANGE)
    data = lightgbm.Dataset(_features(lags, horizon), target)
    booster = lightgbm.train({**SETTINGS, "seed": seed}, data, ROUNDS)
    return GlobalModel(text=booster.model_to_string(), horizon=horizon)


def _lived(history: History) -> Array:
    return np.asarray(np.arange(len(history.values))[:, None] >= history.first)


def _without_season(history: History, *, season: int) -> Array:
    block = make_block(history, season=season)
    none = np.ones((season, block.y.shape[1]), dtype=np.float32)
    return deseasonalise(block, none).z.astype(np.float64)


def _windows(z: Array, history: History, *, season: int, horizon: int) -> tuple[Array, Array]:
    """Log lags (W, S) and log changes (W, H) at origins a season apart."""
    rows = len(z)
    lags, changes = [], []
    for back in range(MOST_ORIGINS):
        origin = rows - horizon - back * season
        if origin < season:
            break
        use = history.length - (rows - origin) >= season
        scaled, level = _scaled(z[origin - season : origin, use])
        lags.append(scaled)
        changes.append((np.log(np.maximum(z[origin : origin + horizon, use], SMALLEST)) - level).T)
    return np.concatenate(lags), np.concatenate(changes)


def _scaled(recent: FloatArray) -> tuple[Array, Array]:
    """Log lags (B, S) around their mean, and that mean (B,)."""
    logs = np.log(np.maximum(recent.astype(np.float64), SMALLEST))
    level = logs.mean(axis=0)
    return (logs - level).T, level


def _features(lags: Array, horizon: int) -> Array:
    """Lags and period ahead, one row for each window and period."""
    ahead = np.tile(np.arange(horizon, dtype=np.float64), len(lags))
    return np.column_stack([np.repeat(lags, horizon, axis=0), ahead])
