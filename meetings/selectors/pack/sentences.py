"""The sentences on the first page, computed from the plan; each leads to its numbers."""

from inventory.models import InventoryTarget
from siop.plans.models import PlanVersion
from supply.enums import ExceptionKind

from ...addresses import address
from ...words import many, money, percent, short_money
from .. import actions, comparisons, stock
from ..gates import hard_policy_breaches
from ..topics import open_exceptions


def findings(plan: PlanVersion, found: comparisons.Comparison, sign: str) -> list[dict[str, str]]:
    """Sentences computed from the plan; each leads to its numbers."""
    return [
        finding
        for finding in (
            _late_finding(),
            _sales_finding(found, sign),
            _shortage_finding(plan),
            _hard_finding(plan),
            _risk_finding(plan, sign),
        )
        if finding
    ]


def _late_finding() -> dict[str, str] | None:
    late = actions.overdue()
    if not late:
        return None
    worst = late[0]
    return {
        "strong": f"{many(len(late), 'action')} {'is' if len(late) == 1 else 'are'} overdue.",
        "text": f"{worst.code} of {worst.owner} is {many(actions.days_late(worst), 'day')} late: {worst.title}.",
        "url": address("meetings:actions", show="overdue"),
    }


def _sales_finding(found: comparisons.Comparison, sign: str) -> dict[str, str]:
    plan, gap, part = (
        found.total(comparisons.PLAN),
        found.gap(comparisons.BUDGET),
        found.gap_share(comparisons.BUDGET),
    )
    strong = f"Sales are planned at {short_money(plan, sign)}."
    if gap is not None and part is not None:
        side = "under" if gap < 0 else "over"
        strong = f"Sales are planned at {short_money(plan, sign)}, {money(abs(gap), sign)} ({percent(abs(part))}) {side} budget."
    last = found.total(comparisons.LAST_CYCLE)
    text = (
        f"Last cycle it was {short_money(last, sign)}."
        if last is not None
        else "There is no plan of a last cycle."
    )
    return {"strong": strong, "text": text, "url": address("meetings:reconciliation")}


def _shortage_finding(plan: PlanVersion) -> dict[str, str]:
    short = stock.shortages(plan)
    if not short:
        return _late_within_period(plan)
    worst = short[0]
    return {
        "strong": f"{many(len(short), 'item-location runs', 'item-locations run')} short in the plan.",
        "text": f"The worst is {worst.item} at {worst.location}: {worst.quantity:,.0f} in {worst.month:%B %Y}.",
        "url": address("supply:exceptions"),
    }


def _late_within_period(plan: PlanVersion) -> dict[str, str]:
    """Every period ends covered; what is served late within one is said all the same."""
    late = [row for row in open_exceptions(plan) if row.kind == ExceptionKind.SHORTAGE]
    if not late:
        return {
            "strong": "No item runs short in the plan.",
            "text": "Stock and planned receipts cover the demand of the whole horizon.",
            "url": address("supply:plan"),
        }
    return {
        "strong": f"No period ends short; {many(len(late), 'item-location serves', 'item-locations serve')} some demand late.",
        "text": f"“{late[0].title}” is served within its period, but after the day it is asked for.",
        "url": address("supply:exceptions", exception=late[0].pk),
    }


def _hard_finding(plan: PlanVersion) -> dict[str, str] | None:
    rows = list(
        InventoryTarget.objects.filter(
            plan=plan, service_policy="never_run_out", simulated_risk__isnull=False
        ).select_related("item")
    )
    if not rows:
        return None
    broken = hard_policy_breaches(plan)
    worst = max(rows, key=lambda row: row.simulated_risk or 0)
    strong = (
        f"{many(len(broken), 'never-run-out policy does', 'never-run-out policies do')} not hold."
        if broken
        else "Never-run-out policies hold."
    )
    text = f"The highest simulated run-out is {percent(worst.simulated_risk, 2)}, of {worst.item}."
    return {"strong": strong, "text": text, "url": address("supply:inventory")}


def _risk_finding(plan: PlanVersion, sign: str) -> dict[str, str]:
    rows = open_exceptions(plan)
    total = float(sum(row.avoidable_loss for row in rows))
    if not total:
        return {
            "strong": "No exception holds avoidable loss.",
            "text": "",
            "url": address("supply:exceptions"),
        }
    part = float(rows[0].avoidable_loss) / total
    return {
        "strong": f"{many(len(rows), 'exception holds', 'exceptions hold')} {money(total, sign)} of avoidable loss.",
        "text": f"{rows[0].title} makes {percent(part, 0)} of it; the action costs {money(rows[0].action_cost, sign)}.",
        "url": address("supply:exceptions"),
    }
