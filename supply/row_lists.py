"""Receipts, lanes, orders and pegs, as lists that explanations open."""

from typing import Any

from django.db.models import QuerySet

from siop.accounts.models import Person
from siop.catalog.units import places_of
from siop.catalog.visibility import visible
from siop.web.rows import Column, Filters, RowList, register, within
from siop.web.templatetags.siop import day, month, number

from .models import Peg, PlannedOrder, ScheduledReceipt, SourcingLane


def receipts(person: Person, filters: Filters) -> QuerySet[ScheduledReceipt]:
    rows = visible(ScheduledReceipt.objects.select_related("item", "location", "supplier", "mode"), person)
    return within(
        rows, filters, day="due_date", item="item", location="location", supplier="supplier"
    ).order_by("-due_date", "order", "line")


def lanes(person: Person, filters: Filters) -> QuerySet[SourcingLane]:
    rows = visible(
        SourcingLane.objects.select_related("item", "location", "supplier", "from_location", "mode"), person
    )
    return within(rows, filters, item="item", location="location", supplier="supplier").order_by(
        "item__code", "location__code", "priority", "valid_from"
    )


def orders(person: Person, filters: Filters) -> QuerySet[PlannedOrder]:
    rows = visible(PlannedOrder.objects.select_related("item", "location", "plan"), person)
    return within(rows, filters, day="due_date", plan="plan", item="item", location="location").order_by(
        "-plan", "due_date", "number"
    )


def pegs(person: Person, filters: Filters) -> QuerySet[Peg]:
    rows = visible(
        Peg.objects.select_related("demand_item", "demand_location"),
        person,
        item="demand_item",
        location="demand_location",
    )
    return within(
        rows, filters, day="demand_month", plan="plan", item="demand_item", location="demand_location"
    ).order_by("demand_month", "order")


def lane_source(lane: SourcingLane) -> str:
    return str(lane.supplier or lane.from_location)


def _item(row: Any) -> str:
    return f"{row.item.code} {row.item.description}"


register(
    RowList(
        kind="receipts",
        label="Scheduled receipts",
        rows=receipts,
        columns=[
            Column(label="Order", value=lambda row: f"{row.order}/{row.line}"),
            Column(label="Item", value=_item),
            Column(label="Location", value=lambda row: row.location.code),
            Column(label="Supplier", value=lambda row: str(row.supplier or "-")),
            Column(label="Mode", value=lambda row: str(row.mode or "-")),
            Column(
                label="Quantity", value=lambda row: number(row.quantity, places_of(row.item)), number=True
            ),
            Column(label="Ordered", value=lambda row: day(row.order_date)),
            Column(label="Asked for", value=lambda row: day(row.requested_date)),
            Column(label="Due", value=lambda row: day(row.due_date)),
            Column(label="Received", value=lambda row: day(row.received_date)),
            Column(label="Status", value=lambda row: row.get_status_display()),
        ],
    ),
    RowList(
        kind="lanes",
        label="Sourcing",
        rows=lanes,
        columns=[
            Column(label="Item", value=lambda row: row.item.code),
            Column(label="Location", value=lambda row: row.location.code),
            Column(label="How", value=lambda row: row.get_kind_display()),
            Column(label="Source", value=lane_source),
            Column(label="Mode", value=lambda row: str(row.mode or "-")),
            Column(label="From", value=lambda row: day(row.valid_from)),
            Column(label="Until", value=lambda row: day(row.valid_to)),
            Column(label="Lead time, days", value=lambda row: number(row.lead_time_days), number=True),
            Column(label="Its sd, days", value=lambda row: number(row.lead_time_sd_days, 1), number=True),
            Column(label="MOQ", value=lambda row: number(row.moq), number=True),
            Column(label="Multiple", value=lambda row: number(row.order_multiple), number=True),
            Column(label="Cost a unit", value=lambda row: number(row.unit_cost, 2), number=True),
            Column(label="Freight a unit", value=lambda row: number(row.freight_cost, 2), number=True),
        ],
    ),
    RowList(
        kind="orders",
        label="Planned orders",
        rows=orders,
        columns=[
            Column(label="Plan", value=lambda row: str(row.plan)),
            Column(label="Order", value=lambda row: row.number),
            Column(label="Item", value=_item),
            Column(label="Location", value=lambda row: row.location.code),
            Column(label="Source", value=lambda row: row.source),
            Column(
                label="Quantity", value=lambda row: number(row.quantity, places_of(row.item)), number=True
            ),
            Column(label="Order by", value=lambda row: day(row.order_by)),
            Column(label="Due", value=lambda row: day(row.due_date)),
            Column(label="Status", value=lambda row: row.get_status_display()),
        ],
    ),
    RowList(
        kind="pegs",
        label="What covers which demand",
        rows=pegs,
        columns=[
            Column(label="Month", value=lambda row: month(row.demand_month)),
            Column(label="Demand of", value=lambda row: row.demand_item.code),
            Column(label="Location", value=lambda row: row.demand_location.code),
            Column(label="Covered by", value=lambda row: row.order),
            Column(
                label="Quantity",
                value=lambda row: number(row.quantity, places_of(row.demand_item)),
                number=True,
            ),
            Column(label="Days late", value=lambda row: number(row.days_late), number=True),
            Column(label="First cause", value=lambda row: row.first_cause),
        ],
    ),
)
