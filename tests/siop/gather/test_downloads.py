"""What goes out comes in again and changes nothing: every table, in every format, with what files like to break."""

import gzip
import io
from typing import Any

import pytest
from django.apps import apps
from django.http import StreamingHttpResponse
from django.test import Client
from table_rows import CATALOG, ROWS, cells

from siop.accounts.services import new_token
from siop.catalog.models import Category
from siop.gather import downloads, services, tables
from siop.gather.parts import Options, read_parts

pytestmark = pytest.mark.django_db
AWKWARD = {  # codes and texts that a spreadsheet or a careless reader changes
    "items": [
        {"item": code, "description": text, "category": "bottles", "unit_cost": cost, "step": step}
        for code, text, cost, step in (
            ("00123", "leading zeros", "0.3333", "0.125"),
            ("1E5", "no hundred thousand", "1000", "10"),
            ("=2+3", "=HYPERLINK(1)", "", "1"),
            ("-7", "'quoted', with \"quotes\"", "0", "1"),
            ("@cmd", "two\nlines; and a semicolon", "99999999.9999", "1"),
            ("3-4", "été ü 漢字", "5", "1"),
            ("01/02/2026", "+49 30", "1.5", "1"),
        )
    ],
    "sales": [
        {"date": "2026-01-02", "item": "00123", "location": "NJ", "segment": "WEB", "order": "1", "quantity": "-0.125"},
        {"date": "2026-01-03", "item": "=2+3", "location": "NJ", "segment": "WEB", "order": "1E5", "quantity": "123456789012.125"},
    ],
    "sourcing": [
        {"item": "CAP", "location": "NJ", "source": "MY", "lead_time_days": "45", "kind": "transfer"},
        {"item": "CAP", "location": "MY", "source": "MY", "lead_time_days": "3", "kind": "make", "valid_from": "2026-01-01"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def company(kept_rows: None) -> None:
    services.load_tables(CATALOG)
    services.load_tables({name: [cells(row)] for name, row in ROWS.items()})
    services.load_tables(AWKWARD)


def download(table: str, format: str) -> bytes:
    content = b"".join(downloads.pieces(tables.get(table), format=format.removesuffix(".gz")))
    return gzip.compress(content) if format.endswith(".gz") else content


def stored(table: str) -> list[dict[str, Any]]:
    return list(apps.get_model(tables.get(table).model)._default_manager.order_by("pk").values())


@pytest.mark.parametrize("format", ["csv", "csv.gz", "xlsx"])
@pytest.mark.parametrize("table", ROWS)
def test_a_table_that_was_downloaded_and_loaded_again_is_the_same(table: str, format: str) -> None:
    before = stored(table)
    parts = read_parts(io.BytesIO(download(table, format)), file_name=f"{table}.{format}", table=table)
    (outcome,) = services.load(parts, options=Options(replace=True))
    assert (outcome.errors, outcome.notes) == ((), ())
    assert (outcome.stored.changed, outcome.stored.unchanged) == (0, len(before))
    assert stored(table) == before
    assert len(before) >= 1 + len(AWKWARD.get(table, ()))


def test_a_spreadsheet_would_run_nothing_of_it() -> None:
    lines = download("items", "csv").decode().splitlines()
    assert not [line for line in lines if line.startswith(("=", "-", "+", "@", '"='))]


def read(answer: Any) -> str:
    assert isinstance(answer, StreamingHttpResponse), answer
    return b"".join(answer).decode()  # type: ignore[arg-type]


def test_page_and_api_give_the_same_file(client: Client, ada: Any) -> None:
    client.force_login(ada)
    page = read(client.get("/data/tables/suppliers.csv"))
    headers = {"Authorization": f"Bearer {new_token(ada)}"}
    assert page == read(client.get("/api/v1/tables/suppliers?format=csv", headers=headers))
    assert page.splitlines()[0].startswith("supplier,description,country")
    assert "/data/tables/suppliers.csv" in client.get("/data/").text


def test_who_sees_a_part_gets_no_table(client: Client, person: Any) -> None:
    client.force_login(person("kim", "demand_planner", category=Category.objects.get(code="bottles")))
    assert client.get("/data/tables/items.csv").status_code == 403


@pytest.mark.parametrize("path", ["fruit.csv", "items.pdf"])
def test_what_there_is_not_is_not_found(client: Client, ada: Any, path: str) -> None:
    client.force_login(ada)
    assert client.get(f"/data/tables/{path}").status_code == 404
