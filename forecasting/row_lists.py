"""The rows that forecasts rest on, as lists that explanations open."""

from typing import Any

from django.db.models import QuerySet, Sum

from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.catalog.visibility import visible, with_below
from siop.web.rows import Column, Filters, RowList, register, within
from siop.web.templatetags.siop import day, month, number

from .models import CleansingMark, Override, SalesLine


def sales_lines(person: Person, filters: Filters) -> QuerySet[SalesLine]:
    rows = SalesLine.objects.select_related("item", "location", "segment").order_by(
        "date", "item__code", "order"
    )
    return _in_category(
        within(
            visible(rows, person), filters, day="date", item="item", location="location", segment="segment"
        ),
        filters,
        path="item__category",
    )


def overrides(person: Person, filters: Filters) -> QuerySet[Override]:
    rows = Override.objects.select_related("category", "item", "location", "segment", "person")
    return within(rows, filters, day="month", item="item", category="category").order_by("-sequence")


def cleansing_marks(person: Person, filters: Filters) -> QuerySet[CleansingMark]:
    rows = CleansingMark.objects.select_related(
        "series__item", "series__location", "series__segment", "person"
    )
    shown = visible(rows, person, item="series__item", location="series__location")
    return within(
        shown,
        filters,
        day="month",
        item="series__item",
        location="series__location",
        segment="series__segment",
    ).order_by("-month")


def _in_category(rows: QuerySet[Any], filters: Filters, *, path: str) -> QuerySet[Any]:
    return (
        rows.filter(**{f"{path}__in": with_below({filters["category"]})}) if "category" in filters else rows
    )


def _sold(rows: QuerySet[SalesLine]) -> str:
    return f"{number(rows.aggregate(total=Sum('quantity'))['total'] or 0)} units in all"


def _node(row: Override) -> str:
    what = row.item or row.category or "everything"
    return " · ".join(
        str(part) for part in (what, row.location or "all places", row.segment or "all segments")
    )


register(
    RowList(
        kind="sales",
        label="Sales lines",
        rows=sales_lines,
        total=_sold,
        columns=[
            Column(label="Date", value=lambda row: day(row.date)),
            Column(label="Order", value=lambda row: row.order),
            Column(label="Item", value=lambda row: f"{row.item.code} {row.item.description}"),
            Column(label="Location", value=lambda row: row.location.code),
            Column(label="Segment", value=lambda row: row.segment.code),
            Column(
                label="Quantity", value=lambda row: number(row.quantity, places_of(row.item)), number=True
            ),
            Column(label="Price a unit", value=lambda row: number(row.unit_price, 2), number=True),
        ],
    ),
    RowList(
        kind="overrides",
        label="Overrides",
        rows=overrides,
        columns=[
            Column(label="Month", value=lambda row: month(row.month)),
            Column(label="For", value=_node),
            Column(label="What", value=lambda row: row.get_mode_display()),
            Column(label="Value", value=lambda row: number(row.value), number=True),
            Column(label="Who", value=lambda row: str(row.person)),
            Column(label="When", value=lambda row: day(row.created)),
            Column(label="Reason", value=lambda row: row.reason),
            Column(label="Expires", value=lambda row: day(row.expires)),
            Column(label="Revoked", value=lambda row: day(row.revoked)),
        ],
    ),
    RowList(
        kind="marks",
        label="Cleansed months",
        rows=cleansing_marks,
        columns=[
            Column(label="Month", value=lambda row: month(row.month)),
            Column(label="Item", value=lambda row: row.series.item.code),
            Column(label="Location", value=lambda row: row.series.location.code),
            Column(label="Segment", value=lambda row: row.series.segment.code),
            Column(label="Why", value=lambda row: row.get_kind_display()),
            Column(label="Sold", value=lambda row: number(row.raw), number=True),
            Column(label="Used instead", value=lambda row: number(row.imputed), number=True),
            Column(label="Reason", value=lambda row: row.reason),
            Column(label="Undone", value=lambda row: "yes" if row.undone else "no"),
        ],
    ),
)
