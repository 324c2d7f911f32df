"""Benchmarks run end to end on a small case: their figures exist and their verdicts can fail."""

import json

import numpy as np
import pytest

from inventory.bench import figures as bench
from inventory.bench.textbook import textbook_results
from inventory.bench.value_study import BY_PAST, BY_UNITS, Saving, achieved_fills, savings
from inventory.hindsight import History, Panel


@pytest.fixture(scope="module")
def history():
    """Forty noisy seasonal items of sixty months, so that a year-old rule has something to know."""
    generator = np.random.default_rng(8)
    season = 1 + 0.3 * np.sin(np.arange(72) * 2 * np.pi / 12)[:, None]
    demand = np.maximum(100 * season + 15 * generator.standard_normal((72, 40)), 0)
    panel = Panel("made", demand, np.zeros(40, dtype=np.intp), season=12, whole=False, tested=12)
    return History(panel, run=2 * panel.tested + panel.warm_up)


@pytest.mark.slow
def test_savings_compare_at_equal_fill_with_an_interval(history):
    answers = savings(history, fills=(0.95,), seed=1, resamples=50)
    assert {answer.rule for answer in answers} == {"months of cover", "z x sd of demand", "last year plus"}
    for answer in answers:
        assert answer.low <= answer.saving <= answer.high
        assert answer.saving == pytest.approx(1 - answer.tool_stock / answer.rule_stock)
    by_rule = {answer.rule: answer.saving for answer in answers if answer.weighed == BY_PAST}
    assert by_rule["months of cover"] > 0.15, "a rule that ignores a strong season must lose"


@pytest.mark.slow
def test_without_a_year_behind_it_nobody_orders_by_last_year():
    generator = np.random.default_rng(8)
    demand = generator.gamma(9.0, 10.0, (60, 40))
    panel = Panel("weeks", demand, np.zeros(40, dtype=np.intp), season=52, whole=False, tested=12)
    answers = savings(History(panel, run=15), fills=(0.9, 0.95), seed=1, resamples=20)
    assert [(answer.fill, answer.rule) for answer in answers if answer.weighed == BY_PAST] == [
        (fill, rule) for fill in (0.9, 0.95) for rule in ("months of cover", "z x sd of demand")
    ]


def test_an_item_launched_during_the_replay_is_nothing_until_it_sells():
    demand = np.random.default_rng(8).gamma(9.0, 10.0, (60, 3))
    demand[:55, 0] = 0
    panel = Panel("launch", demand, np.array([55, 0, 0]), season=12, whole=False, tested=12)
    history = History(panel, run=15)
    assert (history.forecast[:10, 0] == 0).all()
    assert (history.errors[:10, 0] == 0).all()
    assert np.isfinite(history.errors).all()


def test_nothing_is_known_before_it_happened(history):
    moment = history.moments[0]
    known = history.errors_before(moment)
    assert np.isfinite(known[0, 0]).all()
    assert np.isnan(known[0, 1:]).all()
    assert np.isnan(known[1, 2:]).all()


@pytest.mark.slow
def test_calibration_is_learned_before_and_judged_after(history):
    answers = achieved_fills(history, target=0.95)
    assert [answer.demand_class for answer in answers] == ["smooth"]
    assert answers[0].calibrated == pytest.approx(0.95, abs=0.03)


def saving(**changes):
    given = {
        "demand_class": "smooth",
        "rule": "months of cover",
        "weighed": BY_PAST,
        "fill": 0.95,
        "items": 500,
        "saving": 0.2,
        "low": 0.12,
        "high": 0.3,
        "tool_stock": 0.8,
        "rule_stock": 1.0,
        "tool_most": 1.0,
        "rule_most": 1.0,
    }
    return Saving(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"low": 0.09}, False),
        ({"saving": 0.14}, False),
        ({"demand_class": "intermittent", "saving": -0.01}, False),
        ({"demand_class": "intermittent", "saving": 0.0}, True),
        ({"items": 38}, None),
        ({"saving": 0.05, "weighed": BY_UNITS}, None),
        ({"fill": 0.8, "saving": 0.05}, None),
        ({"saving": np.nan, "rule_most": 0.9}, None),
        ({"saving": np.nan, "tool_most": 0.9}, False),
    ],
)
def test_verdict_on_a_saving_follows_the_goal(changes, met):
    assert bench._saving_row("made", saving(**changes)).met is met


@pytest.mark.slow
def test_speed_rows_stand_beside_their_peer():
    rows = list(bench._speed_rows(500))
    assert rows[0].name == "500 safety stocks, type 1"
    assert "scipy item by item" in rows[0].peer
    assert rows[0].met is True


def test_reorder_points_agree_with_the_oracle():
    assert bench._oracle_row(count=5).met is True


def test_a_case_of_an_unknown_kind_fails_and_what_is_left_open_is_not_given(tmp_path):
    season = {"revenue": 1, "purchase_cost": 0.3, "salvage_value": 0.12, "demand_mean": 50, "demand_sd": 8}
    cases = [
        {"id": "open", "function": "newsvendor_normal_explicit", "expected": [40, 27.643868447129613],
         "input": season | {"holding_cost": None, "base_stock_level": 40}},
        {"id": "strange", "function": "tea_leaves", "expected": 1, "input": {}},
    ]  # fmt: skip
    (tmp_path / "textbook_cases.json").write_text(json.dumps({"cases": cases}))
    nothing = {"safety_stock_type1_closed_form": [], "safety_stock_fill_rate_sQ_normal": []}
    (tmp_path / "misc_cases.json").write_text(json.dumps(nothing))
    assert [result.distance < 1e-6 for result in textbook_results(tmp_path)] == [True, False]
    assert bench._textbook_row(tmp_path).met is False


def test_a_file_that_is_not_there_is_said_and_stops_nothing(tmp_path):
    (row,) = bench._where_given("textbook cases", lambda: [bench._textbook_row(tmp_path)])
    assert (row.met, "textbook_cases.json" in row.value) == (None, True)
