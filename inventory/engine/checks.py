"""What the inputs of a target must be, said with the position and value of the first that is not."""

from collections.abc import Mapping

import numpy as np

from inventory.engine.arrays import Array, require, require_at_least_zero
from inventory.engine.codes import SERVICE_POLICIES, Distribution, Policy

_AT_LEAST_ZERO = (
    "demand_per_day",
    "lead_time_days",
    "lead_time_sd_days",
    "review_days",
    "error_sd",
    "moq",
    "order_quantity",
    "step",
    "reserve",
    "shelf_life_days",
    "largest_demand",
    "simulated_demand",
    "time_to_recover_days",
    "storage_cut",
    "demand_ends_days",
    "together_count",
)
_FINITE = tuple(name for name in _AT_LEAST_ZERO if name not in ("shelf_life_days", "demand_ends_days"))


def check_target_inputs(given: Mapping[str, Array]) -> None:
    """Raise ValueError for the first input of a target that has no meaning."""
    require_at_least_zero(**{name: given[name] for name in _AT_LEAST_ZERO})
    for name in _FINITE:
        require(name, given[name], np.isinf(given[name]), "give a finite number")
    for name in ("error_bucket_days", "error_scale"):
        require(name, given[name], ~(given[name] > 0), "give a number above 0")
    require("error_rmse", given["error_rmse"], given["error_rmse"] < 0, "give 0 or more, or NaN for none")
    _check_codes("policy", given["policy"], len(Policy))
    _check_codes("distribution", given["distribution"], len(Distribution))
    _check_service_target(given["policy"], given["service_target"])
    crossed = ~(given["minimum"] <= given["maximum"])
    require("maximum", given["maximum"], crossed, "give at least the minimum")


def _check_codes(name: str, values: Array, count: int) -> None:
    known = (values >= 0) & (values < count) & (values == np.floor(values))
    require(name, values, ~known, f"give a code from 0 to {count - 1}")


def _check_service_target(policy: Array, target: Array) -> None:
    fraction = np.isin(policy, SERVICE_POLICIES)
    outside = fraction & ~((target > 0) & (target < 1))
    require("service_target", target, outside, "give a fraction above 0 and below 1 for this policy")
    negative = ~fraction & ~((target >= 0) & np.isfinite(target))
    require("service_target", target, negative, "give a quantity or days of supply of 0 or more")
