"""How good forecasts were: error, bias, coverage and value added by step, of closed months, at any node and lag.

One definition for pages, key figures and exports. Errors are summed over series and months before they are
divided by what was sold, so large items count for what they are; a positive bias is too much forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Abs

from forecasting.models import AccuracyLine
from forecasting.nodes import Node
from siop.accounts.models import Person
from siop.catalog import calendar

STEPS = {
    "naive": "Last year",
    "statistical": "Own past",
    "reconciled": "Drivers",
    "planner": "Planner",
    "consensus": "Consensus",
}
MONTHS = 12
GROUPS = {
    "category": ("series__item__category_id", "series__item__category__code"),
    "item": ("series__item_id", "series__item__code"),
    "location": ("series__location_id", "series__location__code"),
    "segment": ("series__segment_id", "series__segment__code"),
}
SUMS: dict[str, Any] = {
    "sold": Sum(Abs("actual")),
    "over": Sum(F("consensus") - F("actual")),
    "rows": Count("id"),
    "seen": Count("inside_80"),
    "inside_80": Count("id", filter=Q(inside_80=True)),
    "inside_95": Count("id", filter=Q(inside_95=True)),
} | {f"off_{step}": Sum(Abs(F(step) - F("actual"))) for step in STEPS}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Sums over closed series and months: units sold, units off by step, units over, and intervals that held."""

    sold: float
    over: float
    off: Mapping[str, float]
    rows: int
    seen: int
    inside_80: int
    inside_95: int

    @property
    def wape(self) -> float | None:
        return self.error("consensus")

    @property
    def bias(self) -> float | None:
        return self.over / self.sold if self.sold else None

    @property
    def coverage_80(self) -> float | None:
        return self.inside_80 / self.seen if self.seen else None

    @property
    def coverage_95(self) -> float | None:
        return self.inside_95 / self.seen if self.seen else None

    @property
    def value_added(self) -> float | None:
        """Share of sales by which the consensus is nearer than last year's figures."""
        naive, own = self.error("naive"), self.wape
        return None if naive is None or own is None else naive - own

    def error(self, step: str) -> float | None:
        """WAPE of one step; None where nothing was sold."""
        return self.off[step] / self.sold if self.sold else None

    def gains(self) -> dict[str, float]:
        """What each step took off the error of the one before it; negative where it made it worse."""
        if not self.sold:
            return {}
        return {after: (self.off[before] - self.off[after]) / self.sold for before, after in pairwise(STEPS)}


@dataclass(frozen=True, kw_only=True)
class Group:
    """One row of a breakdown; `key` names its node in addresses, empty where there is none."""

    label: str
    key: str
    measured: Measured


def scored_lines(person: Person, node: Node | None = None) -> QuerySet[AccuracyLine]:
    """Lines of closed months beneath a node (none: of everything) that a person may see."""
    return AccuracyLine.objects.filter(series__in=(node or Node()).visible_series(person))


def measured(lines: QuerySet[AccuracyLine]) -> Measured:
    return _measured(lines.aggregate(**SUMS))


def newest(lines: QuerySet[AccuracyLine], *, months: int = MONTHS) -> QuerySet[AccuracyLine]:
    """The lines of the newest closed months."""
    last = lines.aggregate(last=Max("month"))["last"]
    if last is None:
        return lines.none()
    return lines.filter(month__gt=calendar.load().shift(last, -months))


def lags_known(lines: QuerySet[AccuracyLine]) -> list[int]:
    return sorted(set(lines.order_by().values_list("lag", flat=True)))


def nearest_lag(lags: Iterable[int], wanted: int) -> int | None:
    """The lag next to the one wanted, the shorter of two; None where nothing is scored."""
    return min(lags, key=lambda lag: (abs(lag - wanted), lag), default=None)


def by_month(lines: QuerySet[AccuracyLine]) -> dict[date, Measured]:
    rows = lines.order_by("month").values("month").annotate(**SUMS)
    return {row["month"]: _measured(row) for row in rows}


def by_lag(lines: QuerySet[AccuracyLine]) -> dict[int, Measured]:
    rows = lines.order_by("lag").values("lag").annotate(**SUMS)
    return {row["lag"]: _measured(row) for row in rows}


def by_series_and_lag(
    lines: QuerySet[AccuracyLine],
) -> Iterator[tuple[int, tuple[str, str, str], int, Measured]]:
    """(series, codes of item, location and segment, lag, sums), ordered by them."""
    codes = ("series__item__code", "series__location__code", "series__segment__code")
    rows = lines.values("series", *codes, "lag").annotate(**SUMS).order_by(*codes, "lag")
    for row in rows.iterator():
        yield row["series"], (row[codes[0]], row[codes[1]], row[codes[2]]), row["lag"], _measured(row)


def by_group(lines: QuerySet[AccuracyLine], level: str) -> list[Group]:
    """Breakdown by category, item, location or segment, the largest error in units first."""
    pk, code = GROUPS[level]
    letter = {"category": "c", "item": "i"}.get(level)
    tails = {"location": "all-l", "segment": "all-g"}
    rows = lines.order_by().values(pk, code).annotate(**SUMS)
    return _ranked(
        Group(
            label=row[code] or "without a category",
            key=f"{letter or tails[level]}{row[pk]}" if row[pk] else "",
            measured=_measured(row),
        )
        for row in rows
    )


def _ranked(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.measured.off["consensus"], group.label))


def _measured(row: Mapping[str, Any]) -> Measured:
    return Measured(
        sold=row["sold"] or 0.0,
        over=row["over"] or 0.0,
        off={step: row[f"off_{step}"] or 0.0 for step in STEPS},
        rows=row["rows"],
        seen=row["seen"],
        inside_80=row["inside_80"],
        inside_95=row["inside_95"],
    )
