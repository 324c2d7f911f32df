import importlib
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand

Figures = list[dict[str, Any]]
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
SERIES = 100_000  # of the forecasting engine; scale 10 makes it a million


class Command(MachineCommand):
    help = "Run one benchmark and print its figures beside their goals and peers, all of one run."
    requires_system_checks: list[str] = []  # engine benches need no database

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument(
            "--scale", "--seeds", type=int, default=1, help="how much of it; of `year`, seeds"
        )
        parser.add_argument("--data", type=Path, help="reference data; default: beside the checkout")
        parser.add_argument("--out", type=Path, help="keep what was computed, so that others can score it")

    def handle(
        self, *args: Any, name: str, scale: int, data: Path | None, out: Path | None, **options: Any
    ) -> None:
        if data is not None and not data.exists():
            raise CommandError(f"{data} does not exist.")
        figures = BENCHES[name](scale=scale, data=data, out=out)
        self.stdout.write(json.dumps(figures, indent=1) if options["json"] else _table(figures))
        if not all(figure["met"] is not False for figure in figures):
            sys.exit(1)


def _room(module: str) -> Any:
    """The benchmark of one room, imported only when it is asked for."""

    def bench(*, scale: int, data: Path | None, out: Path | None) -> Figures:
        return list(importlib.import_module(module).bench(scale=scale, data=data, out=out))

    return bench


def _forecast(*, scale: int, data: Path | None, out: Path | None) -> Figures:
    from forecasting.bench.forecast import bench_forecast

    rows = bench_forecast(scale=SERIES * scale, data=data or SHARED / "forecast", out=out)
    return [_figure(row.name, row.value, row.goal, met=row.met, peer=row.peer) for row in rows]


def _inventory(*, scale: int, data: Path | None, out: Path | None) -> Figures:
    from inventory.bench.figures import bench_inventory

    return _kept([_of_row(row) for row in bench_inventory(data or SHARED)], out)


def _value(*, scale: int, data: Path | None, out: Path | None) -> Figures:
    from inventory.bench.figures import bench_value

    return _kept([_of_row(row) for row in bench_value(data or SHARED)], out)


def _of_row(row: Any) -> dict[str, Any]:
    return _figure(row.name, row.value, row.goal, met=getattr(row, "met", None), peer=row.peer)


def _figure(name: str, value: Any, goal: Any, *, met: bool | None, peer: Any) -> dict[str, Any]:
    shown = f"{value:.4g}" if isinstance(value, float) else str(value)
    return {"name": name, "value": shown, "goal": str(goal), "met": met, "peer": str(peer)}


def _kept(figures: Figures, out: Path | None) -> Figures:
    if out is not None:
        out.write_text(json.dumps(figures, indent=1))
    return figures


BENCHES = {
    "forecast": _forecast,
    "inventory": _inventory,
    "value": _value,
    "supply": _room("supply.bench.plan"),
    "lotsizing": _room("supply.bench.lotsizing"),
    "import": _room("siop.gather.bench"),
    "pipeline": _room("forecasting.bench.pipeline"),
    "web": _room("forecasting.bench.web"),
    "edit": _room("forecasting.bench.balance"),
    "edits": _room("forecasting.bench.edits"),
    "faults": _room("meetings.bench.faults"),
    "load": _room("forecasting.bench.load"),
    "year": _room("meetings.bench.year"),
}


def _table(figures: Figures) -> str:
    rows = [["figure", "value", "goal", "peer", ""]]
    for figure in figures:
        mark = "" if figure["met"] is None else "met" if figure["met"] else "SHORT"
        rows.append([str(figure.get(key) or "") for key in ("name", "value", "goal", "peer")] + [mark])
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
