"""``manage.py forecast_file``: the forecasting engine on a file, without a database."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand


class Command(MachineCommand):
    help = "Forecast every series of a parquet or CSV file and write the forecasts with their ranges."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "source", type=Path, metavar="IN", help="columns unique_id, t or ds, y[, category]"
        )
        parser.add_argument("--out", type=Path, required=True, help="file to write; .parquet or .csv")
        parser.add_argument("--horizon", type=int, default=18, help="periods ahead (18)")
        parser.add_argument("--season", type=int, default=12, help="periods in a year (12)")
        parser.add_argument("--levels", type=per_cents, default=(80, 95), help="interval levels (80,95)")

    def handle(self, *args: Any, **options: Any) -> None:
        from forecasting.files import forecast_file  # array libraries load only when a file is forecast

        try:
            summary = forecast_file(
                options["source"],
                options["out"],
                horizon=options["horizon"],
                season=options["season"],
                levels=options["levels"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(summary)))
        else:
            methods = ", ".join(f"{count} {name}" for name, count in summary.methods.items())
            self.stdout.write(
                f"{summary.series} series from {summary.rows_read} rows: {summary.rows_written} forecasts "
                f"in {options['out']} ({methods})"
            )
            for note in summary.notes:
                self.stdout.write(note)


def per_cents(text: str) -> tuple[int, ...]:
    """Interval levels from ``80,95``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} are no levels; write per cents such as 80,95.") from None
