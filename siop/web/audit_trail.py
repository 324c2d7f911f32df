"""The audit trail as people read it: filtered, with names instead of ids, one line for each changed column."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from siop.accounts.models import Person

from .audit import AUDITED
from .models import AuditEvent, AuditSeal
from .templatetags.siop import day

ACTIONS = {"insert": "Added", "update": "Changed", "delete": "Removed"}
# Rows whose own text needs no further query.
NAMED_BY_THEMSELVES = {
    "accounts.Person", "accounts.Department", "catalog.Parameter", "gather.MappingProfile", "web.Comment", "web.SavedView",
    "supply.PlannedOrder",
    "forecasting.Assumption", "meetings.Cycle", "meetings.Stage", "meetings.AgendaItem", "meetings.Minute", "meetings.Decision",
    "meetings.ActionItem", "catalog.Item", "catalog.Location", "catalog.Category", "catalog.Segment",
    "catalog.Closure", "forecasting.Event", "forecasting.DriverEffect", "forecasting.DriverValue", "forecasting.CleansingMark",
    "meetings.DecisionEffect", "plans.PlanVersion", "supply.PlanException", "supply.ScenarioChange",
}  # fmt: skip
# Rows whose text names the rows that they point to: these come in the same query.
NAMED_WITH = {
    "accounts.RoleGrant": ("person",), "forecasting.InstalledBase": ("durable", "consumable"),
    "forecasting.Override": ("item", "category", "location", "segment"), "inventory.Policy": ("item", "location"),
    "meetings.Approval": ("department", "plan"), "meetings.Review": ("cycle",),
}  # fmt: skip
# Named values of a column that hold ids: what these point to, by the name they have in it.
POINT_INSIDE = {("meetings.AgendaItem", "facts"): {"scenarios": "plans.PlanVersion"}}
Key = tuple[type[Model], int]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$")
DAY = re.compile(r"\d{4}-\d\d-\d\d$")
HASH = re.compile(r"[0-9a-f]{64}")  # pages name content by its first eight signs


@dataclass(frozen=True, kw_only=True)
class Filters:
    person: int | None = None
    table: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    system: bool = False


@dataclass(frozen=True)
class Change:
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One event: who did what to which row, and why."""

    at: datetime
    who: str
    what: str
    table: str
    row: str
    changes: list[Change]
    reason: str


def tables() -> dict[str, type[Model]]:
    """Audited tables by their name in the database."""
    return {model._meta.db_table: model for model in (apps.get_model(label) for label in AUDITED)}


def table_choices() -> list[tuple[str, str]]:
    named = [(name, _label(model)) for name, model in tables().items()]
    return sorted(named, key=lambda pair: pair[1])


def events(filters: Filters) -> QuerySet[AuditEvent]:
    """Newest first; what the system did only where asked for, `words` in reason and values."""
    found = AuditEvent.objects.order_by("-id")
    if filters.person is not None:
        found = found.filter(person_id=filters.person)
    elif not filters.system:
        found = found.filter(person_id__isnull=False)
    if filters.table:
        found = found.filter(table=filters.table)
    if filters.since:
        found = found.filter(at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    for word in filters.words.split():
        written = found.alias(written=Cast("changes", TextField()))
        found = written.filter(Q(reason__icontains=word) | Q(written__icontains=word))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def lines(found: Iterable[AuditEvent]) -> list[Line]:
    """Events with names for people, rows and whatever they point to, in one query a table."""
    rows = list(found)
    known = tables()
    names = _names(rows, known)
    people = Person.objects.in_bulk({row.person_id for row in rows if row.person_id})
    return [
        Line(
            at=row.at,
            who=people[row.person_id].name if row.person_id in people else "the system",
            what=ACTIONS.get(row.action, row.action),
            table=_label(known[row.table]) if row.table in known else row.table,
            row=names.get((known[row.table], int(row.key)), f"#{row.key}") if row.table in known else row.key,
            changes=list(changes(row, known.get(row.table), names)),
            reason=row.reason,
        )
        for row in rows
    ]


def _names(rows: list[AuditEvent], known: Mapping[str, type[Model]]) -> dict[Key, str]:
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for row in rows:
        model = known.get(row.table)
        if model is None:
            continue
        wanted[model].add(int(row.key))
        for column, values in (row.changes or {}).items():
            target = _points_to(model, column)
            if target is not None:
                wanted[target].update(value for value in values if isinstance(value, int))
            for name, inside in _points_inside(model, column).items():
                wanted[inside].update(
                    pk for one in values if isinstance(one, dict) for pk in one.get(name) or []
                )
    return {
        (model, pk): str(found)
        for model, ids in wanted.items()
        if model._meta.label in NAMED_BY_THEMSELVES or model._meta.label in NAMED_WITH
        for pk, found in _with_names(model).in_bulk(ids).items()
    }


def _with_names(model: type[Model]) -> QuerySet[Model]:
    beside = NAMED_WITH.get(model._meta.label)
    return model._default_manager.select_related(*beside) if beside else model._default_manager.all()


def _points_to(model: type[Model], column: str) -> type[Model] | None:
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.column == column:
            return field.remote_field.model
    return None


def _points_inside(model: type[Model] | None, column: str) -> dict[str, type[Model]]:
    found = POINT_INSIDE.get((model._meta.label, column), {}) if model else {}
    return {name: apps.get_model(label) for name, label in found.items()}


def changes(row: AuditEvent, model: type[Model] | None, names: Mapping[Key, str]) -> Iterator[Change]:
    """What an event changed, column by column and in words."""
    for column, (old, new) in sorted((row.changes or {}).items()):
        if column == "id":
            continue
        target = _points_to(model, column) if model else None
        inside = _points_inside(model, column)
        for name, was, now in _pieces(old, new):
            label = ", ".join(filter(None, (column.removesuffix("_id") if target else column, name)))
            to = inside.get(name, target)
            yield Change(label.replace("_", " "), _shown(was, to, names), _shown(now, to, names))


def _pieces(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """What is made of named values is told by those of them that differ; "" names what is not."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        yield "", old, new
        return
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _shown(value: Any, target: type[Model] | None, names: Mapping[Key, str]) -> str:
    if value is None or value in ("", [], {}):
        return "-"
    if target is not None and isinstance(value, list):
        return ", ".join(_shown(one, target, names) for one in value)
    if target is not None and isinstance(value, int):
        return names.get((target, value), f"#{value}")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        plain = isinstance(value, list) and not any(isinstance(one, list | dict) for one in value)
        return ", ".join(map(str, value)) if plain else f"{len(value)} entries"
    if isinstance(value, str) and MOMENT.match(value):
        return f"{timezone.localtime(datetime.fromisoformat(value)):%-d %b %Y, %H:%M}"
    if isinstance(value, str) and DAY.match(value):
        return day(date.fromisoformat(value))
    return f"{value[:8]}…" if isinstance(value, str) and HASH.fullmatch(value) else str(value)


def _label(model: type[Model]) -> str:
    return str(model._meta.verbose_name).capitalize()


def sealed_until() -> AuditSeal | None:
    """The newest link of the hash chain."""
    return AuditSeal.objects.order_by("-id").first()
