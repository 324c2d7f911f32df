"""Lists of the rows that numbers rest on: sales lines, receipts, policies, imports. One page shows them all.

Apps register a list under a kind; filters come from a whitelist, never from the request as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog import calendar

Filters = dict[str, Any]
IDS = ("plan", "item", "category", "location", "segment", "supplier", "batch")


@dataclass(frozen=True, kw_only=True)
class Column:
    """`value(row)` is what is shown; numbers stand right."""

    label: str
    value: Callable[[Any], str]
    number: bool = False


@dataclass(frozen=True, kw_only=True)
class RowList:
    """`rows(person, filters)` gives the visible rows, ordered; `total` names what a sum over them is of."""

    kind: str
    label: str
    columns: Sequence[Column]
    rows: Callable[[Person, Filters], QuerySet[Any]]
    total: Callable[[QuerySet[Any]], str] | None = None


_lists: dict[str, RowList] = {}


def register(*lists: RowList) -> None:
    _lists.update({one.kind: one for one in lists})


def get(kind: str) -> RowList:
    if kind not in _lists:
        raise Http404(f"There is no list of {kind}.")
    return _lists[kind]


def url(kind: str, **filters: object) -> str:
    """Address of the rows of a kind, such as url("sales", item=7, month=date(2026, 5, 1))."""
    given = {key: value for key, value in filters.items() if value is not None}
    return reverse("web:rows", args=[kind]) + (f"?{urlencode(given)}" if given else "")


def count(person: Person, kind: str, **filters: Any) -> int:
    return get(kind).rows(person, {key: value for key, value in filters.items() if value is not None}).count()


def read_filters(given: Mapping[str, str]) -> Filters:
    """Ids and periods of the address; `month` becomes the days from `first` to `last` of its period."""
    filters: Filters = {}
    for name in IDS:
        if given.get(name):
            if not given[name].isdecimal():
                raise Http404(f"{name} is {given[name]!r}; it must be a number.")
            filters[name] = int(given[name])
    if given.get("month"):
        filters["month"] = _day(given["month"])
    return filters


def within(rows: QuerySet[Any], filters: Filters, *, day: str = "", **paths: str) -> QuerySet[Any]:
    """`rows` filtered by those filters for which a path is given; `day` is the path to the row's date."""
    for name, path in paths.items():
        if name in filters:
            rows = rows.filter(**{path: filters[name]})
    if day and "month" in filters:
        known = calendar.load()
        first = known.start_of(filters["month"])
        rows = rows.filter(**{f"{day}__range": (first, known.end_of(first))})
    return rows


def named(model: type[Model], pk: int) -> str:
    found = model._default_manager.filter(pk=pk).first()
    if found is None:
        raise Http404(f"{model._meta.verbose_name} {pk} does not exist.")
    return str(found)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404(f"month is {text!r}; it must be a date such as 2026-05-01.") from None
