"""The whole state of a cycle in one answer, for commands and machines."""

from typing import Any

from siop.plans import hashing
from siop.plans.enums import PlanPart

from ..enums import StageKind
from ..models import Cycle
from ..words import day
from . import approvals, gates
from .cycles import closed_because, stages_of
from .reviews import family_reviews


def status(cycle: Cycle) -> dict[str, Any]:
    """Codes and dates only; `told` says the same in sentences."""
    stage = StageKind(cycle.stage)
    plan = cycle.plan
    return {
        "cycle": cycle.name,
        "period": cycle.period,
        "stage": stage.value,
        "closed": cycle.closed,
        "stages": [
            {
                "stage": row.kind,
                "start": row.start,
                "due": row.due,
                "owner": row.owner.email if row.owner else None,
                "started": row.started,
                "finished": row.finished,
                "forced_reason": row.forced_reason,
            }
            for row in stages_of(cycle)
        ],
        "gates": [
            {"gate": gate.label, "met": gate.met, "required": gate.required, "detail": gate.detail}
            for gate in gates.gates(cycle, stage)
        ],
        "reviews": [
            {
                "family": row.family,
                "state": row.state,
                "by": row.review.person.email if row.review else None,
            }
            for row in family_reviews(cycle, stage)
        ],
        "approvals": [
            {
                "department": row.department.code,
                "state": row.state,
                "by": row.approval.person.email if row.approval else None,
                "note": row.note,
            }
            for row in approvals.signatures(cycle)
        ],
        "locked": [part.value for part in PlanPart if closed_because(part)],
        "version": plan.pk if plan else None,
        "content_hash": (plan.content_hash if plan.published else hashing.current(plan).content_hash)
        if plan
        else None,
        "published": plan.published if plan else None,
    }


def told(cycle: Cycle) -> str:
    """For people at a terminal."""
    lines = [f"{cycle.name}: {StageKind(cycle.stage).label}" + (f", {cycle.plan}" if cycle.plan else "")]
    for row in stages_of(cycle):
        mark = "✓" if row.finished else "→" if row.kind == cycle.stage else " "
        forced = f"  forced: {row.forced_reason}" if row.forced_reason else ""
        lines.append(
            f"  {mark} {row.get_kind_display():<18} due {day(row.due):<7} {row.owner or '-'}{forced}"
        )
    for gate in gates.gates(cycle, StageKind(cycle.stage)):
        lines.append(
            f"  {'✓' if gate.met else '▲' if gate.required else '▼'} {gate.label}{': ' + gate.detail if gate.detail else ''}"
        )
    for signature in approvals.signatures(cycle):
        lines.append(f"  {signature.department}: {signature.state} {signature.note}".rstrip())
    return "\n".join(lines)
