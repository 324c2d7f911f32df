"""The members of the pool for series long enough to have a season of their own, and their combination."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray
from .block import Block, first_line, mean_step, running_line
from .search import Search
from .seasonality import classical_index
from .smoothing import Form, Season, fit
from .theta import dynamic_theta, theta_path

ROUNDS = 4
LARGEST_OWN_SEASON = 24  # a longer season has too many states for its own smoothing; it is decomposed only
UNFIT = np.float32(1e9)  # criterion of a form that a series cannot take
SMALLEST_STEP = 1e-6
TEMPER = 0.05
PLAIN, DAMPED = Form(damped=False, season=Season.NONE), Form(damped=True, season=Season.NONE)


@dataclass(frozen=True)
class Members:
    """Forecast paths (H, B) by member on the scale of the block, with what parts and intervals need.

    ``level`` (B,) deseasonalised at the origin, ``index`` (H, B) season ahead, ``sigma`` (B,) one-step error,
    ``recent`` (S, B) the last season without its season.
    """

    paths: dict[str, FloatArray]
    level: FloatArray
    index: FloatArray
    sigma: FloatArray
    seasonal_weight: FloatArray
    recent: FloatArray


@dataclass(frozen=True)
class Deseasonalised:
    """A block without its season: z (T, B), and the index (S, B) that was taken out."""

    z: FloatArray
    index: FloatArray
    significant: BoolArray
    own_share: FloatArray


def deseasonalise(block: Block, group_index: FloatArray) -> Deseasonalised:
    """Take out the series' own index, pulled towards its group's (S, B) by what is not reliable in it."""
    found = classical_index(block.y, block.length, multiplicative=block.positive, season=block.season)
    index, share = found.shrunk(np.where(block.positive, group_index, group_index - 1))
    return Deseasonalised(
        z=remove_season(block, index),
        index=index,
        significant=found.significant,
        own_share=share,
    )


def remove_season(block: Block, index: FloatArray) -> FloatArray:
    """Divide by the index where the series is positive, else subtract it."""
    now = index[np.arange(len(block.y)) % block.season]
    z = np.where(block.positive, block.y / np.where(block.positive, now, 1), block.y - now)
    return np.where(block.lived, z, 0).astype(block.y.dtype)


def add_season(block: Block, path: FloatArray, ahead: FloatArray) -> FloatArray:
    return np.where(block.positive, path * ahead, path + ahead)


def fit_members(block: Block, *, group_index: FloatArray, horizon: int) -> Members:
    """Fit Theta, dynamic Theta and exponential smoothing with its own season to a block.

    ``group_index`` (S, B) holds the group's ratios by row position, 1 where nothing is shared.
    """
    plain = deseasonalise(block, group_index)
    z, length = plain.z, block.length
    ahead = plain.index[(len(z) + np.arange(horizon)) % block.season]
    step = np.maximum(mean_step(z, block.lived, length), SMALLEST_STEP)
    level, slope = first_line(z, length)
    none = np.zeros((1, len(level)), dtype=z.dtype)
    search = Search(step=step, rounds=ROUNDS, horizon=horizon)
    ses = fit(z, block, form=PLAIN, index=none, level=level + slope, slope=slope, search=search)
    damped = fit(z, block, form=DAMPED, index=none, level=level, slope=slope / 2, search=search)
    line = running_line(z, block.lived)
    theta = theta_path(ses.level, ses.alpha, line[1, -1], block.weight, horizon=horizon)
    dynamic = dynamic_theta(z, block, line=line, search=search)
    season_free = [
        (np.where(plain.significant, UNFIT, f.aicc), add_season(block, f.path, ahead)) for f in (ses, damped)
    ]
    paths = {
        "theta": add_season(block, theta, ahead),
        "dynamic": add_season(block, dynamic, ahead),
        "smoothing": _smoothing_mix(block, season_free, group_index=group_index, search=search),
    }
    return Members(
        paths=paths,
        level=ses.level,
        index=ahead,
        sigma=ses.sigma,
        seasonal_weight=plain.own_share,
        recent=z[-block.season :],
    )


def _smoothing_mix(
    block: Block,
    season_free: list[tuple[FloatArray, FloatArray]],
    *,
    group_index: FloatArray,
    search: Search,
) -> FloatArray:
    """Smoothing with additive and with multiplicative season, by how well each fits.

    Within a kind of season the forms are weighted by AICc; between the kinds the difference is tempered,
    since a hard choice between them is often wrong and dear.
    """
    if block.season > LARGEST_OWN_SEASON or block.season < 2:
        return _by_aicc(season_free)
    paths, criteria = [], []
    for season in (Season.ADDITIVE, Season.MULTIPLICATIVE):
        seasonal = _seasonal_forms(block, season=season, group_index=group_index, search=search)
        paths.append(_by_aicc([*season_free, *seasonal]))
        criteria.append(np.minimum(*(criterion for criterion, _ in seasonal)))
    gap = np.clip(TEMPER * (criteria[1] - criteria[0]), -50, 50)
    additive = 1 / (1 + np.exp(-gap))
    return np.asarray(additive * paths[0] + (1 - additive) * paths[1], dtype=block.y.dtype)


def _seasonal_forms(
    block: Block, *, season: Season, group_index: FloatArray, search: Search
) -> list[tuple[FloatArray, FloatArray]]:
    """AICc and path of the level and the damped trend form under one kind of season."""
    ratio = season is Season.MULTIPLICATIVE
    allowed = block.positive | (not ratio)
    found = classical_index(block.y, block.length, multiplicative=block.positive & ratio, season=block.season)
    neutral = group_index if ratio else group_index - 1
    index = np.where(allowed, found.shrunk(neutral)[0], 1).astype(block.y.dtype)
    now = index[np.arange(len(block.y)) % block.season]
    plain = np.where(block.lived, block.y / now if ratio else block.y - now, 0).astype(block.y.dtype)
    level, slope = first_line(plain, block.length)
    fits = [
        fit(
            block.y,
            block,
            form=Form(damped=damped, season=season),
            index=index,
            level=start,
            slope=slope / 2,
            search=search,
        )
        for damped, start in ((False, level + slope), (True, level))
    ]
    return [(np.where(allowed, f.aicc, UNFIT), f.path) for f in fits]


def _by_aicc(candidates: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Mean path (H, B) of (AICc, path) pairs, weighted by exp(-AICc / 2)."""
    criteria = np.stack([np.where(np.isfinite(c), c, UNFIT) for c, _ in candidates])
    weights = np.exp(-0.5 * (criteria - criteria.min(axis=0)))
    weights /= weights.sum(axis=0)
    return np.asarray(sum(w * np.nan_to_num(path) for w, (_, path) in zip(weights, candidates, strict=True)))
