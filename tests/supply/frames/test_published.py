"""Safety stock learns from what was published and missed."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now
from django.utils import timezone

from forecasting.models import CleansingMark, ConsensusLine, DemandSeries
from inventory.models import InventoryTarget
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from supply.frames import read_errors, read_places, read_published

pytestmark = pytest.mark.django_db


def sales(item: str, months: range, units: float) -> list[dict[str, Any]]:
    return [
        {"date": date(2023 + m // 12, m % 12 + 1, 15), "item": item, "location": "NJ", "segment": "WEB", "order": "1",
         "quantity": units + 10 * (-1) ** m}
        for m in months
    ]  # fmt: skip


def company() -> None:
    """Two kinds of bottle of one body, which comes from far away."""
    makes = {"location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 5}
    buys = {"item": "BODY", "location": "NJ", "source": "FAR", "kind": "buy", "lead_time_days": 60}
    load_tables(
        {
            "items": [{"item": item, "service_policy": "cycle_service", "service_target": 0.95} for item in ("RED", "BLUE", "BODY")],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "suppliers": [{"supplier": "FAR"}],
            "parameters": [{"name": "review_days", "value": "30"}],
            "bom": [{"parent": item, "component": "BODY", "quantity_per": 1} for item in ("RED", "BLUE")],
            "sourcing": [buys, *(makes | {"item": item} for item in ("RED", "BLUE"))],
            "sales": [*sales("RED", range(33), 200), *sales("BLUE", range(33), 200)],
        }
    )  # fmt: skip


def three_plans(*, said: float) -> list[int]:
    """Those of the last three months, with so much demand of everything; the months have passed since."""
    company()
    plans = []
    for month in (10, 11, 12):
        plan = plan_now(as_of=date(2025, month, 1))
        ConsensusLine.objects.filter(plan=plan).update(quantity=[said] * plan.horizon)
        plans.append(plan.pk)
        passed = range(23 + month, 24 + month)
        load_tables({"sales": [*sales("RED", passed, 200), *sales("BLUE", passed, 200)]})
    return plans


def publish(plans: list[int]) -> PlanVersion:
    """The plan of the month after these were published."""
    PlanVersion.objects.filter(pk__in=plans).update(published=timezone.now())
    return plan_now(as_of=date(2026, 1, 1))


def target(plan: PlanVersion, item: str) -> InventoryTarget:
    return InventoryTarget.objects.get(plan=plan, item__code=item)


def test_misses_are_summed_over_the_months_that_are_over() -> None:
    plan = publish(three_plans(said=150))
    places = read_places(plan)
    found = read_published(plan, places, history=read_errors(plan, places).history)
    assert found.closed.tolist() == [3, 2, 1]
    sold = found.planned[0]
    assert sold.sum() == 2
    assert found.missed[:, 0, sold].T.tolist() == [[40, 60, 40]] * 2
    assert found.missed[0, :3, sold].tolist() == [[40, 100, 140]] * 2


def test_what_was_published_and_missed_raises_the_target_and_is_said() -> None:
    plans = three_plans(said=150)
    unheard = publish([])
    assert "published" not in target(unheard, "RED").reason
    heard = publish(plans)
    assert "3 published plans" in target(heard, "RED").reason
    assert target(heard, "RED").protection_sd > 1.2 * target(unheard, "RED").protection_sd


def test_what_plans_of_the_products_missed_together_raises_the_target_of_their_component() -> None:
    plans = three_plans(said=150)
    unheard, heard = publish([]), publish(plans)
    assert "3 published plans" in target(heard, "BODY").reason
    assert target(heard, "BODY").protection_sd > 1.5 * target(unheard, "BODY").protection_sd


def test_a_month_that_ran_dry_is_held_to_what_was_asked_for() -> None:
    plan = publish(three_plans(said=200))
    CleansingMark.objects.create(
        series=DemandSeries.objects.get(item__code="RED"),
        month=date(2025, 12, 1),
        kind="unshipped",
        raw=190,
        imputed=290,
    )
    places = read_places(plan)
    found = read_published(plan, places, history=read_errors(plan, places).history)
    assert sorted(found.missed[2, 0].tolist())[-1] == pytest.approx(90, abs=20)
