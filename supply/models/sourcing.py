"""Where items come from: suppliers, lanes and what they cost."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from siop.base import CodeField, MoneyField, QuantityField
from siop.catalog.models import Category, Item, Location

from ..enums import SourceKind


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
