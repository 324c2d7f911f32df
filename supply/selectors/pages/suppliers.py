"""Suppliers: how they kept promises, what they will be asked for, what they charge, what happens if one fails."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import F, Q, QuerySet, Sum

from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.models import Item
from siop.catalog.visibility import visible
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion

from ...enums import OrderStatus, ReceiptStatus, SourceKind
from ...models import PlannedOrder, PriceBreak, ScheduledReceipt, Supplier, SupplierRisk
from ..scorecard import Judged, judged_receipts

FORWARD, YEAR = 6, 12  # periods
MOST_ITEMS = 40
DONE = (ReceiptStatus.RECEIVED, ReceiptStatus.CANCELLED)


def suppliers() -> QuerySet[Supplier]:
    return Supplier.objects.order_by("code")


def planned_value(person: Person, plan: PlanVersion) -> dict[str, Decimal]:
    """Money in planned orders by supplier code."""
    orders = visible(PlannedOrder.objects.filter(plan=plan, kind=SourceKind.BUY), person)
    sums = orders.order_by().values_list("source").annotate(value=Sum(F("quantity") * F("unit_landed_cost")))
    return {source: value or Decimal(0) for source, value in sums}


def risks(plan: PlanVersion) -> dict[int, SupplierRisk]:
    return {
        risk.supplier_id: risk
        for risk in SupplierRisk.objects.filter(plan=plan).select_related("first_short_item")
    }


def previous_plan(plan: PlanVersion) -> PlanVersion | None:
    """The plan that suppliers were told last: the newest published before this one."""
    published = PlanVersion.objects.filter(published__isnull=False).exclude(pk=plan.pk)
    if plan.published:
        published = published.filter(published__lt=plan.published)
    return (
        published.filter(status__in=[PlanStatus.PUBLISHED, PlanStatus.SUPERSEDED])
        .order_by("-published")
        .first()
    )


def requirements(
    person: Person, plan: PlanVersion, supplier: Supplier, months: list[date]
) -> list[dict[str, Any]]:
    """Six months ahead by item and month of arrival, beside what the plan published before said.

    The largest MOST_ITEMS items; the export has all of them.
    """
    now = _required(person, plan, supplier, months)
    earlier = previous_plan(plan)
    before = _required(person, earlier, supplier, months) if earlier else {}
    nothing = [0.0] * len(months)
    largest = sorted({*now, *before}, key=lambda pk: -sum(now.get(pk, nothing)))[:MOST_ITEMS]
    items = Item.objects.in_bulk(largest)
    rows = []
    for pk in sorted(largest, key=lambda pk: items[pk].code):
        wanted, told = now.get(pk, nothing), before.get(pk, nothing)
        changes = [a - b if earlier else None for a, b in zip(wanted, told, strict=True)]
        rows.append(
            {
                "item": items[pk],
                "cells": [
                    {"quantity": a, "change": change} for a, change in zip(wanted, changes, strict=True)
                ],
                "total": sum(wanted),
                "change": sum(wanted) - sum(told) if earlier else None,
            }
        )
    return rows


def _required(
    person: Person, plan: PlanVersion, supplier: Supplier, months: list[date]
) -> dict[int, list[float]]:
    """Units by item id and month of arrival: planned orders and open ones; overdue ones count in the first."""
    known = calendar.load()
    found: dict[int, list[float]] = {}
    sums = (
        rows.order_by().values_list("item", "due_date").annotate(units=Sum("quantity"))
        for rows in asked_of(person, plan, supplier, until=known.end_of(months[-1]))
    )
    for item, due, units in (row for rows in sums for row in rows):
        h = max(known.between(months[0], due), 0)
        found.setdefault(item, [0.0] * len(months))[h] += float(units)
    return found


def asked_of(
    person: Person, plan: PlanVersion, supplier: Supplier, *, until: date
) -> tuple[QuerySet[PlannedOrder], QuerySet[ScheduledReceipt]]:
    """Planned orders that wait and open ones, which arrive up to a day."""
    planned = planned_at(person, plan, supplier).exclude(status=OrderStatus.RELEASED)
    under_way = visible(ScheduledReceipt.objects.filter(supplier=supplier).exclude(status__in=DONE), person)
    return planned.filter(due_date__lte=until), under_way.filter(due_date__lte=until)


def planned_at(person: Person, plan: PlanVersion, supplier: Supplier) -> QuerySet[PlannedOrder]:
    """Planned purchase orders at a supplier, those that went out among them."""
    return visible(PlannedOrder.objects.filter(plan=plan, kind=SourceKind.BUY, source=supplier.code), person)


def lead_time_trend(
    person: Person, supplier: Supplier, *, day: date, months: int = 18
) -> list[dict[str, Any]]:
    """Asked for and actual days from order to receipt, by month of receipt."""
    judged = [
        one
        for one in judged_receipts(day=day, person=person, supplier=supplier.pk)
        if one.received and one.ordered
    ]
    by_month: dict[date, list[Judged]] = {}
    for one in judged:
        assert one.received is not None  # noqa: S101 - filtered above
        by_month.setdefault(one.received.replace(day=1), []).append(one)
    return [
        {
            "month": start,
            "asked": float(np.mean([(one.promised - one.ordered).days for one in found if one.ordered])),
            "actual": float(
                np.mean([(one.received - one.ordered).days for one in found if one.ordered and one.received])
            ),
            "count": len(found),
        }
        for start, found in sorted(by_month.items())[-months:]
    ]


def planned_in_a_year(person: Person, plan: PlanVersion, supplier: Supplier) -> QuerySet[PlannedOrder]:
    """Planned orders at a supplier that arrive within twelve months, those that went out among them."""
    after = calendar.load().shift(plan.as_of, YEAR)
    return planned_at(person, plan, supplier).filter(due_date__lt=after)


def price_breaks(person: Person, plan: PlanVersion, supplier: Supplier) -> list[dict[str, Any]]:
    """Volume planned for twelve months beside each price break of an item."""
    orders = planned_in_a_year(person, plan, supplier)
    volume = dict(orders.order_by().values_list("item").annotate(units=Sum("quantity")))
    breaks = visible(PriceBreak.objects.filter(source=supplier.code), person).select_related(
        "item", "location", "mode"
    )
    rows = []
    for one in breaks.order_by("item__code", "location__code", "min_quantity"):
        units = volume.get(one.item_id) or Decimal(0)
        rows.append(
            {
                "break": one,
                "units": units,
                "reached": units >= one.min_quantity,
                "value": units * one.unit_cost,
            }
        )
    return rows


def open_orders(person: Person, supplier: Supplier) -> QuerySet[ScheduledReceipt]:
    rows = visible(ScheduledReceipt.objects.filter(supplier=supplier), person)
    return rows.exclude(status__in=DONE).select_related("item", "location").order_by("due_date", "order")


def searched(rows: QuerySet[Supplier], text: str) -> QuerySet[Supplier]:
    return rows.filter(Q(code__icontains=text) | Q(description__icontains=text)) if text else rows
