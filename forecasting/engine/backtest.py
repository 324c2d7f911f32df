"""Rolling-origin backtest of the whole pipeline against seasonal naive."""

import numpy as np

from .arrays import Array, IntArray, read_panel
from .calibration import Calibration, learn_shared, points_of
from .pipeline import seasonal_naive
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
    panel = read_panel(history, first, season=season, groups=groups, phase=phase)
    values, length = panel.history.values, panel.history.length
    rows, count = values.shape
    model = calibration.model if calibration else None
    runs = origins + lags - 1
    pool, naive, actual = (np.full((runs, lags, count), np.nan) for _ in range(3))
    for back in range(1, min(runs, rows - 1) + 1):
        earlier = panel.before(back)
        points = points_of(earlier, learn_shared(earlier), horizon=lags, model=model)
        repeated = seasonal_naive(earlier.history, season=season, horizon=lags)
        ahead, born = min(back, lags), earlier.history.length > 0
        pool[back - 1] = np.where(born, points.mean, np.nan)
        naive[back - 1] = np.where(born, repeated, np.nan)
        target = values[rows - back : rows - back + ahead]
        actual[back - 1, :ahead] = np.where(born, target, np.nan)
    whole = length >= season + origins
    return Backtest(pool=pool, naive=naive, actual=actual, origins=origins, seasons=whole, length=length)
