"""Write one kind of data to a file or to standard output."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand
from siop.gather import downloads
from siop.web import exports

TABLES = "tables/"


class Command(MachineCommand):
    help = "Export one kind of data of a plan version, or a table that came in."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        kinds = ", ".join(export.kind for export in exports.kinds())
        parser.add_argument("kind", metavar="KIND", help=f"{kinds}; or {TABLES}NAME, a table as it came in")
        parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
        parser.add_argument(
            "--version", "-V", default="", dest="plan_version", metavar="V",
            help="a plan number, live, cycle, working or published; default: the plan that people work on",
        )  # fmt: skip
        parser.add_argument(
            "--format",
            choices=exports.FORMATS,
            help="default: by the ending of FILE; on standard output json with --json; else csv",
        )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """`--version` names a plan here, not Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        format = options["format"] or _usual_format(out, for_machines=options["json"])
        try:
            content, facts = _found(options["kind"], version=options["plan_version"], format=format)
            if out is None:
                for piece in content:
                    sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                return
            facts |= {"file": str(out), "bytes": exports.write(content, path=out)}
        except exports.ExportError as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        text = "{kind} is in {file} ({bytes} bytes).".format(**facts)
        self.stdout.write(json.dumps(facts) if options["json"] else text)


def _found(kind: str, *, version: str, format: str) -> tuple[Iterator[bytes], dict[str, Any]]:
    """The file in pieces, and what it holds."""
    if kind.startswith(TABLES):
        table = downloads.table_named(kind.removeprefix(TABLES))
        return downloads.pieces(table, format=format), {"kind": kind}
    found = exports.extract(kind, person=None, version=version)
    facts = {"kind": kind, "version": found.plan.pk, "content_hash": found.content_hash}
    return exports.pieces(found, format=format), facts


def _usual_format(out: Path | None, *, for_machines: bool) -> str:
    if out is None:
        return "json" if for_machines else "csv"
    ending = out.name.lower().removesuffix(".gz").rpartition(".")[2]
    return ending if ending in exports.FORMATS else "csv"
