"""Versions of the plan: live, cycle and scenario. They lie below all apps, so that locks and hashes need no
upward import; `meetings` changes their status through services."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from siop.base import CodeField
from siop.catalog.enums import Bucket

from .enums import PlanKind, PlanPart, PlanStatus


class PlanVersion(models.Model):
    kind = models.CharField(max_length=10, choices=PlanKind.choices)
    status = models.CharField(max_length=12, choices=PlanStatus.choices)
    name = models.CharField(max_length=120, blank=True)
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="derived")
    data_version = models.BigIntegerField()
    as_of = models.DateField(help_text="First day of the first planned period.")
    bucket = models.CharField(max_length=5, choices=Bucket.choices, default=Bucket.MONTH)
    origin = models.DateField(help_text="First period of every array beneath this plan.")
    history_periods = models.PositiveSmallIntegerField(help_text="Periods from origin to as_of.")
    horizon = models.PositiveSmallIntegerField(help_text="Planned periods from as_of on.")
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict, help_text="Ids and versions of what this plan was computed from.")
    totals = models.JSONField(default=dict, help_text="Figures of the whole plan, for lists and comparisons.")
    content_hash = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    computed = models.DateTimeField(null=True, blank=True)
    published = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind=PlanKind.LIVE, status=PlanStatus.CURRENT),
                name="one_current_live_plan",
            ),
            models.CheckConstraint(
                condition=~Q(status=PlanStatus.PUBLISHED) | ~Q(content_hash=""),
                name="published_plan_has_hash",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == PlanKind.SCENARIO and self.name:
            return f"{self.get_kind_display()} “{self.name}”"
        return f"{self.get_kind_display()} v{self.pk}"


class PlanDigest(models.Model):
    """Middle level of the hash tree: one family's part of a plan."""

    plan = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="digests")
    family = CodeField()
    part = models.CharField(max_length=10, choices=PlanPart.choices)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "family", "part"], name="plan_digest_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.family} {self.part}"
