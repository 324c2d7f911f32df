"""The audit trail as a kind of export: one row for each changed column."""

from collections.abc import Iterator
from typing import Any

from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.models import PlanVersion

from .exports import Export, Row, Scope, register
from .models import AuditEvent

COLUMNS = ("at", "who", "table", "key", "column", "old", "new", "reason")


def rows(plan: PlanVersion, scope: Scope) -> Iterator[Row]:
    people = dict(Person.objects.values_list("pk", "email"))
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=2000):
        who = people.get(event.person_id, "") if event.person_id else ""
        for column, (old, new) in sorted((event.changes or {}).items()):
            yield event.at, who, event.table, event.key, column, _text(old), _text(new), event.reason


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


register(
    Export(kind="audit", label="Audit trail", columns=COLUMNS, rows=rows, permission=Permission.SEE_AUDIT)
)
