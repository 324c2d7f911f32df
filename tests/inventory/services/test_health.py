"""Excess, obsolete and expiring stock of a computed plan, each unit once; one definition for page and key figure."""

from datetime import date

import pytest
from chain import demand_rows, plan_now
from django.urls import reverse

from forecasting.selectors.demand_cube import forget_all
from meetings.selectors import kpis
from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan
from siop.web import explanations
from supply.models import PlanException, PlanLine

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def stocked_once(kept_rows: None) -> None:
    """100 a month of each but DEAD; cover horizon 180 days: 590 units are no excess."""

    def on_hand(item: str, quantity: float, expires: str = "") -> dict[str, object]:
        return {"date": AS_OF, "item": item, "location": "NJ", "quantity": quantity, "expiry_date": expires}

    load_tables(
        {
            "items": [
                {"item": item, "unit_cost": 2, "unit_price": 5}
                for item in ("FRESH", "MUCH", "DEAD", "OLD", "PEAK")
            ]
            + [{"item": "ENDS", "unit_cost": 2, "unit_price": 5, "end_date": "2026-03-01"}],
            "locations": [{"location": "NJ"}],
            "on_hand": [
                on_hand("FRESH", 300),
                on_hand("MUCH", 1000),
                on_hand("DEAD", 50),
                on_hand("ENDS", 500),
                on_hand("OLD", 400, "2026-01-31"),
                on_hand("OLD", 30, "2025-12-31"),
                on_hand("PEAK", 150, "2026-02-15"),
                on_hand("PEAK", 500, "2026-04-01"),
            ],
            "demand": [
                row
                for item in ("FRESH", "MUCH", "OLD", "ENDS")
                for row in demand_rows(item, "NJ", AS_OF, [100] * 18)
            ]
            + demand_rows("PEAK", "NJ", AS_OF, [20, 28, 31] + [900] * 15),
        }
    )
    plan_now(as_of=AS_OF)


@pytest.fixture
def stocked(stocked_once: None, db: None) -> None:
    forget_all()


def fate(item: str) -> tuple[float, float, float]:
    line = PlanLine.objects.get(plan=current_live_plan(), item__code=item)
    return round(line.excess), round(line.obsolete), round(line.expiring)


def test_each_unit_is_counted_once(stocked) -> None:
    assert fate("FRESH") == (0, 0, 0)
    assert fate("MUCH") == (1000 - 597, 0, 0)  # 180 days reach the 30th of June
    assert fate("DEAD") == (0, 50, 0)
    assert fate("ENDS")[1] == 300  # two months are left to sell 200
    assert fate("OLD") == (0, 0, 430 - 97)  # 30 of January's 31 days are sold, the 30 have expired


def test_what_expires_is_told_by_month_and_by_the_demand_before_it_not_by_the_mean(
    stocked, client, sam
) -> None:
    line = PlanLine.objects.get(plan=current_live_plan(), item__code="PEAK")
    first = 150 - (20 + 14)  # a unit a day in February: 14 go before the 15th
    second = 500 - (28 + 31 - 14)
    assert line.expiring_by_period[:5] == pytest.approx([0, first, 0, second, 0])
    assert line.expiring == pytest.approx(first + second)
    client.force_login(sam)
    rows = client.get(reverse("supply:inventory")).context["expiry"]
    assert [(row["month"].month, row["places"], round(row["value"])) for row in rows] == [
        (1, 1, round(2 * (400 - 3000 / 31))),
        (2, 1, 2 * first),
        (4, 1, 2 * second),
    ]
    page = client.get(
        reverse("supply:item_location", args=[line.item_id, line.location_id]), {"tab": "stock"}
    ).content.decode()
    assert "Expires unsold" in page


def test_page_and_key_figure_say_the_same(stocked, client, sam) -> None:
    client.force_login(sam)
    response = client.get(reverse("supply:inventory"))
    fates = {row["label"]: row["value"] for row in response.context["fates"]}
    value = kpis.measure("excess_value", kpis.moment(current_live_plan()))
    assert fates["Excess"] + fates["Obsolete"] == pytest.approx(value)
    told = explanations.explain(sam, "kpi", str(current_live_plan().pk), "excess_value")
    assert float(told.total) == pytest.approx(value)
    assert fates["Obsolete"] == pytest.approx(2 * (50 + 300))
    assert fates["Expiring"] == pytest.approx(2 * (333 + 571), abs=2)
    assert sum(fates.values()) == pytest.approx(2 * (300 + 1000 + 50 + 500 + 400 + 30 + 150 + 500))


def test_the_plan_does_not_count_on_what_expires_unsold(stocked, client, sam) -> None:
    """OLD sells 96.8 of 400 by 30 January: the rest is no supply of the 31st, nor of February."""
    line = PlanLine.objects.get(plan=current_live_plan(), item__code="OLD")
    assert (line.on_hand, round(line.opening[0]), round(line.closing[0])) == (400, 97, 0)
    client.force_login(sam)
    address = explanations.url("closing", line.plan_id, line.item_id, line.location_id, AS_OF)
    parts = client.get(address).content.decode()
    assert "Expires before its turn to be sold" in parts
    (told,) = PlanException.objects.filter(item__code="OLD", title__contains="303")
    assert told.suggestion == "Sell or use up 303 of OLD by 30 Jan 2026."
    assert (told.last_responsible_date, round(told.money_at_risk)) == (date(2026, 1, 30), 606)


@pytest.mark.parametrize(("show", "item"), [("excess", "MUCH"), ("obsolete", "DEAD"), ("expiring", "OLD")])
def test_the_list_shows_each_kind(stocked, client, sam, show, item) -> None:
    client.force_login(sam)
    page = client.get(reverse("supply:inventory"), {"show": show}).content.decode()
    assert item in page
    assert "FRESH" not in page
