"""Exponential smoothing (ETS) for a block: level, damped trend, additive or multiplicative season.

Additive errors, or multiplicative errors where the season is multiplicative. Likelihood, AICc and recursions
after Hyndman, Koehler, Ord and Snyder (2008). Every state is a (G, B) array over candidates and series, so
the only Python loop runs over periods.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from .arrays import FloatArray
from .block import Block
from .search import Search, grid, minimise

ALPHAS = [0.03, 0.1, 0.25, 0.5, 0.8]
LOWEST_LEVEL = 0.02


class Season(Enum):
    """How a season joins the level: not at all, added to it, or as its factor."""

    NONE = "none"
    ADDITIVE = "additive"
    MULTIPLICATIVE = "multiplicative"


@dataclass(frozen=True)
class Form:
    """Components of a smoothing model. Parameters in order: alpha, first level, then with a damped trend
    beta/alpha, phi, first slope, then with a season gamma/(1 - alpha)."""

    damped: bool
    season: Season

    @property
    def names(self) -> tuple[str, ...]:
        trend = ("beta", "phi", "slope") if self.damped else ()
        return ("alpha", "level", *trend, *(("gamma",) if self.season is not Season.NONE else ()))


@dataclass
class State:
    """States after the last period: (G, B) each, index (S, G, B); ``sse`` and sum of log fitted values."""

    level: FloatArray
    slope: FloatArray
    index: FloatArray
    sse: FloatArray
    log_fitted: FloatArray


@dataclass(frozen=True)
class Fit:
    """A fitted model: forecast path (H, B) on the scale of the block, AICc, one-step sigma, level and alpha (B,).

    ``index`` (T + H, B) is the season of each period as it was known after it, and that of the path; without
    a season it has no rows.
    """

    path: FloatArray
    index: FloatArray
    aicc: FloatArray
    sigma: FloatArray
    level: FloatArray
    alpha: FloatArray


def run(
    y: FloatArray,
    block: Block,
    x: FloatArray,
    *,
    form: Form,
    index: FloatArray,
    season_path: list[FloatArray] | None = None,
) -> State:
    """Filter y (T, B) with parameters x (K, G, B) from a start index (S, B).

    ``season_path`` collects the season (G, B) of every period as it is known after it.
    """
    if form.season is Season.MULTIPLICATIVE:
        return _run_multiplicative(y, block, x, form=form, index=index, season_path=season_path)
    return _run_additive(y, block, x, form=form, index=index, season_path=season_path)


def _start(x: FloatArray, form: Form, index: FloatArray) -> tuple[State, FloatArray, FloatArray, FloatArray]:
    shape = x.shape[1:]
    zero = np.zeros(shape, dtype=x.dtype)
    seasons = (
        np.repeat(index[:, None, :], shape[0], axis=1) if form.season is not Season.NONE else index[:, None]
    )
    state = State(x[1].copy(), x[4].copy() if form.damped else zero, seasons, zero.copy(), zero.copy())
    gamma = x[-1] * (1 - x[0]) if form.season is not Season.NONE else zero
    beta, phi = (x[2] * x[0], x[3]) if form.damped else (zero, zero)
    return state, gamma, beta, phi


def _run_additive(
    y: FloatArray,
    block: Block,
    x: FloatArray,
    *,
    form: Form,
    index: FloatArray,
    season_path: list[FloatArray] | None,
) -> State:
    alpha = x[0]
    state, gamma, beta, phi = _start(x, form, index)
    level, slope, seasons, sse = state.level, state.slope, state.index, state.sse
    base, error, work, drift = (np.empty_like(level) for _ in range(4))
    seasonal = form.season is Season.ADDITIVE
    for t, actual in enumerate(y):
        if form.damped:
            np.multiply(phi, slope, out=drift)
            np.add(level, drift, out=base)
        else:
            np.copyto(base, level)
        np.subtract(actual, base, out=error)
        if seasonal:
            now = seasons[t % block.season]
            error -= now
        if t < len(block.held):
            error[:, block.held[t]] = 0
        np.multiply(error, error, out=work)
        sse += work
        if seasonal:
            np.multiply(gamma, error, out=work)
            now += work
            if season_path is not None:
                season_path.append(now.copy())
        _advance(state, x, error, base, drift, (alpha, beta), form=form, block=block, t=t)
    return state


def _run_multiplicative(
    y: FloatArray,
    block: Block,
    x: FloatArray,
    *,
    form: Form,
    index: FloatArray,
    season_path: list[FloatArray] | None,
) -> State:
    alpha = x[0]
    state, gamma, beta, phi = _start(x, form, index)
    level, slope, seasons, sse = state.level, state.slope, state.index, state.sse
    base, error, work, drift = (np.empty_like(level) for _ in range(4))
    product = np.ones_like(level)
    for t, actual in enumerate(y):
        if form.damped:
            np.multiply(phi, slope, out=drift)
            np.add(level, drift, out=base)
        else:
            np.copyto(base, level)
        np.maximum(base, LOWEST_LEVEL, out=base)
        now = seasons[t % block.season]
        np.multiply(base, now, out=work)
        product *= work
        np.divide(actual, work, out=error)
        error -= 1
        if t < len(block.held):
            error[:, block.held[t]] = 0
            product[:, block.held[t]] = 1
        if t % 6 == 5 or t == len(y) - 1:  # a product of six fitted values stays within float32
            state.log_fitted += np.log(product)
            product.fill(1)
        np.multiply(error, error, out=work)
        sse += work
        np.multiply(gamma, error, out=work)
        work += 1
        now *= work
        if season_path is not None:
            season_path.append(now.copy())
        error *= base
        _advance(state, x, error, base, drift, (alpha, beta), form=form, block=block, t=t)
    return state


def _advance(
    state: State,
    x: FloatArray,
    error: FloatArray,
    base: FloatArray,
    drift: FloatArray,
    gains: tuple[FloatArray, FloatArray],
    *,
    form: Form,
    block: Block,
    t: int,
) -> None:
    """Level and slope after one error, in place; series that have not begun keep their start."""
    alpha, beta = gains
    np.multiply(alpha, error, out=state.level)
    state.level += base
    if form.damped:
        np.multiply(beta, error, out=state.slope)
        state.slope += drift
    if t < len(block.held):
        np.copyto(state.level, x[1], where=block.held[t])
        if form.damped:
            np.copyto(state.slope, x[4], where=block.held[t])


def fit(
    y: FloatArray,
    block: Block,
    *,
    form: Form,
    index: FloatArray,
    level: FloatArray,
    slope: FloatArray,
    search: Search,
) -> Fit:
    """Fit one form to y (T, B) by maximum likelihood from start states (B,)."""
    start, size, lower, upper = _search_space(form, level=level, slope=slope, step=search.step)
    weight = block.weight

    def deviance(x: FloatArray) -> FloatArray:
        state = run(y, block, x, form=form, index=index)
        return np.asarray(weight * np.log(np.maximum(state.sse, 1e-20) / weight) + 2 * state.log_fitted)

    best, value = minimise(deviance, start, step=size, lower=lower, upper=upper, rounds=search.rounds)
    season_path: list[FloatArray] = []
    state = run(y, block, best[:, None], form=form, index=index, season_path=season_path)
    ahead = season_ahead(state, form=form, horizon=search.horizon, after=len(y), season=block.season)
    count = len(form.names) + 1 + (block.season - 1 if form.season is not Season.NONE else 0)
    spare = np.maximum(weight - count - 1, 1)
    return Fit(
        path=project(state, best, form=form, ahead=ahead, horizon=search.horizon),
        index=np.concatenate([*season_path, ahead]) if season_path else ahead,
        aicc=value + 2 * count + 2 * count * (count + 1) / spare,
        sigma=np.sqrt(state.sse[0] / weight),
        level=state.level[0],
        alpha=best[0],
    )


def _search_space(
    form: Form, *, level: FloatArray, slope: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Coarse grid (K, G, B), step, lower and upper limits (K, B) of a form's parameters."""
    one = np.ones_like(level)
    limits = {
        "alpha": (0.12 * one, 0.01 * one, 0.99 * one),
        "level": (step, level - 6 * step, level + 6 * step),
        "beta": (0.15 * one, 0 * one, one),
        "phi": (0.05 * one, 0.8 * one, one),
        "slope": (0.1 * step, slope - step, slope + step),
        "gamma": (0.08 * one, 0 * one, one),
    }
    coarse = {"alpha": ALPHAS, "beta": [0.05, 0.3], "phi": [0.92, 1.0], "gamma": [0.02, 0.15, 0.5]}
    fixed = {"level": level, "slope": slope}
    names = form.names
    combos = grid(*(coarse[name] for name in names if name in coarse))
    rows = iter(combos)
    start = np.empty((len(names), combos.shape[1], len(level)), dtype=level.dtype)
    for k, name in enumerate(names):
        start[k] = fixed[name] if name in fixed else next(rows)[:, None]
    size, lower, upper = (np.stack([limits[name][i] for name in names]).astype(level.dtype) for i in range(3))
    return start, size, lower, upper


def season_ahead(state: State, *, form: Form, horizon: int, after: int, season: int) -> FloatArray:
    """Season (H, B) of the periods ahead from the single candidate of each series; no rows without one."""
    if form.season is Season.NONE:
        return np.empty((0, state.level.shape[1]), dtype=state.level.dtype)
    return np.asarray(state.index[(after + np.arange(horizon)) % season, 0])


def project(state: State, x: FloatArray, *, form: Form, ahead: FloatArray, horizon: int) -> FloatArray:
    """Forecast path (H, B) from the states of the single candidate of each series and its season ahead."""
    path = np.repeat(state.level[:1], horizon, axis=0)
    if form.damped:
        path = path + np.cumsum(x[3] ** (np.arange(horizon)[:, None] + 1), axis=0) * state.slope[0]
    if form.season is Season.NONE:
        return path
    return np.asarray(path * ahead if form.season is Season.MULTIPLICATIVE else path + ahead)
