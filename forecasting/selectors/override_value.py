"""What overrides were worth, once their months had closed: by reason for all, by person for that person alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Abs, Lower, Trim

from forecasting.models import AccuracyLine
from siop.accounts.models import Person

SHOWN = 12
# Nearer to what came than the forecast without it: positive is a unit saved.
SAVED = Abs(F("reconciled") - F("actual")) - Abs(F("consensus") - F("actual"))
SUMS: dict[str, Any] = {
    "cells": Count("id"),
    "helped": Count("id", filter=Q(saved__gt=0)),
    "units": Sum("saved", output_field=FloatField()),
    "sold": Sum(Abs("actual")),
}


@dataclass(frozen=True, kw_only=True)
class Score:
    """`units` of error that overrides of one reason took away (negative: added) over `cells` series-months."""

    label: str
    cells: int
    helped: int
    units: float
    sold: float

    @property
    def size(self) -> float:
        """Units saved or added, whichever it is."""
        return abs(self.units)


def overridden(lines: QuerySet[AccuracyLine]) -> QuerySet[AccuracyLine]:
    return lines.filter(override__isnull=False).annotate(saved=SAVED)


def score_of(lines: QuerySet[AccuracyLine], person: Person) -> Score | None:
    """A person's own score; None where none of their overrides has met its month yet."""
    found = overridden(lines).filter(override__person=person).aggregate(**SUMS)
    return _score(str(person), found) if found["cells"] else None


def score_of_all(lines: QuerySet[AccuracyLine]) -> Score | None:
    found = overridden(lines).aggregate(**SUMS)
    return _score("All overrides", found) if found["cells"] else None


def scores_by_reason(lines: QuerySet[AccuracyLine]) -> list[Score]:
    """The reasons that moved most, best first; spelling aside, the same words are one reason."""
    spelt = overridden(lines).annotate(why=Lower(Trim("override__reason"))).order_by()
    rows: Any = spelt.values("why").annotate(**SUMS)
    scores = [_score((row["why"] or "no reason given").capitalize(), row) for row in rows]
    largest = sorted(scores, key=lambda score: (-score.cells, score.label))[:SHOWN]
    return sorted(largest, key=lambda score: -score.units)


def _score(label: str, row: Mapping[str, Any]) -> Score:
    return Score(
        label=label,
        cells=row["cells"],
        helped=row["helped"],
        units=row["units"] or 0.0,
        sold=row["sold"] or 0.0,
    )
