"""A block of series of similar length, scaled and deseasonalised: what every member starts from."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, History, IntArray

FLAT = 1e-9


@dataclass(frozen=True)
class Block:
    """``y`` (T, B) float32, end-aligned, scaled to a mean of 1; ``length`` (B,); ``scale`` (B,) undoes it.

    ``held`` (P, B) is true in the leading rows in which a series had not begun; ``positive`` (B,) marks
    series without a zero, which may take multiplicative season.
    """

    y: FloatArray
    length: IntArray
    scale: FloatArray
    positive: BoolArray
    held: BoolArray
    season: int

    @property
    def lived(self) -> BoolArray:
        return np.arange(len(self.y))[:, None] >= len(self.y) - self.length

    @property
    def weight(self) -> FloatArray:
        """Length in the type of y, for arithmetic."""
        return self.length.astype(self.y.dtype)


def make_block(history: History, *, season: int) -> Block:
    """Scale a history whose series all have at least one period."""
    values, length = history.values, history.length
    rows = len(values)
    lived = np.arange(rows)[:, None] >= rows - length
    mean = (values * lived).sum(axis=0) / length
    scale = np.where(mean > 0, mean, 1.0)
    return Block(
        y=(values * lived / scale).astype(np.float32),
        length=length,
        scale=scale,
        positive=np.asarray((np.where(lived, values, 1.0) > 0).all(axis=0)),
        held=~lived[: rows - int(length.min())],
        season=season,
    )


def first_line(z: FloatArray, length: IntArray, *, points: int = 12) -> tuple[FloatArray, FloatArray]:
    """Least-squares level (one before the first point) and slope of each series' first points, (B,) each."""
    rows, width = z.shape
    used = np.minimum(length, points)
    step = np.arange(points)[:, None]
    inside = step < used
    values = z[np.minimum(rows - length + step, rows - 1), np.arange(width)] * inside
    mean_value = values.sum(axis=0) / used
    mean_step = (used + 1) / 2
    spread = np.maximum(used * (used * used - 1) / 12, FLAT)
    slope = ((values * (step + 1) * inside).sum(axis=0) - used * mean_step * mean_value) / spread
    return (mean_value - slope * mean_step).astype(z.dtype), slope.astype(z.dtype)


def running_line(z: FloatArray, lived: BoolArray) -> FloatArray:
    """Least-squares intercept and slope of the points so far, (2, T, B)."""
    count = np.cumsum(lived, axis=0).astype(np.float64)
    values = np.where(lived, z, 0.0)
    total = np.cumsum(values, axis=0)
    moment = np.cumsum(values * count, axis=0)
    spread = np.maximum(count * (count * count - 1) / 12, FLAT)
    slope = np.where(count > 1, (moment - total * (count + 1) / 2) / spread, 0.0)
    intercept = total / np.maximum(count, 1) - slope * (count + 1) / 2
    return np.stack([intercept, slope]).astype(z.dtype)


def mean_step(z: FloatArray, lived: BoolArray, length: IntArray) -> FloatArray:
    """Mean absolute difference of neighbours (B,): the natural size of a search step for levels."""
    moved = (np.abs(np.diff(z, axis=0)) * lived[:-1]).sum(axis=0)
    return np.asarray(moved / np.maximum(length - 1, 1), dtype=z.dtype)
