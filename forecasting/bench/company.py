"""An invented demand plan of any size, seeded, for benchmarks and browser tests of the grid; no engine is run."""

from __future__ import annotations

from datetime import date

import numpy as np
from django.db import transaction

from forecasting.models import ConsensusLine, DemandSeries, ForecastLine, ForecastRun
from siop import bulk
from siop.accounts.enums import Role
from siop.accounts.models import Person, RoleGrant
from siop.catalog.models import Category, Item, Location, Segment
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion

AS_OF, ORIGIN = date(2026, 12, 1), date(2023, 12, 1)
HISTORY, HORIZON = 36, 18
FAMILIES = (
    "Adapters", "Bottles", "Brackets", "Cables", "Capsules", "Drives", "Fans", "Filters", "Flanges", "Gaskets",
    "Hoses", "Motors", "Nozzles", "Pumps", "Seals", "Sensors", "Springs", "Tanks", "Valves", "Wheels",
)  # fmt: skip
KINDS = ("standard", "compact", "heavy duty", "stainless", "brass", "long life", "low noise", "IP67")
PASSWORD = "grid-bench-password"  # noqa: S105 - of people who exist in throw-away databases only


@transaction.atomic
def seed(*, rows: int, people: tuple[str, ...] = ("dana", "dora")) -> PlanVersion:
    """`rows` series of half as many items in twenty families, at one place for two segments, planned."""
    for name in people:
        someone = Person.objects.create_person(
            email=f"{name}@bench.example", name=name.title(), password=PASSWORD
        )
        RoleGrant.objects.create(person=someone, role=Role.DEMAND_PLANNER)
    series = _series(max(1, rows // 2))
    run = ForecastRun.objects.create(
        data_version=1, as_of=AS_OF, origin=ORIGIN, history_periods=HISTORY, horizon=HORIZON
    )
    plan = PlanVersion.objects.create(
        kind=PlanKind.LIVE, status=PlanStatus.CURRENT, data_version=1, as_of=AS_OF, origin=ORIGIN,
        history_periods=HISTORY, horizon=HORIZON, parameters={"season": 12}, inputs={"forecast_run": run.pk},
    )  # fmt: skip
    history, statistical, width = _demand(len(series))
    flat = np.zeros_like(statistical)
    bulk.copy_in(
        ForecastLine,
        {
            "run_id": run.pk, "series_id": series, "history": history, "statistical": statistical,
            "low_80": np.maximum(statistical - 1.28 * width, 0), "high_80": statistical + 1.28 * width,
            "low_95": np.maximum(statistical - 1.96 * width, 0), "high_95": statistical + 1.96 * width,
            "level": statistical, "trend": flat, "season": flat, "drivers": flat, "events": flat,
            "method": "Combination",
        },
    )  # fmt: skip
    bulk.copy_in(
        ConsensusLine,
        {"plan_id": plan.pk, "series_id": series, "run_id": run.pk, "quantity": statistical, "version": 1},
    )
    return plan


def _series(items: int) -> np.ndarray:
    categories = [Category.objects.create(code=name).pk for name in FAMILIES[: min(len(FAMILIES), items)]]
    location = Location.objects.create(code="NJ", description="New Jersey")
    segments = [Segment.objects.create(code=code).pk for code in ("Retail", "Web")]
    family = np.arange(items) % len(categories)
    number = np.arange(items) // len(categories)
    names = FAMILIES
    bulk.copy_in(
        Item,
        {
            "code": [f"{names[f][:3].upper()}-{10000 + n}" for f, n in zip(family, number, strict=True)],
            "description": [
                f"{names[f][:-1]}, {KINDS[n % 8]} {10 + n % 90} mm"
                for f, n in zip(family, number, strict=True)
            ],
            "category_id": np.array(categories)[family],
            "unit_price": np.round(5 + (family * 7 + number) % 40, 2).astype(float),
        },
    )
    (pks,) = bulk.copy_out("SELECT id FROM catalog_item ORDER BY id", columns="i")
    bulk.copy_in(
        DemandSeries,
        {"item_id": np.repeat(pks, 2), "location_id": location.pk, "segment_id": np.tile(segments, len(pks))},
    )
    (series,) = bulk.copy_out("SELECT id FROM forecasting_demandseries ORDER BY id", columns="i")
    return series


def _demand(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20261201)
    level = rng.lognormal(4.5, 1.1, count)[:, None]
    months = np.arange(HISTORY + HORIZON)
    season = 1 + 0.2 * np.sin(2 * np.pi * (months[None, :] + rng.integers(0, 12, count)[:, None]) / 12)
    whole = level * season * (1 + rng.normal(0, 0.01, count)[:, None] * months[None, :] / 12)
    noise = rng.normal(1, 0.12, (count, HISTORY))
    history = np.round(np.maximum(whole[:, :HISTORY] * noise, 0))
    statistical = np.maximum(whole[:, HISTORY:], 0)
    return history, statistical, 0.12 * statistical * np.sqrt(1 + np.arange(HORIZON) / 6)
