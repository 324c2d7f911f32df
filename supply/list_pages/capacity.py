"""Capacity as a list: one row a limit and month, of the kind that the page shows."""

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web.list_pages import Addend, ListPage, register
from siop.web.lists import ListColumn, choice

from ..enums import LoadKind
from ..models import CapacityLoad
from ..selectors.pages import capacity as selectors

HEADERS = (
    "Kind", "Limit of", "Code", "Month", "Limit", "Planned", "Waits", "Load", "One more is worth, {currency}",
)  # fmt: skip
COLUMNS = [ListColumn(label="Limit", key="limit", kept=True, sheet=HEADERS)]


def of_kind(given: QueryDict, found: list[CapacityLoad]) -> list[CapacityLoad]:
    kind = choice(given, "kind", LoadKind.values)
    return [load for load in found if not kind or load.kind == kind]


def _sheet(person: Person, plan: PlanVersion, given: QueryDict) -> Iterator[dict[str, Any]]:
    found = selectors.loads(plan)
    names, months = selectors.names(found), planned_months(plan)
    for load in of_kind(given, found):
        for month, cell in zip(months, selectors.cells(load, len(months)), strict=False):
            said = (
                load.get_kind_display(), names[load.kind, load.code], load.code, month, cell.available, cell.planned,
                cell.missing, cell.percent and cell.percent / 100, cell.value_of_one_more,
            )  # fmt: skip
            yield dict(zip(HEADERS, said, strict=True))


def _addends(person: Person, plan: PlanVersion, given: QueryDict, column: str, unit: str) -> list[Addend]:
    return []  # hours, units and m3 do not add


LIST = register(
    ListPage(
        name="capacity",
        label="Capacity",
        url_name="supply:capacity",
        noun="limit",
        columns=COLUMNS,
        filters=("kind",),
        looks=("install",),
        summed=(),
        rows=_sheet,
        addends=_addends,
    )
)
