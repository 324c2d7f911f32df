"""S38: stress test by supplier: time to survive 22 days, time to recover 35: flagged, stock needed for 13 days; with the
supplier of one capsule part failed the page names the first short day, the cause and three priced ways out."""

from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now
from django.urls import reverse

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
A_DAY = 100


def tables(*, survive: int, recover: int) -> dict[str, list[dict[str, object]]]:
    """Capsules made of shells; MOULD delivers shells by ocean, SPARE is dearer and quicker."""
    return {
        "items": [
            {"item": "CAPSULE", "unit_price": 5, "unit_cost": 2},
            {"item": "SHELL", "unit_cost": 1, "holding_cost_pct": 20},
        ],
        "locations": [{"location": "NJ", "kind": "plant"}],
        "suppliers": [{"supplier": "MOULD", "time_to_recover_days": recover}, {"supplier": "SPARE"}],
        "sourcing": [
            {"item": "CAPSULE", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0},
            {"item": "SHELL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 10, "unit_cost": 1},
        ],
        "bom": [{"parent": "CAPSULE", "component": "SHELL", "quantity_per": 1}],
        "on_hand": [{"date": AS_OF, "item": "CAPSULE", "location": "NJ", "quantity": survive * A_DAY}],
        "demand": demand_rows("CAPSULE", "NJ", AS_OF, [A_DAY * days for days in days_in(AS_OF, 12)]),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("survive", "recover", "gap"), [(22, 35, 13), (40, 35, 0), (10, 60, 50)])
def test_time_to_survive_against_time_to_recover(survive, recover, gap) -> None:
    load_tables(tables(survive=survive, recover=recover))
    plan_now(as_of=AS_OF, background=True)
    (risk,) = exported("risk")
    assert risk["supplier"] == "MOULD"
    assert (risk["survive_days"], risk["recover_days"], risk["gap_days"]) == (survive, recover, gap)
    assert risk["stock_needed"] == pytest.approx(gap * A_DAY, rel=0.01)
    assert risk["exposure"] == pytest.approx(gap * A_DAY * (5 - 2), rel=0.01)


@pytest.mark.django_db
def test_the_page_names_the_day_the_cause_and_three_priced_ways_out(client, sam) -> None:
    load_tables(tables(survive=22, recover=35))
    plan_now(as_of=AS_OF, background=True)
    client.force_login(sam)
    page = client.get(reverse("supply:suppliers")).content.decode()

    assert "short from <b>23 Jan 2026</b>" in page
    assert '<b class="nw">SHELL</b> runs out' in page
    ways = {way.label: (round(way.cost), round(way.still_lost)) for way in _ways(client)}
    assert ways == {
        "Hold more stock": (260, 0),  # 1,300 shells at 1, 20 % a year
        "Qualify a second source": (3900, 0),
        "Accept the loss": (0, 3900),  # 1,300 capsules at a margin of 3
    }


@pytest.mark.django_db
def test_another_source_is_priced_by_its_premium_and_the_days_it_comes_late(client, sam) -> None:
    given = tables(survive=22, recover=35)
    given["sourcing"].append(
        {"item": "SHELL", "location": "NJ", "source": "SPARE", "kind": "buy", "lead_time_days": 24, "unit_cost": 1.5,
         "priority": 2}
    )  # fmt: skip
    load_tables(given)
    plan_now(as_of=AS_OF, background=True)
    client.force_login(sam)
    ways = {way.label: way for way in _ways(client)}
    elsewhere, accept = ways["Buy elsewhere"], ways["Accept the loss"]
    assert elsewhere.cost == pytest.approx(1300 * 0.5, rel=0.02)
    assert elsewhere.still_lost == pytest.approx(2 * A_DAY * 3, rel=0.02), (
        "from day 22 until it lands on day 24"
    )
    assert elsewhere.day == date(2026, 1, 25)
    assert accept.still_lost == pytest.approx(3900, rel=0.01)


def _ways(client):
    response = client.get(reverse("supply:suppliers"), {"q": "MOULD"})
    return response.context["failure"].ways
