"""What the company plans: items, where they lie, to whom they go, and its calendar."""

from django.db import models
from django.db.models import F, Q

from siop.base import CodeField, MoneyField, QuantityField

from .enums import LocationKind, ServicePolicy


class Category(models.Model):
    code = CodeField(unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    family = CodeField(blank=True, help_text="Unit of the demand review; blank: its top level.")
    reviewer = models.EmailField(blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="category_not_own_parent")]

    def __str__(self) -> str:
        return self.code


class Item(models.Model):
    code = CodeField(unique=True)
    description = models.CharField(max_length=300, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    unit = models.CharField(max_length=30, blank=True, default="")
    step = QuantityField(default=1)
    priority = models.PositiveSmallIntegerField(default=5, help_text="1 is served first.")
    unit_cost = MoneyField(null=True, blank=True)
    unit_price = MoneyField(null=True, blank=True)
    volume_m3 = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    units_per_carton = QuantityField(null=True, blank=True)
    holding_cost_pct = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    launch_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)
    like_item = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    like_item_scale = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    service_policy = models.CharField(max_length=20, choices=ServicePolicy.choices, blank=True)
    service_target = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    certificate_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(step__gt=0), name="item_step_positive")]

    def __str__(self) -> str:
        return self.code


class ItemUnit(models.Model):
    """`factor` units of measure of the item make one `unit`."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="units")
    unit = models.CharField(max_length=30)
    factor = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "unit"], name="item_unit_once"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="item_unit_factor_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.factor} to the {self.unit}"


class Location(models.Model):
    code = CodeField(unique=True)
    description = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=10, choices=LocationKind.choices, default=LocationKind.WAREHOUSE)
    country = models.CharField(max_length=60, blank=True)
    storage_m3 = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Segment(models.Model):
    code = CodeField(unique=True)
    description = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Period(models.Model):
    """One bucket of the fiscal calendar, from `start` to `end` inclusive; calendar months where none is given."""

    start = models.DateField(unique=True)
    end = models.DateField()
    quarter = models.CharField(max_length=20, blank=True)
    year = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="period_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


class Closure(models.Model):
    """A day on which a supplier or a location (`calendar`) neither ships nor receives."""

    calendar = CodeField()
    date = models.DateField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="closure_once")]

    def __str__(self) -> str:
        return f"{self.calendar} closed on {self.date}"


class Parameter(models.Model):
    name = CodeField(unique=True)
    value = models.CharField(max_length=300)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
