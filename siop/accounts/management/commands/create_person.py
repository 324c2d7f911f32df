import json
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from siop.accounts import services
from siop.accounts.enums import Role
from siop.accounts.errors import AccountError
from siop.accounts.models import Person
from siop.commands import MachineCommand, day


class Command(MachineCommand):
    help = "Create a person, or give one who is there another role. The password is asked for, or read from stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--department")
        parser.add_argument("--category")
        parser.add_argument("--location")
        parser.add_argument("--expires", type=day, help="YYYY-MM-DD; a guest's access ends that day")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                person, made = self._person(options)
                services.grant_role(
                    person,
                    Role(options["role"]),
                    department=options["department"],
                    category=options["category"],
                    location=options["location"],
                    expires=options["expires"],
                )
        except AccountError as error:
            raise CommandError(str(error)) from None
        result = {"email": person.email, "role": options["role"], "created": made}
        self.stdout.write(
            json.dumps(result) if options["json"] else f"{person.email} is {options['role']} now."
        )

    def _person(self, options: dict[str, Any]) -> tuple[Person, bool]:
        there = Person.objects.filter(email__iexact=options["email"]).first()
        if there:
            return there, False
        password = self._password(options)
        return services.create_person(email=options["email"], name=options["name"], password=password), True

    def _password(self, options: dict[str, Any]) -> str | None:
        import sys

        if options["password_stdin"]:
            return sys.stdin.readline().rstrip("\n")
        return getpass("Password: ") if sys.stdin.isatty() else None
