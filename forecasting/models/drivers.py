"""What moves demand beside its past: prices and other drivers, what they do, events, owners of durables."""

from django.db import models
from django.db.models import F, Q

from forecasting.enums import EventKind
from siop.base import CodeField, QuantityField, Versioned
from siop.catalog.models import Category, Item, Location, Segment


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
