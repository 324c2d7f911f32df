import numpy as np
import pytest

from forecasting import bench, bench_sets


def naive2_of(data):
    return np.array([bench.naive2(series, len(data.test)) for series in data.train]).T


def test_owa_of_naive2_is_one_and_of_a_perfect_forecast_nothing():
    data = bench_sets.strong_season(count=5)
    assert bench.owa(naive2_of(data), data) == pytest.approx(1.0)
    assert bench.owa(data.test, data) == 0


def test_naive2_repeats_the_season_only_where_there_is_one():
    month = np.arange(48)
    seasonal = 100 * (1 + 0.5 * np.cos(2 * np.pi * month / 12))
    assert bench.naive2(seasonal, 12) == pytest.approx(seasonal[:12], rel=0.01)
    noise = 100 + np.random.default_rng(0).normal(0, 5, 48)
    assert np.ptp(bench.naive2(noise, 12)) == 0


def test_engine_beats_naive2_by_far_on_strong_season():
    data = bench_sets.strong_season(count=30)
    history, first = data.packed()
    mean = bench.forecast(history, first, horizon=18).mean
    assert bench.owa(mean, data) < 0.95


def test_row_is_met_in_the_direction_of_its_goal():
    assert bench.Row("error", 0.8, 0.81, 0.79, "").met
    assert not bench.Row("speed", 90, 100, 300, "", higher=True).met
    assert bench.Row("for information", 5, float("nan"), float("nan"), "").met


def test_scale_rows_measure_what_they_name():
    rows = bench.scale_rows(200)
    assert [row.met for row in rows[:2]] == [True, True]
    assert all(row.value > 0 for row in rows)


def test_folder_without_reference_files_still_measures_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "strong_season_rows", lambda count: [])
    monkeypatch.setattr(bench, "speed_rows", lambda count: [])
    assert len(bench.bench_forecast(scale=100, data=tmp_path)) == 3
