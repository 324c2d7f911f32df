"""How suppliers kept their promises: one definition for page, export and KPI.

An order counts once it was received, or once its promised day has passed without all of it. It is on time in
full where all of it came by the day it was asked for. Early counts as 0 days late.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Q

from siop.accounts.models import Person
from siop.catalog.visibility import visible

from ..enums import ReceiptStatus
from ..models import ScheduledReceipt

EVERYTHING = Q()


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """Over `orders` receipts that are judged; None where there is none to judge."""

    orders: int
    on_time_in_full: int
    otif: float | None
    mean_delay_days: float | None
    requested_days: float | None
    actual_days: float | None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One receipt: when it was asked for and came, and how late that was."""

    supplier: int
    name: str
    promised: date
    ordered: date | None
    received: date | None
    in_full: bool
    delay_days: int

    @property
    def on_time_in_full(self) -> bool:
        return self.in_full and self.delay_days == 0

    @property
    def actual_days(self) -> int | None:
        """From the order to its receipt; None where either day is unknown."""
        return (self.received - self.ordered).days if self.ordered and self.received else None


def scorecards(*, day: date, person: Person | None = None) -> dict[int, Scorecard]:
    """Scorecard by supplier id, of receipts that a person may see (everything without one)."""
    grouped: dict[int, list[Judged]] = {}
    for one in judged_receipts(day=day, person=person):
        grouped.setdefault(one.supplier, []).append(one)
    return {supplier: scorecard(found) for supplier, found in grouped.items()}


def scorecard(judged: Iterable[Judged]) -> Scorecard:
    """S15: ten orders, seven on time in full, three 4, 8 and 18 days late: 70 %, 3.0 days."""
    found = list(judged)
    good = sum(one.on_time_in_full for one in found)
    timed = [one for one in found if one.actual_days is not None]
    return Scorecard(
        orders=len(found),
        on_time_in_full=good,
        otif=good / len(found) if found else None,
        mean_delay_days=_mean(one.delay_days for one in found),
        requested_days=_mean((one.promised - one.ordered).days for one in timed if one.ordered),
        actual_days=_mean(one.actual_days for one in timed if one.actual_days is not None),
    )


def judged_receipts(
    *, day: date, person: Person | None = None, supplier: int | None = None, about: Q = EVERYTHING
) -> list[Judged]:
    """Receipts that came, and those overdue on `day`, by the day they were asked for."""
    rows = (
        ScheduledReceipt.objects.filter(about).exclude(status=ReceiptStatus.CANCELLED).exclude(supplier=None)
    )
    if person is not None:
        rows = visible(rows, person)
    if supplier is not None:
        rows = rows.filter(supplier=supplier)
    columns = (
        "supplier_id", "requested_date", "due_date", "order_date", "received_date", "received_quantity", "quantity",
        "status", "order", "line",
    )  # fmt: skip
    found = [_judge(dict(zip(columns, row, strict=True)), day) for row in rows.values_list(*columns)]
    return sorted((one for one in found if one), key=lambda one: one.promised)


def _judge(row: dict[str, Any], day: date) -> Judged | None:
    promised = row["requested_date"] or row["due_date"]
    if promised is None:
        return None
    came = row["received_date"]
    if came is None and promised >= day:
        return None  # still on its way, nothing to judge yet
    quantity = row["received_quantity"]
    full = row["status"] == ReceiptStatus.RECEIVED and quantity is None
    full = full or (quantity is not None and quantity >= row["quantity"])
    return Judged(
        supplier=row["supplier_id"],
        name="/".join(filter(None, (row["order"], row["line"]))),
        promised=promised,
        ordered=row["order_date"],
        received=came,
        in_full=full and came is not None,
        delay_days=max(0, ((came or day) - promised).days),
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return float(np.mean(found)) if found else None
