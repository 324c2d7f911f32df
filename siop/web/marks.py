"""Marks of tables: whoever writes to one leaves the number of its transaction there, in that same transaction.

Two looks that find the same marks have the same rows before them, and so what was made of rows may be shown again
(`siop.web.kept`, ADR 17).
"""

import re
from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import connection

from siop.statements import answers, spelt_out

Marks = dict[str, str]
# What every keystroke in the grid and every visit writes has no marks; nothing that is made of these is kept.
UNMARKED = frozenset({
    "django_session", "forecasting_consensusline", "forecasting_editbatch", "forecasting_override", "web_auditevent",
    "web_auditseal", "web_mark",
})  # fmt: skip
# A writer takes any row of the table that no other holds, else a new one: nobody waits, whatever the order of writing.
FUNCTION = """
CREATE OR REPLACE FUNCTION siop_mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    UPDATE web_mark SET written = pg_current_xact_id()::text::bigint
    WHERE id = (SELECT id FROM web_mark WHERE "table" = TG_TABLE_NAME LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO web_mark ("table", written) VALUES (TG_TABLE_NAME, pg_current_xact_id()::text::bigint);
    END IF;
    RETURN NULL;
END $$;
"""
TRIGGER = (
    "CREATE OR REPLACE TRIGGER siop_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION siop_mark()"
)
# What a migration or a restore did has left no marks.
ALL_ANEW = """
INSERT INTO web_mark ("table", written)
SELECT name, 0 FROM unnest(%s) name WHERE NOT EXISTS (SELECT 1 FROM web_mark m WHERE m."table" = name);
UPDATE web_mark SET written = pg_current_xact_id()::text::bigint
"""
MARKS = """SELECT "table", string_agg(id || ':' || written, ' ' ORDER BY id) FROM web_mark GROUP BY 1"""
_WORD = re.compile(r"\w+")


def install() -> None:
    """(Re)create the triggers; called after each migration, so a new table cannot be forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)
        for table in sorted(tables() - UNMARKED):
            cursor.execute(TRIGGER.format(table=connection.ops.quote_name(table)))
        cursor.execute(ALL_ANEW, [sorted(tables() - UNMARKED)])


@cache
def tables() -> frozenset[str]:
    """Names of all tables of the product."""
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def read() -> Marks:
    """The marks of every table, as committed by now."""
    return dict(answers(MARKS))


def named(statements: Iterable[str]) -> set[str]:
    """Tables whose names are words of the statements, wherever they stand: too many are no harm."""
    return {word for one in statements for word in _WORD.findall(spelt_out(one)) if word in tables()}
