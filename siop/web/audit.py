"""Who changed what, when, from what to what and why: written by triggers, sealed by a job.

The triggers are statement-level with transition tables, so a paste of 1,000 cells costs one INSERT ... SELECT.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction

from .models import AuditEvent, AuditSeal

# Tables that people edit; imports are audited by batch and before-images, results by their inputs.
AUDITED = [
    "accounts.Person", "accounts.Department", "accounts.RoleGrant", "catalog.Parameter", "catalog.Closure", "gather.MappingProfile",
    "web.Comment", "forecasting.Override", "forecasting.CleansingMark", "forecasting.DriverEffect",
    "forecasting.DriverValue", "forecasting.Event",
    "forecasting.Assumption", "inventory.Policy", "supply.PlannedOrder", "supply.PlanException",
    "supply.ScenarioChange", "meetings.Cycle", "meetings.Stage", "meetings.Review", "meetings.Approval",
    "meetings.AgendaItem", "meetings.Minute", "meetings.Decision", "meetings.DecisionEffect",
    "meetings.ActionItem", "plans.PlanVersion",
]  # fmt: skip
# Only what people do to these, in these columns: the millions of rows that a run writes are results, not edits.
WORKED_ON = {
    "supply.PlannedOrder": ["status", "quantity", "computed_quantity", "reason", "person_id", "released"],
    "supply.PlanException": ["status", "snoozed_until", "note", "person_id"],
    "plans.PlanVersion": ["status", "name", "published", "content_hash"],
}
SECRET_COLUMNS = {"password", "token_digest"}


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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('siop.person', %s, false), set_config('siop.reason', %s, false)",
            [person, reason],
        )


FUNCTION = """
CREATE OR REPLACE FUNCTION siop_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    who bigint := NULLIF(current_setting('siop.person', true), '')::bigint;
    why text := COALESCE(current_setting('siop.reason', true), '');
    hidden text[] := ARRAY['password', 'token_digest', 'last_login', 'version'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, n.id::text, 'insert',
               (SELECT jsonb_object_agg(key, jsonb_build_array(NULL, value))
                FROM jsonb_each(to_jsonb(n)) WHERE value <> 'null' AND key <> ALL (hidden)), why
        FROM added n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, o.id::text, 'delete',
               (SELECT jsonb_object_agg(key, jsonb_build_array(value, NULL))
                FROM jsonb_each(to_jsonb(o)) WHERE value <> 'null' AND key <> ALL (hidden)), why
        FROM removed o;
    ELSE
        INSERT INTO web_auditevent (at, person_id, "table", key, action, changes, reason)
        SELECT clock_timestamp(), who, TG_TABLE_NAME, n.id::text, 'update', c.changes, why
        FROM added n JOIN removed o USING (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value)) AS changes
            FROM jsonb_each(to_jsonb(n)) a JOIN jsonb_each(to_jsonb(o)) b USING (key)
            WHERE a.value IS DISTINCT FROM b.value AND a.key <> ALL (hidden)
              AND (TG_NARGS = 0 OR a.key = ANY (TG_ARGV))
        ) c
        WHERE c.changes IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGERS = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS added",
    "update": "AFTER UPDATE ON {table} REFERENCING NEW TABLE AS added OLD TABLE AS removed",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS removed",
}


def install() -> None:
    """(Re)create the triggers; called after each migration, so a new table cannot be forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        for label in AUDITED:
            table = apps.get_model(label)._meta.db_table
            watched = WORKED_ON.get(label, [])
            wanted = ["update"] if watched else list(TRIGGERS)
            columns = ", ".join(f"'{column}'" for column in watched)
            for action in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS siop_audit_{action} ON {table}")
            for action in wanted:
                cursor.execute(
                    f"CREATE TRIGGER siop_audit_{action} {TRIGGERS[action].format(table=table)} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION siop_audit({columns})"
                )


def seal() -> AuditSeal | None:
    """Add a link to the hash chain over the events since the last seal; None where nothing is new."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('siop_audit_seal'))")
        last = AuditSeal.objects.order_by("-id").first()
        events = list(AuditEvent.objects.filter(pk__gt=last.last_event if last else 0).order_by("id"))
        if not events:
            return None
        return AuditSeal.objects.create(
            first_event=events[0].pk,
            last_event=events[-1].pk,
            sha256=_chain(last.sha256 if last else "", events),
        )


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
