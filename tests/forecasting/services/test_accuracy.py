"""What was said before is kept and scored when the month has closed."""

from datetime import date

import pytest
from chain import exported, plan_now

from forecasting.models import AccuracyLine, ForecastRun
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db


def sales(months: range, units: int) -> list[dict[str, object]]:
    return [
        {"date": date(2024 + m // 12, m % 12 + 1, 15), "item": "CAP", "location": "NJ", "segment": "WEB", "order": "1",
         "quantity": units}
        for m in months
    ]  # fmt: skip


def test_a_closed_month_is_scored_at_the_lag_it_was_planned(db: None) -> None:
    load_tables(
        {
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales(range(0, 24), 100),
        }
    )
    first = plan_now(as_of=date(2026, 1, 1), background=True)
    load_tables({"sales": sales(range(24, 26), 120)})
    plan_now(as_of=date(2026, 3, 1), background=True)

    lines = {(line.month, line.lag): line for line in AccuracyLine.objects.filter(plan=first)}
    assert sorted(lines) == [(date(2026, 1, 1), 1), (date(2026, 2, 1), 2)]
    january = lines[date(2026, 1, 1), 1]
    assert (january.actual, january.naive) == (120, 100)
    assert january.statistical == january.consensus == pytest.approx(100)
    scored = next(row for row in exported("accuracy") if row["lag"] == 1)
    assert scored["wape"] == pytest.approx(20 / 120, abs=1e-5)
    assert scored["bias"] == pytest.approx(-20 / 120, abs=1e-5)


def test_a_young_item_is_held_against_its_newest_figure_not_against_months_before_its_first_sale(
    db: None,
) -> None:
    load_tables(
        {
            "items": [{"item": "CAP"}, {"item": "OLD"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales(range(18, 24), 100) + [row | {"item": "OLD"} for row in sales(range(0, 24), 70)],
        }
    )
    first = plan_now(as_of=date(2026, 1, 1), background=True)
    load_tables({"sales": sales(range(24, 25), 120)})
    plan_now(as_of=date(2026, 2, 1), background=True)

    held = AccuracyLine.objects.filter(plan=first, lag=1).values_list("series__item__code", "naive")
    assert dict(held) == {"CAP": 100, "OLD": 70}


@pytest.mark.slow
def test_runs_that_no_plan_shows_are_forgotten(db: None) -> None:
    load_tables(
        {
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales(range(0, 24), 100),
        }
    )
    for day in range(1, 14):
        plan_now(as_of=date(2026, 1, day))
    plan_now(background=True)
    assert ForecastRun.objects.count() <= 12
