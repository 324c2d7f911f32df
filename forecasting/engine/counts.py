"""Demand that is mostly zero: a small smoothed rate, with negative binomial ranges."""

import numpy as np

from .arrays import Array, FloatArray
from .block import Block
from .pool import Members

ALPHA = 0.1
MOSTLY_ZEROS = 0.5


def share_of_zeros(values: Array, length: Array) -> Array:
    """Share of a series' own periods (N,) without demand."""
    rows = len(values)
    lived = np.arange(rows)[:, None] >= rows - length
    return np.asarray(((values <= 0) & lived).sum(axis=0) / np.maximum(length, 1))


def fit_counts(block: Block, *, group_index: FloatArray, horizon: int) -> Members:
    """Simple smoothing with alpha 0.1 from the mean of the first season: the rate of rare demand."""
    rows = len(block.y)
    begin = rows - block.length
    head = block.lived & (np.arange(rows)[:, None] < begin + block.season)
    level = ((block.y * head).sum(axis=0) / head.sum(axis=0)).astype(block.y.dtype)
    square = np.zeros_like(level)
    for t, actual in enumerate(block.y):
        error = np.where(block.lived[t], actual - level, 0)
        square += error**2
        level = level + ALPHA * error
    path: FloatArray = np.repeat(level[None], horizon, axis=0)
    return Members(
        paths={"rate": path},
        level=level,
        index=np.zeros_like(path),
        sigma=np.sqrt(square / block.weight),
        seasonal_weight=np.zeros_like(level),
        recent=block.y[-block.season :],
    )
