"""S21: a KPI red three cycles running raises a systemic action by itself."""

from datetime import date

import pytest
from factories import company, cycle_in, live_plan

from forecasting.models import Delivery
from meetings.models import ActionItem, Cycle, KpiValue
from meetings.services import kpis


@pytest.fixture
def cycle(db, ada, sam):
    made = company(("Bottles",), items=1)
    live_plan(made)
    for line in range(10):
        Delivery.objects.create(
            order="SO-1", line=str(line), item=made.items[0], location=made.location,
            promised_date=date(2026, 11, 10), shipped_date=date(2026, 11, 12 if line < 5 else 9),
            ordered_quantity=10, shipped_quantity=10,
        )  # fmt: skip
    return cycle_in("gather", ada)


def past_cycles(cycle, *, colours):
    previous = None
    for number, colour in enumerate(colours):
        previous = Cycle.objects.create(
            period=date(2026, 9 + number, 1),
            name=f"Past {number}",
            stage="closed",
            closed=cycle.opened,
            previous=previous,
        )
        KpiValue.objects.create(cycle=previous, kpi="otif", value=0.6, colour=colour)
    cycle.previous = previous
    cycle.save()


def test_red_three_times_raises_one_systemic_action(cycle, sam):
    past_cycles(cycle, colours=["red", "red"])
    kpis.record(cycle)
    kpis.record(cycle)
    action = ActionItem.objects.get(source_key="kpi:otif")
    assert (action.kind, action.owner, action.status) == ("systemic", sam, "open")
    assert "three cycles running" in action.title
    assert KpiValue.objects.get(cycle=cycle, kpi="otif").value == 0.5


def test_red_twice_raises_nothing(cycle):
    past_cycles(cycle, colours=["green", "red"])
    kpis.record(cycle)
    assert not ActionItem.objects.filter(source_key="kpi:otif").exists()
