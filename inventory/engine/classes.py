"""ABC by value, XYZ by variability, and the policy each class starts with."""

import math
from typing import NamedTuple

import numpy as np

from inventory.engine.arrays import Array, Codes, require_at_least_zero
from inventory.engine.codes import Policy

ABC = "ABC"
XYZ = "XYZ"


class ClassPolicy(NamedTuple):
    """What items of a class start with: `target` as its policy reads it, days between reviews (NaN: as the company)."""

    policy: Policy
    target: float
    review_days: float = math.nan


CLASS_POLICIES: dict[str, ClassPolicy] = {
    "AX": ClassPolicy(Policy.FILL_RATE, 0.98),
    "AY": ClassPolicy(Policy.FILL_RATE, 0.97),
    "AZ": ClassPolicy(Policy.FILL_RATE, 0.95),
    "BX": ClassPolicy(Policy.FILL_RATE, 0.97),
    "BY": ClassPolicy(Policy.FILL_RATE, 0.96),
    "BZ": ClassPolicy(Policy.FILL_RATE, 0.93),
    "CX": ClassPolicy(Policy.CYCLE_SERVICE, 0.95),
    "CY": ClassPolicy(Policy.CYCLE_SERVICE, 0.93),
    "CZ": ClassPolicy(Policy.CYCLE_SERVICE, 0.90),
}
"""Policy and service target of a class where nobody has set another."""


def abc_classes(value: Array, *, a_share: float = 0.80, b_share: float = 0.95) -> Codes:
    """0 (A), 1 (B) or 2 (C) of each item (N,), by yearly value in money.

    Items are taken from the largest; an item is A while those before it hold less than `a_share` of the
    total, B while less than `b_share`. Nothing sold is C; ties keep their order.

    >>> abc_classes(np.array([5.0, 80.0, 15.0, 0.0])).tolist()
    [2, 0, 1, 2]
    """
    require_at_least_zero(value=value)
    order = np.argsort(-value, kind="stable")
    total = value.sum()
    classes = np.full(value.shape, 2, dtype=np.int8)
    if total == 0:
        return classes
    share_before = (np.cumsum(value[order]) - value[order]) / total
    # Rounding in the running sum must not move an item across a border that it exactly meets.
    ranked = np.searchsorted([a_share, b_share], share_before + 1e-12, side="right").astype(np.int8)
    classes[order] = np.where(value[order] > 0, ranked, np.int8(2))
    return classes


def xyz_classes(demand: Array, *, x_limit: float = 0.5, y_limit: float = 1.0) -> Codes:
    """0 (X), 1 (Y) or 2 (Z) of each item, by the coefficient of variation of its demand (T, N).

    X up to `x_limit`, Y up to `y_limit`, Z above or without demand.

    >>> xyz_classes(np.array([[10.0, 0.0, 0.0], [10.0, 8.0, 0.0], [11.0, 12.0, 0.0]])).tolist()
    [0, 1, 2]
    """
    mean = demand.mean(axis=0)
    sd = demand.std(axis=0)
    variation = np.divide(sd, mean, out=np.full_like(sd, np.inf), where=mean > 0)
    classes: Codes = np.searchsorted([x_limit, y_limit], variation, side="left").astype(np.int8)
    return classes


def class_names(abc: Codes, xyz: Codes) -> list[str]:
    """`AX` ... `CZ` of each item."""
    return [ABC[a] + XYZ[x] for a, x in zip(abc.tolist(), xyz.tolist(), strict=True)]
