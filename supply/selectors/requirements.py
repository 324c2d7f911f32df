"""What suppliers are asked for in the months ahead, beside what they were told before."""

from dataclasses import dataclass
from datetime import date

from siop import bulk
from siop.catalog import calendar
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion

MONTHS_AHEAD = 6


@dataclass(frozen=True, kw_only=True)
class Requirement:
    supplier: str
    item: str
    month: date
    quantity: float
    previous: float

    @property
    def change(self) -> float:
        return self.quantity - self.previous


def supplier_requirements(
    plan: PlanVersion, *, items: list[int] | None = None, locations: list[int] | None = None
) -> list[Requirement]:
    """Planned purchases by the period in which they ship, for six periods, and what the plan before said.

    The plan before is the newest published one, else the live plan that this one took the place of.
    """
    before = previous_plan(plan)
    now = _by_month(plan, plan, items, locations)
    then = _by_month(before, plan, items, locations) if before else {}
    return [
        Requirement(
            supplier=supplier, item=item, month=month, quantity=now.get(key, 0.0), previous=then.get(key, 0.0)
        )
        for key in sorted({*now, *then})
        for supplier, item, month in [key]
    ]


def previous_plan(plan: PlanVersion) -> PlanVersion | None:
    earlier = PlanVersion.objects.filter(pk__lt=plan.pk).order_by("-pk")
    return (
        earlier.filter(status=PlanStatus.PUBLISHED).first()
        or earlier.filter(status=PlanStatus.SUPERSEDED, as_of__lt=plan.as_of).first()
    )


def _by_month(
    source: PlanVersion, plan: PlanVersion, items: list[int] | None, locations: list[int] | None
) -> dict[tuple[str, str, date], float]:
    periods = calendar.load()
    edges = periods.edges(plan.as_of, min(MONTHS_AHEAD, plan.horizon))
    rows = bulk.lists_out(
        """
        SELECT o.source, i.code, o.ship_date, o.quantity::float8
        FROM supply_plannedorder o JOIN catalog_item i ON i.id = o.item_id
        WHERE o.plan_id = %(plan)s AND o.kind = 'buy' AND o.ship_date >= %(first)s AND o.ship_date < %(end)s
              AND (%(items)s::bigint[] IS NULL OR o.item_id = ANY(%(items)s::bigint[]))
              AND (%(locations)s::bigint[] IS NULL OR o.location_id = ANY(%(locations)s::bigint[]))
        """,
        {
            "plan": source.pk,
            "first": date.fromordinal(int(edges[0])),
            "end": date.fromordinal(int(edges[-1])),
            "items": items,
            "locations": locations,
        },
    )
    total: dict[tuple[str, str, date], float] = {}
    for supplier, item, day, quantity in zip(*rows, strict=True):
        key = (supplier, item, periods.start_of(day))
        total[key] = total.get(key, 0.0) + quantity
    return total
