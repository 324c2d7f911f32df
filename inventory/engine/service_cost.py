"""What a service level costs, and one point more of it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from inventory.engine.arrays import Array, as_array
from inventory.engine.targets import TargetInputs, targets


@dataclass(frozen=True, kw_only=True)
class ServiceCostCurve:
    """Safety stock (K, N) in units and in money at each of K service levels (K,)."""

    levels: Array
    safety_stock: Array
    value: Array

    @property
    def total_value(self) -> Array:
        """Money in safety stock over all item-locations at each level (K,)."""
        total: Array = self.value.sum(axis=1)
        return total


def service_cost_curve(inputs: TargetInputs, *, levels: ArrayLike, unit_cost: ArrayLike) -> ServiceCostCurve:
    """The curve of every item-location whose policy takes a fraction; inputs are (N,) or single values.

    levels: (K,) fractions. unit_cost: (N,) or one value, money per unit.

    >>> from inventory.engine.codes import Policy
    >>> curve = service_cost_curve(
    ...     TargetInputs(policy=Policy.CYCLE_SERVICE, service_target=0.95, demand_per_day=10,
    ...                  lead_time_days=30, error_rmse=400),
    ...     levels=[0.95, 0.99], unit_cost=6)
    >>> curve.safety_stock.ravel().tolist(), float(np.diff(curve.total_value)[0])
    ([658.0, 931.0], 1638.0)
    """
    fractions = as_array(levels)
    answer = targets(replace(inputs, service_target=fractions[:, None]))
    return ServiceCostCurve(
        levels=fractions,
        safety_stock=answer.safety_stock,
        value=answer.safety_stock * as_array(unit_cost),
    )


def one_more_point(inputs: TargetInputs, *, unit_cost: ArrayLike, point: float = 0.01) -> Array:
    """Money (N,) that a service target higher by `point` ties up; where that would pass 99.99 %, to there."""
    now = as_array(inputs.service_target)
    higher = np.minimum(now + point, np.maximum(now, 0.9999))
    extra = targets(replace(inputs, service_target=higher)).safety_stock - targets(inputs).safety_stock
    return extra * as_array(unit_cost)
