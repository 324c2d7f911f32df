"""Other libraries' forecasts, timed in CPU seconds in the same run; needed by the benchmark only."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasting.bench_sets import Ragged
from forecasting.engine import Array


@dataclass(frozen=True)
class PeerRun:
    """A peer's forecasts (H, N) and how many series it did in a CPU second."""

    mean: Array
    per_second: float


def statsforecast_peers(data: Ragged, *, season: int = 12) -> dict[str, PeerRun]:
    """AutoETS, AutoTheta, DynamicOptimizedTheta and CES, one series after the other."""
    from statsforecast import models

    makers: dict[str, Callable[[], object]] = {
        "AutoETS": lambda: models.AutoETS(season_length=season),
        "AutoTheta": lambda: models.AutoTheta(season_length=season),
        "DynamicOptimizedTheta": lambda: models.DynamicOptimizedTheta(season_length=season),
        "CES": lambda: models.AutoCES(season_length=season),
    }
    horizon = len(data.test)
    return {
        name: _timed(data, lambda y, make=make: make().forecast(y=y, h=horizon)["mean"])  # type: ignore[misc]
        for name, make in makers.items()
    }


def statsmodels_pool(data: Ragged, *, season: int = 12) -> PeerRun:
    """Mean of simple, damped and seasonal ETS of statsmodels: the same pool of forms, one fit after the other."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    horizon = len(data.test)
    forms: tuple[dict[str, object], ...] = (
        {},
        {"trend": "add", "damped_trend": True},
        {"seasonal": "add", "seasonal_periods": season},
    )

    def pooled(y: Array) -> Array:
        paths = [ETSModel(y, **form).fit(disp=False).forecast(horizon) for form in forms]
        return np.asarray(np.mean(paths, axis=0))

    return _timed(data, pooled)


def _timed(data: Ragged, method: Callable[[Array], Array]) -> PeerRun:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method(data.train[0])  # first call loads and compiles, which is not what is compared
        began = time.process_time()
        paths = [np.asarray(method(series)) for series in data.train]
        spent = time.process_time() - began
    return PeerRun(mean=np.array(paths).T, per_second=len(data) / max(spent, 1e-9))
