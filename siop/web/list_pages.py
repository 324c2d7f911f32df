"""Lists that people filter, sort and take out: their columns, all rows an address finds, and the sums over them.

A page and the spreadsheet of it read the same address, so that they cannot differ. Rooms register their lists.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from siop.accounts.models import Person
from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.plans.models import PlanVersion

from . import explanations, exports, saved_views
from .lists import shown_columns
from .plan_choice import plan_label, readable_plan
from .saved_views import ViewedPage
from .templatetags.siop import many, number

MOST_UNITS = 3
Addend = tuple[str, float, str]  # name of a row, its value, its address
SheetRow = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Total:
    """A sum over the rows of a list; `unit` is the unit of measure, empty for money, m3 and counts."""

    value: float
    unit: str = ""
    places: int = 0


@dataclass(frozen=True, kw_only=True)
class ListPage(ViewedPage):
    """A page of rows; `noun` names one, `summed` are keys of columns that can be added.

    `rows`: all that an address finds, in its order, by the headers of the columns' sheets. `addends`: what the sum of
    a column consists of, of one unit of measure where it has units.
    """

    noun: str
    summed: tuple[str, ...]
    rows: Callable[[Person, PlanVersion, QueryDict], Iterable[SheetRow]]
    addends: Callable[[Person, PlanVersion, QueryDict, str, str], list[Addend]]


_pages: dict[str, ListPage] = {}


def register(page: ListPage) -> ListPage:
    saved_views.register(page)
    return _pages.setdefault(page.name, page)


def get(name: str) -> ListPage:
    if name not in _pages:
        raise Http404(f"There is no list {name!r}.")
    return _pages[name]


def currency_of(plan: PlanVersion) -> str:
    return sign_of(plan.parameters.get("currency") or parameters.load().currency)


def sheet(
    page: ListPage, *, person: Person, plan: PlanVersion, given: QueryDict
) -> tuple[list[str], Iterator[Any]]:
    """Heads and rows of what the address finds, of the columns it shows, as every export writes values."""
    headers = [header for column in shown_columns(given, page.columns) for header in column.headers]
    currency = currency_of(plan)
    found = page.rows(person, plan, given)
    rows = ([exports.plain(row[header]) for header in headers] for row in found)
    return [header.replace("{currency}", currency) for header in headers], iter(rows)


def added(totals: Iterable[tuple[str, float]]) -> list[Total]:
    """Sums by unit of measure: bottles and kilograms are never added; the largest first."""
    by_unit: dict[str, float] = {}
    for unit, value in totals:
        by_unit[unit] = by_unit.get(unit, 0.0) + value
    ranked = sorted(by_unit.items(), key=lambda one: (-abs(one[1]), one[0]))
    return [Total(value=value, unit=unit) for unit, value in ranked if value] or [Total(value=0.0)]


def foot(
    page: ListPage, totals: Mapping[str, Sequence[Total]], *, count: int, plan: PlanVersion, given: QueryDict
) -> list[dict[str, Any]]:
    """Cells under the columns shown: how many rows there are, and what can be added with where that comes from."""
    columns = shown_columns(given, page.columns)
    query = kept_query(page, given)
    cells: list[dict[str, Any]] = [
        {
            "css": f"{'n ' if column.number else ''}{column.width}",
            "sums": [
                {
                    "text": _text(one, alone=len(totals[column.key]) == 1),
                    "why": explanations.url(
                        "list_total", page.name, plan.pk, column.key, one.unit or "-", query or "-"
                    ),
                }
                for one in totals.get(column.key, ())[:MOST_UNITS]
            ],
            "more": max(len(totals.get(column.key, ())) - MOST_UNITS, 0),
        }
        for column in columns
    ]
    first = next((cell for cell in cells if not cell["sums"]), None)
    if first is not None:
        first["text"] = many(count, page.noun)
    return cells


def _text(total: Total, *, alone: bool) -> str:
    unit = total.unit or ("" if alone else "units")
    return f"{number(total.value, total.places)} {unit}".rstrip()


def kept_query(page: ListPage, given: QueryDict) -> str:
    """The part of an address that chooses rows."""
    return urlencode([(name, given[name]) for name in page.filters if given.get(name)])


@explanations.explains("list_total")
def list_total(
    person: Person, name: str, plan: str, column: str, unit: str, query: str
) -> explanations.Explanation:
    """One sum in the foot of a list: its largest rows by name, the others as one part."""
    page, version = get(name), readable_plan(plan)
    found = next((one for one in page.columns if one.key == column and column in page.summed), None)
    if found is None:
        raise Http404(f"{page.label} has no sum of {column!r}.")
    measure = "" if unit == "-" else unit
    given = QueryDict("" if query == "-" else query)
    addends = page.addends(person, version, given, column, measure)
    total = sum(value for _, value, _ in addends)
    label = found.label.replace("{currency}", currency_of(version))
    shown = f"{number(total)}{f' {measure}' if measure else ''}"
    only = f" whose unit is {measure}" if measure else ""
    return explanations.Explanation(
        title=f"Why {number(total)}?",
        sentence=explanations.runs(
            f"{label} of the {many(len(addends), page.noun)}{only} that this list finds comes to ", shown,
            "; the largest are named.",
        ),
        parts=explanations.named(addends, others=f"other {page.noun}s")
        or [explanations.Part(label="No row counts towards it", value=0.0)],
        total=total,
        total_label=label,
        formula="Σ over the rows of all pages",
        computed=plan_label(version),
    )  # fmt: skip
