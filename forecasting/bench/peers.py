"""Other libraries' forecasts, timed in CPU seconds in the same run; needed by the benchmark only."""

import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from forecasting.bench.sets import Ragged
from forecasting.engine import Array

STATSFORECAST = ("AutoETS", "AutoTheta", "DynamicOptimizedTheta", "AutoCES")
CORES = 2


@dataclass(frozen=True)
class PeerRun:
    """A peer's forecasts (H, N) and how many series it did in a CPU second."""

    mean: Array
    per_second: float


def statsforecast_peers(data: Ragged) -> dict[str, PeerRun]:
    """AutoETS, AutoTheta, DynamicOptimizedTheta and AutoCES, one series after the other on each core."""
    shares = [np.arange(start, len(data), CORES) for start in range(min(CORES, len(data)))]
    runs = {}
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as pool:
        for name in STATSFORECAST:
            waiting = [pool.submit(_statsforecast, name, data.some(share)) for share in shares]
            parts = [part.result() for part in waiting]
            mean = np.empty_like(data.test)
            for share, part in zip(shares, parts, strict=True):
                mean[:, share] = part.mean
            spent = sum(len(share) / part.per_second for share, part in zip(shares, parts, strict=True))
            runs[name] = PeerRun(mean=mean, per_second=len(data) / spent)
    return runs


def _statsforecast(name: str, data: Ragged) -> PeerRun:
    from statsforecast import models

    make = getattr(models, name)
    model, horizon = make(season_length=data.season), len(data.test)
    return _timed(data, lambda y: np.asarray(model.forecast(y=y, h=horizon)["mean"]))


def statsmodels_ets(data: Ragged) -> PeerRun:
    """ETS of statsmodels, the forms of our own pool one after the other, by AICc: level or damped trend, without
    season, with an additive or a multiplicative one."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    horizon = len(data.test)

    def chosen(y: Array) -> Array:
        seasons = [None, "add", "mul"] if (y > 0).all() else [None, "add"]
        fits = [
            ETSModel(
                y,
                error="mul" if kind == "mul" else "add",
                trend="add" if damped else None,
                damped_trend=damped,
                seasonal=kind,
                seasonal_periods=data.season if kind else None,
            ).fit(disp=False)
            for kind in seasons
            for damped in (False, True)
        ]
        best = min(fits, key=lambda found: float(found.aicc) if np.isfinite(found.aicc) else np.inf)
        return np.asarray(best.forecast(horizon))

    return _timed(data, chosen)


def three_forms_of_statsmodels(data: Ragged) -> PeerRun:
    """Mean of simple, damped and additively seasonal ETS of statsmodels: half of the forms that our pool fits."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    horizon = len(data.test)
    forms: tuple[dict[str, object], ...] = (
        {},
        {"trend": "add", "damped_trend": True},
        {"seasonal": "add", "seasonal_periods": data.season},
    )

    def mean(y: Array) -> Array:
        paths = [ETSModel(y, **form).fit(disp=False).forecast(horizon) for form in forms]
        return np.asarray(np.mean(paths, axis=0))

    return _timed(data, mean)


def _timed(data: Ragged, method: Callable[[Array], Array]) -> PeerRun:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method(data.train[0])  # first call loads and compiles, which is not what is compared
        began = time.process_time()
        paths = [np.asarray(method(series)) for series in data.train]
        spent = time.process_time() - began
    return PeerRun(mean=np.array(paths).T, per_second=len(data) / max(spent, 1e-9))
