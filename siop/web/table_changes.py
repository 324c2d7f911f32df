"""Which table was written by which transaction: left behind by a trigger, asked for by `siop.remembering`."""

from datetime import timedelta

from django.apps import apps
from django.db import connection
from django.utils import timezone

from .models import TableChange

# Sessions are read before anything is remembered; the changes themselves would follow each other without end.
UNWATCHED = {"django_session", "django_migrations", TableChange._meta.db_table}
KEPT = timedelta(hours=2)
FUNCTION = """
CREATE OR REPLACE FUNCTION siop_note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO web_tablechange ("table", xid, at)
    VALUES (TG_TABLE_NAME, pg_current_xact_id()::text::bigint, clock_timestamp()) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
"""
# ALWAYS: tests and restores that set other triggers aside change the tables all the same.
TRIGGER = """
CREATE OR REPLACE TRIGGER siop_note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION siop_note_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER siop_note_change
"""
ALL_CHANGED = """
INSERT INTO web_tablechange ("table", xid, at)
SELECT watched, pg_current_xact_id()::text::bigint, clock_timestamp() FROM unnest(%s::text[]) watched ON CONFLICT DO NOTHING
"""


def watched() -> list[str]:
    tables = {str(model._meta.db_table) for model in apps.get_models(include_auto_created=True)}
    return sorted(tables - UNWATCHED)


def install() -> None:
    """A trigger on each table, called after each migration; what was there before counts as changed."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        for table in watched():
            cursor.execute(TRIGGER.format(table=table))
        cursor.execute(ALL_CHANGED, [watched()])


def forget_old() -> None:
    """Changes that everybody has seen; runs each minute."""
    TableChange.objects.filter(at__lt=timezone.now() - KEPT).delete()
