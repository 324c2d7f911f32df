"""Figures that the company measures itself (picks a day, tickets): the newest reading against its target or limit."""

from dataclasses import dataclass
from datetime import date

from ..models import Measure


@dataclass(frozen=True)
class Reading:
    measure: str
    month: date
    value: float
    target: float | None
    source: str

    @property
    def share(self) -> float | None:
        """Of the target or limit: 4,200 picks a day of 5,000 are 84 %."""
        return self.value / self.target if self.target else None


def readings() -> list[Reading]:
    """Every reading, by measure, then month."""
    return [
        Reading(
            row.measure,
            row.month,
            float(row.value),
            None if row.target is None else float(row.target),
            row.source,
        )
        for row in Measure.objects.order_by("measure", "month")
    ]


def newest() -> list[Reading]:
    """The newest reading of each measure."""
    return list({reading.measure: reading for reading in readings()}.values())
