"""How late a supplier is, from what was asked for and what came."""

from datetime import date, timedelta
from typing import Any

import pytest
from chain import demand_rows, plan_now

from inventory.models import InventoryTarget
from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
LATE = (-8, 6, -4, 8, 0, -6, 4, 0, 6, -6, 4, -4)  # days; 0 on the mean, squares of 336


def order(number: int, *, late: int, mode: str = "sea", early: int = 0, lead: int = 55) -> dict[str, Any]:
    """Asked for `early` days after it could come at the earliest."""
    placed = date(2025, 1, 1) + timedelta(days=20 * number)
    asked = placed + timedelta(days=lead + early)
    return {
        "order": f"{mode}-{number}", "line": "1", "item": "CUP", "location": "NJ", "supplier": "MOULD", "mode": mode,
        "quantity": 100, "order_date": placed, "requested_date": asked, "due_date": asked, "status": "received",
        "received_date": asked + timedelta(days=late), "received_quantity": 100,
    }  # fmt: skip


def spread(orders: list[dict[str, Any]], *, typed: float = 6) -> float:
    """Sd of the lead time in the target of cups."""
    lane = {"item": "CUP", "location": "NJ", "source": "MOULD", "kind": "buy", "unit_cost": 2}
    load_tables(
        {
            "items": [{"item": "CUP", "unit_price": 5, "unit_cost": 2}],
            "locations": [{"location": "NJ"}],
            "modes": [{"mode": "sea"}, {"mode": "air"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                lane | {"mode": "sea", "lead_time_days": 55, "lead_time_sd_days": typed},
                lane | {"mode": "air", "lead_time_days": 14, "lead_time_sd_days": 2, "priority": 2},
            ],
            "demand": demand_rows("CUP", "NJ", AS_OF, [1000.0] * 12),
            "scheduled_receipts": orders,
        }
    )  # fmt: skip
    plan = plan_now(as_of=AS_OF)
    return InventoryTarget.objects.get(plan=plan, item__code="CUP").lead_time_sd_days


@pytest.mark.django_db
def test_what_flew_says_nothing_about_the_vessel() -> None:
    flown = [order(n, late=0, mode="air", lead=14) for n in range(6)]
    measured = spread([order(n, late=late) for n, late in enumerate(LATE)] + flown)
    assert measured == pytest.approx(((36 + 336 / 11) / 2) ** 0.5)


@pytest.mark.django_db
def test_what_was_asked_for_later_than_it_could_come_is_not_late() -> None:
    measured = spread([order(n, late=0, early=7 * (n % 5)) for n in range(12)])
    assert measured == pytest.approx(6 / 2**0.5), (
        "twelve receipts on their day weigh as much as the six that was typed"
    )


@pytest.mark.django_db
def test_what_was_asked_for_sooner_than_it_could_come_is_late_from_the_day_on_which_it_could() -> None:
    measured = spread([order(n, late=20, early=-20) for n in range(12)])
    assert measured == pytest.approx(6 / 2**0.5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("late", "typed", "measured"),
    [
        ((-10, 10), 6, ((12 * 36 + 2 * 200) / 14) ** 0.5),
        ((-10,), 6, 6),
        ((10,) * 12, 6, ((36 + 100) / 2) ** 0.5),
        ((-10,) * 12, 6, (36 / 2) ** 0.5),
        (LATE, 0, (336 / 11) ** 0.5),
        (LATE[:11], 0, 0),
    ],
    ids=[
        "two receipts have a small say",
        "one has none",
        "what is always late counts",
        "what is always early does not",
        "where nothing was typed twelve tell",
        "and eleven do not",
    ],
)
def test_receipts_and_what_was_typed_are_weighed(
    late: tuple[int, ...], typed: float, measured: float
) -> None:
    assert spread([order(n, late=days) for n, days in enumerate(late)], typed=typed) == pytest.approx(
        measured
    )
