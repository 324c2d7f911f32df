import numpy as np
import pytest

from forecasting.engine import forecast
from forecasting.engine.intervals import INDEPENDENT, WANDERING, season_width

SEASON = np.array([0.90, 0.92, 0.97, 1.02, 1.08, 1.13, 1.14, 1.10, 1.01, 0.93, 0.90, 0.90])
AHEAD = 6


def brand(months, *, seed, growth=None, count=120):
    """Demand (T + 6, N) of a brand under one season; it grows as young brands do, by some 8 % a year or so."""
    rng, month = np.random.default_rng(seed), np.arange(months + AHEAD)[:, None]
    yearly = rng.normal(0, 0.08) if growth is None else np.log1p(growth)
    mean = rng.uniform(50, 5000, count) * np.exp(yearly * month / 12) * SEASON[month % 12]
    return mean * rng.lognormal(-0.00245, 0.07, mean.shape)


def forecasts(demand, months):
    """Of a demand that begins in January."""
    return forecast(demand[:months], horizon=AHEAD, phase=np.full(demand.shape[1], months % 12))


def held(months, *, brands=8, **settings):
    """Share of what came that 80 % ranges held, over some brands."""
    inside = []
    for seed in range(brands):
        demand = brand(months, seed=seed, **settings)
        lower, upper = forecasts(demand, months).bounds(80)
        inside.append((demand[months:] >= lower) & (demand[months:] <= upper))
    return float(np.mean(inside))


@pytest.mark.parametrize("months", [12, 13, 15, 16, 18, 24, 30])
def test_ranges_of_young_brands_hold_what_they_say(months):
    assert held(months) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("months", [18, 24, 30])
def test_growth_that_is_known_does_not_widen_the_range(months):
    assert held(months, growth=0.15, brands=4) == pytest.approx(0.8, abs=0.05)


def test_a_dozen_items_are_no_less_sure_of_next_month_than_of_half_a_year():
    inside = []
    for seed in range(20):
        demand = brand(30, seed=seed, count=12)
        lower, upper = forecasts(demand, 30).bounds(80)
        inside.append((demand[30:] >= lower) & (demand[30:] <= upper))
    by_period = np.mean(inside, axis=(0, 2))
    assert by_period[0] > 0.7
    assert by_period[-1] < 0.9


def test_ranges_are_as_wide_as_the_root_of_the_season():
    level, flat = np.full((2, 1), 100.0), np.zeros((2, 1))
    assert season_width(level, flat, np.array([[0.0], [44.0]]))[:, 0] == pytest.approx([1.0, 1.2])
    assert season_width(flat, flat, flat)[:, 0] == pytest.approx([1.0, 1.0])


def test_high_season_has_the_wider_range():
    demand = brand(60, seed=1)
    found = forecasts(demand, 60)
    lower, upper = found.bounds(80)
    assert np.median((upper - lower)[5] / (upper - lower)[0]) > 1.07  # June to January, 1.13 to 0.90


def summed_over(demand, months):
    """How the sd of the summed error grows from one period to six, and the share of sums below its 95th per cent."""
    found = forecasts(demand, months)
    error = np.cumsum(demand[months:] - found.mean, axis=0)[-1]
    return np.median(found.error[-1] / found.error[0]), (error <= 1.645 * found.error[-1]).mean()


def test_errors_of_demand_that_keeps_its_level_add_up_as_the_root_of_time():
    rng = np.random.default_rng(4)
    growth, safe = summed_over(rng.normal(500, 50, (24 + AHEAD, 200)), 24)
    assert growth == pytest.approx(AHEAD**INDEPENDENT, rel=0.25)
    assert safe == pytest.approx(0.95, abs=0.04)


def test_errors_of_a_level_that_wanders_add_up_faster_and_safety_stock_knows():
    rng = np.random.default_rng(5)
    walk = 500 * np.exp(np.cumsum(rng.normal(0, 0.08, (15 + AHEAD, 200)), axis=0))
    growth, safe = summed_over(walk, 15)
    assert AHEAD < growth <= AHEAD**WANDERING
    assert safe == pytest.approx(0.95, abs=0.04)  # the root of time: .77
