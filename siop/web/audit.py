"""Who changed what, when, from what to what and why: written by triggers, sealed by a job.

The triggers are statement-level with transition tables, so a paste of 1,000 cells costs one INSERT ... SELECT.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Max, Model

from siop.statements import answers

from .models import AuditEvent, AuditSeal

# Tables that people edit; imports are audited by batch and before-images, results by their inputs.
AUDITED = [
    "accounts.Person", "accounts.Department", "accounts.RoleGrant", "catalog.Parameter", "catalog.Closure", "gather.MappingProfile",
    "web.Comment", "web.SavedView", "forecasting.Override", "forecasting.CleansingMark", "forecasting.DriverEffect",
    "forecasting.DriverValue", "forecasting.Event", "forecasting.InstalledBase", "catalog.Item",
    "forecasting.Assumption", "inventory.Policy", "supply.PlannedOrder", "supply.PlanException",
    "supply.ScenarioChange", "meetings.Cycle", "meetings.Stage", "meetings.Review", "meetings.Approval",
    "meetings.AgendaItem", "meetings.Minute", "meetings.Decision", "meetings.DecisionEffect",
    "meetings.ActionItem", "plans.PlanVersion",
]  # fmt: skip
# Only what people do to these, in these columns: the millions of rows that a run writes are results, not edits.
WORKED_ON = {
    "catalog.Item": ["like_item_id", "like_item_scale", "launch_date", "end_date"],
    "supply.PlannedOrder": ["status", "quantity", "computed_quantity", "reason", "person_id", "released"],
    "supply.PlanException": ["status", "snoozed_until", "note", "person_id"],
    "plans.PlanVersion": ["status", "name", "published", "content_hash"],
}
# Never written down: secrets, and what the machinery keeps for itself.
UNTOLD = {"password", "token_digest", "last_login", "version", "touched"}
SEAL_PATIENCE_S = 5.0  # the next minute tries again


@contextmanager
def acting(person_id: int | None, *, reason: str = "") -> Iterator[None]:
    """Changes inside the block are this person's, for this reason."""
    _tell(str(person_id or ""), reason)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            _tell("", "")


def because(reason: str) -> None:
    """A more exact reason for what follows in this block, such as the one typed for an override."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('siop.reason', %s, false)", [reason])


def _tell(person: str, reason: str) -> None:
    answers(
        "SELECT set_config('siop.person', %s, false), set_config('siop.reason', %s, false)", [person, reason]
    )


# One function a table with its columns written out: taking each row apart as JSON instead cost ten times as much,
# a third of the time that a paste of 1,000 cells takes.
FUNCTION = """
CREATE OR REPLACE FUNCTION siop_audit_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    who bigint := NULLIF(current_setting('siop.person', true), '')::bigint;
    why text := COALESCE(current_setting('siop.reason', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, n.id::text, 'insert', ('{{' || {added} || '}}')::jsonb, why
        FROM added n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, o.id::text, 'delete', ('{{' || {removed} || '}}')::jsonb, why
        FROM removed o;
    ELSE
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, n.id::text, 'update', ('{{' || c.pairs || '}}')::jsonb, why
        FROM added n JOIN removed o USING (id) CROSS JOIN LATERAL (SELECT {changed} AS pairs) c
        WHERE c.pairs <> '';
    END IF;
    RETURN NULL;
END $$;
"""
# A piece of NULL is left out by concat_ws, so an empty column of a row that comes or goes is not told.
ADDED = """'"{0}": [null, ' || to_json(n.{0}) || ']'"""
REMOVED = """'"{0}": [' || to_json(o.{0}) || ', null]'"""
CHANGED = """CASE WHEN n.{0} IS DISTINCT FROM o.{0} THEN '"{0}": ' || json_build_array(o.{0}, n.{0}) END"""
TRIGGERS = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS added",
    "update": "AFTER UPDATE ON {table} REFERENCING NEW TABLE AS added OLD TABLE AS removed",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS removed",
}


def install() -> None:
    """(Re)create the triggers; called after each migration, so a new table or column cannot be forgotten."""
    with connection.cursor() as cursor:
        for label in AUDITED:
            model = apps.get_model(label)
            table = model._meta.db_table
            cursor.execute(_function(model, watched=WORKED_ON.get(label, [])))
            for action in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS siop_audit_{action} ON {table}")
            for action in ["update"] if label in WORKED_ON else list(TRIGGERS):
                cursor.execute(
                    f"CREATE TRIGGER siop_audit_{action} {TRIGGERS[action].format(table=table)} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION siop_audit_{table}()"
                )


def _function(model: type[Model], *, watched: list[str]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if field.column not in UNTOLD]
    return FUNCTION.format(
        table=model._meta.db_table,
        added=_pairs(columns, ADDED),
        removed=_pairs(columns, REMOVED),
        changed=_pairs(watched or columns, CHANGED),
    )


def _pairs(columns: list[str], piece: str) -> str:
    """SQL of the text `"column": [old, new], ...` over the columns that differ."""
    return f"concat_ws(', ', {', '.join(piece.format(column) for column in columns)})"


def seal() -> AuditSeal | None:
    """Add a link to the hash chain over the events since the last seal; None where nothing is new.

    Only events below which none can appear any more are sealed: a transaction that is still open may hold lower ones.
    """
    top = _settled_event()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('siop_audit_seal'))")
        last = AuditSeal.objects.order_by("-id").first()
        new = AuditEvent.objects.filter(pk__gt=last.last_event if last else 0, pk__lte=top)
        events = list(new.order_by("id"))
        if not events:
            return None
        return AuditSeal.objects.create(
            first_event=events[0].pk,
            last_event=events[-1].pk,
            sha256=_chain(last.sha256 if last else "", events),
        )


def _settled_event() -> int:
    """The newest event of now, once all that wrote beside it have ended; 0 where that takes too long."""
    top = AuditEvent.objects.aggregate(top=Max("id"))["top"] or 0
    writing = _writers()
    until = time.monotonic() + SEAL_PATIENCE_S
    while writing:
        if time.monotonic() > until:
            return 0
        time.sleep(0.1)
        writing &= _writers()
    return top


def _writers() -> set[str]:
    """Open transactions that have written to the trail: they hold its lock until they end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = 'web_auditevent'::regclass "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
        )
        return {row[0] for row in cursor.fetchall()}


def broken_seals() -> list[AuditSeal]:
    """Seals whose events are no longer what they were; empty when the trail is whole."""
    broken, previous = [], ""
    for link in AuditSeal.objects.order_by("id"):
        events = list(AuditEvent.objects.filter(pk__range=(link.first_event, link.last_event)).order_by("id"))
        if _chain(previous, events) != link.sha256:
            broken.append(link)
        previous = link.sha256
    return broken


def _chain(previous: str, events: list[AuditEvent]) -> str:
    digest = hashlib.sha256(previous.encode())
    for event in events:
        row = [event.pk, event.at.isoformat(), event.person_id, event.table, event.key, event.action]
        digest.update(json.dumps([*row, event.changes, event.reason], sort_keys=True).encode())
    return digest.hexdigest()
