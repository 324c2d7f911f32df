"""What may still be edited. The cycle decides (`meetings` registers how); edit services ask here, below it.

An edit holds the gate shared until its transaction ends, a change of stage holds it alone: no edit slips in
behind a stage that has started.
"""

from collections.abc import Callable

from django.db import connection

from siop.statements import answers

from .enums import PlanPart

GATE = 7_340_001
REPLANNING = 7_340_002
_closed: list[Callable[[PlanPart], str]] = []


class PartLocked(Exception):
    """What was to be edited has been decided; the message names the stage and what to do."""


def register(closed_because: Callable[[PlanPart], str]) -> None:
    """`closed_because(part)` says why a part is read-only, or nothing where it is open."""
    _closed[:] = [closed_because]


def closed_because(part: PlanPart) -> str:
    """For pages: the reason a part is read-only, empty where it may be edited."""
    return _closed[0](part) if _closed else ""


def is_open(part: PlanPart) -> bool:
    return not closed_because(part)


def require_open(part: PlanPart) -> None:
    """For edit services, inside their transaction: raises `PartLocked` where the part is read-only."""
    hold_stages()
    reason = closed_because(part)
    if reason:
        raise PartLocked(reason)


def hold_stages() -> None:
    """For edits and what follows from them, inside their transaction: waits for a change of stage and keeps it out."""
    answers("SELECT pg_advisory_xact_lock_shared(%s)", [GATE])


def hold_all_edits() -> None:
    """For changes of stage, inside their transaction: waits for edits under way and keeps new ones out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])


def hold_plan(plan_id: int) -> None:
    """Within a transaction: whoever plans parts of the same plan again waits until this one has ended.

    What is planned again replaces rows; two at once would each put theirs in without seeing the other's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [REPLANNING, plan_id])
