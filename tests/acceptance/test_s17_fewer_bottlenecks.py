"""S17: +1,000 of capacity where 800 are short at a margin of 18 is worth 14,400: confirmed by planning again."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, exported, plan_now
from django.test import Client

from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan
from supply.models import CapacityLoad

AS_OF = date(2026, 1, 1)


def company(capacity: int) -> dict[str, list[dict[str, object]]]:
    return {
        "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
        "locations": [{"location": "NJ"}],
        "sourcing": [{"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
        "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": capacity}],
        "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
        "demand": demand_rows("CAP", "NJ", AS_OF, [10800]),
    }


def lost_margin() -> float:
    return sum(row["money_at_risk"] for row in exported("exceptions") if row["kind"] == "shortage")


@pytest.mark.django_db
def test_a_thousand_more_saves_what_one_more_promises_for_the_units_that_are_short() -> None:
    load_tables(company(10000))
    plan_now(as_of=AS_OF)
    january = next(row for row in exported("capacity") if row["month"] == "2026-01-01")
    assert (january["resource"], january["utilisation"], january["value_of_one_more"]) == ("LINE", 1, 18)
    before = lost_margin()
    load_tables({"resources": company(11000)["resources"]})
    plan_now(as_of=AS_OF)
    assert before - lost_margin() == 14400
    january = next(row for row in exported("capacity") if row["month"] == "2026-01-01")
    assert (january["required"], january["value_of_one_more"]) == (10800, 0)


@pytest.mark.django_db
def test_the_page_shows_what_800_more_are_worth_as_the_plan_made_again_says(client: Client, sam: Any) -> None:
    load_tables(company(10000))
    plan_now(as_of=AS_OF)
    client.force_login(sam)
    page = " ".join(client.get("/supply/capacity/?h=0").content.decode().split())
    assert "needs <b>10,800" in page
    assert "the limit is <b>10,000</b>" in page
    assert "One more is worth <b>€18.00</b>" in page
    assert "all <b>800</b> that are missing save <b>€14,400</b>" in page
    load = CapacityLoad.objects.get(code="LINE", plan=current_live_plan())
    answer = client.post(f"/supply/scenarios/from-capacity/{load.pk}/0/", follow=True)
    (change,) = answer.context["chosen"].changes.all()
    assert (change.kind, change.after, change.target["first"]) == ("capacity", {"units": 800}, "2026-01-01")
    found = answer.context["found"]
    assert found.columns[0].values["margin"] - found.base["margin"] == pytest.approx(14400)


@pytest.mark.django_db
def test_the_first_unit_of_a_line_that_stands_still_is_worth_its_margin() -> None:
    load_tables(company(0))
    plan_now(as_of=AS_OF)
    january = next(row for row in exported("capacity") if row["month"] == "2026-01-01")
    assert (january["available"], january["required"], january["value_of_one_more"]) == (0, 0, 18)


@pytest.mark.django_db
def test_a_capacity_that_nothing_waits_for_is_worth_nothing() -> None:
    load_tables(company(10800))
    plan_now(as_of=AS_OF)
    assert {row["value_of_one_more"] for row in exported("capacity")} == {0}
