"""Codes that stand in arrays for the names planners use."""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np

from inventory.engine.arrays import Codes


class Policy(IntEnum):
    """How a safety stock is set. The lower-case name is the value of `service_policy` in files."""

    CYCLE_SERVICE = 0
    FILL_RATE = 1
    NEVER_RUN_OUT = 2
    FIXED_QUANTITY = 3
    DAYS_OF_SUPPLY = 4


class Distribution(IntEnum):
    """The shape that demand over the protection interval is taken to have."""

    NORMAL = 0
    GAMMA = 1
    NEGATIVE_BINOMIAL = 2


DEMAND_CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
"""How demand comes (Syntetos and Boylan 2005); the position of a name is its code."""

SERVICE_POLICIES = (Policy.CYCLE_SERVICE, Policy.FILL_RATE, Policy.NEVER_RUN_OUT)
"""The policies whose target is a fraction; the others take a quantity or days."""


def policy_codes(names: Iterable[str]) -> Codes:
    """Codes (N,) of policy names as they stand in files; ValueError names an unknown one."""
    known = {policy.name.lower(): int(policy) for policy in Policy}
    codes = []
    for position, name in enumerate(names):
        if name not in known:
            raise ValueError(f"policy[{position}] is {name!r}; give one of {', '.join(known)}")
        codes.append(known[name])
    return np.array(codes, dtype=np.int8)


def policy_name(code: int) -> str:
    """The name in files of one policy code."""
    return Policy(code).name.lower()
