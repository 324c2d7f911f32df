"""What a forecast tells its reader beside the number."""

import re
from datetime import date

import numpy as np
import pytest
from chain import plan_now

from forecasting.models import ForecastLine
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

MONTHS = 36


def company(quantities: dict[str, list[int]]) -> dict[str, ForecastLine]:
    """Plan items sold so many a month until December 2025; the forecast line of each."""
    load_tables(
        {
            "items": [{"item": item} for item in quantities],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {
                    "date": date(2023 + k // 12, k % 12 + 1, 9),
                    "item": item,
                    "location": "NJ",
                    "segment": "WEB",
                }
                | {"order": "1", "quantity": quantity}
                for item, sold in quantities.items()
                for k, quantity in enumerate(sold)
                if quantity
            ],
        }
    )
    run = plan_now(as_of=date(2026, 1, 1)).inputs["forecast_run"]
    lines = ForecastLine.objects.filter(run=run).select_related("series__item")
    return {line.series.item.code: line for line in lines}


def test_history_cut_at_a_break_of_level_is_said_with_its_month_and_steady_history_is_not() -> None:
    noise = np.random.default_rng(1).integers(-9, 10, MONTHS)
    lines = company(
        {
            "BROKE": [int(100 + n) if k < 24 else int(1000 + n) for k, n in enumerate(noise)],
            "STEADY": [int(300 + n) for n in noise],
        }
    )
    assert lines["BROKE"].note == "History counts from Jan 25 on, when demand broke to another level."
    assert lines["STEADY"].note == ""
    assert lines["BROKE"].statistical[0] == pytest.approx(1000, rel=0.05)


def test_history_that_never_moved_has_a_range_and_says_where_it_comes_from() -> None:
    noise = np.random.default_rng(2).integers(-60, 60, MONTHS)
    lines = company({"FLAT": [50] * MONTHS, "ONCE": [0] * 35 + [50], "LIVELY": [int(300 + n) for n in noise]})
    for item in ("FLAT", "ONCE"):
        assert lines[item].note == "Its own history never moved, so its range is the usual one of all items."
        assert lines[item].low_80[0] < 50 < lines[item].high_80[0]
    assert lines["ONCE"].high_80[0] - 50 > 3 * (lines["FLAT"].high_80[0] - 50)
    assert lines["LIVELY"].note == ""


def test_growth_taken_from_the_category_is_said_with_who_told_it() -> None:
    rng = np.random.default_rng(3)
    season = 1 + 0.2 * np.cos(np.arange(MONTHS) * np.pi / 6)
    lines = company(
        {
            f"ITEM{k}": [0] * 18
            + [int(v) for v in (900 * 1.2 ** (np.arange(18) / 12) * season[18:] * rng.normal(1, 0.03, 18))]
            for k in range(8)
        }
    )
    assert re.search(
        r"Grows as its category: \+\d\d % a year, told by 8 histories over 5 months\.", lines["ITEM0"].note
    )


def test_a_young_item_that_climbs_is_not_forecast_by_last_year() -> None:
    """Fourteen months: its last value did better than the pool, which says nothing of the 27 of a year before."""
    sold = [0] * 22 + [59, 40, 27, 26, 12, 13, 10, 14, 22, 39, 55, 58, 85, 156]
    company({"CLIMBS": sold})
    plan_now(as_of=date(2026, 1, 1), background=True)
    line = company({"CLIMBS": sold})["CLIMBS"]
    assert line.backtest_origins == 12
    assert (line.naive_wape or 1) < (line.backtest_wape or 0)
    assert line.statistical[0] > 60


def test_a_young_item_expects_what_half_a_year_misses_together_and_the_backtest_leaves_it() -> None:
    rng = np.random.default_rng(5)
    walks = 400 * np.exp(np.cumsum(rng.normal(0, 0.08, (12, 14)), axis=1))
    company({f"ITEM{k}": [0] * 22 + walk.round().astype(int).tolist() for k, walk in enumerate(walks)})
    plan_now(as_of=date(2026, 1, 1), background=True)
    line = ForecastLine.objects.filter(backtest_origins__gt=0).order_by("-run_id", "series_id")[0]
    assert len(line.cumulative_rmse) == 6
    assert line.cumulative_rmse[0] == pytest.approx(line.error_sd)
    assert line.cumulative_rmse[5] > 6**0.6 * line.error_sd, (
        "a level that wanders is missed month after month"
    )


def test_a_step_of_all_items_of_a_category_is_said_with_its_month_and_is_no_growth() -> None:
    rng = np.random.default_rng(3)
    season = 1 + 0.2 * np.cos(np.arange(MONTHS) * np.pi / 6)
    level = np.where(np.arange(MONTHS) >= 29, 1200, 900) * season
    lines = company(
        {f"ITEM{k}": [0] * 12 + [int(v) for v in level[12:] * rng.normal(1, 0.03, 24)] for k in range(8)}
    )
    assert re.search(r"Stepped with its category by \+[23]\d % in (May|Jun|Jul) 25\.", lines["ITEM0"].note)
    assert "Grows" not in lines["ITEM0"].note
