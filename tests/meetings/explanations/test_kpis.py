"""Key figures explain themselves: parts that sum to what the card shows, and a way to where they come from."""

import re
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.http import Http404
from factories import company, cycle_in, heads, live_plan, somebody

from forecasting.models import AccuracyLine, BudgetLine, Delivery, DemandSeries
from forecasting.selectors.demand_cube import forget_all
from meetings.explanations.kpis import FIGURES
from meetings.models import AgendaItem
from meetings.selectors import comparisons, cycles, kpis, stock, trends
from siop.accounts.enums import Role
from siop.catalog.models import Category
from siop.web.explanations import explain

MONTH = date(2026, 11, 1)


@pytest.fixture(scope="module")
def plan_once(kept_rows: None) -> Any:
    made = company(("Bottles", "Capsules"), items=6)
    plan = live_plan(made, parameters={"planning_date": "2026-12-01"})
    cycle_in("demand_review", somebody("ada", "administrator"))
    for number, series in enumerate(DemandSeries.objects.order_by("pk")):
        AccuracyLine.objects.create(
            series=series, month=MONTH, lag=1, actual=100, naive=100 + 3 * number, statistical=100 + 2 * number,
            reconciled=100 + 2 * number, planner=100 - number, consensus=100 - number,
        )  # fmt: skip
    for number, item in enumerate(made.items):
        Delivery.objects.create(
            order="SO-1", line=str(number), item=item, location=made.location, promised_date=date(2026, 11, 10),
            shipped_date=date(2026, 11, 9 if number % 2 else 12), ordered_quantity=10, shipped_quantity=10,
        )  # fmt: skip
    return plan


@pytest.fixture
def plan(plan_once: Any, ada: Any) -> Any:
    forget_all()
    return deepcopy(plan_once)


def test_each_explained_figure_is_registered_and_its_card_leads_there(plan: Any) -> None:
    assert set(FIGURES) == {name for name, kind in kpis.EXPLAINED.items() if kind == "figure"}
    assert trends.headline("wape", None, plan).why == f"/web/why/figure/{plan.pk}/wape"


@pytest.mark.parametrize("name", ["demand_plan", "wape", "bias", "value_added", "fill_rate", "otif"])
def test_the_parts_sum_to_what_the_card_shows(plan: Any, dana: Any, name: str) -> None:
    found = explain(dana, "figure", str(plan.pk), name)
    assert float(found.total) == kpis.measure(name, kpis.moment(plan))
    assert sum(float(part.value) for part in found.parts) == pytest.approx(float(found.total))
    assert len(found.parts) <= 10


def test_error_names_the_items_that_missed_most(plan: Any, dana: Any) -> None:
    parts = explain(dana, "figure", str(plan.pk), "wape").parts
    assert parts[0].value > parts[1].value
    assert parts[-1].label.endswith("others")


def test_who_sees_a_part_of_the_company_gets_no_figure_of_the_whole(
    client: Any, person: Any, plan: Any
) -> None:
    client.force_login(person("partly", Role.DEMAND_PLANNER, category=Category.objects.get(code="Bottles")))
    assert client.get(f"/web/why/figure/{plan.pk}/wape").status_code == 404
    assert client.get(f"/web/why/figure/{plan.pk}/nonsense").status_code == 404


def test_a_gap_is_the_sum_of_its_families(plan: Any, dana: Any) -> None:
    for category, units in (("Bottles", 120), ("Capsules", 20)):
        BudgetLine.objects.create(
            month=date(2026, 12, 1),
            category=Category.objects.get(code=category),
            units=units,
            revenue=units * 30,
        )
    found = explain(dana, "gap", str(plan.pk), "budget")
    assert float(found.total) == comparisons.compare(plan).gap("budget")
    assert {part.label for part in found.parts} == {"Bottles", "Capsules"}
    with pytest.raises(Http404):
        explain(dana, "gap", str(plan.pk), "last_cycle")


def test_who_sees_one_family_sees_the_gap_of_that_family(person: Any, plan: Any) -> None:
    bottles = Category.objects.get(code="Bottles")
    BudgetLine.objects.create(month=date(2026, 12, 1), category=bottles, units=100, revenue=3000)
    bob = person("partly", Role.DEMAND_PLANNER, category=bottles)
    found = explain(bob, "gap", str(plan.pk), "budget")
    assert [part.label for part in found.parts] == ["Bottles"]
    with pytest.raises(Http404):
        explain(bob, "highest_stock", str(plan.pk))


def test_the_highest_stock_is_the_sum_of_its_families(plan: Any, dana: Any) -> None:
    found = explain(dana, "highest_stock", str(plan.pk))
    assert float(found.total) == pytest.approx(max(stock.value_by_month(plan)))
    assert len(found.parts) == 2


@pytest.fixture
def budgeted(plan: Any) -> Any:
    for category, units in (("Bottles", 120), ("Capsules", 20)):
        BudgetLine.objects.create(
            month=date(2026, 12, 1),
            category=Category.objects.get(code=category),
            units=units,
            revenue=units * 30,
        )
    return plan


def test_every_cell_of_the_reconciliation_opens_what_it_is_made_of(
    client: Any, dana: Any, budgeted: Any
) -> None:
    client.force_login(dana)
    page = client.get("/reconciliation/?against=budget")
    asked = re.findall(r'data-why="(/web/why/reconciled/[^"]+)"', page.content.decode())
    found = comparisons.compare(budgeted).beside("budget")
    assert len(asked) == 6 * (2 + 1) + 3 * len(found.months)
    for address in asked:
        keys = address.removeprefix("/web/why/reconciled/").split("/")
        explain(dana, "reconciled", *keys)
    bottles = explain(dana, "reconciled", str(budgeted.pk), "budget", "gap", "units", "Bottles", "-")
    plan, budget = found.of_family("Bottles", "plan"), found.of_family("Bottles", "budget")
    assert float(bottles.total) == pytest.approx(plan[0] - budget[0])
    assert [part.value for part in bottles.sums[0].parts] == pytest.approx([plan[0], -budget[0]])


def test_a_cell_that_is_not_there_is_not_found(dana: Any, budgeted: Any) -> None:
    for keys in (
        ("budget", "gap", "pounds", "-", "-"),
        ("last_cycle", "gap", "money", "-", "-"),
        ("budget", "gap", "money", "Nobody", "-"),
        ("budget", "plan", "money", "-", "2001-01-01"),
    ):
        with pytest.raises(Http404):
            explain(dana, "reconciled", str(budgeted.pk), *keys)


def test_counts_of_the_meeting_name_each_decision_and_each_department(
    client: Any, ada: Any, dana: Any, person: Any, plan: Any
) -> None:
    cycle = cycles.current_cycle()
    for title, done in (("Fly bottles", True), ("Cut the range", False)):
        AgendaItem.objects.create(
            cycle=cycle,
            key=title,
            title=title,
            position=1,
            minutes=5,
            done=done,
            facts={"options": [{"title": "Yes"}]},
        )
    heads(person)
    made = explain(dana, "decisions_made", str(cycle.plan_id))
    assert [(part.label, part.value) for part in made.parts] == [("Fly bottles", 1), ("Cut the range", 0)]
    assert made.total == 1
    given = explain(dana, "approvals_given", str(cycle.plan_id))
    assert (given.total, len(given.parts)) == (0, 5)
