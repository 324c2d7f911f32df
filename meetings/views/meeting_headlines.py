"""The strip over the executive meeting: gap, loss, decisions, approvals and stock, each with its explanation."""

from dataclasses import replace

from siop.plans.models import PlanVersion
from siop.web import explanations
from siop.web.headlines import Headline

from ..models import AgendaItem
from ..selectors import approvals, comparisons, kpis, stock, topics
from ..words import listed, many, money, share, short_money, signed_money
from .common import Shown


def headlines(page: Shown, items: list[AgendaItem], given: list[approvals.Signature]) -> list[Headline]:
    """Five figures, two of them only where a plan stands."""
    plan = page.plan
    if plan is None:
        return [_gap(page), _decisions(items, plan), _approvals(given, plan)]
    return [
        _gap(page),
        _loss(plan, page.sign),
        _decisions(items, plan),
        _approvals(given, plan),
        _highest_stock(plan, page.sign),
    ]


def _gap(page: Shown) -> Headline:
    found = page.comparison
    gap = found.gap(comparisons.BUDGET) if found else None
    row = Headline(
        label="Demand plan to budget",
        value=signed_money(gap, page.sign),
        definition=kpis.BY_NAME["budget_gap"].definition,
        note="no budget is imported",
    )
    if found is None or gap is None or page.plan is None:
        return row
    budget = short_money(found.total(comparisons.BUDGET), page.sign)
    return replace(
        row,
        note=f"{share(found.gap_share(comparisons.BUDGET))} of {budget}",
        why=explanations.url("gap", page.plan.pk, comparisons.BUDGET),
    )


def _loss(plan: PlanVersion, sign: str) -> Headline:
    exceptions = topics.open_exceptions(plan)
    return Headline(
        label="Avoidable loss, open",
        definition=kpis.BY_NAME["avoidable_loss"].definition,
        value=money(float(sum(row.avoidable_loss for row in exceptions)), sign),
        note=many(len(exceptions), "exception"),
        why=explanations.url("kpi", plan.pk, "avoidable_loss"),
    )


def _decisions(items: list[AgendaItem], plan: PlanVersion | None) -> Headline:
    asked = [item for item in items if item.facts.get("options")]
    made = sum(item.done for item in asked)
    return Headline(
        label="Decisions asked",
        value=f"{made} of {len(asked)}",
        note=f"made, {len(asked) - made} open",
        definition="Agenda items with options, and how many are decided.",
        why=explanations.url("decisions_made", plan.pk) if plan and asked else "",
    )


def _approvals(given: list[approvals.Signature], plan: PlanVersion | None) -> Headline:
    voided = sum(row.state == approvals.VOIDED for row in given)
    waiting = sum(row.state not in (approvals.APPROVED, approvals.VOIDED) for row in given)
    missing = [f"{count} {word}" for count, word in ((voided, "voided"), (waiting, "waiting")) if count]
    return Headline(
        label=f"Approvals, plan v{plan.pk if plan else ''}",
        value=f"{sum(row.complete for row in given)} of {len(given)}",
        note=listed(missing) or "all signed",
        definition="Departments whose signature holds for the plan as it is now.",
        why=explanations.url("approvals_given", plan.pk) if plan and given else "",
    )


def _highest_stock(plan: PlanVersion, sign: str) -> Headline:
    by_month = stock.value_by_month(plan)
    return Headline(
        label="Highest month-end stock",
        value=money(max(by_month, default=None), sign),
        note=f"lowest {money(min(by_month, default=None), sign)}",
        definition="Projected stock at unit cost, highest of the planned month ends.",
        why=explanations.url("highest_stock", plan.pk) if by_month else "",
    )
