"""S14: order-by calendar: order by 15 January: reminder on the 8th, overdue exception on the 16th."""

from datetime import date, timedelta

import pytest
from chain import demand_rows, exported, plan_now
from django.urls import reverse
from django.utils import timezone

from siop.gather.services import load_tables
from siop.web.models import Notification
from supply.models import PlannedOrder
from supply.services import reminders

FIRST = date(2026, 1, 1)
LEAD_DAYS = 31


def bottles(*, reminder_days: int = 7) -> None:
    """Stock lasts until the 15th of February: 45 days at 100 a day; an order takes 31 days."""
    load_tables(
        {
            "parameters": [{"name": "reminder_days", "value": reminder_days}],
            "items": [{"item": "BTL", "unit_cost": 4, "unit_price": 9}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": LEAD_DAYS,
                 "moq": 5000}
            ],
            "on_hand": [{"date": FIRST, "item": "BTL", "location": "NJ", "quantity": 4500}],
            "demand": demand_rows("BTL", "NJ", FIRST, [3100, 2800, 3100]),
        }
    )  # fmt: skip


def first_order() -> dict:
    return min(exported("planned_orders"), key=lambda row: row["order_by"])


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "on"), [(7, date(2026, 1, 8)), (10, date(2026, 1, 5))])
def test_a_reminder_goes_out_seven_days_before_and_not_earlier(sam, omar, days, on) -> None:
    bottles(reminder_days=days)
    plan_now(as_of=FIRST)
    assert first_order()["order_by"] == "2026-01-15"

    assert reminders.remind(day=on - timedelta(days=1)) == 0
    assert reminders.remind(day=on) == 1
    assert reminders.remind(day=on) == 0, "once an order is enough"
    told = Notification.objects.get()
    assert told.person == sam
    assert "BTL" in told.text
    assert "15 Jan 2026" in told.text


@pytest.mark.django_db
def test_a_reminder_whose_day_is_over_waits_for_nobody(sam) -> None:
    bottles()
    plan_now(as_of=FIRST)
    reminders.remind(day=date(2026, 1, 8))
    reminders.remind(day=date(2026, 1, 15))
    assert Notification.objects.get().read is None
    reminders.remind(day=date(2026, 1, 16))
    assert Notification.objects.get().read is not None


@pytest.mark.django_db
def test_an_order_missed_is_an_exception_the_day_after(sam) -> None:
    bottles()
    plan_now(as_of=FIRST)
    assert reminders.raise_overdue(day=date(2026, 1, 15)) == 0

    assert reminders.raise_overdue(day=date(2026, 1, 16)) == 1
    assert reminders.raise_overdue(day=date(2026, 1, 17)) == 0, "one exception an order"
    (overdue,) = [row for row in exported("exceptions") if row["kind"] == "order_late"]
    assert (overdue["item"], overdue["quantity"]) == ("BTL", 5000)
    assert overdue["last_responsible_date"] == "2026-01-15"
    assert "Release" in overdue["suggestion"]


@pytest.mark.django_db
def test_a_released_order_is_neither_reminded_of_nor_overdue(sam) -> None:
    bottles()
    plan_now(as_of=FIRST)
    PlannedOrder.objects.update(status="released", released=timezone.now())
    assert reminders.remind(day=date(2026, 1, 10)) == 0
    assert reminders.raise_overdue(day=date(2026, 1, 20)) == 0


@pytest.mark.django_db
def test_the_calendar_shows_the_week_of_the_order(client, sam) -> None:
    bottles()
    plan_now(as_of=FIRST)
    client.force_login(sam)
    page = client.get(reverse("supply:plan"), {"view": "calendar"}).content.decode()
    assert "Week of 12 Jan" in page
    assert "BTL" in page
