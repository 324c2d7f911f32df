"""Coarse-to-fine search for the parameters of all series of a block at once."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray


@dataclass(frozen=True)
class Search:
    """How to fit: natural ``step`` of a level (B,), number of rounds, and how far to project."""

    step: FloatArray
    rounds: int
    horizon: int


Criterion = Callable[[FloatArray], FloatArray]
WORST = 1e30


def grid(*axes: list[float]) -> FloatArray:
    """All combinations of the values of each axis, (K, G)."""
    return np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")])


def minimise(
    criterion: Criterion,
    start: FloatArray,
    *,
    step: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    rounds: int,
) -> tuple[FloatArray, FloatArray]:
    """Minimise a criterion in K parameters for each of B series.

    ``criterion`` maps candidates (K, G, B) to values (G, B); ``start`` (K, G, B) is the coarse grid;
    ``step``, ``lower``, ``upper`` (K, B). Each round tries one step either way in each parameter and the
    sum of the last round's improving steps, once and twice; steps shrink by a quarter after a gain and by
    half without. Returns the best point (K, B) and its value (B,).
    """
    count, _, width = start.shape
    column = np.arange(width)
    values = _finite(criterion(start))
    pick = values.argmin(axis=0)
    best, value = start[:, pick, column], values[pick, column]
    move = np.zeros_like(best)
    size = np.ones(width, dtype=start.dtype)
    compass = np.concatenate([np.eye(count), -np.eye(count)], axis=1).astype(start.dtype)
    for _ in range(rounds):
        single = compass[:, :, None] * (step * size)[:, None, :]
        ways = np.concatenate(
            [best[:, None] + single, (best + move)[:, None], (best + 2 * move)[:, None]], axis=1
        )
        ways = np.clip(ways, lower[:, None], upper[:, None])
        values = _finite(criterion(ways))
        pick = values.argmin(axis=0)
        found = values[pick, column]
        gained = found < value
        helps = values[: 2 * count] < value
        joint = ((ways[:, : 2 * count] - best[:, None]) * helps).sum(axis=1)
        after = np.where(gained, ways[:, pick, column], best)
        move = best + joint - after
        best, value = after, np.where(gained, found, value)
        size = np.where(gained, size * 0.75, size * 0.5).astype(start.dtype)
    return best, value


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, WORST)
