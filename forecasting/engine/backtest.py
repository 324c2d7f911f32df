"""Rolling-origin backtest of the whole pipeline against seasonal naive."""

import numpy as np

from .arrays import Array, IntArray, clean_history
from .calibration import Calibration, learn_shared
from .pipeline import seasonal_naive
from .points import point_forecasts
from .results import Backtest


def backtest(
    history: Array,
    first: IntArray | None = None,
    *,
    season: int = 12,
    origins: int = 12,
    lags: int = 6,
    groups: IntArray | None = None,
    phase: IntArray | None = None,
    calibration: Calibration | None = None,
) -> Backtest:
    """Forecast N series again at earlier origins, each time from what was known then.

    Arguments as for forecast(). ``origins`` figures are scored at each of the ``lags`` periods ahead, so
    ``origins + lags - 1`` origins are run. Category growth and seasons are learned anew at each origin. The global member
    takes part where ``calibration`` brings one, which must have been learned from the history before the
    first origin: ``calibrate(history[: -(origins + lags - 1)], ...)``; one that has seen the answers would
    flatter itself.
    """
    if origins < 1 or lags < 1:
        raise ValueError(f"origins and lags are {origins} and {lags}; both must be 1 or more")
    clean = clean_history(history, first, season=season)
    rows, count = clean.values.shape
    place = np.zeros(count, dtype=np.int64) if phase is None else phase
    kind = np.zeros(count, dtype=np.int64) if groups is None else groups
    model = calibration.model if calibration else None
    runs = origins + lags - 1
    pool, naive, actual = (np.full((runs, lags, count), np.nan) for _ in range(3))
    for back in range(1, min(runs, rows - 1) + 1):
        earlier = clean.before(back)
        shared = learn_shared(earlier, kind, place - back, season=season)
        points = point_forecasts(
            earlier,
            season=season,
            horizon=lags,
            group_index=shared.by_row(kind, place - back, rows=rows - back),
            model=model,
            growth=shared.growth.rates(kind, earlier.length, season=season),
        )
        ahead, born = min(back, lags), earlier.length > 0
        pool[back - 1] = np.where(born, points.mean, np.nan)
        naive[back - 1] = np.where(born, seasonal_naive(earlier, season=season, horizon=lags), np.nan)
        target = clean.values[rows - back : rows - back + ahead]
        actual[back - 1, :ahead] = np.where(born, target, np.nan)
    whole = clean.length >= season + origins
    return Backtest(pool=pool, naive=naive, actual=actual, origins=origins, seasons=whole)
