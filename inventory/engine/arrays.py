"""The types every module here speaks, and the one way inputs are checked and brought to one shape."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Codes = NDArray[np.int8]
BoolArray = NDArray[np.bool_]

# Two quantities closer than this share of their size are the same number: it keeps 0.1 + 0.2 from
# being rounded up to the next step.
RELATIVE_TOLERANCE = 1e-9


def as_array(value: ArrayLike) -> Array:
    """`value` as float64 without a copy where it already is one."""
    return np.asarray(value, dtype=np.float64)


def first_bad(mask: BoolArray) -> str:
    """`[3]` or `[2, 5]`: where the first True of `mask` stands, for an error message."""
    position = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return "[" + ", ".join(str(int(part)) for part in position) + "]" if position else ""


def require(name: str, values: Array, bad: BoolArray, advice: str) -> None:
    """Raise ValueError naming the argument, its first bad position and value, and what to give instead."""
    if bad.any():
        wrong = np.broadcast_to(values, bad.shape)[bad].flat[0]
        raise ValueError(f"{name}{first_bad(bad)} is {wrong:g}; {advice}")


def require_at_least_zero(**arguments: Array) -> None:
    """Raise ValueError for the first argument that is negative or not a number."""
    for name, values in arguments.items():
        require(name, values, ~(values >= 0), "give 0 or more")


def broadcast(arguments: Mapping[str, Array]) -> dict[str, Array]:
    """All arguments at their common shape, at least (1,); ValueError names those that do not fit."""
    try:
        shape = np.broadcast_shapes((1,), *(values.shape for values in arguments.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arguments.items() if values.ndim)
        raise ValueError(f"shapes do not fit together: {shapes}; give one value per item-location") from None
    return {name: np.broadcast_to(values, shape) for name, values in arguments.items()}


def selection(mask: BoolArray) -> BoolArray | slice:
    """An index for the True entries of `mask`; where all are, one that copies nothing."""
    return slice(None) if mask.all() else mask


def round_up(quantity: Array, step: Array) -> Array:
    """`quantity` raised to the next multiple of `step`; a step of 0 leaves it as it is."""
    return _to_steps(quantity, step, np.ceil, -RELATIVE_TOLERANCE)


def round_down(quantity: Array, step: Array) -> Array:
    """`quantity` lowered to the last multiple of `step`; a step of 0 leaves it as it is."""
    return _to_steps(quantity, step, np.floor, RELATIVE_TOLERANCE)


def _to_steps(quantity: Array, step: Array, to_whole: np.ufunc, nudge: float) -> Array:
    whole_steps = step > 0
    if not whole_steps.any():
        return quantity
    divisor = np.where(whole_steps, step, 1.0)
    steps: Array = quantity / divisor
    steps += nudge * np.maximum(np.abs(steps), 1.0)
    to_whole(steps, out=steps)
    steps *= divisor
    return steps if whole_steps.all() else np.where(whole_steps, steps, quantity)
