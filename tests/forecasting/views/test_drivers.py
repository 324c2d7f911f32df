"""The pages of drivers, events and cleansed months: what they show, what they take, and what they refuse."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now, work_all
from django.urls import reverse

from forecasting.models import CleansingMark, DriverEffect, DriverValue, Event
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 1, 1)
PAGES = ("drivers", "events", "cleansing")


@pytest.fixture
def company(db: None) -> None:
    load_tables(
        {
            "categories": [{"category": "Caps"}],
            "items": [{"item": "CAP", "category": "Caps"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": date(2024 + m // 12, m % 12 + 1, 9), "item": "CAP", "location": "NJ", "segment": "WEB",
                 "order": "1", "quantity": 900 if m == 19 else 100}
                for m in range(24)
            ],
            "drivers": [
                {"driver": "ads", "category": "Caps", "month": date(2024 + m // 12, m % 12 + 1, 1), "value": 50}
                for m in range(26)
            ],
            "driver_effects": [{"driver": "ads", "category": "Caps", "elasticity": 0.2, "sd": 0.1}],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


def test_pages_without_data_say_what_is_missing(client: Any, dana: Any) -> None:
    client.force_login(dana)
    for page in PAGES:
        answer = client.get(reverse(f"forecasting:{page}"))
        assert answer.status_code == 200
        assert 'class="empty' in answer.content.decode(), page


@pytest.mark.usefixtures("company")
def test_a_value_typed_changes_the_forecast_and_the_page_tells_by_how_much(client: Any, dana: Any) -> None:
    client.force_login(dana)
    category = DriverValue.objects.values_list("category_id", flat=True).first()
    field = f":0-{category}-0:{AS_OF}"
    answer = client.post(
        reverse("forecasting:set_driver_values"),
        {"driver": "ads", f"v{field}": "100", f"was{field}": "50"},
        follow=True,
    )
    assert "1 value is saved" in answer.content.decode()
    work_all()
    row = client.get(reverse("forecasting:drivers")).context["rows"][0]
    assert row["units"] == pytest.approx(100 * (2**0.2 - 1), abs=0.1)
    assert row["was"] == 0


@pytest.mark.usefixtures("company")
def test_a_value_that_is_no_number_is_refused(client: Any, dana: Any) -> None:
    client.force_login(dana)
    answer = client.post(
        reverse("forecasting:set_driver_values"), {"driver": "ads", f"v:0-0-0:{AS_OF}": "much"}, follow=True
    )
    assert "is no number" in answer.content.decode()
    assert not DriverValue.objects.filter(category=None).exists()


@pytest.mark.usefixtures("company")
def test_an_elasticity_is_changed_on_the_version_that_was_read(client: Any, dana: Any) -> None:
    client.force_login(dana)
    form = {"driver": "ads", "category": "Caps", "elasticity": "0.3", "sd": "0.05", "reason": "agency study"}
    url = reverse("forecasting:set_driver_effect")
    assert client.post(url, form).status_code == 428
    assert client.post(url, form | {"version": 1}).status_code == 302
    assert client.post(url, form | {"version": 1}).status_code == 409
    assert client.post(url, form | {"version": 2, "elasticity": "much"}).status_code == 422
    assert DriverEffect.objects.get().elasticity == 0.3


@pytest.mark.usefixtures("company")
def test_an_event_is_added_and_removed(client: Any, dana: Any) -> None:
    client.force_login(dana)
    form = {
        "event": "PROMO",
        "kind": "promotion",
        "item": "CAP",
        "start": AS_OF,
        "end": "2026-01-31",
        "uplift_pct": 20,
    }
    url = reverse("forecasting:save_event")
    assert client.post(url, form | {"end": "2025-12-31"}).status_code == 422
    assert client.post(url, form | {"item": "NONE"}).status_code == 422
    assert client.post(url, form).status_code == 302
    work_all()
    (row,) = client.get(reverse("forecasting:events")).context["rows"]
    assert row["units"] == pytest.approx(20, abs=0.5)
    client.post(reverse("forecasting:remove_event", args=[row["event"].pk]))
    assert not Event.objects.exists()


@pytest.mark.usefixtures("company")
def test_a_cleansed_month_is_undone_on_the_page(client: Any, dana: Any) -> None:
    client.force_login(dana)
    mark = CleansingMark.objects.get()
    page = client.get(reverse("forecasting:cleansing"), {"item": "CAP"}).content.decode()
    assert "Outlier" in page
    assert "Mark a month of CAP" in page
    url = reverse("forecasting:set_mark_undone", args=[mark.pk])
    assert client.post(url, {"undone": 1}).status_code == 428
    assert client.post(url, {"undone": 1, "version": mark.version}).status_code == 302
    assert client.post(url, {"undone": 0, "version": mark.version}).status_code == 409
    assert CleansingMark.objects.get().undone


@pytest.mark.usefixtures("company")
def test_readers_see_and_change_nothing(client: Any, erin: Any) -> None:
    client.force_login(erin)
    for page in PAGES:
        assert (
            '<button class="btn pri">Save' not in client.get(reverse(f"forecasting:{page}")).content.decode()
        )
    assert client.post(reverse("forecasting:set_driver_values"), {"driver": "ads"}).status_code == 403
