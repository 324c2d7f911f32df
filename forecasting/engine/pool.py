"""The members of the pool for series long enough to have a season of their own, and their combination."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray
from .block import Block, first_line, mean_step, running_line
from .seasonality import classical_index
from .smoothing import Fit, Form, Season, fit
from .theta import dynamic_theta, theta_path

ROUNDS = 4
LARGEST_OWN_SEASON = 24  # a longer season has too many states for its own smoothing; it is decomposed only
PLAIN, DAMPED = Form(damped=False, season=Season.NONE), Form(damped=True, season=Season.NONE)


@dataclass(frozen=True)
class Members:
    """Forecast paths (H, B) by member on the scale of the block, with what parts and intervals need.

    ``level`` (B,) deseasonalised at the origin, ``index`` (H, B) season ahead, ``sigma`` (B,) one-step error.
    """

    paths: dict[str, FloatArray]
    level: FloatArray
    index: FloatArray
    sigma: FloatArray
    seasonal_weight: FloatArray


@dataclass(frozen=True)
class Deseasonalised:
    """A block without its season: z (T, B), and the index (S, B) that was taken out."""

    z: FloatArray
    index: FloatArray
    significant: FloatArray
    reliability: FloatArray


def deseasonalise(block: Block) -> Deseasonalised:
    found = classical_index(block.y, block.length, multiplicative=block.positive, season=block.season)
    neutral = block.positive.astype(block.y.dtype)
    index = found.shrunk(neutral)
    return Deseasonalised(
        z=remove_season(block, index),
        index=index,
        significant=found.significant,
        reliability=found.reliability,
    )


def remove_season(block: Block, index: FloatArray) -> FloatArray:
    """Divide by the index where the series is positive, else subtract it."""
    now = index[np.arange(len(block.y)) % block.season]
    z = np.where(block.positive, block.y / np.where(block.positive, now, 1), block.y - now)
    return np.where(block.lived, z, 0).astype(block.y.dtype)


def add_season(block: Block, path: FloatArray, ahead: FloatArray) -> FloatArray:
    return np.where(block.positive, path * ahead, path + ahead)


def fit_members(block: Block, *, horizon: int) -> Members:
    """Fit Theta, damped trend, additive and multiplicative ETS and dynamic Theta to a block."""
    plain = deseasonalise(block)
    z, length = plain.z, block.length
    ahead = plain.index[(len(z) + np.arange(horizon)) % block.season]
    step = np.maximum(mean_step(z, block.lived, length), 1e-6)
    level, slope = first_line(z, length)
    none = np.zeros((1, len(level)), dtype=z.dtype)
    ses = fit(
        z,
        block,
        form=PLAIN,
        index=none,
        level=level + slope,
        slope=slope,
        step=step,
        rounds=ROUNDS,
        horizon=horizon,
    )
    damped = fit(
        z,
        block,
        form=DAMPED,
        index=none,
        level=level,
        slope=slope / 2,
        step=step,
        rounds=ROUNDS,
        horizon=horizon,
    )
    line = running_line(z, block.lived)
    paths = {
        "theta": theta_path(ses.level, ses.alpha, line[1, -1], block.weight, horizon=horizon),
        "damped": damped.path,
        "dynamic": dynamic_theta(z, block, line=line, rounds=ROUNDS, horizon=horizon),
    }
    paths = {name: add_season(block, path, ahead) for name, path in paths.items()}
    season_free = [
        (np.where(plain.significant, np.inf, f.aicc), add_season(block, f.path, ahead)) for f in (ses, damped)
    ]
    for season in (Season.ADDITIVE, Season.MULTIPLICATIVE):
        paths[season.value] = _smoothed(block, season_free, season=season, step=step, horizon=horizon)
    return Members(
        paths=paths, level=ses.level, index=ahead, sigma=ses.sigma, seasonal_weight=plain.reliability
    )


def _smoothed(
    block: Block,
    season_free: list[tuple[FloatArray, FloatArray]],
    *,
    season: Season,
    step: FloatArray,
    horizon: int,
) -> FloatArray:
    """Mean of the seasonal ETS forms and those without season, weighted by AICc."""
    if block.season > LARGEST_OWN_SEASON:
        return _by_aicc(season_free)
    allowed = block.positive | (season is Season.ADDITIVE)
    found = classical_index(
        block.y,
        block.length,
        multiplicative=block.positive & (season is Season.MULTIPLICATIVE),
        season=block.season,
    )
    neutral = np.where(season is Season.MULTIPLICATIVE, 1.0, 0.0)
    index = np.where(allowed, found.shrunk(np.full_like(step, neutral)), 1).astype(block.y.dtype)
    now = index[np.arange(len(block.y)) % block.season]
    plain = block.y / now if season is Season.MULTIPLICATIVE else block.y - now
    plain = np.where(block.lived, plain, 0).astype(block.y.dtype)
    level, slope = first_line(plain, block.length)
    fits: list[Fit] = []
    for damped, start in ((False, level + slope), (True, level)):
        fits.append(
            fit(
                block.y,
                block,
                form=Form(damped=damped, season=season),
                index=index,
                level=start,
                slope=slope / 2,
                step=step,
                rounds=ROUNDS,
                horizon=horizon,
            )
        )
    return _by_aicc([*season_free, *((np.where(allowed, f.aicc, np.inf), f.path) for f in fits)])


def _by_aicc(candidates: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Mean path (H, B) of (AICc, path) pairs, weighted by exp(-AICc / 2)."""
    criteria = np.stack([np.where(np.isfinite(c), c, 1e9) for c, _ in candidates])
    weights = np.exp(-0.5 * (criteria - criteria.min(axis=0)))
    weights /= weights.sum(axis=0)
    return np.asarray(sum(w * np.nan_to_num(path) for w, (_, path) in zip(weights, candidates, strict=True)))
