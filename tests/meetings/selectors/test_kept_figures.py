"""Figures that are kept while their tables stand are those of the rows as they are, after every write."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from factories import company, live_plan, plan_version

from forecasting.models import AccuracyLine
from inventory.models import InventoryTarget
from meetings.selectors import changes, comparisons, differences, kpis
from siop.web import kept
from supply.models import PlannedOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept.forget_all()


@pytest.fixture
def made() -> Any:
    return company(items=1)


def asked_of(table: str, ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as heard:
        ask()
    return sum(table in one["sql"] for one in heard)


def test_forecast_error_is_measured_anew_once_a_line_is_written(made: Any) -> None:
    at = kpis.moment(live_plan(made))
    figures = {"lag": 1, "actual": 100, "statistical": 0, "reconciled": 0, "planner": 0, "naive": 0}
    line = AccuracyLine.objects.create(series=made.series[0], month=at.start, consensus=120, **figures)
    assert kpis.measure("wape", at) == pytest.approx(0.2)
    assert asked_of("forecasting_accuracyline", lambda: kpis.measure("wape", at)) == 0
    line.consensus = 150
    line.save()
    assert kpis.measure("wape", at) == pytest.approx(0.5)


def test_what_a_refresh_would_change_follows_orders_and_targets(made: Any) -> None:
    live, plan = live_plan(made), plan_version(kind="cycle", status="draft")

    def found() -> dict[tuple[str, str], float]:
        return {(row.what, row.unit): row.after for row in differences.differences(plan, live)}

    before = found()
    assert found() == before
    assert asked_of("SUM(", found) == 0
    PlannedOrder.objects.filter(plan=live).update(quantity=F("quantity") * 2)
    assert found()["Planned orders", "money"] == 2 * before["Planned orders", "money"]
    InventoryTarget.objects.filter(plan=live).update(safety_stock=7)
    assert found()["Safety stock", "units"] == 14


def test_changes_since_the_last_cycle_follow_orders(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, last = live_plan(made), plan_version(status="superseded")
    monkeypatch.setattr(changes, "previous_plan", lambda cycle: last)
    monkeypatch.setattr(changes, "shown_plan", lambda cycle: plan)

    def orders() -> str:
        rows = changes.changes(None, comparisons.compare(plan), "$")
        return next((row.after for row in rows if row.what == "Planned orders"), "none")

    assert [orders(), orders()] == ["2", "2"]
    PlannedOrder.objects.filter(plan=plan).first().delete()  # type: ignore[union-attr]
    assert orders() == "1"
