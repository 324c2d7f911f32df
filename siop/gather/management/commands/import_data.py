"""Load files from the command line: the same judgement and the same transaction as the page."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError

from siop.commands import unable
from siop.gather import reports, tables
from siop.gather.enums import BatchState
from siop.gather.errors import UnusableFile
from siop.gather.mapping import Profile
from siop.gather.parsing.dates import DAY_FIRST, MONTH_FIRST
from siop.gather.parts import Options, Part, read_named
from siop.gather.profiles import find_profile
from siop.gather.readers.limits import STREAMED
from siop.gather.services import Outcome, load

APPLIED, REJECTED, UNUSABLE = 0, 1, 2


class Command(BaseCommand):
    help = "Upload, stage, validate all, apply in one transaction, enqueue the recomputation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        known = ", ".join(tables.names())
        parser.add_argument("--table", default="", help=f"the table that the file holds: {known}")
        parser.add_argument(
            "--profile", default="", help="the mapping of a foreign file, such as online-retail"
        )
        parser.add_argument(
            "--valid-rows-only", action="store_true", help="load the good rows, keep the bad ones out"
        )
        parser.add_argument("--replace", action="store_true", help="remove rows that the file lacks")
        parser.add_argument("--dry-run", action="store_true", help="count and judge, write nothing")
        parser.add_argument(
            "--date-order", choices=[DAY_FIRST, MONTH_FIRST], default="", help="of 01/02/2026"
        )
        parser.add_argument("--decimal-mark", choices=[".", ","], default="", help="of 1,234")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcomes = _load(options)
        except UnusableFile as error:
            self._say(reports.unusable_json(error), error.reason, options)
            sys.exit(UNUSABLE)
        except OperationalError as error:
            refusal = UnusableFile(unable(error))
            self._say(reports.unusable_json(refusal), refusal.reason, options)
            sys.exit(REJECTED)
        self._say(reports.as_json(outcomes, dry_run=options["dry_run"]), reports.as_text(outcomes), options)
        if any(outcome.batch.state == BatchState.REJECTED for outcome in outcomes):
            if not options["json"]:
                self.stderr.write(
                    "Nothing was applied. Mend the rows, or load the others with --valid-rows-only."
                )
            sys.exit(REJECTED)

    def _say(self, facts: dict[str, Any], text: str, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else text)


def _load(options: dict[str, Any]) -> list[Outcome]:
    profile = find_profile(options["profile"]) if options["profile"] else None
    parts = [part for name in options["files"] for part in _read(Path(name), options["table"], profile)]
    return load(
        parts,
        options=Options(
            valid_rows_only=options["valid_rows_only"],
            replace=options["replace"],
            dry_run=options["dry_run"],
            date_order=options["date_order"],
            decimal_mark=options["decimal_mark"],
        ),
    )


def _read(path: Path, table: str, profile: Profile | None) -> list[Part]:
    try:
        with path.open("rb") as content:
            return read_named(content, file_name=path.name, table=table, profile=profile, limits=STREAMED)
    except OSError as error:
        raise UnusableFile(f"{path} cannot be read: {error.strerror}.") from error
