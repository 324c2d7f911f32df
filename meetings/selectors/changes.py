"""What changed since the last cycle: its plan beside this one, in figures that people know."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from siop.plans.models import PlanVersion
from siop.statements import answers
from siop.web.kept import kept
from siop.web.templatetags.siop import number
from supply.enums import ExceptionStatus
from supply.models import PlanException, PlannedOrder

from ..models import Cycle
from ..words import money
from . import comparisons
from .cycles import previous_plan, shown_plan


@dataclass(frozen=True)
class Change:
    what: str
    before: str
    after: str
    tone: str = ""


def changes(cycle: Cycle | None, found: comparisons.Comparison | None, sign: str) -> list[Change]:
    """Rows that differ; nothing where there was no cycle before."""
    last, plan = previous_plan(cycle), shown_plan(cycle)
    if last is None or plan is None or found is None:
        return []
    rows = [
        _row(
            "Demand plan, 12 months",
            found.total(comparisons.LAST_CYCLE),
            found.total(comparisons.PLAN),
            sign,
            up=True,
        ),
        *_counts(last, plan, sign),
        *_overrides(last, plan),
        *_lead_times(last, plan),
    ]
    return [row for row in rows if row is not None and row.before != row.after]


def _row(
    what: str, before: float | None, after: float | None, sign: str, *, up: bool | None = None
) -> Change | None:
    if before is None or after is None:
        return None
    tone = "" if up is None or before == after else "good" if (after > before) == up else "bad"
    return Change(
        what,
        money(before, sign) if sign else number(before),
        money(after, sign) if sign else number(after),
        tone,
    )


def _counts(last: PlanVersion, plan: PlanVersion, sign: str) -> list[Change | None]:
    was, now = kept(("changes", last.pk, plan.pk), lambda: _figures([last, plan]), size=lambda _: 500)
    return [
        _row("Open exceptions", was["exceptions"], now["exceptions"], "", up=False),
        _row("Avoidable loss", was["loss"], now["loss"], sign, up=False),
        _row("Planned orders", was["orders"], now["orders"], ""),
        _row("Value of planned orders", was["value"], now["value"], sign),
    ]


def _figures(plans: list[PlanVersion]) -> list[dict[str, float]]:
    """Of each plan: open exceptions and the loss they let avoid, planned orders and their value."""
    threats = _by_plan(
        PlanException.objects.filter(plan__in=plans, status=ExceptionStatus.OPEN),
        exceptions=Count("id"),
        loss=Sum("avoidable_loss", filter=Q(avoidable_loss__gt=0)),
    )
    orders = _by_plan(
        PlannedOrder.objects.filter(plan__in=plans),
        orders=Count("id"),
        value=Sum(F("quantity") * F("unit_landed_cost")),
    )
    names = ("exceptions", "loss", "orders", "value")
    found = [threats.get(plan.pk, {}) | orders.get(plan.pk, {}) for plan in plans]
    return [{name: float(sums.get(name) or 0) for name in names} for sums in found]


def _by_plan(rows: QuerySet[Any], **sums: Any) -> dict[int, dict[str, Any]]:
    return {row["plan"]: row for row in rows.order_by().values("plan").annotate(**sums)}


def _overrides(last: PlanVersion, plan: PlanVersion) -> list[Change | None]:
    return [_row("Active overrides", _active(last), _active(plan), "")]


ACTIVE = """
SELECT count(*) FROM forecasting_override
WHERE month >= %(start)s AND created <= %(moment)s AND (revoked IS NULL OR revoked > %(moment)s)
  AND (expires IS NULL OR expires > %(day)s)
"""


def _active(plan: PlanVersion) -> int:
    """Overrides of the months of a plan that stood when it was published; of one still being made, that stand."""
    moment = plan.published or timezone.now()
    asked = {"start": plan.as_of, "moment": moment, "day": timezone.localdate(moment)}
    ((count,),) = answers(ACTIVE, asked)
    return int(count)


LEAD_TIMES = """
SELECT i.code, l.code, a.lead_time_days, b.lead_time_days
FROM inventory_inventorytarget a JOIN inventory_inventorytarget b USING (item_id, location_id)
JOIN catalog_item i ON i.id = a.item_id JOIN catalog_location l ON l.id = a.location_id
WHERE a.plan_id = %s AND b.plan_id = %s AND abs(a.lead_time_days - b.lead_time_days) >= 0.5
ORDER BY abs(a.lead_time_days - b.lead_time_days) DESC, i.code LIMIT 3
"""


def _lead_times(last: PlanVersion, plan: PlanVersion) -> list[Change | None]:
    asked = [last.pk, plan.pk]
    rows = kept(("lead times", *asked), lambda: answers(LEAD_TIMES, asked), size=lambda _: 500)
    return [
        Change(
            f"Lead time of {item} to {location}",
            number(before),
            f"{number(after)} days",
            "bad" if after > before else "good",
        )
        for item, location, before, after in rows
    ]
