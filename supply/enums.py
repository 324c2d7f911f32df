from django.db.models import TextChoices


class SourceKind(TextChoices):
    BUY = "buy", "Buy"
    TRANSFER = "transfer", "Transfer"
    MAKE = "make", "Make"


class ReceiptStatus(TextChoices):
    OPEN = "open", "Open"
    CONFIRMED = "confirmed", "Confirmed"
    IN_TRANSIT = "in_transit", "In transit"
    RECEIVED = "received", "Received"
    CANCELLED = "cancelled", "Cancelled"


class OrderStatus(TextChoices):
    PLANNED = "planned", "Planned"
    FIRM = "firm", "Firm"
    RELEASED = "released", "Released"


class LoadKind(TextChoices):
    RESOURCE = "resource", "Resource"
    SUPPLIER = "supplier", "Supplier"
    STORAGE = "storage", "Storage"


class ExceptionKind(TextChoices):
    SHORTAGE = "shortage", "Shortage"
    BELOW_SAFETY_STOCK = "below_safety_stock", "Below safety stock"
    ORDER_LATE = "order_late", "Order overdue"
    EXPEDITE = "expedite", "Expedite"
    DEFER = "defer", "Defer"
    CANCEL = "cancel", "Cancel"
    EXCESS = "excess", "Excess"
    EXPIRY = "expiry", "Will expire"
    CAPACITY = "capacity", "Capacity"
    STORAGE = "storage", "Storage"
    SUPPLIER_RISK = "supplier_risk", "Supplier risk"
    FORECAST_SHIFT = "forecast_shift", "Demand shift"
    RESERVE = "reserve", "Reserve afloat"
    TARIFF = "tariff", "Tariff"


class LoneCause(TextChoices):
    """Root causes that each item has on its own: exceptions that name the same one are not one problem."""

    NONE = ""
    LEAD_TIME = "Lead time: it can no longer arrive in time"
    BLOCKED = "Blocked until its certificate date"
    NO_SOURCE = "No source delivers it"
    RESERVE = "Too much on the water"
    EXPIRY = "Shelf life is over"
    EXPIRES = "Its life ends before its turn to be sold"
    LOT_EXPIRES = "Its lot is larger than what sells before it expires"
    EXCESS = "More stock than the horizon needs"


class ExceptionStatus(TextChoices):
    OPEN = "open", "Open"
    SNOOZED = "snoozed", "Snoozed"
    RESOLVED = "resolved", "Resolved"


class ChangeKind(TextChoices):
    DEMAND = "demand", "Demand"
    LEAD_TIME = "lead_time", "Lead time"
    CAPACITY = "capacity", "Capacity"
    POLICY = "policy", "Policy"
    ORDER = "order", "Order"
    SUPPLIER_OUT = "supplier_out", "Supplier fails"
    PRICE = "price", "Selling price"
    COST = "cost", "Purchase price"
    TARIFF = "tariff", "Tariff"
