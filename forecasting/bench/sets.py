"""The series that ``bench forecast`` forecasts: reference files where they are, and seeded ones of its own."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.engine import Array, IntArray

HORIZON = 18
YEARS_AHEAD, QUARTERS_AHEAD = 6, 8


@dataclass(frozen=True)
class Ragged:
    """Series of unequal length: ``train`` a list of arrays, ``test`` (H, N), ``season`` the periods of a year."""

    names: list[str]
    train: list[Array]
    test: Array
    season: int = 12

    def packed(self) -> tuple[Array, IntArray]:
        """History (T, N), end-aligned, and each series' first row."""
        length = np.array([len(series) for series in self.train])
        history = np.zeros((length.max(), len(length)))
        for column, series in enumerate(self.train):
            history[len(history) - len(series) :, column] = series
        return history, len(history) - length

    def cut(self, periods: int) -> "Ragged":
        return replace(self, train=[series[-periods:] for series in self.train])

    def some(self, columns: IntArray) -> "Ragged":
        names, train = ([part[i] for i in columns] for part in (self.names, self.train))
        return Ragged(names, train, self.test[:, columns], self.season)

    def __len__(self) -> int:
        return len(self.train)


def m3_monthly(folder: Path) -> Ragged:
    """M3 monthly; the last 18 points of each series are the test."""
    frame = pd.read_parquet(folder / "m3_monthly.parquet").sort_values(["unique_id", "t"])
    names, train, test = [], [], []
    for name, series in frame.groupby("unique_id", sort=True):
        values, held = series["y"].to_numpy(), series["test"].to_numpy()
        names.append(str(name))
        train.append(values[~held])
        test.append(values[held])
    return Ragged(names, train, np.array(test).T)


def car_parts(folder: Path) -> Array:
    """Monthly demand (T, N) of car parts, NaN where unknown."""
    frame = pd.read_parquet(folder / "carparts.parquet")
    return frame.pivot_table(index="t", columns="unique_id", values="y", dropna=False).to_numpy(dtype=float)


@dataclass(frozen=True)
class Scanner:
    """Weekly sales (T, N) with drivers (D, T, N): log own price, log mean price, deal, feature; brand (N,)."""

    demand: Array
    drivers: Array
    brand: IntArray


def orange_juice(folder: Path) -> Scanner:
    frame = pd.read_parquet(folder / "orangeJuice_yx.parquet")
    frame["series"] = frame["store"].astype(int) * 100 + frame["brand"].astype(int)
    weeks = np.arange(frame["week"].min(), frame["week"].max() + 1)

    def grid(column: str) -> Array:
        table = frame.pivot_table(index="week", columns="series", values=column, dropna=False)
        return table.reindex(weeks).to_numpy(dtype=float)

    brand = np.sort(frame["series"].unique()) % 100
    price = np.log(np.stack([grid(f"price{k}") for k in range(1, 12)]))
    own = np.take_along_axis(price, (brand - 1)[None, None, :], axis=0)[0]
    drivers = np.stack([own, price.mean(axis=0), grid("deal"), grid("feat")])
    return Scanner(demand=np.exp(grid("logmove")), drivers=drivers, brand=brand)


def strong_season(*, count: int, seed: int = 1, shortest: int = 72, longest: int = 320) -> Ragged:
    """Seeded series with strong, slowly drifting multiplicative season, trend, heavy-tailed noise and outliers."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for _ in range(count):
        length = int(rng.integers(shortest, longest))
        series = _airline(rng, length + HORIZON)
        if rng.random() < 0.2:
            series[rng.integers(0, length)] *= rng.uniform(0.3, 3)
        train.append(series[:length])
        test.append(series[length:])
    return Ragged([f"strong-{i}" for i in range(count)], train, np.array(test).T)


def _airline(rng: np.random.Generator, periods: int) -> Array:
    """One path of log demand with a random-walk level, damped slope and drifting season, exponentiated."""
    noise = rng.standard_t(5, periods) * np.exp(rng.uniform(np.log(0.015), np.log(0.15)))
    season = rng.normal(0, 1, 12)
    season = (season - season.mean()) / season.std() * rng.uniform(0.2, 0.8)
    level, slope = rng.uniform(3, 9), rng.normal(0.002, 0.004)
    adapt, drift = rng.uniform(0.05, 0.8), rng.uniform(0.03, 0.6)
    path = np.empty(periods)
    for t in range(periods):
        path[t] = level + season[t % 12] + noise[t]
        level += slope + adapt * noise[t]
        season[t % 12] += drift * (1 - adapt) * noise[t]
    return np.exp(path)


def drifting_season(*, count: int, seed: int = 7, shortest: int = 70, longest: int = 330) -> Ragged:
    """Seeded series, many of them long, whose strong multiplicative season changes shape over the years."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for _ in range(count):
        periods = int(rng.integers(shortest, longest)) + HORIZON
        series = _changing(rng, periods)
        train.append(series[:-HORIZON])
        test.append(series[-HORIZON:])
    return Ragged([f"drifting-{i}" for i in range(count)], train, np.array(test).T)


