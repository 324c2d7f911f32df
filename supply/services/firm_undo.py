"""What was firmed on the page is taken back: the order as it was, while nobody changed it since (ADR 11)."""

from decimal import Decimal

from siop.accounts.models import Person
from siop.web.undo import TooOld, note, opened

from ..enums import OrderStatus
from ..errors import SupplyError
from ..models import PlannedOrder
from . import orders


def token_of(made: PlannedOrder, *, before: PlannedOrder) -> str:
    """Signed: the order as it was firmed, and the quantity and reason it was firm at before, if it was."""
    was = [str(before.quantity), before.reason] if before.status == OrderStatus.FIRM else None
    return note("order", {"order": made.pk, "version": made.version, "was": was})


def take_back(*, person: Person, token: str) -> PlannedOrder:
    """Give the order back to the plan, or firm it as before.

    Raises SupplyError for a token that is too old or not ours, StaleRow where somebody changed the order since.
    """
    try:
        found = opened("order", token)
    except TooOld as error:
        raise SupplyError(str(error)) from None
    order_id, version, was = found["order"], found["version"], found["was"]
    if was is None:
        return orders.let_go(person=person, order_id=order_id, version=version)
    quantity, reason = was
    return orders.firm_order(
        person=person, order_id=order_id, version=version, quantity=Decimal(quantity), reason=reason
    )
