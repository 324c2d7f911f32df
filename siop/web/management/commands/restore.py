import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from siop.commands import MachineCommand
from siop.web import backup


class Command(MachineCommand):
    help = "Bring back what `backup` saved, and prove it by the hash of every table."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what is in the database now")

    def handle(self, *args: Any, file: Path, force: bool, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            backup.put_back()  # so that what an earlier restore had put aside is not taken for nothing
            if not force and not backup.is_empty():
                raise CommandError("There is data in the database; --force replaces it by the backup.")
            hashes = backup.restore(file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        rows = sum(count for count, _ in hashes.values())
        text = f"{rows:,} rows of {len(hashes)} tables are back, each table with the hash it was saved with."
        self.stdout.write(json.dumps({"tables": hashes, "verified": True}) if options["json"] else text)
