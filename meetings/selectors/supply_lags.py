"""How long before a month its forecast still matters: one supply lead time, each item's own."""

from __future__ import annotations

from math import ceil

from django.db.models import F, FloatField, OuterRef, QuerySet, Subquery, Value, Window
from django.db.models.functions import Abs, Ceil, Coalesce, FirstValue, Greatest

from forecasting.models import AccuracyLine
from siop.reading import once
from supply.engine.basics import MEAN_DAYS
from supply.models import SourcingLane

DAYS_A_MONTH = MEAN_DAYS["month"]


def company_lag() -> int:
    """Months from order to receipt of the median lane; 1 without lanes."""
    return once("company_lag", _company_lag)


def _company_lag() -> int:
    days = SourcingLane.objects.order_by("lead_time_days").values_list("lead_time_days", flat=True)
    lanes = days.count()
    return max(1, ceil(days[lanes // 2] / DAYS_A_MONTH)) if lanes else 1


def at_own_lag(lines: QuerySet[AccuracyLine]) -> QuerySet[AccuracyLine]:
    """The lines of each series at the lag that is next to its item's lead time, the shorter of two.

    The lead time is that of the lane tried first, the longest of several; the company's where an item has none.
    """
    lane = SourcingLane.objects.filter(item=OuterRef("series__item")).order_by("priority", "-lead_time_days")
    months = Ceil(
        Subquery(lane.values("lead_time_days")[:1]) / Value(DAYS_A_MONTH, output_field=FloatField())
    )
    wanted = Greatest(Coalesce(months, Value(float(company_lag()))), Value(1.0))
    lines = lines.order_by().annotate(away=Abs(F("lag") - wanted, output_field=FloatField()))
    nearest = Window(FirstValue("lag"), partition_by="series", order_by=[F("away"), F("lag")])
    own = lines.annotate(nearest=nearest).filter(lag=F("nearest"))
    return AccuracyLine.objects.filter(pk__in=own.values("pk"))
