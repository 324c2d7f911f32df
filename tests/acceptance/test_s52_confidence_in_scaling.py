"""S52: capacity outlook: 8,000 growing 5 % a month, line of 10,000: 10,210 in month 6; four months to install: decide by
the start of month 2."""

from datetime import date

import pytest
from chain import demand_rows, plan_now
from django.urls import reverse

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def growing(start: float, growth: float, *, line: int = 10_000, **parameters: int) -> None:
    load_tables(
        {
            "parameters": [{"name": "currency", "value": "USD"}]
            + [{"name": name, "value": value} for name, value in parameters.items()],
            "items": [{"item": "CAPSULE", "unit_price": 5, "unit_cost": 2}],
            "locations": [{"location": "NJ", "kind": "plant"}],
            "sourcing": [{"item": "CAPSULE", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
            "resources": [{"resource": "FILL-1", "location": "NJ", "capacity_per_month": line, "unit": "capsules"}],
            "routings": [{"item": "CAPSULE", "resource": "FILL-1", "usage_per_unit": 1}],
            "demand": demand_rows("CAPSULE", "NJ", AS_OF, [round(start * (1 + growth) ** k) for k in range(12)]),
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "growth", "install", "exceeded", "asked", "decide"),
    [
        (8000, 0.05, 4, date(2026, 6, 1), 10_210, date(2026, 2, 1)),
        (8000, 0.05, 2, date(2026, 6, 1), 10_210, date(2026, 4, 1)),
        (8000, 0.05, 5, date(2026, 6, 1), 10_210, AS_OF),
        (9000, 0.10, 4, date(2026, 3, 1), 10_890, None),
    ],
)
def test_decide_in_time(client, sam, start, growth, install, exceeded, asked, decide) -> None:
    growing(start, growth, capacity_install_months=install)
    client.force_login(sam)
    response = client.get(reverse("supply:capacity"))
    (row,) = (row["outlook"] for row in response.context["outlooks"])
    assert (row.exceeded, row.asked, row.available) == (exceeded, asked, 10_000)
    assert row.decide_by == decide
    page = response.content.decode()
    assert f"{asked:,}" in page
    assert ("start of Feb 26" in page) is (decide == date(2026, 2, 1))


@pytest.mark.django_db
def test_the_months_to_install_can_be_tried_in_the_page(client, sam) -> None:
    growing(8000, 0.05)
    client.force_login(sam)
    page = client.get(reverse("supply:capacity"), {"install": "3"}).content.decode()
    assert "decide by the start of Mar 26" in page


@pytest.mark.django_db
def test_what_never_grows_past_its_limit_says_so(client, sam) -> None:
    growing(5000, 0.0)
    client.force_login(sam)
    page = client.get(reverse("supply:capacity")).content.decode()
    assert "No limit is outgrown within the horizon" in page
