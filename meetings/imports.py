"""Tables of measurement that come in."""

from __future__ import annotations

from siop.gather.columns import code, month, number, text
from siop.gather.tables import Table, register

register(
    Table(
        name="measures",
        label="Measures",
        model="meetings.Measure",
        key=(code("measure"), month("month")),
        columns=(number("value", required=True, places=None), number("target", places=None), text("source")),
        fresh_days=35,
    )
)
