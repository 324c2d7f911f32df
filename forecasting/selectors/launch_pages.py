"""What the page of launches and owners shows: items that follow another one, owners who use up a consumable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from forecasting.models import ConsensusLine, ForecastLine, InstalledBase
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible, visible_items
from siop.plans.models import PlanVersion
from siop.web import explanations

YEAR = 12
MOST = 200  # items that the page lists


@dataclass(frozen=True, kw_only=True)
class Launch:
    """An item with a like item or an end, and its demand of the next twelve months (None: no forecast)."""

    item: Item
    units: float | None
    method: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Owners:
    base: InstalledBase
    units: float | None
    why: str = ""


def launches(plan: PlanVersion | None, person: Person) -> list[Launch]:
    """Items that follow another one, are yet to be launched or come to an end; the newest first, at most 200."""
    named = Q(like_item__isnull=False)
    if plan:
        named |= Q(launch_date__gt=plan.as_of) | Q(end_date__gte=plan.as_of)
    items = (
        visible_items(person)
        .filter(named)
        .select_related("like_item")
        .order_by(F("launch_date").desc(nulls_last=True), "code")
    )
    found = list(items[:MOST])
    forecasts = defaultdict(list)
    for (item, *_), forecast in _lines(plan, [one.pk for one in found]).items():
        forecasts[item].append(forecast)
    return [_launch(plan, item, forecasts[item.pk]) for item in found]


def _launch(plan: PlanVersion | None, item: Item, forecasts: list[tuple[float, str]]) -> Launch:
    methods = sorted({method for _, method in forecasts})
    units = sum(units for units, _ in forecasts) if forecasts else None
    return Launch(item=item, units=units, method=", ".join(methods), why=_why(plan, f"i{item.pk}"))


def _why(plan: PlanVersion | None, node: str) -> str:
    """Address of what twelve months are made of."""
    return explanations.url("forecast_year", plan.pk, node) if plan else ""


def owners(plan: PlanVersion | None, person: Person) -> list[Owners]:
    rows: QuerySet[InstalledBase] = visible(InstalledBase.objects.all(), person, item="consumable")
    rows = rows.select_related("durable", "consumable", "location", "segment")
    bases = list(rows.order_by("consumable__code", "location__code", "segment__code"))
    lines = _lines(plan, [base.consumable_id for base in bases])
    nothing = (None, "")
    return [
        Owners(
            base=base,
            units=lines.get((base.consumable_id, base.location_id, base.segment_id), nothing)[0],
            why=_why(plan, f"i{base.consumable_id}-l{base.location_id}-g{base.segment_id}"),
        )
        for base in bases
    ]


def _lines(plan: PlanVersion | None, items: list[int]) -> dict[tuple[int, int, int], tuple[float, str]]:
    """Statistical forecast of the next twelve months and method by item, location and segment."""
    rows = ConsensusLine.objects.filter(plan=plan, series__item__in=items, run__isnull=False).values_list(
        "series__item_id", "series__location_id", "series__segment_id", "series_id", "run_id"
    )
    places = {(series, run): (item, location, segment) for item, location, segment, series, run in rows}
    return {
        place: (sum(line.statistical[:YEAR]), line.method)
        for line in _forecasts(places)
        if (place := places.get((line.series_id, line.run_id)))  # a line counts on one of the runs
    }


def _forecasts(places: dict[tuple[int, int], tuple[int, int, int]]) -> QuerySet[ForecastLine]:
    runs, series = {run for _, run in places}, {pk for pk, _ in places}
    return ForecastLine.objects.filter(run__in=runs, series__in=series).only(
        "series_id", "run_id", "statistical", "method"
    )
