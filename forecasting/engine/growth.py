"""Series told once a year grow by per cents more than by amounts, so every member is fitted both ways."""

from dataclasses import replace

import numpy as np

from .arrays import Array, FloatArray
from .block import Block
from .pool import MEMBERS, UNPROVEN, Members, fit_members

BY_PER_CENT = 0.75  # what a member on logarithms weighs beside the same on values


def fit_growing(block: Block, *, group_index: FloatArray, horizon: int, trust: Array = UNPROVEN) -> Members:
    """The pool of a block without season: members on values and on logarithms, without a straight line.

    Arguments as for :func:`~.pool.fit_members`. A series with a zero is fitted to its values alone. A line
    through decades of growth is far off at its end, and ten years are no proof that a trend runs on.
    """
    amounts = fit_members(block, group_index=group_index, horizon=horizon, trust=trust)
    rates = fit_members(_logarithms(block), group_index=group_index, horizon=horizon, trust=trust)
    grown = np.where(block.positive, BY_PER_CENT, 0).astype(block.y.dtype)
    paths: dict[str, FloatArray] = {
        name: (1 - grown) * path + grown * np.exp(rates.paths[name]) for name, path in amounts.paths.items()
    }
    curved = [0.0 if name == "line" else share for name, share in zip(MEMBERS, trust, strict=True)]
    weights = {
        name: np.full_like(amounts.level, share / sum(curved))
        for name, share in zip(MEMBERS, curved, strict=True)
    }
    return replace(amounts, paths=paths, weights=weights)


def _logarithms(block: Block) -> Block:
    """The block on logarithms, which may be negative; without a meaning where a series has a zero."""
    logs = np.log(np.where(block.lived & block.positive, block.y, 1))
    return replace(block, y=logs, positive=np.zeros_like(block.positive))
