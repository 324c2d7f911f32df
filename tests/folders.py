"""Folders of tables for `plan_files`: written, planned, and the results read back."""

import csv
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

from django.core.management import call_command

Rows = list[dict[str, str]]
Planner = Callable[..., dict[str, Rows]]
AS_OF = "2026-01-01"
DEMAND = "item,location,date,quantity\n"
SOLD = f"{DEMAND}A,X,2026-01-01,10"
TABLES = ("safety_stock", "projection", "planned_orders", "capacity", "exceptions", "pegging")


def planner(path: Path) -> Planner:
    """`plan(demand="...", sourcing="...")`: write the tables, run the command, read the results."""

    def run(*flags: str, as_of: str = AS_OF, **tables: str) -> dict[str, Rows]:
        folder, out = path / "in", path / "out"
        folder.mkdir(exist_ok=True)
        for name, text in tables.items():
            lines = (line.strip() for line in text.strip().splitlines())
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        call_command(
            "plan_files", str(folder), "--out", str(out), "--as-of", as_of, *flags, stdout=StringIO()
        )
        return {
            name: list(csv.DictReader((out / f"{name}.csv").read_text("utf-8").splitlines()))
            for name in TABLES
        }

    return run


def record(rows: Rows, item: str, *columns: str, place: str = "P") -> list[tuple[float, ...]]:
    """Columns of one item-location, bucket by bucket."""
    mine = [row for row in rows if (row["item"], row["location"]) == (item, place)]
    return [tuple(float(row[column]) for column in columns) for row in mine]


def orders(rows: Rows, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def table(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows])


def months(item: str, *units: float, place: str = "P") -> str:
    """Demand of the first months of 2026."""
    return "".join(f"{item},{place},2026-{month:02d}-01,{count}\n" for month, count in enumerate(units, 1))


def column(rows: Rows, name: str, **where: str) -> list[float]:
    """One column of the rows that say so."""
    return [float(row[name]) for row in rows if all(row[key] == value for key, value in where.items())]
