from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Extensions of htmx that no page loads (one of them refers to files it does not bring along), and what only
# tests inject.
UNUSED = ["ext", "axe.js"]
UNFINISHED = "the demonstration company is not finished"


class Command(BaseCommand):
    help = "Migrate, collect static files and, with --demo, seed the demonstration company into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        if _demonstration_is_unfinished():
            self.stdout.write(
                "The demonstration company was not finished last time; what there is of it goes."
            )
            _execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
        if demo and not apps.get_model("accounts.Person").objects.exists():
            _execute(f"COMMENT ON SCHEMA public IS '{UNFINISHED}'")
            call_command("seed_demo")
            _execute("COMMENT ON SCHEMA public IS NULL")


def _demonstration_is_unfinished() -> bool:
    """It says so in the database itself, so that it goes for no other state: not for one restored since then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace('public'), 'pg_namespace')")
        return bool(cursor.fetchone()[0] == UNFINISHED)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
