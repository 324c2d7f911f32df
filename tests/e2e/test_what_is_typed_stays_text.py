"""A payload in every text of the database, and beside it strings that break programs: no page runs them, and the
content security policy has nothing to report.

The last of the tests on this company, because it leaves it full of such texts.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from crawl import walk
from playwright.sync_api import Page
from shared_data import SHARED

from siop.embedded.trial import Trial

pytestmark = pytest.mark.e2e
PAYLOAD = """<img src=x onerror=alert(1)>"'><svg/onload=alert(2)>={{7*7}}=${7*7}="""
NAUGHTY = SHARED / "hostile_files/blns/blns.json"
OWN_FEW = [
    "\u202etest\u202d",
    "Z\u0351\u036b\u0343a\u0302\u035algo",
    "<svg><script>alert(3)</script>",
    "%s{0}\\",
    "\ufeff\u2028",
]
# Texts that people and files bring; codes that the product itself compares (kinds, keys, hashes) are left alone.
TEXTS = """
SELECT table_name, column_name, character_maximum_length FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') AND column_name IN (
    'description', 'note', 'reason', 'text', 'title', 'detail', 'question', 'dissent', 'evidence', 'message',
    'suggestion', 'first_cause', 'file_name', 'formula', 'forced_reason', 'root_cause')
"""
CODES = ("catalog_item", "catalog_segment", "supply_supplier", "supply_mode", "meetings_actionitem")


NAUGHTY_TABLE = """
CREATE TEMPORARY TABLE naughty AS SELECT text, place FROM unnest(%s::text[]) WITH ORDINALITY AS n (text, place)
"""


def pieces() -> Iterator[str]:
    """The strings, some at a time, so that few rows show them all; a clone without the list has a few of its own."""
    piece = ""
    for text in json.loads(NAUGHTY.read_text()) if NAUGHTY.exists() else OWN_FEW:
        if piece and len(piece) + len(text) > 200:
            yield piece
            piece = ""
        piece += " " + text.replace("\0", "")
    yield piece


@pytest.fixture(scope="module")
def poisoned(stack: Trial) -> Trial:
    """As the owner of the tables and past its triggers, which keep what is published as it is."""
    statements = ["SET session_replication_role = replica", NAUGHTY_TABLE]
    for table, column, most in stack.query(TEXTS):
        statements.append(
            f'UPDATE "{table}" t SET "{column}" = left(%(payload)s || n.text, {most or 300}) FROM naughty n '
            "WHERE n.place = 1 + mod(abs(hashtext(t.id::text)), (SELECT count(*) FROM naughty))"
        )
    statements += [f"UPDATE {table} SET code = left(%(payload)s || code, 120)" for table in CODES]
    statements.append("UPDATE accounts_person SET name = left(%(payload)s || name, 120)")
    text = "'" + PAYLOAD.replace("'", "''") + "'"
    stack.query("; ".join(statements).replace("%(payload)s", text), list(pieces()))
    return stack


def test_a_payload_in_every_text_is_shown_and_never_run(
    poisoned: Trial, open_page: Callable[..., Page]
) -> None:
    ran: list[str] = []
    seen: set[str] = set()
    for name in ("sam", "dana", "erin", "ada"):  # between them these see every page
        page = open_page(name, "/healthz")
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda said: ran.append(said.text) if "Content Security" in said.text else None)
        for link in walk(page, seen):
            assert page.locator("img[src=x]").count() == 0, link
            assert "=49=" not in page.locator("h1").first.inner_text(), link
    assert ran == []
