"""Every column of every table with values it cannot hold: each is refused at its row and column, with the reason.

The cases are made from the registry, so a new column is judged from its first day.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from siop.gather import services, tables
from siop.gather.columns import Column, Kind
from siop.gather.parts import Options, read_parts

pytestmark = pytest.mark.django_db

CATALOG = {
    "categories": [{"category": "bottles"}],
    "items": [{"item": "BTL"}, {"item": "CAP"}],
    "locations": [{"location": "NJ"}, {"location": "MY"}],
    "segments": [{"segment": "WEB"}],
    "suppliers": [{"supplier": "ACME"}],
    "modes": [{"mode": "sea"}],
    "resources": [{"resource": "line", "location": "NJ", "capacity_per_month": 100}],
    "sourcing": [{"item": "BTL", "location": "NJ", "source": "ACME", "mode": "sea", "lead_time_days": 30}],
}
# One row of each table that is accepted as it stands.
ROWS = {
    "items": "item=NEW description=new",
    "categories": "category=caps family=drinks",
    "units": "item=BTL unit=carton factor=12",
    "periods": "start=2026-01-01 year=2026",
    "closures": "calendar=NJ date=2026-12-25",
    "parameters": "name=currency value=EUR",
    "locations": "location=UK description=London",
    "segments": "segment=SHOP description=Shops",
    "sales": "date=2026-01-05 item=BTL location=NJ segment=WEB quantity=3",
    "on_hand": "date=2026-01-05 item=BTL location=NJ quantity=3",
    "scheduled_receipts": "order=P1 line=1 item=BTL location=NJ quantity=5 due_date=2026-02-05",
    "policies": "item=BTL location=NJ",
    "suppliers": "supplier=OTHER country=DE",
    "sourcing": "item=BTL location=MY source=ACME lead_time_days=30",
    "modes": "mode=air load_m3=5",
    "price_breaks": "item=BTL location=NJ source=ACME mode=sea min_quantity=100 unit_cost=3",
    "tariffs": "category=bottles origin=MY destination=US valid_from=2026-01-01 rate_pct=10",
    "bom": "parent=BTL component=CAP quantity_per=1",
    "resources": "resource=mixer location=NJ capacity_per_month=10",
    "routings": "item=BTL resource=line usage_per_unit=1",
    "returns": "item=BTL returns_as=CAP location=NJ rate=0.5 lag_days=30",
    "installed_base": "durable=BTL consumable=CAP location=NJ segment=WEB active_units=5 as_of=2026-01-01 units_per_active_month=1",
    "bundles": "bundle=BTL item=CAP quantity=2",
    "drivers": "driver=ads month=2026-01 item=BTL value=5",
    "driver_effects": "driver=ads item=BTL elasticity=0.2 sd=0.1",
    "events": "event=E kind=promotion item=BTL start=2026-01-01 end=2026-01-31 uplift_pct=10",
    "budget": "month=2026-01 category=bottles units=5 revenue=50",
    "demand": "item=BTL location=NJ date=2026-01-05 quantity=3",
    "deliveries": (
        "order=O line=1 item=BTL location=NJ promised_date=2026-01-05 shipped_date=2026-01-05 "
        "ordered_quantity=5 shipped_quantity=5"
    ),
    "measures": "measure=picks month=2026-01 value=4200",
}  # fmt: skip
FORMS = {
    Kind.NUMBER: {"three": "not a number", "NaN": "not finite", "#DIV/0!": "spreadsheet error"},
    Kind.DATE: {"31.11.2025": "November has 30 days", "0026-01-05": "outside", "soon": "date"},
    Kind.MONTH: {"2026-13": "13", "soon": ""},
    Kind.CHOICE: {"perhaps": "none of"},
}


def _bad_values(column: Column) -> dict[str, str]:
    """Texts that this column cannot hold, and a word of the reason."""
    bad = dict(FORMS.get(column.kind, {}))
    if column.required:
        bad[""] = "missing"
    if column.references:
        bad["NOBODY"] = "nknown"
    elif column.kind in (Kind.CODE, Kind.TEXT):
        bad["x" * (column.max_length + 1)] = f"longer than {column.max_length}"
    return bad


def _cases() -> Iterator[Any]:
    for name, row in ROWS.items():
        for column in tables.get(name).all_columns:
            for value, word in _bad_values(column).items():
                label = f"{name}-{column.name}-{value[:12] or 'blank'}"
                yield pytest.param(name, row, column.name, value, word, id=label)


@pytest.fixture(scope="module", autouse=True)
def catalog(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """Loaded once and rolled back at the end: every case is a dry run."""
    with django_db_blocker.unblock(), transaction.atomic():
        services.load_tables(CATALOG)
        yield
        transaction.set_rollback(True)


def judge(table: str, cells: dict[str, str]) -> list[tuple[int, str, str]]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(cells))
    writer.writeheader()
    writer.writerow(cells)
    parts = read_parts(io.BytesIO(text.getvalue().encode()), file_name="file.csv", table=table)
    (outcome,) = services.load(parts, options=Options(dry_run=True))
    return [(error.row, error.column, error.reason) for error in outcome.errors]


def _cells(row: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in row.split())


def test_there_is_a_row_of_every_table() -> None:
    assert set(ROWS) == set(tables.names())


@pytest.mark.parametrize("table", ROWS)
def test_the_row_itself_is_accepted(table: str) -> None:
    assert judge(table, _cells(ROWS[table])) == []


@pytest.mark.parametrize(("table", "row", "column", "value", "word"), list(_cases()))
def test_a_value_that_the_column_cannot_hold_is_refused_there(
    table: str, row: str, column: str, value: str, word: str
) -> None:
    errors = judge(table, _cells(row) | {column: value})
    assert [reason for at, name, reason in errors if (at, name) == (2, column) and word in reason], errors
