"""The suppliers page."""

from datetime import timedelta
from typing import Any

from planning import Planned

from supply.models import ScheduledReceipt

ITEMS = 2


def test_supplier_scorecard_is_the_one_of_s15(sams: Any, made: Planned) -> None:
    """Ten orders, seven on time in full, three 4, 8 and 18 days late: 70 %, mean delay 3.0 days over all ten."""
    from datetime import date

    from supply.models import Supplier

    late = Supplier.objects.create(code="LATE")
    for number, days in enumerate([0, 0, 0, -5, 0, 0, 0, 4, 8, 18]):
        asked = date(2026, 6, 1) + timedelta(days=7 * number)
        ScheduledReceipt.objects.create(
            order=f"L-{number}", line="1", item=made.items[0], location=made.locations[0], supplier=late, quantity=10,
            order_date=asked - timedelta(days=30), requested_date=asked, due_date=asked,
            received_date=asked + timedelta(days=days), received_quantity=10, status="received",
        )  # fmt: skip
    card = next(
        row["card"] for row in sams.get("/supply/suppliers/").context["rows"] if row["supplier"] == late
    )
    assert (card.orders, card.on_time_in_full, card.otif, card.mean_delay_days) == (10, 7, 0.7, 3.0)
