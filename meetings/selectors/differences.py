"""What a refresh would change: the cycle plan beside the live plan, by family and part."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Model, Sum

from inventory.models import InventoryTarget
from siop.plans import hashing
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.web.kept import kept
from supply.models import PlanException, PlannedOrder

from . import comparisons

ORDERED = Sum(F("quantity") * F("unit_landed_cost"))


@dataclass(frozen=True)
class Difference:
    """One figure that is not the same in both plans."""

    what: str
    unit: str
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before


def differences(plan: PlanVersion, live: PlanVersion) -> list[Difference]:
    """Families whose demand differs, then targets, orders and exceptions as a whole; empty where nothing differs."""
    if _content(plan) == _content(live):
        return []
    counts = kept(("differences", plan.pk, live.pk), lambda: _counts(plan, live), size=lambda _: 1_000)
    found = [*_demand(plan, live), *counts]
    known = [row for row in found if abs(row.change) >= 0.005]
    return known or [Difference("Lines with other dates or reasons", "lines", 0.0, float(_moved(plan, live)))]


def _content(plan: PlanVersion) -> dict[tuple[str, PlanPart], str]:
    return hashing.current(plan).digests


def _moved(plan: PlanVersion, live: PlanVersion) -> int:
    before, after = _content(plan), _content(live)
    return sum(1 for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _demand(plan: PlanVersion, live: PlanVersion) -> list[Difference]:
    before, after = comparisons.compare(plan), comparisons.compare(live)
    rows = []
    for family in sorted({*before.families, *after.families}):
        was = before.of_family(family, comparisons.PLAN) or (0.0, 0.0)
        now = after.of_family(family, comparisons.PLAN) or (0.0, 0.0)
        rows.append(Difference(f"Demand of {family}", "units", was[0], now[0]))
        rows.append(Difference(f"Demand of {family}", "money", was[1], now[1]))
    return rows


def _counts(plan: PlanVersion, live: PlanVersion) -> list[Difference]:
    targets = _sums(InventoryTarget, [plan, live], units=Sum("safety_stock"))
    orders = _sums(PlannedOrder, [plan, live], orders=Count("id"), money=ORDERED)
    threats = _sums(PlanException, [plan, live], exceptions=Count("id"), money=Sum("avoidable_loss"))
    return [
        Difference(what, unit, *(float(row.get(name) or 0) for row in rows))
        for what, unit, rows, name in (
            ("Safety stock", "units", targets, "units"),
            ("Planned orders", "orders", orders, "orders"),
            ("Planned orders", "money", orders, "money"),
            ("Exceptions", "exceptions", threats, "exceptions"),
            ("Avoidable loss", "money", threats, "money"),
        )
    ]


def _sums(model: type[Model], plans: list[PlanVersion], **figures: Any) -> list[dict[str, Any]]:
    """Figures over the rows of each plan; nothing for a plan without rows."""
    rows = model._default_manager.filter(plan__in=plans).order_by().values("plan_id").annotate(**figures)
    found = {row["plan_id"]: row for row in rows}
    return [found.get(plan.pk, {}) for plan in plans]
