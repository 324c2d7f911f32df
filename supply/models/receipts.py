"""What is on order."""

from django.db import models

from siop.base import CodeField, QuantityField
from siop.catalog.models import Item, Location

from ..enums import ReceiptStatus
from .sourcing import Mode, Supplier


class ScheduledReceipt(models.Model):
    order = CodeField()
    line = CodeField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="scheduled_receipts")
    location = models.ForeignKey(Location, on_delete=models.CASCADE)
    supplier = models.ForeignKey(Supplier, on_delete=models.SET_NULL, null=True, blank=True)
    mode = models.ForeignKey(Mode, on_delete=models.SET_NULL, null=True, blank=True)
    quantity = QuantityField()
    order_date = models.DateField(null=True, blank=True)
    requested_date = models.DateField(null=True, blank=True)
    ship_date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    received_date = models.DateField(null=True, blank=True)
    received_quantity = QuantityField(null=True, blank=True)
    shipment = CodeField(blank=True)
    status = models.CharField(max_length=12, choices=ReceiptStatus.choices, default=ReceiptStatus.OPEN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "line"], name="scheduled_receipt_once")]

    def __str__(self) -> str:
        return f"{self.order}/{self.line}"
