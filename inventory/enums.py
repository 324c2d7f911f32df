from django.db.models import TextChoices


class LotSizing(TextChoices):
    LOT_FOR_LOT = "lot_for_lot", "Lot for lot"
    FIXED_ORDER_QUANTITY = "fixed_order_quantity", "Fixed order quantity"
    PERIOD_ORDER_QUANTITY = "period_order_quantity", "Period order quantity"
