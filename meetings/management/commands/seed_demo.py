import json
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from meetings.demo import load
from meetings.demo.months import Calendar
from siop.accounts.models import Person
from siop.commands import MachineCommand, day


class Command(MachineCommand):
    help = (
        "Fill an empty database with the demonstration company: deterministic, dated relative to its month."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--scale", type=int, default=1, help="times the range of capsules")
        parser.add_argument(
            "--as-of",
            type=day,
            help="YYYY-MM-DD in the month of the open cycle; without it, the cycle one would be in today",
        )

    def handle(self, *args: Any, scale: int, as_of: date | None, **options: Any) -> None:
        if Person.objects.exists():
            raise CommandError(
                "There is data already; the demonstration company goes into an empty database only."
            )
        if scale < 1:
            raise CommandError(f"--scale is {scale}; give 1 or more.")
        calendar = Calendar.of_month(as_of) if as_of else Calendar.around(timezone.localdate())
        load.seed(calendar=calendar, scale=scale)
        self.stdout.write(json.dumps({"seeded": True}) if options["json"] else "Tidewell Drinks is there.")
