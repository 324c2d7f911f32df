import pytest

from forecasting.bench import pipeline
from forecasting.models import ForecastLine
from siop.catalog.models import Item


@pytest.mark.slow
@pytest.mark.django_db
def test_every_series_reaches_the_plan_is_timed_and_is_gone_afterwards(monkeypatch):
    monkeypatch.setattr(pipeline, "SERIES", 40)
    figures = pipeline.bench(scale=1, data=None, out=None)
    names = [figure["name"] for figure in figures]
    assert names[:3] == ["history, seconds", "forecast, seconds", "consensus, seconds"]
    assert "at 40" in names[3]
    assert all(float(figure["value"]) > 0 for figure in figures)
    assert not ForecastLine.objects.exists()
    assert not Item.objects.exists()
