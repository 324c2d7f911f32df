"""Packs: generated from the cycle plan, kept as they were, written out as a workbook."""

from io import BytesIO
from typing import Any

from django.db import transaction
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.gather.parsing.formulas import escape_formula
from siop.plans import hashing

from ..errors import CycleError
from ..models import Cycle, Pack
from ..selectors import pack
from . import agenda, kpis

FORMATS = {"units": "#,##0", "money": "#,##0", "percent": "0.0%", "price": "#,##0.00", "figure": "#,##0.000"}


@transaction.atomic
def generate(*, person: Person, cycle: Cycle) -> Pack:
    """A new pack of the cycle plan as it is now; the ones before it stay."""
    require(person, Permission.RUN_CYCLE)
    if cycle.plan is None:
        raise CycleError("There is no pack yet: the cycle plan is frozen when gather closes.")
    if cycle.plan.published is None:
        hashing.store(cycle.plan, hashing.content(cycle.plan))
        kpis.record(cycle)
        agenda.build(cycle)
    body = pack.body(cycle)
    return Pack.objects.create(
        cycle=cycle, plan=cycle.plan, content_hash=body["content_hash"], body=body, person=person
    )


def workbook(found: Pack) -> bytes:
    """One sheet a section, with version and content hash on each; text never runs as a formula."""
    book = Workbook()
    _findings(book, found)
    for section in found.body["sections"]:
        _sheet(book, found, section)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _findings(book: Workbook, found: Pack) -> None:
    sheet: Any = book.active
    sheet.title = "Findings"
    sheet.append([escape_formula(f"{found.body['cycle']} plan for decision")])
    sheet["A1"].font = Font(bold=True, size=14)
    for finding in found.body["findings"]:
        sheet.append([escape_formula(finding["strong"]), escape_formula(finding["text"])])
    _sign(sheet, found)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 60, 80


def _sheet(book: Workbook, found: Pack, section: dict[str, Any]) -> None:
    sheet = book.create_sheet(section["key"].capitalize())
    columns = section["columns"]
    sheet.append([escape_formula(column["label"]) for column in columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in [*section["rows"], *([section["total"]] if section["total"] else [])]:
        sheet.append([_cell(value) for value in row[: len(columns)]])
    for number, column in enumerate(columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = 40 if column["kind"] == "text" and number <= 2 else 16
        for cell in sheet[letter][1:]:
            if column["kind"] in FORMATS:
                cell.number_format = FORMATS[column["kind"]]
    sheet.freeze_panes = "A2"
    _sign(sheet, found)


def _sign(sheet: Any, found: Pack) -> None:
    sheet.append([])
    sheet.append([f"{found.body['cycle']} cycle, plan {found.body['plan']}, content {found.content_hash}"])


def _cell(value: Any) -> Any:
    return escape_formula(value) if isinstance(value, str) else value
