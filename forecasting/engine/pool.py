"""The members of the pool for series long enough to have a season of their own, and their combination."""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import Array, BoolArray, FloatArray
from .block import Block, first_line, mean_step, running_line
from .search import Search
from .seasonality import SMALLEST_INDEX, classical_index
from .smoothing import Fit, Form, Season, fit
from .theta import dynamic_theta, theta_path

ROUNDS = 4
LARGEST_OWN_SEASON = 24  # a longer season has too many states for its own smoothing; it is decomposed only
UNFIT = np.float32(1e9)  # criterion of a form that a series cannot take
SMALLEST_STEP = 1e-6
TREND_TEMPER = 0.1
KIND_TEMPER = 0.05
TRIED, PROVEN = 8, 10  # seasons over which a trend that smoothing found begins to count, and counts in full

MEMBERS = ("theta", "dynamic", "smoothing", "line")
# Trust in each while nothing is known: a line must earn its place.
UNPROVEN = np.array([1.0, 1.0, 1.0, 0.0]) / 3

Candidate = tuple[FloatArray, FloatArray]  # AICc (B,) and path (H, B)
PLAIN, DAMPED = Form(damped=False, season=Season.NONE), Form(damped=True, season=Season.NONE)


@dataclass(frozen=True)
class Members:
    """Forecast paths (H, B) by member on the scale of the block, with what parts and intervals need.

    ``weights`` (B,) by member add up to 1; ``level`` (B,) deseasonalised at the origin, ``index`` (H, B)
    season ahead, ``sigma`` (B,) one-step error, ``recent`` (S, B) the last season without its season.
    """

    paths: dict[str, FloatArray]
    weights: dict[str, FloatArray]
    level: FloatArray
    index: FloatArray
    sigma: FloatArray
    seasonal_weight: FloatArray
    recent: FloatArray


@dataclass(frozen=True)
class Deseasonalised:
    """A block without its season: z (T, B), the season (T, B) taken out and that ahead (H, B)."""

    z: FloatArray
    ahead: FloatArray


@dataclass(frozen=True)
class OwnSeason:
    """The classical index (S, B) of a block as far as it is reliable: ``own_share`` (B,) of it is its own."""

    index: FloatArray
    significant: BoolArray
    own_share: FloatArray


def own_season(block: Block, group_index: FloatArray) -> OwnSeason:
    """The series' own index, pulled towards its group's (S, B) by what is not reliable in it."""
    found = classical_index(block.y, block.length, multiplicative=block.positive, season=block.season)
    index, share = found.shrunk(np.where(block.positive, group_index, group_index - 1))
    return OwnSeason(index=index, significant=found.significant, own_share=share)


def repeated(index: FloatArray, *, rows: int, horizon: int) -> FloatArray:
    """An index (S, B) over all periods, those ahead included: (T + H, B)."""
    return np.asarray(index[np.arange(rows + horizon) % len(index)])


def deseasonalise(block: Block, index: FloatArray) -> Deseasonalised:
    """Divide by the season (T + H, B) where the series is positive, else subtract it."""
    rows = len(block.y)
    now = index[:rows]
    z = np.where(
        block.positive, block.y / np.where(block.positive, np.maximum(now, SMALLEST_INDEX), 1), block.y - now
    )
    return Deseasonalised(z=np.where(block.lived, z, 0).astype(block.y.dtype), ahead=index[rows:])


def add_season(block: Block, path: FloatArray, ahead: FloatArray) -> FloatArray:
    """Give a path (H, B) its season ``ahead`` (H, B) back: as a ratio where all is positive, else as a difference."""
    return np.where(block.positive, path * ahead, path + ahead)


def fit_members(block: Block, *, group_index: FloatArray, horizon: int, trust: Array = UNPROVEN) -> Members:
    """Fit Theta, dynamic Theta, exponential smoothing with its own season and a straight line to a block.

    ``group_index`` (S, B) holds the group's ratios by row position, 1 where nothing is shared; ``trust`` (M,)
    how much each of :data:`MEMBERS` weighs. The season that smoothing found, drifting as it drifts, is the
    one that the other members work without.
    """
    classical = own_season(block, group_index)
    still = repeated(classical.index, rows=len(block.y), horizon=horizon)
    search = _search(block, deseasonalise(block, still).z, horizon=horizon)
    seasonal = {
        kind: _seasonal_forms(block, kind=kind, group_index=group_index, search=search)
        for kind in (Season.ADDITIVE, Season.MULTIPLICATIVE)
        if 2 <= block.season <= LARGEST_OWN_SEASON
    }
    plain = deseasonalise(block, _drifting(block, seasonal) if seasonal else still)
    search = _search(block, plain.z, horizon=horizon)
    free = _season_free_forms(block, plain.z, search=search)
    line = running_line(plain.z, block.lived)
    theta = theta_path(free[0].level, free[0].alpha, line[1, -1], block.weight, horizon=horizon)
    dynamic = dynamic_theta(plain.z, block, line=line, search=search)
    ahead = block.weight + 1 + np.arange(horizon, dtype=plain.z.dtype)[:, None]
    candidates = [
        (np.where(classical.significant, UNFIT, f.aicc), add_season(block, f.path, plain.ahead)) for f in free
    ]
    paths = {
        "theta": add_season(block, theta, plain.ahead),
        "dynamic": add_season(block, dynamic, plain.ahead),
        "smoothing": _smoothing_mix(block, candidates, seasonal),
        "line": add_season(block, line[0, -1] + line[1, -1] * ahead, plain.ahead),
    }
    return Members(
        paths=paths,
        weights=_weights(block, _trend_weight(candidates, seasonal), trust),
        level=free[0].level,
        index=plain.ahead,
        sigma=free[0].sigma,
        seasonal_weight=classical.own_share,
        recent=plain.z[-block.season :],
    )


