"""What is tried beside the plan."""

from datetime import date

from django.db import models

from siop.base import SeriesField, Versioned
from siop.catalog.models import Item, Location
from siop.plans.models import PlanVersion

from ..enums import ChangeKind


class ScenarioChange(Versioned):
    """One change of a scenario on its base plan."""

    scenario = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="changes")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=14, choices=ChangeKind.choices)
    target = models.JSONField(
        default=dict, help_text="Codes of what is changed, and the month where one is meant."
    )
    after = models.JSONField(default=dict, help_text="What it becomes, by kind: see supply.frames.changes.")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [models.UniqueConstraint(fields=["scenario", "sequence"], name="scenario_change_once")]

    def __str__(self) -> str:
        what = ", ".join(dict.fromkeys(_named(name, value) for name, value in self.target.items() if value))
        return f"{self.get_kind_display()}: {what or 'all'}"


def _named(name: str, value: str) -> str:
    """A code as it is; a first and last month as people write them."""
    return f"{date.fromisoformat(value):%b %Y}" if name in ("first", "last") else str(value)


class ScenarioLine(models.Model):
    """An item-location that a scenario changes: its record in the scenario, and what it adds to each figure.

    Kept apart from PlanLine: a scenario is its base plan plus these, never a copy of it.
    """

    scenario = models.ForeignKey(
        PlanVersion, on_delete=models.CASCADE, related_name="scenario_lines", db_index=False
    )
    # Written anew with each change, while somebody waits, and asked for by scenario: its base's lines are checked.
    item = models.ForeignKey(Item, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    demand = SeriesField()
    planned_receipts = SeriesField()
    closing = SeriesField()
    shortage = SeriesField()
    safety_stock = SeriesField()
    difference = SeriesField(help_text="Figures less those of the base: one after another, by period each.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scenario", "item", "location"], name="scenario_line_once")
        ]

    def __str__(self) -> str:
        return f"line of {self.item_id} at {self.location_id} in {self.scenario_id}"
