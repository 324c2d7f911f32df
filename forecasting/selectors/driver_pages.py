"""What the Drivers page shows: values by node and month, elasticities as typed and as learned, what they change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet

from forecasting.models import CleansingMark, DemandSeries, DriverEffect, DriverValue, Event, LearnedEffect
from forecasting.selectors.drivers import current_effect, effect_texts
from siop import bulk
from siop.accounts.access import holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.visibility import visible
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.statements import answers
from siop.web.seen import sealed

YEAR = 12
MARKED_MONTHS = """
SELECT month, sum(raw), sum(imputed) FROM forecasting_cleansingmark WHERE series_id = ANY(%s) AND NOT undone
GROUP BY month
"""
CAUSES = """
FROM forecasting_consensusline c
JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
CROSS JOIN LATERAL jsonb_array_elements(l.causes) x
CROSS JOIN LATERAL jsonb_array_elements_text(x -> 'units') WITH ORDINALITY AS u (q, n)
"""
WITHIN = """
WHERE c.plan_id = %(plan)s AND l.causes <> '[]' AND u.n <= %(year)s
  AND (%(series)s::bigint[] IS NULL OR c.series_id = ANY(%(series)s))
"""
CHANGED = f"SELECT x ->> 'kind', x ->> 'name', sum(u.q::float8) {CAUSES} {WITHIN} GROUP BY 1, 2"
ONE_CAUSE = f"""
SELECT i.code, u.n - 1, sum(u.q::float8) {CAUSES}
JOIN forecasting_demandseries s ON s.id = c.series_id JOIN catalog_item i ON i.id = s.item_id
{WITHIN} AND x ->> 'kind' = %(kind)s AND x ->> 'name' = %(name)s
GROUP BY 1, 2 HAVING sum(u.q::float8) <> 0
"""
Changed = dict[tuple[str, str], float]


@dataclass(frozen=True, kw_only=True)
class NodeValues:
    """Values of a driver at one node, by month (None where none is written)."""

    item: int | None
    category: int | None
    segment: int | None
    label: str
    values: dict[date, float]

    @property
    def key(self) -> str:
        return "-".join(str(pk or 0) for pk in (self.item, self.category, self.segment))


@dataclass(frozen=True, kw_only=True)
class EffectNow:
    """An elasticity as typed and as it stands after the months that have closed."""

    effect: DriverEffect
    mean: float
    sd: float
    observations: list[Any]

    @property
    def moved(self) -> bool:
        return bool(self.observations) and abs(self.mean - self.effect.elasticity) >= 0.0005

    @property
    def seen(self) -> str:
        """What a form that changes it was made on."""
        return sealed(effect_texts(self.effect))


def drivers() -> list[str]:
    """Codes of all drivers that have values or effects."""
    valued = DriverValue.objects.order_by("driver").values_list("driver", flat=True).distinct()
    typed = DriverEffect.objects.order_by("driver").values_list("driver", flat=True).distinct()
    return sorted({*valued, *typed})


def node_values(driver: str) -> list[NodeValues]:
    rows = DriverValue.objects.filter(driver=driver).select_related("item", "category", "segment")
    known = calendar.load()
    found: dict[Any, NodeValues] = {}
    for row in rows.order_by("category__code", "item__code", "segment__code", "month"):
        key = (row.item_id, row.category_id, row.segment_id)
        if key not in found:
            found[key] = NodeValues(
                item=row.item_id, category=row.category_id, segment=row.segment_id, label=_place(row), values={}
            )  # fmt: skip
        found[key].values[known.start_of(row.month)] = row.value
    return list(found.values())


def effects(driver: str) -> list[EffectNow]:
    rows = DriverEffect.objects.filter(driver=driver).select_related("item", "category")
    found = []
    for row in rows.prefetch_related("observations").order_by("category__code", "item__code"):
        mean, sd = current_effect(row)
        found.append(EffectNow(effect=row, mean=mean, sd=sd, observations=list(row.observations.all())))
    return found


def learned(driver: str) -> dict[str, Any]:
    """What history itself says: items fitted, items where it lowers the error, and their mean elasticity."""
    rows = LearnedEffect.objects.filter(driver=driver)
    return rows.aggregate(
        items=Count("id"),
        used=Count("id", filter=Q(kept=True)),
        mean=Avg("elasticity", filter=Q(kept=True)),
        sd=Avg("sd", filter=Q(kept=True)),
    )


def events() -> QuerySet[Event]:
    return Event.objects.select_related("item", "category", "segment").order_by("-start", "code")


def changed_by_causes(plan: PlanVersion | None, person: Person) -> Changed:
    """Units of the next twelve months by (kind, name) of the cause, within what a person sees."""
    if plan is None:
        return {}
    columns = bulk.lists_out(CHANGED, _within(plan, person))
    return {(kind, name): units for kind, name, units in zip(*columns, strict=True)}


def units_of_cause(plan: PlanVersion, person: Person, kind: str, name: str) -> list[tuple[str, int, float]]:
    """(item, place of the month in the horizon, units) of one cause, within what a person sees."""
    columns = bulk.lists_out(ONE_CAUSE, _within(plan, person) | {"kind": kind, "name": name})
    return list(zip(*columns, strict=True))


def _within(plan: PlanVersion, person: Person) -> dict[str, Any]:
    series: list[int] | None = None
    if not holds_everywhere(person, Permission.VIEW):
        series = list(visible(DemandSeries.objects.all(), person).values_list("pk", flat=True))
    return {"plan": plan.pk, "year": YEAR, "series": series}


def plan_before(plan: PlanVersion | None) -> PlanVersion | None:
    """The live plan that this one replaced, with another forecast: what a change has done is seen against it."""
    if plan is None:
        return None
    older = PlanVersion.objects.filter(kind=PlanKind.LIVE, status=PlanStatus.SUPERSEDED, pk__lt=plan.pk)
    run = plan.inputs.get("forecast_run")
    return next((one for one in older.order_by("-pk")[:5] if one.inputs.get("forecast_run") != run), None)


def marks(person: Person) -> QuerySet[CleansingMark]:
    rows = CleansingMark.objects.select_related(
        "series__item", "series__location", "series__segment", "person"
    )
    return visible(rows, person, item="series__item", location="series__location").order_by(
        "-month", "series__item__code", "series_id"
    )


def marked_months(series: Iterable[int]) -> dict[date, tuple[float, float]]:
    """Sold and used instead, summed over series, for each month in which one of them carries a mark that counts."""
    return {month: (sold, used) for month, sold, used in answers(MARKED_MONTHS, [list(series)])}


def _place(row: DriverValue) -> str:
    parts = [str(part) for part in (row.item or row.category, row.segment) if part]
    return ", ".join(parts) or "everything"
