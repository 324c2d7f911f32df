"""S02: the service-cost curve: error sd 400, unit cost 6: 658 to 931 units from 95 to 99 %: 273 more, 1,638."""

from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now
from django.urls import reverse

from siop.gather.services import load_tables
from supply.models import PlanLine

AS_OF = date(2026, 12, 1)
LEAD_DAYS = 30
BUCKET_DAYS = 365.25 / 12


def stocked(service: float, *, sd_over_lead_time: float = 400, cost: float = 6) -> None:
    rows = demand_rows("CAP", "NJ", AS_OF, [100.0 * days for days in days_in(AS_OF, 24)])
    load_tables(
        {
            "items": [
                {"item": "CAP", "service_policy": "cycle_service", "service_target": service, "unit_cost": cost,
                 "unit_price": 9, "unit": "pcs"}
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "ACME"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "ACME", "kind": "buy", "lead_time_days": LEAD_DAYS}
            ],
            "demand": [row | {"error_sd": sd_over_lead_time * (BUCKET_DAYS / LEAD_DAYS) ** 0.5} for row in rows],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


def safety_stock() -> float:
    (row,) = exported("safety_stock")
    return row["safety_stock"]


@pytest.mark.django_db
def test_658_to_931_units() -> None:
    stocked(0.95)
    assert safety_stock() == 658
    stocked(0.99)
    assert safety_stock() == 931


@pytest.mark.django_db
@pytest.mark.parametrize(("cost", "money"), [(6, "1,638"), (10, "2,730")])
def test_the_page_shows_what_four_points_cost(client, sam, cost, money) -> None:
    stocked(0.95, cost=cost)
    client.force_login(sam)
    line = PlanLine.objects.get()
    of_one = client.get(reverse("supply:inventory"), {"line": line.pk}).content.decode()
    assert f"From 95 % to 99 % takes 273 pcs more: {money} of stock" in of_one
    of_all = client.get(reverse("supply:inventory")).content.decode()
    assert f"From 95 % to 99 % on every item ties up €{money} more" in of_all


@pytest.mark.django_db
def test_one_more_point_has_a_price(client, sam) -> None:
    """95 to 96 %: 1.7507 - 1.6449 sds of 400 are 43 units rounded up from 701 and 658, at 6: 258."""
    stocked(0.95)
    client.force_login(sam)
    page = client.get(reverse("supply:inventory"), {"line": PlanLine.objects.get().pk}).content.decode()
    assert "One more point of service" in page
    assert "258" in page
