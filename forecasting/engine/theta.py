"""Theta and dynamic optimised Theta on deseasonalised blocks (Fiorucci and others, 2016)."""

import numpy as np

from .arrays import BoolArray, FloatArray
from .block import Block
from .search import Search, grid, minimise
from .smoothing import ALPHAS

SETTLED = 3  # the line through the first points is arbitrary, so their errors do not count


def theta_path(
    level: FloatArray, alpha: FloatArray, slope: FloatArray, length: FloatArray, *, horizon: int
) -> FloatArray:
    """Theta forecast (H, B) from simple smoothing: its level plus half the slope of the whole line.

    Source: Assimakopoulos and Nikolopoulos (2000) in the form of Hyndman and Billah (2003).
    """
    ahead = np.arange(horizon)[:, None]
    drift = ahead + (1 - (1 - alpha) ** length) / alpha
    return np.asarray(level + 0.5 * slope * drift, dtype=level.dtype)


def dynamic_theta(z: FloatArray, block: Block, *, line: FloatArray, search: Search) -> FloatArray:
    """Dynamic optimised Theta forecast (H, B) of z (T, B); ``line`` (2, T, B) from :func:`running_line`.

    The first level is sought by its distance from the first value over theta, where it belongs: sought by itself, it
    would have to move with every step of theta, and a search of few rounds stops halfway.
    """
    width = z.shape[1]
    one = np.ones(width, dtype=z.dtype)
    step = search.step
    first = z[len(z) - block.length, np.arange(width)]
    alphas, inverse = grid(ALPHAS, [0.0, 0.5, 0.9])
    start = np.empty((3, len(alphas), width), dtype=z.dtype)
    start[0], start[1], start[2] = alphas[:, None], 0, inverse[:, None]
    weight = block.weight

    def levelled(x: FloatArray) -> FloatArray:
        return np.stack([x[0], x[1] + first * x[2], x[2]])

    def deviance(x: FloatArray) -> FloatArray:
        sse = _filter(z, block, levelled(x), line=line)[0]
        return np.asarray(weight * np.log(np.maximum(sse, 1e-20) / weight))

    best, _ = minimise(
        deviance,
        start,
        step=np.stack([0.12 * one, step, 0.2 * one]),
        lower=np.stack([0.05 * one, -6 * step, 0 * one]),
        upper=np.stack([0.99 * one, 6 * step, one]),
        rounds=search.rounds,
    )
    _, level, power = _filter(z, block, levelled(best)[:, None], line=line)
    return _project(level[0], power[0], best, line[:, -1], weight, horizon=search.horizon)


def _filter(
    z: FloatArray, block: Block, x: FloatArray, *, line: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum of squares, last level and (1 - alpha) ** n, each (G, B), for x = alpha, first level, 1/theta."""
    alpha, start, weight = x[0], x[1], 1 - x[2]
    level, keep, ratio = start.copy(), 1 - alpha, weight / alpha
    power, after = np.ones_like(level), np.empty_like(level)
    error, work, sse = np.empty_like(level), np.empty_like(level), np.zeros_like(level)
    young = _before(block, points=SETTLED)
    for t, actual in enumerate(z):
        np.multiply(power, keep, out=after)
        np.subtract(1, after, out=error)
        error *= ratio
        error *= line[1, t - 1]
        np.multiply(weight, power, out=work)
        work *= line[0, t - 1]
        error += work
        error += level
        np.subtract(actual, error, out=error)
        if t < len(young):
            error[:, young[t]] = 0
        np.multiply(error, error, out=work)
        sse += work
        np.subtract(actual, level, out=work)
        work *= alpha
        level += work
        power, after = after, power
        if t < len(block.held):
            np.copyto(level, start, where=block.held[t])
            np.copyto(power, 1, where=block.held[t])
    return sse, level, power


def _before(block: Block, *, points: int) -> BoolArray:
    """Leading rows (P, B) in which a series has not yet passed its first ``points`` periods."""
    rows = len(block.y)
    return np.arange(min(rows, len(block.held) + points))[:, None] < rows - block.length + points


def _project(
    level: FloatArray, power: FloatArray, x: FloatArray, line: FloatArray, length: FloatArray, *, horizon: int
) -> FloatArray:
    """Continue recursion and line with the forecasts as if they had come true."""
    alpha, weight = x[0], 1 - x[2]
    intercept, slope = line
    mean = intercept + (length + 1) / 2 * slope
    path = np.empty((horizon, len(level)), dtype=level.dtype)
    for ahead in range(horizon):
        i = length + ahead + 1
        value = level + weight * (power * intercept + (1 - power * (1 - alpha)) / alpha * slope)
        path[ahead] = value
        level = level + alpha * (value - level)
        power = power * (1 - alpha)
        slope = ((i - 2) * slope + 6 * (value - mean) / i) / (i + 1)
        mean = mean + (value - mean) / i
        intercept = mean - (i + 1) / 2 * slope
    return path
