"""What a forecast says of its backtest: against what it was held depends on how long the item has sold."""

from typing import Any

import pytest
from planning import planned

from forecasting.models import ForecastLine
from siop.web.explanations import explain

pytestmark = pytest.mark.django_db
AGES = {
    30: "missed by 18.0 %, last year's figures by 22.0 %.",
    18: "missed by 18.0 %, last year's figures, or the newest where there was no year before, by 22.0 %.",
    9: "missed by 18.0 %, its newest figure, repeated, by 22.0 %.",
}


@pytest.mark.parametrize("lived", AGES)
def test_a_young_item_is_said_to_be_held_against_its_newest_figure(dana: Any, lived: int) -> None:
    made = planned(dana, items=1)
    series = made.series[0]
    line = ForecastLine.objects.get(series=series)
    line.history = [0.0] * (30 - lived) + [100.0] * lived
    line.save()
    found = explain(dana, "forecast", str(made.plan.pk), f"s{series.pk}", "2027-03-01")
    assert AGES[lived] in "".join(text for text, _ in found.sentence)
