"""What is published cannot change: by trigger for everybody, by missing grants for the application role."""

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

ROLE = "siop_app"
# Tables beneath a plan, with their column of the plan's id: frozen once the plan is published.
BENEATH_PLANS = {
    "plans.PlanDigest": "plan_id",
    "forecasting.ConsensusLine": "plan_id",
    "inventory.InventoryTarget": "plan_id",
    "supply.PlanLine": "plan_id",
    "supply.Peg": "plan_id",
    "supply.CapacityLoad": "plan_id",
    "supply.SupplierRisk": "plan_id",
}
# Rows beneath a published plan that people still work with, and the columns in which they do.
WORKED_ON = {
    "supply.PlannedOrder": ("status", "released", "person_id", "version"),
    "supply.PlanException": ("status", "snoozed_until", "note", "person_id", "version"),
}
# Rows that are only ever added.
APPEND_ONLY = [
    "web.AuditEvent", "web.AuditSeal", "meetings.Approval", "meetings.Minute", "meetings.Pack",
]  # fmt: skip

FUNCTIONS = """
CREATE OR REPLACE FUNCTION siop_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT p.id INTO found FROM plans_planversion p
        WHERE p.published IS NOT NULL AND p.id IN (SELECT DISTINCT plan_id FROM added) LIMIT 1;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT p.id INTO found FROM plans_planversion p
        WHERE p.published IS NOT NULL AND p.id IN (SELECT DISTINCT plan_id FROM removed) LIMIT 1;
    ELSE
        SELECT p.id INTO found FROM plans_planversion p
        WHERE p.published IS NOT NULL
          AND p.id IN (SELECT DISTINCT plan_id FROM added UNION SELECT DISTINCT plan_id FROM removed) LIMIT 1;
    END IF;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'plan % is published: % refused on %', found, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION siop_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'published' AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - 'status' IS DISTINCT FROM to_jsonb(OLD) - 'status'
                                     OR NEW.status NOT IN ('published', 'superseded')) THEN
        RAISE EXCEPTION 'plan % is published: % refused', OLD.id, TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'superseded' AND OLD.published IS NOT NULL
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD)) THEN
        RAISE EXCEPTION 'plan % was published: % refused', OLD.id, TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE FUNCTION siop_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION siop_refuse_published_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The arguments name the columns that still move: an order is released, an exception snoozed; no number changes.
    IF EXISTS (SELECT 1 FROM plans_planversion p
               WHERE p.id IN (OLD.plan_id, NEW.plan_id) AND p.published IS NOT NULL)
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV) THEN
        RAISE EXCEPTION 'plan % is published: % of row % of % refused', OLD.plan_id, TG_OP, OLD.id, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS added",
    "update": "REFERENCING NEW TABLE AS added OLD TABLE AS removed",
    "delete": "REFERENCING OLD TABLE AS removed",
}


def install() -> None:
    """(Re)create triggers and grants; called after each migration."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS)
        for label in BENEATH_PLANS:
            for action in TRANSITIONS:
                _statement_trigger(cursor, label, action)
        _row_trigger(cursor, "plans.PlanVersion", "siop_keep_published")
        for label, columns in WORKED_ON.items():
            _statement_trigger(cursor, label, "insert")
            _row_trigger(cursor, label, "siop_refuse_published_row", *columns)
        for label in APPEND_ONLY:
            _row_trigger(cursor, label, "siop_refuse_change")
        _grant(cursor)


def _statement_trigger(cursor: CursorWrapper, label: str, action: str) -> None:
    cursor.execute(
        f"CREATE OR REPLACE TRIGGER siop_published_{action} AFTER {action.upper()} ON {_table(label)} "
        f"{TRANSITIONS[action]} FOR EACH STATEMENT EXECUTE FUNCTION siop_refuse_published()"
    )


def _row_trigger(cursor: CursorWrapper, label: str, function: str, *arguments: str) -> None:
    given = ", ".join(f"'{argument}'" for argument in arguments)
    cursor.execute(
        f"CREATE OR REPLACE TRIGGER {function} BEFORE UPDATE OR DELETE ON {_table(label)} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}({given})"
    )


def _grant(cursor: CursorWrapper) -> None:
    """The application role reads and writes rows; it owns nothing, truncates nothing, rewrites no trail."""
    execute = cursor.execute
    execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
    if not cursor.fetchone():
        execute(f"CREATE ROLE {ROLE} NOLOGIN")
    execute(f"GRANT {ROLE} TO CURRENT_USER")
    execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
    execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    execute(
        f"GRANT TEMPORARY ON DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} TO {ROLE}"
    )
    for label in APPEND_ONLY:
        execute(f"REVOKE UPDATE, DELETE ON {_table(label)} FROM {ROLE}")
    execute(f"REVOKE INSERT ON {_table('web.AuditEvent')} FROM {ROLE}")


def _table(label: str) -> str:
    return str(apps.get_model(label)._meta.db_table)


def take_application_role(connection: BaseDatabaseWrapper, **_: object) -> None:
    """On each new connection but those of migrations (`SIOP_DATABASE_ROLE=`)."""
    if settings.DATABASE_ROLE and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', %s, false)", [settings.DATABASE_ROLE])
