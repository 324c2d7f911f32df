"""The lag that matters is each item's own supply lead time."""

from datetime import date
from typing import Any

import pytest

from forecasting.models import AccuracyLine, DemandSeries
from meetings.selectors import supply_lags
from siop.catalog.models import Item, Location, Segment
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(db: None) -> None:
    """Three items; NEAR takes 20 days, FAR 95 and by air 10, LOOSE has no lane; each was forecast 1 to 6 months before."""
    lane: dict[str, Any] = {"location": "NJ", "kind": "buy"}
    load_tables(
        {
            "items": [{"item": item, "unit_cost": 4} for item in ("NEAR", "FAR", "LOOSE")],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "suppliers": [{"supplier": "CN"}, {"supplier": "US"}],
            "sourcing": [
                lane | {"item": "NEAR", "source": "US", "lead_time_days": 20},
                lane | {"item": "FAR", "source": "CN", "lead_time_days": 95, "priority": 1},
                lane | {"item": "FAR", "source": "US", "lead_time_days": 10, "priority": 2},
            ],
        }
    )
    place, segment = Location.objects.get(code="NJ"), Segment.objects.get(code="WEB")
    for item in Item.objects.all():
        series, _ = DemandSeries.objects.get_or_create(item=item, location=place, segment=segment)
        for lag in range(1, 7):
            said = 100.0 + lag
            AccuracyLine.objects.create(
                series=series, month=date(2026, 1, 1), lag=lag, actual=100.0, naive=said, statistical=said,
                reconciled=said, planner=said, consensus=said,
            )  # fmt: skip


def lags() -> dict[str, int]:
    lines = supply_lags.at_own_lag(AccuracyLine.objects.all())
    return dict(lines.values_list("series__item__code", "lag"))


@pytest.mark.usefixtures("scored")
def test_each_item_is_judged_at_the_lead_time_of_its_first_lane() -> None:
    assert lags() == {"NEAR": 1, "FAR": 4, "LOOSE": 1}  # without a lane the median one's 20 days


@pytest.mark.usefixtures("scored")
def test_of_two_lags_as_near_the_shorter_one_counts() -> None:
    AccuracyLine.objects.filter(lag=4).delete()
    assert lags()["FAR"] == 3


@pytest.mark.usefixtures("scored")
def test_a_lead_time_beyond_what_was_forecast_takes_the_furthest() -> None:
    AccuracyLine.objects.filter(lag__gt=2).delete()
    assert lags()["FAR"] == 2
