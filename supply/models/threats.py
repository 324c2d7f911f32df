"""What threatens the plan, and what the failure of a supplier would cost."""

from django.conf import settings
from django.db import models

from siop.base import CodeField, MoneyField, Versioned
from siop.catalog.models import Item, Location
from siop.plans.models import PlanVersion

from ..enums import ExceptionKind, ExceptionStatus
from .sourcing import Supplier


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
