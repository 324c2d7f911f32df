"""What the commands of the public contract share: exit 0 or 1, and `--json` for what was done or why it was refused."""

import json
import sys
from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError


class MachineCommand(BaseCommand):
    """With `--json` a refusal, too, is one object on standard output: {"ok": false, "reason": ...}."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer for machines")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """A word that the command does not know is a refusal like any other."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.called_from_command_line = False
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except CommandError as error:  # of the words; what the command itself refuses ends in there
            reason = str(error).removeprefix("Error: ")
            self._tell_machines(reason, wanted="--json" in argv)
            self.stderr.write(reason)
            sys.exit(1)

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return self._execute(*args, **options)
        except CommandError as error:
            self._tell_machines(str(error), wanted=options.get("json", False))
            raise

    def _execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except OperationalError as error:
            raise CommandError(unable(error)) from error

    def _tell_machines(self, reason: str, *, wanted: bool) -> None:
        if wanted:
            self.stdout.write(json.dumps({"ok": False, "reason": reason}))


def unable(error: OperationalError) -> str:
    """What to say where the database is away or has no room left."""
    return f"The database cannot take this: {str(error).strip().splitlines()[0]}"


def day(text: str) -> date:
    """A date among the words of a command."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date; write it as 2026-01-31.") from None
