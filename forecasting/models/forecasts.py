"""What is expected: the statistical forecast, by run and by series, and demand forecast elsewhere."""

from django.db import models

from siop.base import QuantityField, SeriesField
from siop.catalog.models import Item, Location

from .history import DemandSeries


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