def _search(block: Block, z: FloatArray, *, horizon: int) -> Search:
    step = np.maximum(mean_step(z, block.lived, block.length), SMALLEST_STEP)
    return Search(step=step, rounds=ROUNDS, horizon=horizon)


def _season_free_forms(block: Block, z: FloatArray, *, search: Search) -> list[Fit]:
    """Level and damped trend of a block without its season."""
    level, slope = first_line(z, block.length)
    none = np.zeros((1, len(level)), dtype=z.dtype)
    return [
        fit(z, block, form=form, index=none, level=start, slope=slope * part, search=search)
        for form, start, part in ((PLAIN, level + slope, 1.0), (DAMPED, level, 0.5))
    ]


def _seasonal_forms(block: Block, *, kind: Season, group_index: FloatArray, search: Search) -> list[Fit]:
    """Level and damped trend under one kind of season; of no use where a series with zeros has ratios."""
    ratio = kind is Season.MULTIPLICATIVE
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
            form=Form(damped=damped, season=kind),
            index=index,
            level=start,
            slope=slope / 2,
            search=search,
        )
        for damped, start in ((False, level + slope), (True, level))
    ]
    return [replace(f, aicc=np.where(allowed, f.aicc, UNFIT)) for f in fits]


def _trend_weight(free: list[Candidate], seasonal: dict[Season, list[Fit]]) -> FloatArray:
    """Akaike weight (B,) of a trend: the best form with one against the best without."""
    forms = [[aicc for aicc, _ in free], *([f.aicc for f in fits] for fits in seasonal.values())]
    still, trending = (np.min(criteria, axis=0) for criteria in zip(*forms, strict=True))
    return np.asarray(1 / (1 + np.exp(np.clip((trending - still) / 2, -50, 50))))


def _weights(block: Block, trend: FloatArray, trust: Array) -> dict[str, FloatArray]:
    """Weights by trust; nothing for the Theta methods where a trend has run on for ten seasons.

    Both follow half of a line at most, which loses more with each year that a trend runs on. Smoothing takes over
    as far as it has its third of the trust: a run that it has missed by more has trends that do not last.
    """
    seasons, trusted = block.weight / block.season, dict(zip(MEMBERS, trust, strict=True))
    earned = min(1.0, 3 * trusted["smoothing"] / (1 - trusted["line"]))
    lean = earned * trend * np.clip((seasons - TRIED) / (PROVEN - TRIED), 0, 1)
    followed = {"theta": 1 - lean, "dynamic": 1 - lean, "smoothing": 1 + 2 * lean, "line": np.ones_like(lean)}
    weights = [followed[name] * trusted[name] for name in MEMBERS]
    total = np.sum(weights, axis=0)
    return {
        name: (weight / total).astype(block.y.dtype) for name, weight in zip(MEMBERS, weights, strict=True)
    }


def _drifting(block: Block, seasonal: dict[Season, list[Fit]]) -> FloatArray:
    """Season (T + H, B) as smoothing without a trend learned it: ratios where the series is positive."""
    ratios, differences = seasonal[Season.MULTIPLICATIVE][0].index, seasonal[Season.ADDITIVE][0].index
    return np.where(block.positive, ratios, differences)


def _smoothing_mix(block: Block, free: list[Candidate], seasonal: dict[Season, list[Fit]]) -> FloatArray:
    """Smoothing with and without season by AICc; between trend and none, and between the kinds of season, the
    weights are tempered, since a hard choice there is often wrong and dear."""
    if not seasonal:
        return _mixed(free, temper=TREND_TEMPER)[1]
    kinds = []
    for fits in seasonal.values():
        pairs = [_mixed([bare, (f.aicc, f.path)], temper=0.5) for bare, f in zip(free, fits, strict=True)]
        kinds.append(_mixed(pairs, temper=TREND_TEMPER))
    return _mixed(kinds, temper=KIND_TEMPER)[1].astype(block.y.dtype)


def _mixed(candidates: list[Candidate], *, temper: float) -> Candidate:
    """Mean of paths weighted by exp(-temper * AICc), with the lowest AICc; a temper of one half is plain AICc."""
    criteria = np.stack([np.where(np.isfinite(c), c, UNFIT) for c, _ in candidates])
    lowest = criteria.min(axis=0)
    weights = np.exp(-temper * (criteria - lowest))
    weights /= weights.sum(axis=0)
    path = sum(w * np.nan_to_num(path) for w, (_, path) in zip(weights, candidates, strict=True))
    return lowest, np.asarray(path)
