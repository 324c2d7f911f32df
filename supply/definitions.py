"""What figures mean that stand on several pages: the same words wherever a person points at them."""

INVENTORY_VALUE = "Units on hand × unit cost."
EXCESS_VALUE = (
    "Units beyond the order-up-to level and the demand of the cover horizon, and units that nothing asks for any more, "
    "× unit cost."
)
AVOIDABLE_LOSS = "Probability × loss − cost of acting, over all open exceptions."
SUPPLIER_OTIF = "Share of orders that came whole by the day asked for, of all that came or are overdue"
