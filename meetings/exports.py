"""Decisions, promises and key figures as files; those of the whole company need a role without scope."""

from collections.abc import Iterator
from typing import Any

from siop.plans.models import PlanVersion
from siop.web.exports import Export, Row, Scope, register

from .models import ActionItem, Approval, Decision, DecisionEffect, KpiValue
from .selectors import measures


def _whole(scope: Scope) -> bool:
    return scope.items is None and scope.locations is None


def decision_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """One row an effect; a decision that names none has one row."""
    if not _whole(scope):
        return
    rows = Decision.objects.select_related("cycle", "approver").prefetch_related("effects").order_by("id")
    for row in rows:
        options = "; ".join(
            f"{number} {option['title']}" for number, option in enumerate(row.options, start=1)
        )
        chosen = row.options[row.chosen]["title"] if row.chosen is not None and row.options else row.text
        dissent = f"{row.dissenter}: {row.dissent}" if row.dissent else ""
        head = (row.pk, row.cycle.name, row.question, options, chosen, str(row.approver or ""), dissent)
        effects: list[DecisionEffect | None] = [*row.effects.all()]
        for effect in effects or [None]:
            moved: tuple[Any, ...] = (effect.kpi, effect.expected) if effect else ("", None)
            yield (*head, *moved, row.review_date, effect.outcome if effect else None)


def action_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    for row in ActionItem.objects.select_related("owner").order_by("id"):
        yield (
            row.code,
            row.decision_id,
            row.root_cause,
            row.kind,
            row.owner.email,
            row.due,
            row.status,
            row.evidence,
        )


def approval_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    """Every word on a cycle plan in the order it was given, with the reservation, or why it was rejected."""
    if not _whole(scope):
        return
    for row in Approval.objects.select_related("cycle", "department", "person").order_by("id"):
        signed = (row.cycle.name, row.plan_id, row.department.code, row.part, row.verdict)
        yield (*signed, row.person.email, row.at, row.content_hash, row.reason)


def kpi_rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    if not _whole(scope):
        return
    for row in KpiValue.objects.select_related("cycle").order_by("cycle__period", "kpi"):
        yield (row.kpi, row.cycle.name, row.value, row.target, row.colour)
    for reading in measures.readings():
        yield (reading.measure, f"{reading.month:%B %Y}", reading.value, reading.target, "")


register(
    Export(
        kind="decisions",
        label="Decisions",
        columns=(
            "id", "cycle", "question", "options", "chosen", "approver", "dissent", "effect_kpi", "expected",
            "review_date", "outcome",
        ),
        rows=decision_rows,
    ),
)  # fmt: skip
register(
    Export(
        kind="action_items",
        label="Action items",
        columns=("id", "decision", "root_cause", "kind", "owner", "due_date", "status", "evidence"),
        rows=action_rows,
    )
)
register(
    Export(
        kind="approvals",
        label="Approvals",
        columns=("cycle", "plan", "department", "part", "verdict", "person", "at", "signed_hash", "remark"),
        rows=approval_rows,
    )
)
register(
    Export(
        kind="kpis", label="Key figures", columns=("kpi", "cycle", "value", "target", "colour"), rows=kpi_rows
    )
)
