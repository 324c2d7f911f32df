from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate

from siop.web import backup


class Command(migrate.Command):
    """Django's own, on the state that is there: one that a restore had put aside when it was cut off comes back first."""

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if backup.put_back():
                self.stderr.write("A restore was cut off; the state before it is back.")
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        super().handle(*args, **options)
