"""Overrides meet their month: credited to the one that moved the cell last, scored by reason, by person in private."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now
from forecasting_plan import Desk

from forecasting.models import AccuracyLine
from forecasting.selectors import accuracy, override_value
from forecasting.selectors.demand_cube import forget_all
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def sales(item: str, months: range, units: int) -> list[dict[str, Any]]:
    row = {"item": item, "location": "NJ", "segment": "WEB", "order": "1", "quantity": units}
    return [row | {"date": date(2024 + m // 12, m % 12 + 1, 15)} for m in months]


@pytest.fixture
def closed_month(dana: Any) -> None:
    """Two items at 100 a month; Dana sets one to 130 (120 came), the other to 80 (110 came)."""
    forget_all()
    load_tables(
        {
            "categories": [{"category": "Caps"}],
            "items": [{"item": item, "category": "Caps"} for item in ("UP", "DOWN")],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales("UP", range(24), 100) + sales("DOWN", range(24), 100),
        }
    )
    plan = plan_now(as_of=JANUARY)
    desk = Desk(plan, dana)
    for item, value, reason in (("UP", 130, "Ads doubled"), ("DOWN", 80, "A chain leaves ")):
        series = plan.consensus_lines.get(series__item__code=item).series_id
        desk.type(f"s{series}", {0: value}, reason=reason)
    load_tables({"sales": sales("UP", range(24, 25), 120) + sales("DOWN", range(24, 25), 110)})
    plan_now(as_of=FEBRUARY, background=True)


@pytest.mark.usefixtures("closed_month")
def test_scores_by_reason_and_by_person(dana: Any, erin: Any) -> None:
    lines = accuracy.scored_lines(erin)
    scores = {score.label: score for score in override_value.scores_by_reason(lines)}
    assert scores["Ads doubled"].units == pytest.approx(10)  # 20 off without, 10 off with it
    assert scores["A chain leaves"].units == pytest.approx(-20)  # 10 off without, 30 off with it
    assert [score.label for score in override_value.scores_by_reason(lines)] == [
        "Ads doubled",
        "A chain leaves",
    ]
    own = override_value.score_of(lines, dana)
    assert own is not None
    assert (own.cells, own.helped, round(own.units)) == (2, 1, -10)
    assert override_value.score_of(lines, erin) is None


@pytest.mark.usefixtures("closed_month")
def test_each_step_is_kept_and_their_gains_add_up(dana: Any) -> None:
    line = AccuracyLine.objects.get(series__item__code="UP", lag=1)
    steps = [line.naive, line.statistical, line.reconciled, line.planner, line.consensus]
    assert steps == pytest.approx([100, 100, 100, 130, 130])
    found = accuracy.measured(accuracy.scored_lines(dana))
    assert found.wape == pytest.approx(40 / 230)
    assert found.bias == pytest.approx((10 - 30) / 230)
    assert sum(found.gains().values()) == pytest.approx(found.value_added)
    assert found.gains()["planner"] == pytest.approx((30 - 40) / 230)


@pytest.mark.usefixtures("closed_month")
def test_the_page_shows_a_score_to_its_owner_only(client: Any, dana: Any, erin: Any) -> None:
    for person, seen in ((dana, True), (erin, False)):
        client.force_login(person)
        text = client.get("/accuracy/").content.decode()
        assert "Overrides added 10 units of error" in text
        assert ("only you see this" in text) == seen
