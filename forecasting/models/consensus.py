"""What planners made of the forecast: the consensus, what was typed, by whom and why, beside the budget."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from forecasting.enums import EditKind, OverrideMode
from siop.base import MoneyField, QuantityField, SeriesField, Versioned
from siop.catalog.models import Category, Item, Location, Segment
from siop.plans.models import PlanVersion

from .forecasts import ForecastRun
from .history import DemandSeries


class ConsensusLine(Versioned):
    """Consensus demand of one series in one plan over the horizon, multiples of the item's step.

    `overridden` lists the horizon indexes where overrides moved it away from the statistical forecast;
    `reviewed` is what it was when the demand review closed.
    """

    plan = models.ForeignKey(
        PlanVersion, on_delete=models.CASCADE, related_name="consensus_lines", db_index=False
    )
    series = models.ForeignKey(DemandSeries, on_delete=models.CASCADE, related_name="consensus_lines")
    run = models.ForeignKey(ForecastRun, on_delete=models.PROTECT, null=True)
    quantity = SeriesField()
    overridden = SeriesField(base_field=models.SmallIntegerField())
    reviewed = SeriesField(help_text="Empty before.")
    touched = models.BigIntegerField(
        default=0, help_text="Transaction of the last write, for incremental reads."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "series"], name="consensus_line_once")]
        indexes = [models.Index(fields=["plan", "touched"], name="consensus_line_touched")]

    def __str__(self) -> str:
        return f"consensus of series {self.series_id}"


class EditBatch(models.Model):
    """Cells typed, pasted, filled or undone together; its key makes a repeated request harmless."""

    id = models.UUIDField(primary_key=True)
    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=EditKind.choices)
    undo_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    reason = models.TextField(blank=True)
    images = models.JSONField(default=dict, help_text="Leaves before and after.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["id", "person"], name="edit_batch_of_person")]
        indexes = [
            models.Index(fields=["at"], condition=Q(images__has_key="follow"), name="edit_batch_unfollowed")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.person_id}"


class Override(Versioned):
    """What a planner typed at a node for a month; leaves are derived from it by replay in `sequence`.

    The node is an item or a category (neither: everything) x location or all x segment or all.
    """

    # A node is found by its item or category; each further index would be written with every cell of a paste.
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, null=True, blank=True, db_index=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True, db_index=False)
    month = models.DateField()
    mode = models.CharField(max_length=10, choices=OverrideMode.choices, default=OverrideMode.SET)
    value = QuantityField()
    reason = models.TextField(blank=True)
    expires = models.DateField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    sequence = models.BigIntegerField(help_text="Order of replay.")
    touched = models.BigIntegerField(
        default=0, help_text="Transaction of the last write, for incremental reads."
    )
    # One foreign key holds both: a batch of this person (migration 0008).
    batch = models.ForeignKey(
        EditBatch, on_delete=models.PROTECT, related_name="overrides", db_index=False, db_constraint=False
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.CheckConstraint(
                condition=Q(item__isnull=True) | Q(category__isnull=True), name="override_item_or_category"
            ),
        ]
        indexes = [
            models.Index(fields=["sequence"], name="override_active", condition=Q(revoked__isnull=True)),
            models.Index(fields=["touched"], name="override_touched"),
            models.Index(fields=["item", "category"], name="override_node"),
        ]

    def __str__(self) -> str:
        what = self.item or self.category or "All items"
        where = f" at {self.location}" if self.location else ""
        whom = f" for {self.segment}" if self.segment else ""
        return f"{what}{where}{whom}, {self.month:%B %Y}"


class Assumption(Versioned):
    """What the plan takes for granted, with who said so; risks and opportunities carry a value."""

    text = models.TextField()
    kind = models.CharField(max_length=12, default="assumption")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    value = MoneyField(null=True, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class BudgetLine(models.Model):
    month = models.DateField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True)
    units = QuantityField(null=True, blank=True)
    revenue = MoneyField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "category", "segment"], name="budget_line_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"budget {self.month} {self.category_id}"
