"""Months that are not demand: found by themselves, undone and redone by a planner, and the forecast follows."""

from datetime import date
from typing import Any

import pytest
from chain import plan_now, work_all
from django.test import Client

from forecasting.errors import DemandError, StaleRow
from forecasting.models import CleansingMark, DemandSeries, ForecastLine
from forecasting.services import driver_edits
from siop.gather.services import load_tables
from siop.web.models import AuditEvent

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 1, 1)
SPIKE = date(2025, 8, 1)


def company(odd: dict[date, int] | None = None, **tables: Any) -> None:
    """Two years around 100 a month, but for the months named."""
    months = [date(2024 + m // 12, m % 12 + 1, 1) for m in range(24)]
    quantity = {month: 100 + (k % 3) for k, month in enumerate(months)} | (odd or {})
    load_tables(
        {
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": month.replace(day=9), "item": "CAP", "location": "NJ", "segment": "WEB", "order": "1",
                 "quantity": units}
                for month, units in quantity.items()
            ],
            **tables,
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


def forecast() -> float:
    line = ForecastLine.objects.order_by("-run_id").first()
    assert line is not None
    return sum(line.statistical[:12])


def test_a_spike_is_marked_undone_and_redone_and_the_forecast_follows(dana: Any) -> None:
    company({SPIKE: 900})
    mark = CleansingMark.objects.get()
    assert (mark.month, mark.kind, mark.raw) == (SPIKE, "outlier", 900)
    assert mark.imputed == pytest.approx(101, abs=2)
    calm = forecast()

    mark = driver_edits.set_undone(
        person=dana, pk=mark.pk, version=mark.version, undone=True, reason="it was demand"
    )
    work_all()
    assert forecast() > calm + 50
    assert CleansingMark.objects.get().undone  # the next run keeps the planner's word

    driver_edits.set_undone(person=dana, pk=mark.pk, version=mark.version, undone=False)
    work_all()
    assert forecast() == pytest.approx(calm)
    assert AuditEvent.objects.filter(table="forecasting_cleansingmark", action="update").count() == 2


def test_an_edit_on_an_older_version_is_refused(dana: Any) -> None:
    company({SPIKE: 900})
    mark = CleansingMark.objects.get()
    driver_edits.set_undone(person=dana, pk=mark.pk, version=mark.version, undone=True)
    with pytest.raises(StaleRow):
        driver_edits.set_undone(person=dana, pk=mark.pk, version=mark.version, undone=False)


def test_a_month_without_stock_is_not_demand() -> None:
    company(
        {SPIKE: 40},
        on_hand=[
            {"date": date(2025, 7, 31), "item": "CAP", "location": "NJ", "quantity": 500},
            {"date": date(2025, 8, 10), "item": "CAP", "location": "NJ", "quantity": 0},
            {"date": date(2025, 8, 30), "item": "CAP", "location": "NJ", "quantity": 400},
        ],
    )
    mark = CleansingMark.objects.get()
    assert (mark.month, mark.kind, mark.raw) == (SPIKE, "stockout", 40)


def test_what_a_known_event_added_is_taken_out() -> None:
    company(
        {SPIKE: 150},
        events=[
            {"event": "PROMO", "kind": "promotion", "item": "CAP", "start": SPIKE, "end": date(2025, 8, 31),
             "uplift_pct": 50}
        ],
    )  # fmt: skip
    mark = CleansingMark.objects.get()
    assert (mark.kind, mark.raw, mark.imputed) == ("event", 150, pytest.approx(100))


def test_a_planner_marks_a_month(dana: Any) -> None:
    company()
    series = DemandSeries.objects.get()
    before = forecast()
    driver_edits.mark_month(
        person=dana, series=series, month=date(2025, 12, 9), imputed=300, reason="two orders came late"
    )
    work_all()
    assert forecast() > before
    with pytest.raises(DemandError, match="no closed month"):
        driver_edits.mark_month(person=dana, series=series, month=date(2030, 1, 1), imputed=1, reason="no")


def ordered(
    asked: int, shipped: int, *, line: str = "1", segment: str = "WEB", item: str = "CAP"
) -> dict[str, Any]:
    return {
        "order": "SO-1", "line": line, "item": item, "location": "NJ", "segment": segment,
        "promised_date": SPIKE.replace(day=20), "ordered_quantity": asked, "shipped_quantity": shipped,
        "shipped_date": SPIKE.replace(day=20) if shipped else "",
    }  # fmt: skip


def test_what_was_asked_and_not_shipped_is_demand_and_says_so(client: Client, dana: Any) -> None:
    company({SPIKE: 60}, deliveries=[ordered(100, 60)])
    mark = CleansingMark.objects.get()
    assert (mark.month, mark.kind, mark.raw, mark.imputed) == (SPIKE, "unshipped", 60, 100)
    client.force_login(dana)
    said = client.get(f"/web/why/cleansed_month/{mark.pk}").content.decode()
    assert "ordered for that month and has not been shipped" in said


def test_a_line_that_ships_later_is_not_counted_twice(dana: Any) -> None:
    """Its rest was sold in September; the row of the order says so from then on."""
    company({SPIKE: 60}, deliveries=[ordered(100, 60)])
    load_tables({"deliveries": [ordered(100, 100)]})
    plan_now(as_of=AS_OF)
    assert not CleansingMark.objects.filter(kind="unshipped").exists()


def test_what_is_known_without_a_segment_is_shared_by_what_each_one_sold() -> None:
    shop = {"date": SPIKE, "item": "CAP", "location": "NJ", "segment": "SHOP", "order": "2", "quantity": 20}
    company(
        {SPIKE: 60},
        deliveries=[ordered(40, 0, segment="")],
        segments=[{"segment": "WEB"}, {"segment": "SHOP"}],
    )
    load_tables({"sales": [shop]})
    plan_now(as_of=AS_OF)
    found = CleansingMark.objects.filter(month=SPIKE, kind="unshipped")
    assert {mark.series.segment.code: mark.imputed - mark.raw for mark in found} == {"WEB": 30, "SHOP": 10}


def test_a_bundle_that_was_not_shipped_is_demand_for_what_is_in_it() -> None:
    company(
        {SPIKE: 60},
        items=[{"item": "CAP"}, {"item": "DUO"}],
        bundles=[{"bundle": "DUO", "item": "CAP", "quantity": 2}],
        deliveries=[ordered(20, 0, item="DUO")],
    )
    assert CleansingMark.objects.get().imputed == 100


def test_a_grain_of_what_was_asked_is_left_as_it_is() -> None:
    company(deliveries=[ordered(100, 99)])
    assert not CleansingMark.objects.exists()
