"""Stock, the policies that say how much there should be, and the targets computed from them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from siop.base import QuantityField, SeriesField, Versioned
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Item, Location
from siop.plans.models import PlanVersion

from .enums import LotSizing


class StockOnHand(models.Model):
    date = models.DateField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="stock")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    expiry_date = models.DateField(null=True, blank=True)
    quantity = QuantityField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "location", "date", "expiry_date"], name="on_hand_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.date}"


class Policy(Versioned):
    """How one item is stocked at one location; what is blank follows the item, then its class."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="policies")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    service_policy = models.CharField(max_length=20, choices=ServicePolicy.choices, blank=True)
    service_target = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    review_days = models.PositiveSmallIntegerField(null=True, blank=True)
    lot_sizing = models.CharField(max_length=24, choices=LotSizing.choices, blank=True)
    lot_parameter = QuantityField(null=True, blank=True)
    min_qty = QuantityField(null=True, blank=True)
    max_qty = QuantityField(null=True, blank=True)
    reserve_ashore = QuantityField(null=True, blank=True)
    max_per_shipment_pct = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    reason = models.TextField(blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "location"], name="policy_once")]

    def __str__(self) -> str:
        return f"{self.item} at {self.location}"


class InventoryTarget(models.Model):
    """Target of one item-location in one plan. `parts` are [label, value] and sum to `safety_stock` exactly."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="targets", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    service_policy = models.CharField(max_length=20, choices=ServicePolicy.choices)
    service_target = models.FloatField()
    klass = models.CharField(max_length=4, blank=True, help_text="ABC by value, XYZ by variability.")
    daily_demand = models.FloatField(default=0)
    error_sd = models.FloatField(help_text="Of the forecast error of one day, in units.")
    lead_time_days = models.FloatField()
    lead_time_sd_days = models.FloatField(default=0)
    protection_days = models.FloatField()
    protection_sd = models.FloatField(
        default=0, help_text="Of what demand over the protection interval may differ by, in units."
    )
    distribution = models.PositiveSmallIntegerField(
        default=0, help_text="Code of inventory.engine.Distribution."
    )
    lot_quantity = models.FloatField(
        default=0, help_text="What is ordered at once: the larger of MOQ and fixed lot."
    )
    error_scale = models.FloatField(default=1, help_text="Factor on the forecast error found by replay.")
    safety_stock = models.FloatField()
    reserve = models.FloatField(default=0)
    reorder_point = models.FloatField()
    order_up_to = models.FloatField()
    by_period = SeriesField(help_text="Safety stock plus reserve at the end of each planned period.")
    parts = models.JSONField(default=list)
    formula = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    simulated_risk = models.FloatField(
        null=True, blank=True, help_text="Share of simulated paths that run short."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "item", "location"], name="target_once"),
            models.CheckConstraint(condition=Q(safety_stock__gte=0), name="safety_stock_not_negative"),
        ]

    def __str__(self) -> str:
        return f"target of {self.item_id} at {self.location_id}"

    def at_ends(self, periods: int) -> list[float]:
        """Safety stock and reserve at the end of each planned period."""
        return list(self.by_period) or [self.safety_stock + self.reserve] * periods


class FillCalibration(models.Model):
    """How the errors of each demand class must be scaled so that past fill targets would have been met.

    `scales` holds a row a target of inventory.services.calibration.TARGETS, a factor a demand class; 1 where too few
    items tell. The newest one counts.
    """

    data_version = models.PositiveBigIntegerField()
    as_of = models.DateField()
    season = models.PositiveSmallIntegerField()
    items = models.JSONField(help_text="How many items of each demand class were replayed.")
    scales = models.JSONField()
    computed = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_version", "as_of", "season"], name="fill_calibration_once")
        ]

    def __str__(self) -> str:
        return f"fill calibration of {self.as_of}"
