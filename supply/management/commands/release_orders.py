import csv
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from siop.accounts.models import Person
from siop.commands import MachineCommand
from siop.gather.parsing.formulas import escape_formula
from siop.plans.selectors import working_plan
from siop.web import audit
from supply.errors import SupplyError
from supply.models import PlannedOrder, ScheduledReceipt
from supply.services.orders import due_orders, orders_numbered, release_orders

COLUMNS = (
    "order",
    "line",
    "item",
    "location",
    "supplier",
    "mode",
    "quantity",
    "order_date",
    "ship_date",
    "due_date",
)


class Command(MachineCommand):
    help = "Release planned orders: each goes out once and is a scheduled receipt at once. Without ID: those due."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "orders", nargs="*", metavar="ID", help="numbers such as P-000123; none: those due"
        )
        parser.add_argument("--as", dest="email", help="release as this person, with their rights")
        parser.add_argument("--out", type=Path, help="write the released orders to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        person = self._person(options["email"])
        try:
            with audit.acting(person.pk, reason="release_orders") if person else nullcontext():
                rows = self._release(person, options["orders"], options["out"])
        except (SupplyError, PermissionDenied) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(
                f"{options['out']} cannot be written: {error.strerror}. Nothing is released."
            ) from None
        self.stdout.write(json.dumps({"released": rows}) if options["json"] else self._words(rows))

    @transaction.atomic
    def _release(self, person: Person | None, numbers: list[str], out: Path | None) -> list[dict[str, str]]:
        """Orders go out once, so one that did not reach its file is not released."""
        receipts = release_orders(person=person, orders=self._chosen(numbers))
        rows = [_row(receipt) for receipt in receipts]
        if out:
            _write(out, rows)
        return rows

    def _person(self, email: str | None) -> Person | None:
        if not email:
            return None
        person = Person.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody active has the address {email}; create_person adds people.")
        return person

    def _chosen(self, numbers: list[str]) -> list[PlannedOrder]:
        if numbers:
            return orders_numbered(numbers)
        plan = working_plan()
        due = due_orders(plan) if plan else []
        if not due:
            raise SupplyError("No planned order is due; name those to release by their numbers.")
        return due

    def _words(self, rows: list[dict[str, str]]) -> str:
        lines = [
            f"{row['order']}: {row['quantity']} {row['item']} at {row['location']}, due {row['due_date']}"
            for row in rows
        ]
        return "\n".join([*lines, f"{len(rows)} orders are released."])


def _row(receipt: ScheduledReceipt) -> dict[str, str]:
    values = {
        "order": receipt.order, "line": receipt.line, "item": receipt.item.code, "location": receipt.location.code,
        "supplier": receipt.supplier.code if receipt.supplier else "", "mode": receipt.mode.code if receipt.mode else "",
        "quantity": f"{receipt.quantity.normalize():f}", "order_date": str(receipt.order_date),
        "ship_date": str(receipt.ship_date), "due_date": str(receipt.due_date),
    }  # fmt: skip
    return {name: escape_formula(values[name]) for name in COLUMNS}


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
