"""What was sold and shipped, by line and by period, and what of it was demand."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from forecasting.enums import MarkKind
from siop.base import CodeField, MoneyField, QuantityField, SeriesField, Versioned
from siop.catalog.models import Item, Location, Segment


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
                condition=Q(ordered_quantity__gt=F("shipped_quantity")),
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
