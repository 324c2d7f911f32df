import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand
from siop.web import backup


class Command(MachineCommand):
    help = "Save the whole state in one file, with a content hash of every table."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.absolute().parent.is_dir():
            raise CommandError(f"{file.parent} is not a folder.")
        try:
            hashes = backup.backup(file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        rows = sum(count for count, _ in hashes.values())
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(file), "tables": hashes}))
        else:
            self.stdout.write(
                f"{rows:,} rows of {len(hashes)} tables are in {file} ({file.stat().st_size / 2**20:.1f} MiB)."
            )
