import importlib
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

# Each is a function `bench(*, scale, data, out) -> list of figures` ({name, value, unit, goal, met, peer}).
BENCHES = {
    "forecast": "forecasting.bench",
    "inventory": "inventory.bench",
    "value": "inventory.bench_value",
    "supply": "supply.bench",
    "lotsizing": "supply.bench_lotsizing",
    "import": "siop.gather.bench",
    "web": "forecasting.bench_web",
}


class Command(BaseCommand):
    help = "Run one benchmark and print its figures beside their goals and peers, all of one run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--scale", type=int, default=1)
        parser.add_argument("--data", type=Path, help="reference data; default: beside the checkout")
        parser.add_argument("--out", type=Path, help="keep what was computed, so that others can score it")
        parser.add_argument("--json", action="store_true")

    def handle(
        self, *args: Any, name: str, scale: int, data: Path | None, out: Path | None, **options: Any
    ) -> None:
        if data is not None and not data.exists():
            raise CommandError(f"{data} does not exist.")
        figures = importlib.import_module(BENCHES[name]).bench(scale=scale, data=data, out=out)
        self.stdout.write(json.dumps(figures, indent=1) if options["json"] else _table(figures))
        if not all(figure.get("met", True) for figure in figures):
            sys.exit(1)


def _table(figures: list[dict[str, Any]]) -> str:
    rows = [["figure", "value", "goal", "peer", ""]]
    for figure in figures:
        mark = "" if figure.get("met") is None else "met" if figure["met"] else "SHORT"
        rows.append([str(figure.get(key) or "") for key in ("name", "value", "goal", "peer")] + [mark])
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
