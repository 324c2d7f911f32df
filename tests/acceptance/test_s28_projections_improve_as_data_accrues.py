"""S28: a seeded improving history gives a falling WAPE line at the lag that matters, the supply lead time."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import exported, plan_now

from forecasting.models import AccuracyLine
from siop.gather.services import load_tables

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUIET, MEASURED = 24, 9


def month(k: int) -> date:
    return date(2024 + k // 12, k % 12 + 1, 1)


def sold(k: int, units: float) -> dict[str, Any]:
    row = {"item": "CAP", "location": "NJ", "segment": "WEB", "order": f"S-{k}"}
    return row | {"date": month(k).replace(day=12), "quantity": round(units)}


@pytest.fixture
def a_year_of_plans(db: None) -> None:
    """Demand around 1,000 whose swings fade from 40 % to a few; a plan is made at the start of each month."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "suppliers": [{"supplier": "FAR"}],
            "sourcing": [{"item": "CAP", "location": "NJ", "source": "FAR", "kind": "buy", "lead_time_days": 60}],
            "sales": [sold(k, 1000) for k in range(QUIET)],
        }
    )  # fmt: skip
    swings = np.random.default_rng(28).choice([-1, 1], MEASURED) * np.linspace(0.4, 0.03, MEASURED)
    for k in range(MEASURED):
        plan_now(as_of=month(QUIET + k), background=True)
        load_tables({"sales": [sold(QUIET + k, 1000 * (1 + swings[k]))]})
    plan_now(as_of=month(QUIET + MEASURED), background=True)


@pytest.mark.usefixtures("a_year_of_plans")
def test_the_error_at_the_supply_lead_time_falls(client: Any, dana: Any) -> None:
    client.force_login(dana)
    page = client.get("/accuracy/")
    assert page.context["supply_lag"] == page.context["lag"] == 2  # 60 days
    assert (
        page.context["at_own_lag"].wape == page.context["found"].wape
    )  # the only item has the usual lead time
    line = page.context["error_chart"]["spec"]["series"][-1]
    assert line["name"] == "Consensus"
    assert len(line["values"]) == MEASURED - 1
    assert np.polyfit(range(MEASURED - 1), line["values"], 1)[0] < -1  # points a month
    assert "Forecast error fell from" in page.content.decode()

    scored = {row["lag"]: row for row in exported("accuracy")}
    assert sorted(scored) == [1, 2, 3, 4, 5, 6]
    lines = AccuracyLine.objects.filter(lag=2)
    missed = sum(abs(one.consensus - one.actual) for one in lines)
    assert scored[2]["wape"] == pytest.approx(missed / sum(one.actual for one in lines), abs=1e-6)

    why = client.get(page.context["kpis"][0].why)
    assert why.status_code == 200
    assert "2 months before" in why.content.decode()
    for figure in page.context["kpis"][
        :4
    ]:  # error, bias, value added and held intervals, each with its parts
        total = client.get(figure.why).context["why"]["total"]["value"]
        assert total.split()[0] == figure.value.split()[0].removeprefix("+")
