"""What items are made of and on, and what of them comes back."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from siop.base import CodeField, QuantityField
from siop.catalog.models import Item, Location


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