def _changing(rng: np.random.Generator, periods: int) -> Array:
    """One path: smooth season that drifts along a line, growth, breaks in level, noise; exponentiated."""
    month = np.arange(periods)
    base, drift = (
        np.convolve(np.tile(rng.normal(0, 1, 12), 3), [0.25, 0.5, 0.25], "same")[12:24] for _ in "ab"
    )
    base = (base - base.mean()) / base.std() * rng.uniform(0.15, 0.9)
    drift = (drift - drift.mean()) * rng.uniform(0, 0.004)
    breaks = np.where(rng.random(periods) < 0.02, rng.normal(0, 0.08, periods), 0.0)
    level = np.cumsum(breaks + rng.normal(rng.normal(0.003, 0.003), rng.uniform(0.003, 0.03), periods))
    noise = rng.normal(0, rng.uniform(0.01, 0.12), periods)
    season = base[month % 12] + drift[month % 12] * month
    return np.asarray(np.exp(rng.uniform(3, 10) + level + season + noise))


def running_trend(*, count: int, seed: int = 9, shortest: int = 60, longest: int = 320) -> Ragged:
    """Seeded ETS(M,A,M) and ETS(M,Ad,M): half the trends run on for decades, undamped."""
    rng = np.random.default_rng(seed)
    train: list[Array] = []
    test: list[Array] = []
    while len(train) < count:
        series = _smoothed(rng, int(rng.integers(shortest, longest)) + HORIZON)
        if series.min() > 0 and series.max() < 1e3 * series.min():
            train.append(series[:-HORIZON])
            test.append(series[-HORIZON:])
    return Ragged([f"trend-{i}" for i in range(count)], train, np.array(test).T)


def _smoothed(rng: np.random.Generator, periods: int) -> Array:
    """One path drawn from exponential smoothing with multiplicative errors and season."""
    alpha = rng.uniform(0.02, 0.6)
    beta, gamma = rng.uniform(0, 0.15) * alpha, rng.uniform(0, 0.3) * (1 - alpha)
    phi, noise = rng.choice([1.0, 0.98, 0.9]), rng.uniform(0.02, 0.12)
    level, slope = 100.0, rng.normal(0.2, 0.3)
    season = np.exp(rng.normal(0, rng.uniform(0.1, 0.5), 12))
    season /= season.mean()
    path = np.empty(periods)
    for t in range(periods):
        base, error = max(level + phi * slope, 5.0), rng.normal(0, noise)
        path[t] = base * season[t % 12] * (1 + error)
        level, slope = base * (1 + alpha * error), phi * slope + beta * base * error
        season[t % 12] *= 1 + gamma * error
    return path


