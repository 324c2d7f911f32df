"""Sorting, filtering and paging by whitelisted parameters: no request reaches filter or order_by."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import QueryDict

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class SortColumn:
    """A column; `key` is its name in the address, `order` the field it sorts by, `says` what a short label means."""

    label: str
    key: str = ""
    order: str = ""
    number: bool = False
    width: str = ""
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class ListColumn(SortColumn):
    """A column that people may leave out unless it is `kept`; `sheet` names what a spreadsheet holds of it.

    `{currency}` in a label is the company's.
    """

    kept: bool = False
    sheet: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return self.sheet or (self.label,)


def shown_columns(given: QueryDict, columns: Sequence[ListColumn]) -> list[ListColumn]:
    """Those that `?col=` names, in the list's order; all where it names none that there is."""
    wanted = set(given.getlist("col"))
    if not any(column.key in wanted for column in columns):
        return list(columns)
    return [column for column in columns if column.kept or column.key in wanted]


def query_without(given: QueryDict, *names: str) -> str:
    """The query of the address without some parameters, for links that set those anew."""
    return urlencode(_pairs(given, names))


def query_with(given: QueryDict, **changed: str | None) -> str:
    """`?...` with parameters set, removed (None), and the page number dropped."""
    rest = _pairs(given, ["page", *changed])
    return f"?{urlencode([*rest, *((name, value) for name, value in changed.items() if value)])}"


def _pairs(given: QueryDict, names: Collection[str]) -> list[tuple[str, str]]:
    """Names and values of the address but for some names; rows ask for it, and a copied QueryDict is dear."""
    return [(name, value) for name, values in given.lists() if name not in names for value in values]


def choice(given: Mapping[str, str], name: str, allowed: Sequence[str], default: str = "") -> str:
    """The value of a parameter where it is one of those allowed, else the default."""
    value = given.get(name, default)
    return value if value in allowed else default


def ordering(given: QueryDict, columns: Sequence[SortColumn], *, default: str) -> tuple[str, list[str]]:
    """(key as in the address, order_by): `?sort=-value` where a column allows it, else the default."""
    orders = {column.key: column.order for column in columns if column.order}
    wanted = given.get("sort", default)
    if wanted.removeprefix("-") not in orders:
        wanted = default
    field = orders[wanted.removeprefix("-")]
    return wanted, [f"-{field}" if wanted.startswith("-") else field, "pk"]


def heads(
    given: QueryDict, columns: Sequence[SortColumn], *, sort: str, currency: str = ""
) -> list[dict[str, Any]]:
    """Column heads for components/table.html; numbers sort from the largest first."""
    out = []
    for column in columns:
        label = column.label.replace("{currency}", currency)
        head: dict[str, Any] = {
            "label": label,
            "num": column.number,
            "width": column.width,
            "says": column.says,
        }
        if column.order:
            down, up = f"-{column.key}", column.key
            first, second = (down, up) if column.number else (up, down)
            head["sort_url"] = query_with(given, sort=second if sort == first else first)
            head["sort"] = {up: "ascending", down: "descending"}.get(sort)
        out.append(head)
    return out


def page_of(given: QueryDict, rows: Any, *, size: int = PAGE_SIZE, count: int | None = None) -> Page[Any]:
    """The asked page; one out of range is the nearest there is. `count`: how many rows, where that is known."""
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    return paginator.get_page(given.get("page"))
