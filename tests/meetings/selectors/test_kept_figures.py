"""Figures that are kept while their tables stand are those of the rows as they are, after every write."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Model
from django.test.utils import CaptureQueriesContext
from factories import company, live_plan, plan_exception, plan_version

from forecasting.models import (
    AccuracyLine,
    BudgetLine,
    ConsensusLine,
    ForecastLine,
    ForecastRun,
    SalesHistory,
)
from inventory.models import InventoryTarget
from meetings.models import Cycle, KpiValue
from meetings.selectors import changes, comparisons, differences, home, kpis, trends
from siop.catalog.models import Item
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.web import kept
from supply.enums import ExceptionKind, ExceptionStatus
from supply.models import PlanException, PlannedOrder

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


def forecast_anew(plan: PlanVersion, statistical: float) -> ConsensusLine:
    """A line of the plan whose forecast a run of its own holds."""
    line = ConsensusLine.objects.filter(plan=plan).select_related("series__item").earliest("pk")
    line.run = ForecastRun.objects.create(
        data_version=1, as_of=plan.as_of, origin=plan.origin, history_periods=12, horizon=12
    )
    line.save()
    ForecastLine.objects.create(run=line.run, series=line.series, statistical=[statistical] * 12, method="x")
    return line


def test_what_a_plan_is_held_against_is_read_again_only_where_it_was_written(made: Any) -> None:
    plan = live_plan(made)
    forecast_anew(plan, 10)
    before = comparisons.compare(plan)
    ConsensusLine.objects.filter(plan=plan).update(quantity=[5.0] * 12)
    typed = comparisons.compare(plan)
    assert typed.total("plan") != before.total("plan")
    assert typed.total("statistical") == before.total("statistical")
    assert asked_of("forecastline", lambda: comparisons.compare(plan)) == 0

    Item.objects.update(unit_price=F("unit_price") * 2)
    assert comparisons.compare(plan).total("statistical") == 2 * (typed.total("statistical") or 0)
    sold = {"origin": plan.as_of.replace(year=plan.as_of.year - 1), "data_version": 1}
    SalesHistory.objects.create(series=made.series[0], quantity=[9.0], revenue=[70.0], **sold)
    assert comparisons.compare(plan).total("last_year") == 70
    BudgetLine.objects.create(month=plan.as_of, category=made.categories["Bottles"], units=1, revenue=30)
    assert comparisons.compare(plan).total("budget") == 30


def test_a_line_that_is_forecast_anew_is_held_against_its_new_forecast(made: Any) -> None:
    plan = live_plan(made)
    price = float(forecast_anew(plan, 10).series.item.unit_price or 0)
    assert comparisons.compare(plan).total("statistical") == 120 * price
    forecast_anew(plan, 1_000)
    assert comparisons.compare(plan).total("statistical") == 12_000 * price


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


def threatened(made: Any, **fields: Any) -> PlanVersion:
    """A live plan in which bottles are short."""
    plan = live_plan(made)
    plan_exception(plan, item=made.items[0], location=made.location, **fields)
    return plan


def test_risks_follow_exceptions_and_are_kept_for_those_of_the_same_rights(
    made: Any, person: Callable[..., Any]
) -> None:
    plan = threatened(made)
    dana, dora = person("dana", "demand_planner"), person("dora", "demand_planner")
    carl = person("carl", "demand_planner", category=made.categories["Capsules"])
    (row,), count = home.risks(dana, plan)
    assert count == 1
    assert kpis.measure("avoidable_loss", kpis.moment(plan)) == row.avoidable_loss
    assert asked_of("supply_planexception", lambda: home.risks(dora, plan)) == 0
    assert home.risks(carl, plan) == ([], 0)

    PlanException.objects.update(avoidable_loss=F("avoidable_loss") * 2)
    assert home.risks(dora, plan)[0][0].avoidable_loss == 2 * row.avoidable_loss
    PlanException.objects.update(status=ExceptionStatus.RESOLVED)
    assert home.risks(dana, plan) == ([], 0)
    assert not kpis.measure("avoidable_loss", kpis.moment(plan))


def test_demand_outside_its_range_is_told_until_somebody_deals_with_it(
    made: Any, person: Callable[..., Any]
) -> None:
    threatened(made, kind=ExceptionKind.FORECAST_SHIFT)
    dana = person("dana", "demand_planner")
    assert len(home.shifts(dana)) == 1
    assert asked_of("supply_planexception", lambda: home.shifts(dana)) == 0
    PlanException.objects.update(status=ExceptionStatus.RESOLVED)
    assert home.shifts(dana) == []


def test_the_trend_of_a_figure_follows_what_a_cycle_kept(made: Any) -> None:
    month = Cycle.objects.create(period=live_plan(made).as_of, name="this month")
    value = KpiValue.objects.create(cycle=month, kpi="wape", value=0.2, colour="green")
    assert trends.history(month, "wape") == [0.2]
    assert asked_of("meetings_kpivalue", lambda: trends.history(month, "wape")) == 0
    value.value = 0.3
    value.save()
    assert trends.history(month, "wape") == [0.3]


@pytest.mark.parametrize(
    ("model", "change"),
    [(InventoryTarget, {"safety_stock": 7}), (PlannedOrder, {"quantity": 7}), (Item, {"unit": "box"})],
)
def test_the_hash_of_a_plan_follows_what_is_written_beneath_it(
    made: Any, model: type[Model], change: dict[str, Any]
) -> None:
    plan = live_plan(made)
    before = hashing.row_versions(plan)
    assert asked_of(model._meta.db_table, lambda: hashing.row_versions(plan)) == 0
    model._default_manager.update(**change)
    assert hashing.row_versions(plan) != before
    assert hashing.current(plan) == hashing.content(plan)


def test_the_hash_of_a_plan_follows_what_is_typed(made: Any) -> None:
    plan = live_plan(made)
    before = hashing.current(plan)
    ConsensusLine.objects.filter(plan=plan).update(quantity=[5.0] * 12)
    assert hashing.current(plan) == hashing.content(plan) != before
