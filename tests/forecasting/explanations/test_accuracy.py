"""Error, bias, value added and held intervals of closed months: each opens its parts, which add up."""

from datetime import date

import pytest
from forecasting_plan import make_plan

from forecasting.models import AccuracyLine
from siop.web.explanations import explain

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_months(dana):
    """Two months of six items: 100 sold of each; bottles 10 too many, capsules 30 too few; last year 50 too few."""
    _, made = make_plan(items=3)
    for at, series in enumerate(made.series):
        for month in (10, 11):
            off = 10 if at < 3 else -30
            AccuracyLine.objects.create(
                series=series, month=date(2025, month, 1), lag=1, actual=100, naive=50, statistical=60, reconciled=60,
                planner=100 + off, consensus=100 + off, inside_80=at < 3, inside_95=True,
            )  # fmt: skip
    return dana


@pytest.mark.parametrize(
    ("kind", "total", "parts"),
    [
        ("accuracy", 0.2, {"Capsules": 0.15, "Bottles": 0.05}),
        ("accuracy_bias", -0.1, {"Capsules": -0.15, "Bottles": 0.05}),
        ("accuracy_added", 0.3, {"Own past": 0.1, "Drivers": 0.0, "Planner": 0.2, "Consensus": 0.0}),
        ("accuracy_held", 0.5, {"Capsules": 0.0, "Bottles": 0.5}),
    ],
)
def test_each_figure_of_closed_months_is_the_sum_of_its_parts(closed_months, kind, total, parts):
    found = explain(closed_months, kind, "all", "1")
    assert float(found.total) == pytest.approx(total)
    assert {part.label: part.value for part in found.parts} == pytest.approx(parts)
    assert "Oct 25 to Nov 25, forecast 1 month before" in "".join(text for text, _ in found.sentence)
