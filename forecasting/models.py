"""Demand: what was sold, what is forecast, what planners made of it.

Arrays of a plan start at its `origin`; a month's index is its number of periods since then.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from siop.base import CodeField, MoneyField, QuantityField, SeriesField, Versioned
from siop.catalog.models import Category, Item, Location, Segment
from siop.plans.models import PlanVersion

from .enums import EditKind, EventKind, MarkKind, OverrideMode


class SalesLine(models.Model):
    """One order line as imported; a negative quantity is a return, counted in the period it is booked."""

    date = models.DateField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, db_index=False)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, db_index=False)
    order = CodeField(blank=True)
    quantity = QuantityField()
    unit_price = MoneyField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "segment", "date", "order"], name="sales_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.item_id}: {self.quantity}"


class Delivery(models.Model):
    order = CodeField()
    line = CodeField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True)
    promised_date = models.DateField()
    shipped_date = models.DateField(null=True, blank=True)
    ordered_quantity = QuantityField()
    shipped_quantity = QuantityField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["item", "promised_date"],
                name="delivery_left",
                condition=models.Q(ordered_quantity__gt=models.F("shipped_quantity")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}/{self.line}"


class Bundle(models.Model):
    """A bundle has no demand of its own: its sales are sales of the items in it."""

    bundle = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="bundle_parts")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="in_bundles")
    quantity = QuantityField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bundle", "item"], name="bundle_part_once"),
            models.CheckConstraint(condition=~Q(bundle=F("item")), name="bundle_not_in_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.bundle_id}: {self.quantity} of {self.item_id}"


class ExternalDemand(models.Model):
    """A consensus demand made elsewhere, used instead of the forecast where it is given."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    date = models.DateField()
    quantity = QuantityField()
    error_sd = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "location", "date"], name="external_demand_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.date}: {self.quantity}"


class DemandSeries(models.Model):
    """Item x location x segment, only where sales, a like item, an override or a budget exist."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="series")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE)
    first_period = models.DateField(null=True, blank=True, help_text="First period with sales.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "location", "segment"], name="demand_series_once")
        ]

    def __str__(self) -> str:
        return f"series {self.pk}"


class SalesHistory(models.Model):
    """Net sales by period from `origin` on, as of the newest data version; negative months stay negative."""

    series = models.OneToOneField(
        DemandSeries, on_delete=models.CASCADE, primary_key=True, related_name="history"
    )
    origin = models.DateField()
    quantity = SeriesField()
    revenue = SeriesField()
    data_version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"history of {self.series_id}"


class CleansingMark(Versioned):
    """A month of history that is not demand as it stands; `undone` brings the sale back."""

    series = models.ForeignKey(DemandSeries, on_delete=models.CASCADE, related_name="marks")
    month = models.DateField()
    kind = models.CharField(max_length=10, choices=MarkKind.choices)
    raw = models.FloatField()
    imputed = models.FloatField()
    reason = models.TextField(blank=True)
    undone = models.BooleanField(default=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "month"], name="cleansing_mark_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} in {self.month}"


class DriverValue(models.Model):
    driver = CodeField()
    month = models.DateField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True)
    value = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["driver", "month", "item", "category", "segment"],
                name="driver_value_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.driver} {self.month}: {self.value}"


class DriverEffect(Versioned):
    """Elasticity of demand to a driver, as typed or learned; `sd` is its uncertainty."""

    driver = CodeField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)
    elasticity = models.FloatField()
    sd = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["driver", "category", "item"], name="driver_effect_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(sd__gte=0), name="driver_effect_sd_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.driver}: {self.elasticity} ± {self.sd}"


class DriverObservation(models.Model):
    """What one closed month said about an elasticity: what came, beside what was forecast without the driver."""

    effect = models.ForeignKey(DriverEffect, on_delete=models.CASCADE, related_name="observations")
    month = models.DateField()
    ratio = models.FloatField(help_text="Value of the driver over its value a year before.")
    baseline = models.FloatField(help_text="Forecast without the driver, one period ahead.")
    actual = models.FloatField()
    elasticity = models.FloatField(help_text="The one that explains the actual.")
    sd = models.FloatField()

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint(fields=["effect", "month"], name="driver_observation_once")]

    def __str__(self) -> str:
        return f"{self.month}: {self.elasticity} ± {self.sd}"


class LearnedEffect(models.Model):
    """Elasticity of one item that history itself shows; used where nobody typed one and it lowers the error."""

    driver = CodeField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="learned_effects")
    elasticity = models.FloatField()
    sd = models.FloatField()
    kept = models.BooleanField(help_text="It lowered the error of the newest quarter of history.")
    periods = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["driver", "item"], name="learned_effect_once")]

    def __str__(self) -> str:
        return f"{self.driver}: {self.elasticity} ± {self.sd} of {self.item_id}"


class Event(models.Model):
    code = CodeField(unique=True)
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, null=True, blank=True)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, blank=True)
    start = models.DateField()
    end = models.DateField()
    uplift_pct = models.FloatField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="event_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.code


class InstalledBase(models.Model):
    """Owners of a durable who use up a consumable."""

    durable = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    consumable = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="installed_bases")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE)
    active_units = QuantityField()
    as_of = models.DateField()
    units_per_active_month = models.FloatField()
    monthly_churn_pct = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["durable", "consumable", "location", "segment"], name="installed_base_once"
            )
        ]

    def __str__(self) -> str:
        return f"Owners of {self.durable} who use {self.consumable}"


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


class ForecastRun(models.Model):
    """One statistical forecast of all series; plans point to it through their forecast lines' run."""

    data_version = models.BigIntegerField()
    as_of = models.DateField()
    origin = models.DateField()
    history_periods = models.PositiveSmallIntegerField()
    horizon = models.PositiveSmallIntegerField()
    season = models.PositiveSmallIntegerField(default=12)
    parameters = models.JSONField(default=dict)
    calibration = models.BinaryField(
        default=b"", help_text="What was learned from all series, for every chunk."
    )
    backtested = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"forecast run {self.pk}"


