"""Where items come from, what is on order, and the plan that covers demand and targets."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from siop.base import CodeField, MoneyField, QuantityField, SeriesField, Versioned
from siop.catalog.models import Category, Item, Location
from siop.plans.models import PlanVersion

from .enums import (
    ChangeKind,
    ExceptionKind,
    ExceptionStatus,
    LoadKind,
    OrderStatus,
    ReceiptStatus,
    SourceKind,
)


class Supplier(models.Model):
    code = CodeField(unique=True)
    description = models.CharField(max_length=300, blank=True)
    country = models.CharField(max_length=60, blank=True)
    time_to_recover_days = models.PositiveIntegerField(null=True, blank=True)
    capacity_per_month = QuantityField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Mode(models.Model):
    """A way of transport and what one load of it (a container, a pallet by air) holds and costs."""

    code = CodeField(unique=True)
    load_m3 = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    load_cost = MoneyField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class SourcingLane(models.Model):
    """One way of getting an item to a location; `source` is a supplier, a sending location, or the own one."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="lanes")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="lanes_in")
    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.CASCADE, null=True, blank=True, related_name="lanes"
    )
    from_location = models.ForeignKey(
        Location, on_delete=models.CASCADE, null=True, blank=True, related_name="lanes_out"
    )
    mode = models.ForeignKey(Mode, on_delete=models.PROTECT, null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    lead_time_days = models.PositiveIntegerField()
    lead_time_sd_days = models.FloatField(default=0)
    transit_days = models.PositiveIntegerField(null=True, blank=True)
    moq = QuantityField(default=0)
    order_multiple = QuantityField(default=0)
    order_group = CodeField(blank=True, help_text="Lanes of one group share their MOQ.")
    unit_cost = MoneyField(null=True, blank=True)
    order_cost = MoneyField(null=True, blank=True)
    freight_cost = MoneyField(null=True, blank=True)
    capacity_per_month = QuantityField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["item", "location", "priority"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "supplier", "from_location", "mode", "valid_from"],
                name="sourcing_lane_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind=SourceKind.BUY, supplier__isnull=False)
                | ~Q(kind=SourceKind.BUY) & Q(from_location__isnull=False),
                name="sourcing_lane_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"lane {self.pk}"

    @property
    def travel_days(self) -> int:
        """Between shipping and receipt: where nobody says, the whole lead time of a transfer, none of other ways."""
        if self.transit_days is not None:
            return self.transit_days
        return self.lead_time_days if self.kind == SourceKind.TRANSFER else 0

    @property
    def days_to_receipt(self) -> int:
        """From order to receipt."""
        return max(self.lead_time_days, self.travel_days)

    @property
    def price(self) -> Decimal | None:
        """Of one unit: the lane's own cost, else the item's, as the plan counts it."""
        cost: Decimal | None = self.item.unit_cost if self.unit_cost is None else self.unit_cost
        return cost


class PriceBreak(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="price_breaks")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    source = CodeField()
    mode = models.ForeignKey(Mode, on_delete=models.CASCADE, null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    min_quantity = QuantityField()
    unit_cost = MoneyField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "source", "mode", "valid_from", "min_quantity"],
                name="price_break_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_cost} from {self.min_quantity}"


class Tariff(models.Model):
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    origin = models.CharField(max_length=60)
    destination = models.CharField(max_length=60)
    valid_from = models.DateField()
    rate_pct = models.DecimalField(max_digits=9, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "origin", "destination", "valid_from"],
                name="tariff_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.rate_pct} % from {self.valid_from}"


class BomLine(models.Model):
    parent = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="bom_lines")
    component = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="where_used")
    quantity_per = models.DecimalField(max_digits=18, decimal_places=6)
    scrap_pct = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "component", "valid_from"], name="bom_line_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(parent=F("component")), name="bom_line_not_itself"),
            models.CheckConstraint(condition=Q(quantity_per__gt=0), name="bom_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity_per} of {self.component_id} in {self.parent_id}"

    @property
    def gross_per(self) -> Decimal:
        """Units issued for one good parent, scrap among them, as the plan takes them."""
        return self.quantity_per / (1 - self.scrap_pct / 100)


class Resource(models.Model):
    code = CodeField()
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    capacity_per_month = QuantityField()
    unit = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "location"], name="resource_once")]

    def __str__(self) -> str:
        return self.code


class Routing(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="routings")
    resource = CodeField()
    usage_per_unit = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "resource"], name="routing_once")]

    def __str__(self) -> str:
        return f"{self.usage_per_unit} of {self.resource}"


class ReturnRule(models.Model):
    """`rate` of what is shipped of `item` comes back as `returns_as` after `lag_days`."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="return_rules")
    returns_as = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    rate = models.FloatField()
    lag_days = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "returns_as", "location"], name="return_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.rate:.0%} of {self.item_id} come back"


class ScheduledReceipt(models.Model):
    order = CodeField()
    line = CodeField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="scheduled_receipts")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    supplier = models.ForeignKey(Supplier, on_delete=models.SET_NULL, null=True, blank=True)
    mode = models.ForeignKey(Mode, on_delete=models.SET_NULL, null=True, blank=True)
    quantity = QuantityField()
    order_date = models.DateField(null=True, blank=True)
    requested_date = models.DateField(null=True, blank=True)
    ship_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    received_date = models.DateField(null=True, blank=True)
    received_quantity = QuantityField(null=True, blank=True)
    shipment = CodeField(blank=True)
    status = models.CharField(max_length=12, choices=ReceiptStatus.choices, default=ReceiptStatus.OPEN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="scheduled_receipt_once")]

    def __str__(self) -> str:
        return f"{self.order}/{self.line}"


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


class PlanException(Versioned):
    """What threatens the plan, in money; ranked by avoidable loss = loss x probability - cost of the action."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="exceptions")
    key = CodeField(help_text="Same threat, same key: snoozing outlives a recomputation.")
    rank = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=ExceptionKind.choices)
    title = models.CharField(max_length=300)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, null=True, blank=True)
    month = models.DateField(null=True, blank=True)
    quantity = models.FloatField(default=0)
    probability = models.FloatField(default=1)
    money_at_risk = MoneyField(default=0)
    action_cost = MoneyField(default=0)
    avoidable_loss = MoneyField(default=0)
    last_responsible_date = models.DateField(null=True, blank=True)
    root_cause = models.CharField(max_length=120, blank=True)
    suggestion = models.TextField(blank=True)
    action = models.CharField(
        max_length=20, blank=True, help_text="Kind of the suggestion: a name of supply.engine.threats.Action."
    )
    fits = models.FloatField(
        null=True, help_text="Units to buy ahead that find room, where not all of them do."
    )
    cost_of_all = MoneyField(
        null=True, help_text="What it would cost to act on all of it, where not all fits."
    )
    order = CodeField(blank=True)
    parts = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=ExceptionStatus.choices, default=ExceptionStatus.OPEN)
    snoozed_until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="plan_exception_once")]
        indexes = [models.Index(fields=["plan", "rank", "id"], name="plan_exception_rank")]

    def __str__(self) -> str:
        return self.title


class SupplierRisk(models.Model):
    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="risks")
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE)
    survive_days = models.FloatField()
    recover_days = models.FloatField(null=True)
    gap_days = models.FloatField(default=0)
    stock_needed = models.FloatField(default=0)
    exposure = MoneyField(default=0)
    first_short_item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "supplier"], name="supplier_risk_once")]

    def __str__(self) -> str:
        return f"risk of {self.supplier_id}"


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
