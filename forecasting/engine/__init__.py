"""Forecasting arithmetic: arrays in, arrays out, time along the first axis.

Nothing here knows of a database, a clock or a setting. Import from this package, not from its modules.
"""

from .accuracy import (
    backtest_bias,
    backtest_wape,
    bias,
    coverage,
    cumulative_rmse,
    cumulative_wape,
    mase,
    naive_wins,
    origin_weight,
    pinball,
    scored_origins,
    smape,
    value_added,
    wape,
)
from .arrays import Array, BoolArray, IntArray
from .backtest import backtest
from .calibration import Calibration, calibrate
from .cleansing import Cleansing, Mark, cleanse, with_unshipped, without_events
from .common_growth import CommonGrowth
from .counts import lead_time_quantiles
from .disaggregation import ImpossibleLocks, disaggregate
from .drivers import DriverModel, fit_drivers
from .elasticity import DriverEffect, driver_effect, implied_elasticity, update_elasticity
from .pipeline import check_settings, forecast
from .profiles import event_uplift, installed_base_demand, like_item_profile
from .results import METHOD_LABELS, Backtest, Forecast, Method
from .shift import expected_so_far

__all__ = [
    "METHOD_LABELS",
    "Array",
    "Backtest",
    "BoolArray",
    "Calibration",
    "Cleansing",
    "CommonGrowth",
    "DriverEffect",
    "DriverModel",
    "Forecast",
    "ImpossibleLocks",
    "IntArray",
    "Mark",
    "Method",
    "backtest",
    "backtest_bias",
    "backtest_wape",
    "bias",
    "calibrate",
    "check_settings",
    "cleanse",
    "coverage",
    "cumulative_rmse",
    "cumulative_wape",
    "disaggregate",
    "driver_effect",
    "event_uplift",
    "expected_so_far",
    "fit_drivers",
    "forecast",
    "implied_elasticity",
    "installed_base_demand",
    "lead_time_quantiles",
    "like_item_profile",
    "mase",
    "naive_wins",
    "origin_weight",
    "pinball",
    "scored_origins",
    "smape",
    "update_elasticity",
    "value_added",
    "wape",
    "with_unshipped",
    "without_events",
]
