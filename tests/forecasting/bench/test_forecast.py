import numpy as np
import pytest

from forecasting.bench import forecast as bench
from forecasting.bench import measure, sets, speed


def naive2_of(data):
    return np.array([measure.naive2(series, len(data.test)) for series in data.train]).T


def test_owa_of_naive2_is_one_and_of_a_perfect_forecast_nothing():
    data = sets.strong_season(count=5)
    assert measure.owa(naive2_of(data), data) == pytest.approx(1.0)
    assert measure.owa(data.test, data) == 0


def test_naive2_repeats_the_season_only_where_there_is_one():
    month = np.arange(48)
    seasonal = 100 * (1 + 0.5 * np.cos(2 * np.pi * month / 12))
    assert measure.naive2(seasonal, 12) == pytest.approx(seasonal[:12], rel=0.01)
    noise = 100 + np.random.default_rng(0).normal(0, 5, 48)
    assert np.ptp(measure.naive2(noise, 12)) == 0


def test_engine_beats_naive2_by_far_on_strong_season():
    data = sets.strong_season(count=30)
    history, first = data.packed()
    mean = bench.forecast(history, first, horizon=18).mean
    assert measure.owa(mean, data) < 0.95


def test_yearly_and_quarterly_sets_are_forecast_on_their_own_calendar():
    for data, season in ((sets.yearly_growth(count=40), 1), (sets.quarterly(count=40), 4)):
        assert data.season == data.some(np.arange(3)).season == data.cut(12).season == season
        assert measure.owa(bench._forecast(data).mean, data) < 0.9


def test_row_is_met_in_the_direction_of_its_goal():
    assert measure.Row("error", 0.8, 0.81, 0.79, "").met
    assert not measure.Row("speed", 90, 100, 300, "", higher=True).met
    assert measure.Row("for information", 5, float("nan"), float("nan"), "").met is None


def test_goal_shows_floor_and_ambition_as_far_as_there_are_any():
    assert measure.Row("error", 0.8, 0.81, 0.798, "").goal == "0.81 / 0.798"
    assert measure.Row("seconds", 2, 3, float("nan"), "").goal == "3"
    assert measure.Row("for information", 5, float("nan"), float("nan"), "").goal == ""


def test_scale_rows_measure_what_they_name():
    rows = speed.scale_rows(200)
    assert not [row for row in rows if row.met is False and "Throughput" not in row.name]
    assert all(row.value > 0 for row in rows)


def test_cold_start_is_that_of_a_process_of_its_own():
    start = speed.file_rows(sets.strong_season(count=3), ets=1.0)[1]
    assert 0.1 < start.value < 30
    assert start.goal_floor == 3


def test_folder_without_reference_files_still_measures_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "own_set_rows", lambda count: [])
    monkeypatch.setattr(bench, "speed_rows", lambda count: [])
    names = [row.name for row in bench.bench_forecast(scale=100, data=tmp_path)]
    assert "Series a CPU-second, 100 series" in names
