from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

# Extensions of htmx that no page loads (one of them refers to files it does not bring along), and what only
# tests inject.
UNUSED = ["ext", "axe.js"]


class Command(BaseCommand):
    help = "Migrate, collect static files and, with --demo, seed the demonstration company into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        unfinished = settings.DATA_DIR / "demonstration-unfinished"
        if demo and unfinished.exists():
            self.stdout.write("The demonstration company was not finished last time; it is made anew.")
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
        if demo and not apps.get_model("accounts.Person").objects.exists():
            unfinished.touch()
            call_command("seed_demo")
            unfinished.unlink()
