"""One model learned from all series at once, on scaled, deseasonalised recent history.

Where some hundred series exist it sees what no single history shows: how levels and trends like this one went
on elsewhere. Some hundred series teach a ridge regression, some thousand boosted trees; the trees cost two
seconds to load and train, the regression none. Source: the global members of the M4 and M5 winners.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .arrays import Array, BoolArray, FloatArray, History
from .block import make_block
from .pool import deseasonalise, own_season, repeated

FEWEST_SERIES = 300
FEWEST_FOR_TREES = 3_000
FEWEST_WINDOWS = 1_000
MOST_ORIGINS = 8
LARGEST_CHANGE = 1.5  # log change beyond which a window teaches nothing
SMALLEST = 1e-6
PENALTY = 50.0
ROUNDS = 120
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
    """Ridge ``coefficients`` (F, H), and where enough series taught them, boosted ``trees`` as text."""

    coefficients: Array
    trees: str = ""

    @property
    def horizon(self) -> int:
        return int(self.coefficients.shape[1])

    @cached_property
    def _booster(self) -> Any:
        import lightgbm  # loads slowly, so only where trees are used

        return lightgbm.Booster(model_str=self.trees)

    def path(self, recent: FloatArray, *, horizon: int) -> FloatArray:
        """Forecast (H, B) from the last deseasonalised season (S, B); the last step repeats past its horizon."""
        lags, level = _scaled(recent)
        change = (_features(lags) @ self.coefficients).T
        if self.trees:
            grown = self._booster.predict(_tree_features(lags, self.horizon), num_threads=1)
            change = (change + np.asarray(grown).reshape(-1, self.horizon).T) / 2
        path = np.exp(change + level)
        if horizon > self.horizon:
            path = np.concatenate([path, np.repeat(path[-1:], horizon - self.horizon, axis=0)])
        return path[:horizon].astype(np.float32)


def train(history: History, *, season: int, horizon: int, seed: int = 0) -> GlobalModel | None:
    """Learn from every window of the history; None where there are too few series or windows."""
    values, length = history.values, history.length
    positive = (np.where(_lived(history), values, 1.0) > 0).all(axis=0)
    columns = np.flatnonzero(positive & (length >= max(4 * season, season + horizon)))
    if len(columns) < FEWEST_SERIES or season < 4:
        return None
    chosen = History(values=values[:, columns], length=length[columns])
    lags, changes = _windows(_without_season(chosen, season=season), chosen, season=season, horizon=horizon)
    if len(lags) < FEWEST_WINDOWS:
        return None
    changes = np.clip(changes, -LARGEST_CHANGE, LARGEST_CHANGE)
    known = _features(lags)
    square = known.T @ known + PENALTY * np.eye(known.shape[1])
    trees = _grow(lags, changes, seed=seed) if len(columns) >= FEWEST_FOR_TREES else ""
    coefficients = np.linalg.solve(square, known.T @ changes).astype(np.float64)
    return GlobalModel(coefficients=coefficients, trees=trees)


def _grow(lags: Array, changes: Array, *, seed: int) -> str:
    import lightgbm  # loads slowly, so only where trees are trained

    data = lightgbm.Dataset(_tree_features(lags, changes.shape[1]), changes.ravel())
    return str(lightgbm.train({**SETTINGS, "seed": seed}, data, ROUNDS).model_to_string())


def _lived(history: History) -> BoolArray:
    return np.asarray(np.arange(len(history.values))[:, None] >= history.first)


def _without_season(history: History, *, season: int) -> Array:
    block = make_block(history, season=season)
    none = np.ones((season, block.y.shape[1]), dtype=np.float32)
    index = repeated(own_season(block, none).index, rows=len(block.y), horizon=0)
    return deseasonalise(block, index).z.astype(np.float64)


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


def _features(lags: Array) -> Array:
    """Lags, lags bent flat, lags times volatility, trend and its square (W, F): what a line needs to bend."""
    lags = np.clip(lags, -2, 2)
    quarter = max(lags.shape[1] // 4, 1)
    rough = np.abs(np.diff(lags, axis=1)).mean(axis=1, keepdims=True)
    trend = (lags[:, -quarter:].mean(axis=1) - lags[:, :quarter].mean(axis=1))[:, None]
    clarity = 0.1 * trend / (rough + 0.02)
    bent = [np.tanh(3 * lags), lags * np.minimum(rough, 0.5), trend * np.abs(trend), clarity, rough]
    return np.concatenate([lags, np.ones((len(lags), 1)), *bent], axis=1)


def _tree_features(lags: Array, horizon: int) -> Array:
    """Lags and period ahead, one row for each window and period."""
    ahead = np.tile(np.arange(horizon, dtype=np.float64), len(lags))
    return np.column_stack([np.repeat(lags, horizon, axis=0), ahead])