class ForecastLine(models.Model):
    """Forecast of one series: `history` covers origin to as_of, all other arrays the horizon after it.

    statistical = level + trend + season + drivers + events, month by month, exactly.
    """

    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="lines", db_index=False)
    series = models.ForeignKey(DemandSeries, on_delete=models.CASCADE, related_name="forecast_lines")
    history = SeriesField(help_text="Sales as they were, before cleansing.")
    statistical = SeriesField()
    low_80 = SeriesField()
    high_80 = SeriesField()
    low_95 = SeriesField()
    high_95 = SeriesField()
    level = SeriesField()
    trend = SeriesField()
    season = SeriesField()
    drivers = SeriesField()
    events = SeriesField()
    method = models.CharField(max_length=60)
    seasonal_weight = models.FloatField(default=0)
    error_sd = models.FloatField(default=0, help_text="Of one period's forecast error, in units.")
    cumulative_rmse = SeriesField(
        help_text="Of the error summed over 1, 2, ... periods: as the backtest measured it, else as expected."
    )
    backtest_wape = models.FloatField(null=True, blank=True)
    naive_wape = models.FloatField(null=True, blank=True)
    backtest_origins = models.PositiveSmallIntegerField(default=0)
    lag_wape = SeriesField(help_text="Backtest error 1, 2, ... periods ahead; empty before the backtest.")
    naive_lag_wape = SeriesField(help_text="The same of seasonal naive.")
    cumulative_wape = SeriesField(help_text="Backtest error of the demand of 1, 2, ... periods together.")
    note = models.CharField(
        max_length=300, blank=True, help_text="What a reader should know, such as a missing driver."
    )
    causes = models.JSONField(
        default=list, help_text="What makes up drivers and events, one entry a cause (forecasting.causes)."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "series"], name="forecast_line_once")]

    def __str__(self) -> str:
        return f"forecast of series {self.series_id}"


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
            models.Index(
                fields=["at"], condition=models.Q(images__has_key="follow"), name="edit_batch_unfollowed"
            )
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


class AccuracyLine(models.Model):
    """What each step had said `lag` months before, beside what came; one row a series, month and lag.

    Steps in order: seasonal naive; the series' own past (statistical); with drivers, events and demand made
    elsewhere (reconciled); with what planners typed by the end of the demand review (planner); as published
    (consensus). `override` is the one that moved the number last.
    """

    series = models.ForeignKey(DemandSeries, on_delete=models.CASCADE, related_name="accuracy_lines")
    month = models.DateField()
    lag = models.PositiveSmallIntegerField()
    actual = models.FloatField()
    naive = models.FloatField()
    statistical = models.FloatField()
    reconciled = models.FloatField()
    planner = models.FloatField()
    consensus = models.FloatField()
    inside_80 = models.BooleanField(null=True, help_text="Whether the 80 % interval held what came.")
    inside_95 = models.BooleanField(null=True)
    plan = models.ForeignKey(PlanVersion, on_delete=models.SET_NULL, null=True, blank=True)
    override = models.ForeignKey(
        Override, on_delete=models.SET_NULL, null=True, blank=True, related_name="accuracy_lines"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "month", "lag"], name="accuracy_line_once")]
        indexes = [models.Index(fields=["lag", "month"], name="accuracy_line_lag")]

    def __str__(self) -> str:
        return f"accuracy of series {self.series_id} {self.month} lag {self.lag}"
