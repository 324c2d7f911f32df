"""The plan that covers demand and targets: the record, its orders and what they serve."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from siop.base import CodeField, MoneyField, QuantityField, SeriesField, Versioned
from siop.catalog.models import Item, Location
from siop.plans.models import PlanVersion

from ..enums import LoadKind, OrderStatus, SourceKind
from .sourcing import SourcingLane


class PlanLine(models.Model):
    """Projection of one item-location in one plan, one number a planned period (engine: supply.engine)."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="lines", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    on_hand = models.FloatField(default=0)
    demand = SeriesField()
    dependent_demand = SeriesField()
    scheduled_receipts = SeriesField()
    planned_receipts = SeriesField()
    planned_releases = SeriesField()
    past_due_release = models.FloatField(default=0)
    opening = SeriesField()
    closing = SeriesField()
    shortage = SeriesField()
    safety_stock = SeriesField()
    excess = models.FloatField(
        default=0, help_text="Units on hand beyond the highest stock that the policy holds."
    )
    obsolete = models.FloatField(default=0, help_text="Units on hand that nothing will ask for.")
    expiring = models.FloatField(default=0, help_text="Units expired, or that expire before they are sold.")
    expired = models.FloatField(
        default=0, help_text="Of them, those whose life is over already; they are not on hand."
    )
    expiring_by_period = SeriesField(help_text="Of them, those that expire in each planned period.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "item", "location"], name="plan_line_once")]

    def __str__(self) -> str:
        return f"line of {self.item_id} at {self.location_id}"


class PlannedOrder(Versioned):
    """A planned order of one plan; a firm one is kept by the next run. `parts` explain the quantity exactly."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="orders", db_index=False)
    number = CodeField(help_text="Stable within the plan, such as P-000123.")
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    lane = models.ForeignKey(SourcingLane, on_delete=models.SET_NULL, null=True)
    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    source = CodeField(blank=True)
    mode = CodeField(blank=True)
    quantity = QuantityField()
    needed_quantity = QuantityField(default=0)
    overhang = QuantityField(default=0)
    overhang_value = MoneyField(default=0)
    need_date = models.DateField()
    order_by = models.DateField()
    ship_date = models.DateField()
    due_date = models.DateField()
    cover_days = models.FloatField(null=True)
    unit_landed_cost = MoneyField(null=True)
    status = models.CharField(max_length=10, choices=OrderStatus.choices, default=OrderStatus.PLANNED)
    computed_quantity = QuantityField(
        null=True, help_text="What the run proposed, where a person firmed another."
    )
    improved = models.BooleanField(
        default=False, help_text="Its lot was chosen by cost; edits of other items leave it as it is."
    )
    reason = models.TextField(blank=True)
    parts = models.JSONField(default=list)
    run = CodeField(
        blank=True, help_text="Number of the first part, where a long run is received as it is made."
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    released = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order_by", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="planned_order_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="planned_order_quantity_positive"),
        ]
        indexes = [
            models.Index(fields=["plan", "item", "location"], name="planned_order_item"),
            models.Index(fields=["plan", "order_by", "id"], name="planned_order_day"),
        ]

    def __str__(self) -> str:
        return self.number


class Peg(models.Model):
    """`quantity` of a demand covered by one order or receipt, with how late and why."""

    # Twenty a line: the line of the same plan, item and location is checked by the database, its pegs are not.
    plan = models.ForeignKey(
        PlanVersion, on_delete=models.CASCADE, related_name="pegs", db_constraint=False, db_index=False
    )
    demand_item = models.ForeignKey(
        Item, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    demand_location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    demand_month = models.DateField()
    level = models.PositiveSmallIntegerField(
        default=0, help_text="0: supply of the item itself, 1: of its components, and so on."
    )
    order = CodeField(help_text="Number of a planned order or scheduled receipt; 'on hand' or 'short'.")
    quantity = models.FloatField()
    days_late = models.FloatField(default=0)
    first_cause = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["plan", "order"], name="peg_order"),
            models.Index(fields=["plan", "demand_item", "demand_location"], name="peg_demand"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.order}"


class CapacityLoad(models.Model):
    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="loads", db_index=False)
    kind = models.CharField(max_length=10, choices=LoadKind.choices)
    code = CodeField(help_text="Of the resource, supplier or location.")
    unit = models.CharField(max_length=30, blank=True)
    required = SeriesField()
    available = SeriesField()
    value_of_one_more = SeriesField(help_text="Money that one more unit saves: the plan made again with it.")
    made_ahead = SeriesField(help_text="Units used by the end of each period for what is received later.")
    missing = SeriesField(help_text="Units that wait for it at the end of each period.")
    tried = SeriesField(help_text="Units more with which the plan was made again; 0 where it was not.")
    worth_of_missing = SeriesField(help_text="Money that all that is missing saves, planned again with it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "kind", "code"], name="capacity_load_once")]

    def __str__(self) -> str:
        return f"load of {self.code}"
