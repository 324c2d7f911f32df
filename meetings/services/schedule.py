"""Dates and owners of a cycle's stages, changed by hand: with a reason, and who owns a stage is told."""

from datetime import date

from django.db import transaction

from siop.accounts.access import may, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.web import audit

from ..enums import StageKind
from ..errors import CycleError
from ..models import Cycle, Stage
from ..selectors.working_days import (
    add_working_days,
    closures,
    first_working_day,
    working_days_between,
    works,
)
from ..words import day
from .telling import tell_owner


@transaction.atomic
def change_stage(
    *, person: Person, cycle: Cycle, kind: StageKind, due: date, owner: Person | None, reason: str
) -> int:
    """Another due date or owner for a stage; later stages move by as many working days, which are returned."""
    require(person, Permission.RUN_CYCLE)
    stage = cycle.stages.select_for_update().filter(kind=kind).first()
    if stage is None or stage.finished is not None:
        raise CycleError(f"{StageKind(kind).label} of {cycle.name} is closed; its dates stay as they were.")
    if not reason.strip():
        raise CycleError("Say why: people plan their weeks by these dates.")
    if owner is not None and not may(owner, Permission.EDIT_ACTION):
        raise CycleError(f"{owner} has no role that closes a stage; give one in Settings first.")
    _check_due(stage, due)
    audit.because(f"schedule: {reason}")
    by = _distance(stage.due, due, closures())
    new_owner = owner is not None and stage.owner_id != owner.pk
    stage.due, stage.owner = due, owner or stage.owner
    stage.save(update_fields=["due", "owner"])
    move(cycle, by=by, after=stage.position)
    if new_owner:
        _tell(stage, cycle)
    return by


def _check_due(stage: Stage, due: date) -> None:
    if not works(due, closures()):
        raise CycleError(f"{day(due)} is no working day; choose another.")
    if due < stage.start:
        raise CycleError(f"{stage} starts on {day(stage.start)}; it cannot be due before.")


def move(cycle: Cycle, *, by: int, after: int = -1) -> None:
    """Move the stages behind position `after` by working days."""
    closed = closures()
    for stage in cycle.stages.filter(position__gt=after) if by else ():
        stage.start = add_working_days(stage.start, by, closed)
        stage.due = add_working_days(stage.due, by, closed)
        stage.save(update_fields=["start", "due"])


def _distance(before: date, after: date, closed: set[date]) -> int:
    """Working days from one day to another, below zero where it is earlier."""
    first, last = sorted((first_working_day(before, closed), after))
    steps = working_days_between(first, last, closed) - 1
    return steps if after >= before else -steps


def _tell(stage: Stage, cycle: Cycle) -> None:
    tell_owner(
        stage,
        key=f"stage:{cycle.pk}:{stage.kind}:owner:{stage.owner_id}",
        text=f"{stage} of {cycle.name} is yours now, due {day(stage.due)}.",
    )
