"""The four comparisons by hand: units and money by family and month."""

from datetime import date
from decimal import Decimal

import pytest
from factories import company, live_plan, plan_version

from forecasting.models import BudgetLine, ConsensusLine, ForecastLine, ForecastRun, SalesHistory
from meetings.selectors import comparisons
from meetings.selectors.comparisons import Scope, compare
from siop.catalog.models import Item


@pytest.fixture
def made(db):
    return company(items=1)


def test_plan_in_units_and_money(made):
    found = compare(live_plan(made))
    assert found.families == ["Bottles", "Capsules"]
    assert found.of_family("Bottles", "plan") == (1200.0, 36000.0)
    assert found.total("plan") == 72000.0
    assert not found.has("budget")
    assert found.gap("budget") is None


def test_budget_of_s12(made):
    """5,000 x 30 against 165,000: gap -15,000, -9.1 %."""
    plan = live_plan(made)
    ConsensusLine.objects.filter(plan=plan).update(quantity=[0.0] * 12)
    ConsensusLine.objects.filter(plan=plan, series__item__code="BOT-1").update(quantity=[5000.0] + [0.0] * 11)
    BudgetLine.objects.create(
        month=date(2026, 12, 1), category=made.categories["Bottles"], units=5500, revenue=Decimal(165000)
    )
    found = compare(plan)
    assert found.gap("budget") == -15000
    assert round(100 * found.gap_share("budget"), 1) == -9.1


@pytest.mark.parametrize("other", ["budget", "last_year"])
def test_a_year_that_ends_says_nothing_of_the_months_after_it(made, other):
    """A budget (or a history) of three months holds three months of the plan against it: 18,000 - 15,000, not 72,000 - 15,000."""
    plan = live_plan(made)
    if other == "budget":
        for month in (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)):
            BudgetLine.objects.create(
                month=month, category=made.categories["Bottles"], units=100, revenue=Decimal(5000)
            )
    else:
        SalesHistory.objects.create(
            series=made.series[0], origin=date(2025, 12, 1), quantity=[9.0] * 3, revenue=[5000.0] * 3, data_version=1
        )  # fmt: skip
    found = compare(plan)
    assert found.gap(other) == 18_000 - 15_000
    assert found.gap_share(other) == 3_000 / 15_000
    assert [len(found.months), len(found.beside(other).months)] == [12, 3]
    assert found.total("plan") == 72_000


def test_statistical_comes_from_the_run_of_each_line(made):
    plan = live_plan(made)
    run = ForecastRun.objects.create(
        data_version=1, as_of=plan.as_of, origin=plan.origin, history_periods=12, horizon=12
    )
    line = ConsensusLine.objects.get(plan=plan, series__item__code="BOT-1")
    line.run = run
    line.save()
    ForecastLine.objects.create(run=run, series=line.series, statistical=[80.0] * 12, method="x")
    assert compare(plan).of_family("Bottles", "statistical") == (960.0, 28800.0)


def test_last_year_is_what_was_sold_for_what_it_brought(made):
    plan = live_plan(made)
    SalesHistory.objects.create(
        series=made.series[0],
        origin=date(2025, 11, 1),
        quantity=[5.0, *[10.0] * 12],
        revenue=[1.0, *[250.0] * 12],
        data_version=1,
    )
    assert compare(plan).of_family("Bottles", "last_year") == (120.0, 3000.0)


def test_last_cycle_is_aligned_by_month(made):
    before = live_plan(made, demand=90, as_of=date(2026, 11, 1), horizon=14, kind="cycle", status="draft")
    ConsensusLine.objects.filter(plan=before, series__item__code="BOT-1").update(
        quantity=[1000.0] + [90.0] * 13
    )
    plan = live_plan(made)
    assert compare(plan, last_cycle=before).of_family("Bottles", "last_cycle") == (1080.0, 32400.0)


def test_a_last_cycle_that_ends_before_is_not_held_against_the_plan(made):
    before = live_plan(made, as_of=date(2026, 11, 1), kind="cycle", status="draft")
    assert not compare(live_plan(made), last_cycle=before).has("last_cycle")


def test_items_without_price_take_the_average_they_were_sold_for(made):
    plan = live_plan(made)
    Item.objects.filter(code="BOT-1").update(unit_price=None)
    SalesHistory.objects.create(
        series=made.series[0],
        origin=date(2025, 12, 1),
        quantity=[10.0] * 12,
        revenue=[200.0] * 12,
        data_version=1,
    )
    assert compare(plan).of_family("Bottles", "plan") == (1200.0, 24000.0)


def test_a_scope_sees_its_own_families(made):
    scope = Scope(categories=(made.categories["Capsules"].pk,))
    assert compare(live_plan(made), scope=scope).families == ["Capsules"]


def test_each_write_is_seen(made):
    plan = live_plan(made)
    assert compare(plan).total("plan") == 72000.0
    ConsensusLine.objects.filter(plan=plan).update(quantity=[50.0] * 12)
    assert compare(plan).total("plan") == 36000.0


def test_an_empty_plan_compares_to_nothing(db):
    found = compare(plan_version())
    assert found.families == []
    assert found.total(comparisons.PLAN) == 0
