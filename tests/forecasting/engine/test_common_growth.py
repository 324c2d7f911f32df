import numpy as np
import pytest

from forecasting.engine import Calibration, calibrate, forecast
from forecasting.engine.arrays import History
from forecasting.engine.common_growth import LARGEST, common_growth, levelled

SEASON = np.array([0.90, 0.92, 0.97, 1.02, 1.08, 1.13, 1.14, 1.10, 1.01, 0.93, 0.90, 0.90])
AHEAD = 6


def panel(months, growth, *, count=60, noise=0.07, seed=1):
    """Demand (T + 6, N) under one season, growing by a share a year: history, and the means of what follows."""
    rng, month = np.random.default_rng(seed), np.arange(months + AHEAD)[:, None]
    mean = rng.uniform(50, 5000, count) * (1 + growth) ** (month / 12) * SEASON[month % 12]
    return (mean * rng.lognormal(-(noise**2) / 2, noise, mean.shape))[:months], mean[months:]


def told(history, groups=None, length=None):
    count = history.shape[1]
    length = np.full(count, len(history)) if length is None else length
    return common_growth(
        History(values=history, length=length),
        np.zeros(count, dtype=np.int64) if groups is None else groups,
        season=12,
    )


def bias(months, growth, **settings):
    history, mean = panel(months, growth, **settings)
    phase = np.full(history.shape[1], months % 12)
    return forecast(history, horizon=AHEAD, phase=phase).mean.sum() / mean.sum() - 1


@pytest.mark.parametrize("months", [15, 18, 21, 24, 30])
@pytest.mark.parametrize("growth", [0.15, -0.2])
def test_growth_that_all_items_share_goes_on(months, growth):
    assert bias(months, growth) == pytest.approx(0, abs=0.05)


def test_growth_of_fifteen_per_cent_is_told_by_six_months_that_came_twice():
    found = told(panel(19, 0.15)[0])
    assert np.expm1(found.rate[0]) == pytest.approx(0.15, abs=0.03)
    assert (found.series[0], found.periods[0]) == (60, 6)
    assert found.doubt[0] < 0.04


@pytest.mark.parametrize("months", [13, 15, 18, 24])
def test_without_growth_nothing_is_told(months):
    assert np.abs(told(panel(months, 0.0)[0]).rate[0]) < 0.01


def test_a_single_year_tells_nothing_and_its_range_admits_it():
    history, _ = panel(12, 0.15)
    assert told(history).rate[0] == 0
    longer = panel(24, 0.0)[0]
    width = []
    for known in (history, longer):
        found = forecast(known, horizon=1)
        width.append(((found.upper[0] - found.mean) / found.mean).mean())
    assert width[0] > 1.2 * width[1]


def test_growth_that_items_do_not_share_shrinks_away():
    one_way = np.where(np.random.default_rng(2).random(60) < 0.6, 0.3, -0.3)
    history, _ = panel(18, one_way)
    assert abs(told(history).rate[0]) < 0.1


def test_a_shock_to_all_items_in_some_months_is_not_taken_for_growth():
    history, _ = panel(18, 0.0)
    history[-1] *= 1.5
    history[-4] /= 1.4
    assert abs(told(history).rate[0]) < 0.02


def test_each_category_grows_at_its_own_pace_and_a_small_one_as_all():
    fast, slow, few = panel(20, 0.3)[0], panel(20, 0.0, seed=2)[0], panel(20, 0.3, count=2, seed=3)[0]
    found = told(np.hstack([fast, slow, few]), np.repeat([3, 5, 8], [60, 60, 2]))
    assert np.expm1(found.rate[0]) == pytest.approx(0.3, abs=0.05)
    assert np.expm1(found.rate[1]) == pytest.approx(0.0, abs=0.03)
    assert found.rate[1] < found.rate[2] < found.rate[0]
    assert (found.series[2], found.periods[2]) == (0, 0)


def test_what_longer_histories_tell_is_lent_to_young_items():
    history, mean = panel(18, 0.25)
    first = np.where(np.arange(60) < 10, 10, 0)
    history[np.arange(18)[:, None] < first] = np.nan
    phase = np.full(60, 6)
    found = forecast(history, first, horizon=AHEAD, phase=phase)
    assert found.mean[:, :10].sum() / mean[:, :10].sum() == pytest.approx(1, abs=0.06)
    assert found.growth[:10] == pytest.approx(np.full(10, found.growth[-1]))


def test_four_seasons_speak_for_themselves():
    found = told(panel(60, 0.15)[0])
    share = found.rates(np.zeros(3, dtype=np.int64), np.array([18, 42, 48]), season=12) * 12 / found.rate[0]
    assert share == pytest.approx(np.array([1.0, 0.5, 0.0]))


def test_a_first_month_that_was_not_whole_tells_no_growth():
    history, _ = panel(13, 0.0)
    history[0] /= 3
    assert told(history).rate[0] == 0


def test_what_multiplied_does_not_go_on_multiplying():
    assert told(panel(18, 4.0)[0]).rate[0] == LARGEST


def test_levelled_growth_stands_still():
    grown = 100 * 1.01 ** np.arange(24.0)[:, None] * np.ones((1, 3))
    flat = levelled(History(values=grown, length=np.full(3, 24)), np.full(3, np.log(1.01))).values
    assert flat == pytest.approx(np.full((24, 3), grown[-1, 0]))


def test_parts_add_up_and_growth_is_in_the_trend():
    history, _ = panel(18, 0.15)
    found = forecast(history, horizon=12, phase=np.full(60, 6))
    assert found.growth == pytest.approx(np.full(60, 0.14), abs=0.03)
    assert (found.level + found.trend + found.seasonal).tobytes() == found.mean.tobytes()
    assert np.median(found.trend[11] / found.level[11]) > 0.1


def test_bytes_carry_growth_to_another_process():
    history, _ = panel(18, 0.15)
    learned = calibrate(history, groups=np.arange(60) % 2)
    there = Calibration.from_bytes(learned.to_bytes())
    one, two = (forecast(history, groups=np.arange(60) % 2, calibration=c) for c in (learned, there))
    assert one.mean.tobytes() == two.mean.tobytes()
    assert one.upper.tobytes() == two.upper.tobytes()
    assert one.growth.min() > 0.1
