"""Write one kind of data to a file or to standard output."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand
from siop.web import exports


class Command(MachineCommand):
    help = "Export one kind of data of a plan version."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kind", metavar="KIND", help=", ".join(export.kind for export in exports.kinds()))
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
            found = exports.extract(options["kind"], person=None, version=options["plan_version"])
            if out is None:
                for piece in exports.pieces(found, format=format):
                    sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                return
            size = exports.write(found, format=format, path=out)
        except exports.ExportError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        facts = {"kind": options["kind"], "file": str(out), "bytes": size, "version": found.plan.pk}
        facts["content_hash"] = found.content_hash
        text = "{kind} of plan v{version} is in {file} ({bytes} bytes).".format(**facts)
        self.stdout.write(json.dumps(facts) if options["json"] else text)


def _usual_format(out: Path | None, *, for_machines: bool) -> str:
    if out is None:
        return "json" if for_machines else "csv"
    ending = out.suffix.lstrip(".").lower()
    return ending if ending in exports.FORMATS else "csv"
