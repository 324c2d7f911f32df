"""S13: forward view per supplier: the published six-month requirement with changes since the last one marked; asked for
against actual lead time as a trend."""

from datetime import date, timedelta

import pytest
from chain import demand_rows, exported, plan_now
from django.urls import reverse
from factories import cycle_in, heads

from meetings.services import approvals
from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def bottles(quantities: list[int]) -> None:
    load_tables({"demand": demand_rows("BTL", "NJ", AS_OF, quantities)})
    plan_now(as_of=AS_OF)


@pytest.fixture
def moulder(db) -> None:
    asked = [date(2025, 8, 15), date(2025, 9, 15), date(2025, 10, 15)]
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 9}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0}
            ],
            "scheduled_receipts": [
                {"order": f"PO-{k}", "line": "1", "item": "BTL", "location": "NJ", "supplier": "MOULD", "quantity": 100,
                 "order_date": day - timedelta(days=30), "requested_date": day, "due_date": day,
                 "received_date": day + timedelta(days=5 * k), "received_quantity": 100, "status": "received"}
                for k, day in enumerate(asked)
            ],
        }
    )  # fmt: skip


@pytest.mark.django_db
def test_changes_since_the_published_plan_are_marked(moulder, client, sam, ada, erin, person) -> None:
    bottles([1000] * 18)
    cycle_in("executive_meeting", ada, period=AS_OF)
    for head in heads(person).values():
        approvals.approve(person=head)
    approvals.publish(person=erin)
    bottles([1000, 1000, 1500, 1000, 700, 1000, *[1000] * 12])

    rows = {row["month"]: row for row in exported("supplier_requirements")}
    assert [rows[month]["quantity"] for month in sorted(rows)] == [1000, 1000, 1500, 1000, 700, 1000]
    assert [rows[month]["change"] for month in sorted(rows)] == [0, 0, 500, 0, -300, 0]
    assert {row["previous"] for row in rows.values()} == {1000}

    client.force_login(sam)
    page = client.get(reverse("supply:suppliers")).content.decode()
    assert page.count('<td class="n ov"') == 2
    assert "+500" in page
    assert "−300" in page


@pytest.mark.django_db
def test_asked_for_against_actual_lead_time_as_a_trend(moulder, client, sam) -> None:
    bottles([1000] * 18)
    client.force_login(sam)
    response = client.get(reverse("supply:suppliers"))
    trend = {series["name"]: series["values"] for series in response.context["trend"]["spec"]["series"]}
    assert trend == {"Actual days": [30, 35, 40], "Asked for": [30, 30, 30]}
    assert "Oct 25: 40 days from order to receipt, 10 days later than asked" in response.content.decode()