def straight_line(*, count: int, seed: int = 11, shortest: int = 110, longest: int = 340) -> Ragged:
    """Seeded straight lines under a season that never changes, with errors that linger."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for _ in range(count):
        periods = int(rng.integers(shortest, longest)) + HORIZON
        month = np.arange(periods)
        season = np.exp(rng.normal(0, rng.uniform(0.1, 0.6), 12))
        season /= season.mean()
        line, linger = 1 + rng.uniform(-0.3, 2) * month / periods, rng.uniform(0, 0.9)
        error = rng.normal(0, rng.uniform(0.01, 0.08), periods)
        for t in range(1, periods):
            error[t] += linger * error[t - 1]
        series = 100 * line * season[month % 12] * np.exp(error)
        train.append(series[:-HORIZON])
        test.append(series[-HORIZON:])
    return Ragged([f"line-{i}" for i in range(count)], train, np.array(test).T)


def short_season(*, count: int, seed: int = 3, shortest: int = 30, longest: int = 66) -> Ragged:
    """Seeded series of three to five years under a strong multiplicative season and a wandering level."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        periods = int(rng.integers(shortest, longest)) + HORIZON
        season = rng.normal(0, 1, 12)
        season = (season - season.mean()) / season.std() * rng.uniform(0.2, 0.9)
        level = np.cumsum(rng.normal(rng.normal(0.003, 0.004), rng.uniform(0.002, 0.03), periods))
        noise = rng.normal(0, rng.uniform(0.02, 0.15), periods)
        paths.append(np.exp(rng.uniform(3, 9) + level + season[np.arange(periods) % 12] + noise))
    return _split("short", paths)


def returning(*, count: int, seed: int = 12, shortest: int = 60, longest: int = 200) -> Ragged:
    """Seeded series that return to a line under an additive season, sooner or later (autoregressive errors)."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        periods = int(rng.integers(shortest, longest)) + HORIZON
        linger, error = rng.uniform(0.3, 0.95), rng.normal(0, 1, periods)
        for t in range(1, periods):
            error[t] += linger * error[t - 1]
        month, season = np.arange(periods), rng.normal(0, 1, 12)
        season = (season - season.mean()) * rng.uniform(0, 8)
        line = 100 + rng.normal(0, 0.15) * month
        paths.append(np.maximum(line + rng.uniform(2, 8) * error + season[month % 12], 1.0))
    return _split("returning", paths)


def yearly_growth(*, count: int, seed: int = 14, shortest: int = 14, longest: int = 50) -> Ragged:
    """Seeded yearly series that grow or shrink by some per cent a year, some steadily and some by fits and starts."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        years = int(rng.integers(shortest, longest)) + YEARS_AHEAD
        growth = np.cumsum(rng.normal(rng.normal(0.02, 0.03), rng.uniform(0.01, 0.08), years))
        paths.append(np.exp(rng.uniform(3, 9) + growth + rng.normal(0, rng.uniform(0, 0.06), years)))
    return _split("yearly", paths, horizon=YEARS_AHEAD, season=1)


def quarterly(*, count: int, seed: int = 15, shortest: int = 16, longest: int = 80) -> Ragged:
    """Seeded quarterly series under a season of four, with a wandering level and growth."""
    rng = np.random.default_rng(seed)
    paths = []
    for _ in range(count):
        periods = int(rng.integers(shortest, longest)) + QUARTERS_AHEAD
        season = rng.normal(0, 1, 4)
        season = (season - season.mean()) / season.std() * rng.uniform(0.05, 0.5)
        level = np.cumsum(rng.normal(rng.normal(0.008, 0.01), rng.uniform(0, 0.04), periods))
        noise = rng.normal(0, rng.uniform(0.02, 0.1), periods)
        paths.append(np.exp(rng.uniform(3, 9) + level + noise + season[np.arange(periods) % 4]))
    return _split("quarterly", paths, horizon=QUARTERS_AHEAD, season=4)


def _split(name: str, paths: list[Array], *, horizon: int = HORIZON, season: int = 12) -> Ragged:
    names = [f"{name}-{i}" for i in range(len(paths))]
    held = np.array([path[-horizon:] for path in paths]).T
    return Ragged(names, [path[:-horizon] for path in paths], held, season)


def company(*, count: int, periods: int = 36, seed: int = 0) -> Array:
    """Invented monthly demand (T, N) of a company: levels over three decades, season by category, some rare."""
    rng = np.random.default_rng(seed)
    month = np.arange(periods)[:, None]
    level = np.exp(rng.uniform(np.log(5), np.log(5000), count))
    season = 1 + rng.uniform(0, 0.5, count) * np.cos(2 * np.pi * (month - rng.integers(0, 12, count)) / 12)
    growth = np.exp(month * rng.normal(0, 0.01, count))
    demand = level * season * growth * rng.gamma(8, 1 / 8, (periods, count))
    rare = rng.random(count) < 0.15
    return np.where(rare, rng.poisson(0.4, (periods, count)), np.round(demand)).astype(float)
