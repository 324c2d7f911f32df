"""S04: average stock value 500k to 410k shows -18 %; satisfaction comes from a named source or says "no data"."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now

from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 1)


def company(stock: list[float], **tables: Any) -> None:
    months = [date(2025, 9 + k, 1) if k < 4 else date(2026, k - 3, 1) for k in range(len(stock))]
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 10}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": date(2026, 2, 3), "item": "BTL", "location": "NJ", "segment": "WEB", "order": "1", "quantity": 9}
            ],
            "on_hand": [
                {"date": day, "item": "BTL", "location": "NJ", "quantity": worth / 10}
                for day, worth in zip(months, stock, strict=True)
            ],
            **tables,
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.parametrize(
    ("stock", "change"),
    [
        ([520_000, 480_000, 500_000, 400_000, 420_000, 410_000], "−18.0 %"),
        ([200_000, 200_000, 230_000, 230_000], "15.0 %"),
    ],
)
def test_average_stock_value_before_and_after(
    client: Any, erin: Any, stock: list[float], change: str
) -> None:
    company(stock)
    client.force_login(erin)
    text = client.get("/accuracy/").content.decode()
    assert change in text
    assert '<b class="">no data</b>' in text  # satisfaction: neither a measure nor deliveries


def test_satisfaction_names_its_source(client: Any, erin: Any) -> None:
    tickets = [
        {"measure": "tickets", "month": date(2025, 11 + k, 1), "value": value, "source": "service desk"}
        for k, value in enumerate((200, 150))
    ]
    company([500_000, 410_000], measures=tickets)
    client.force_login(erin)
    text = client.get("/accuracy/").content.decode()
    assert "Tickets, from service desk" in text
    assert "−25.0 %" in text
