"""What each step of the forecast had said, beside what came."""

from django.db import models

from siop.plans.models import PlanVersion

from .consensus import Override
from .history import DemandSeries


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
