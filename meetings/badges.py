"""Counts beside the rail's pages, in short queries: they stand on every page."""

from datetime import timedelta

from siop.accounts.models import Person
from siop.reading import once
from siop.statements import answer

from .enums import ActionStatus
from .selectors.cycles import today

SOON = timedelta(days=7)
WAITING = """
SELECT count(*) FILTER (WHERE owner_id = %(person)s AND due <= %(soon)s), count(*) FILTER (WHERE due < %(today)s)
FROM meetings_actionitem WHERE status <> %(done)s
"""


def waiting(person: Person) -> int:
    """Own actions that are late or due within a week."""
    return _counts(person)["own"]


def late_actions(person: Person) -> int:
    return _counts(person)["late"]


def _counts(person: Person) -> dict[str, int]:
    asked = {"person": person.pk, "soon": today() + SOON, "today": today(), "done": ActionStatus.DONE}
    own, late = once(("actions", person.pk), lambda: answer(WAITING, asked)) or (0, 0)
    return {"own": own, "late": late}
