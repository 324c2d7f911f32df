"""What people noted at a row of the demand plan: comments, overrides with their reasons, assumptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from forecasting.enums import OverrideMode
from forecasting.grid import Cube
from forecasting.overrides_book import Node
from siop.statements import answer, answers
from siop.web.templatetags.siop import day, month, number, short_day

COMMENTS = """
SELECT p.name, t.month, t.text FROM web_comment t JOIN accounts_person p ON p.id = t.person_id
WHERE t.place = %s ORDER BY t.created DESC LIMIT %s
"""
OVERRIDES = """
SELECT p.name, t.month, t.mode, t.value, t.created, t.revoked IS NOT NULL, t.reason, t.expires
FROM forecasting_override t JOIN accounts_person p ON p.id = t.person_id
WHERE {at} ORDER BY t.sequence DESC LIMIT %(limit)s
"""
ASSUMPTIONS = """
SELECT p.name, t.kind, t.created, coalesce(c.code, ''), t.text
FROM forecasting_assumption t JOIN accounts_person p ON p.id = t.person_id LEFT JOIN catalog_category c ON c.id = t.category_id
WHERE t.closed IS NULL AND (t.category_id IS NULL OR t.category_id = ANY(%s::bigint[]))
ORDER BY t.created DESC LIMIT %s
"""
LAST_EDITOR = """
SELECT p.name, t.created FROM forecasting_override t JOIN accounts_person p ON p.id = t.person_id
WHERE {at} AND t.month = %(month)s ORDER BY t.sequence DESC LIMIT 1
"""


@dataclass(frozen=True)
class Note:
    """`who` and `said` in one line, `text` beneath it; a comment is set apart as its writer's own words."""

    who: str
    said: str = ""
    text: str = ""
    until: str = ""
    own: bool = False


def notes_at(cube: Cube, node: Node, limit: int) -> list[Note]:
    """At most `limit` of each kind, the newest first."""
    return [*_comments(node, limit), *_overrides(node, limit), *_assumptions(cube, node, limit)]


def _comments(node: Node, limit: int) -> list[Note]:
    rows = answers(COMMENTS, [node.place, limit])
    return [Note(f"{name}, {month(at)}" if at else name, text=text, own=True) for name, at, text in rows]


def _overrides(node: Node, limit: int) -> list[Note]:
    """Those typed at exactly this node, taken back or not."""
    rows = answers(OVERRIDES.format(at=_at(node)), {**node._asdict(), "limit": limit})
    return [_override(*row) for row in rows]


def _override(
    name: str, of: date, mode: str, value: Decimal, created: datetime, revoked: bool, reason: str, expires: date | None
) -> Note:  # fmt: skip
    said = OverrideMode(mode).label.lower()
    said += f" {number(value)}" if mode != OverrideMode.RELEASE else ""
    said += ", taken back" if revoked else ""
    until = f"until {day(expires)}" if expires else ""
    return Note(f"{name}, {month(of)}", f"{said}, {_local_day(created)}", reason, until)


def _assumptions(cube: Cube, node: Node, limit: int) -> list[Note]:
    """Open assumptions, risks and opportunities about the node's category, one above it, or everything."""
    rows = answers(ASSUMPTIONS, [cube.categories_above(node), limit])
    return [
        Note(
            kind[:1].upper() + kind[1:], ", ".join(filter(None, (name, _local_day(created), category))), text
        )
        for name, kind, created, category, text in rows
    ]


def _local_day(moment: datetime) -> str:
    return short_day(timezone.localtime(moment))


def _at(node: Node) -> str:
    """The condition that a row stands at exactly this node; what stands for all is NULL in the table."""
    parts = (f"t.{name}_id {f'= %({name})s' if pk else 'IS NULL'}" for name, pk in node._asdict().items())
    return " AND ".join(parts)


def last_editor(node: Node, of: date) -> tuple[str, str]:
    """Who changed a cell last, and when, for the dialog of a conflict."""
    found = answer(LAST_EDITOR.format(at=_at(node)), {**node._asdict(), "month": of})
    return (found[0], f"{timezone.localtime(found[1]):%H:%M}") if found else ("", "")
