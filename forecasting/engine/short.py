"""Series too short for a trend: a level by simple smoothing, under a season shared with their category."""

import numpy as np

from .arrays import FloatArray
from .block import Block
from .pool import PLAIN, Members, add_season, deseasonalise, repeated
from .seasonality import classical_index
from .smoothing import run

ALPHAS = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99], dtype=np.float32)
TEMPER = 0.25
PRIOR = 5.0  # the block's mean deviance counts as this many series beside one's own
START = 6
REPEATED = 1.25  # seasons from which what came twice can prove a season


def own_weight(length: FloatArray, *, season: int) -> FloatArray:
    """Share of its own index that a series earns: years / (years + 1) from the first full year on."""
    years = length / season
    return np.where(years >= 1, years / (years + 1), 0.0)


def fit_short(block: Block, *, group_index: FloatArray, horizon: int) -> Members:
    """Level and shared season of a block; ``group_index`` (S, B) by row position, as ratios to the mean."""
    index, weight = _lent_season(block, np.where(block.positive, group_index, group_index - 1))
    plain = deseasonalise(block, repeated(index, rows=len(block.y), horizon=horizon))
    z, ahead = plain.z, plain.ahead
    level, sigma = smoothed_level(z, block)
    path = add_season(block, np.repeat(level[None], horizon, axis=0), ahead)
    return Members(
        paths={"level": path},
        weights={"level": np.ones_like(level)},
        level=level,
        index=ahead,
        sigma=sigma,
        seasonal_weight=weight,
        recent=z[-block.season :],
    )


def _lent_season(block: Block, shared: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Index (S, B) between the series' own and the shared one, and the own share (B,).

    The own share is what the length alone earns, or what repeated so well that it proves more.
    """
    found = classical_index(block.y, block.length, multiplicative=block.positive, season=block.season)
    earned = own_weight(block.weight, season=block.season)
    proven, share = found.shrunk(shared)
    more = (block.length >= REPEATED * block.season) & (share > earned)
    index = np.where(more, proven, shared + earned * (found.index - shared))
    return index.astype(block.y.dtype), np.where(more, share, earned)


def smoothed_level(z: FloatArray, block: Block) -> tuple[FloatArray, FloatArray]:
    """Level and one-step error (B,) by simple smoothing, averaged over alphas.

    Each alpha weighs by its own deviance and the block's mean one, tempered, since a few periods cannot
    tell one alpha from the next.
    """
    rows, width = z.shape
    used = np.minimum(block.length, START)
    step = np.arange(START)[:, None]
    inside = step < used
    start = (z[np.minimum(rows - block.length + step, rows - 1), np.arange(width)] * inside).sum(
        axis=0
    ) / used
    x = np.empty((2, len(ALPHAS), width), dtype=z.dtype)
    x[0], x[1] = ALPHAS[:, None], start
    state = run(z, block, x, form=PLAIN, index=np.zeros((1, width), dtype=z.dtype))
    deviance = block.weight * np.log(np.maximum(state.sse, 1e-20) / block.weight)
    deviance -= deviance.min(axis=0)
    weight = np.exp(-TEMPER * (deviance + PRIOR * deviance.mean(axis=1, keepdims=True)))
    weight /= weight.sum(axis=0)
    sse = (weight * state.sse).sum(axis=0)
    return (weight * state.level).sum(axis=0), np.sqrt(sse / block.weight)
