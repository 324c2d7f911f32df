"""manage.py plan_files DIR --out DIR2 --as-of DATE [--bucket week|month] [--horizon N] [--unconstrained] [--json]"""

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand, day
from supply.files import PlanFilesError, plan_folder, record_folder

_MOST_BUCKETS = 600


class Command(MachineCommand):
    help = "Plan a folder of tables without a database and write the plan as CSV."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", type=Path, help="folder with demand.csv and the other tables")
        parser.add_argument("--out", type=Path, required=True, help="folder that the results are written to")
        parser.add_argument("--as-of", type=day, required=True, help="planning date, such as 2026-01-01")
        parser.add_argument("--bucket", choices=("week", "month"), default="")
        parser.add_argument("--horizon", type=_buckets, default=0, help="number of buckets")
        parser.add_argument("--unconstrained", action="store_true", help="the classic MRP record")

    def handle(self, *args: Any, **options: Any) -> None:
        run = record_folder if options["unconstrained"] else plan_folder
        try:
            done = run(
                options["folder"],
                options["out"],
                as_of=options["as_of"],
                bucket=options["bucket"],
                horizon=options["horizon"],
            )
        except PlanFilesError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            report = {"rows": done.rows, "content_hash": done.content_hash, "notes": done.notes}
            self.stdout.write(json.dumps(report))
            return
        for note in done.notes:
            self.stdout.write(f"note: {note}")
        for name, count in done.rows.items():
            self.stdout.write(f"{options['out'] / (name + '.csv')}: {count} rows")


def _buckets(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_BUCKETS:
        raise ArgumentTypeError(f"{text!r} is no number of buckets; enter 1 to {_MOST_BUCKETS}.")
    return int(text)
