"""What a minimum costs, by hand: 3,100 units at 10 are asked for, 5,000 have to be bought, money costs 36.5 % a year."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now
from django.test import Client

from siop.accounts.models import Person
from siop.gather.services import load_tables
from siop.plans.selectors import bucket_edges
from siop.web.explanations import explain
from supply.errors import SupplyError
from supply.models import PlannedOrder
from supply.services import minimums
from supply.services.minimums import value_of_minimum

AS_OF = date(2026, 1, 1)


def planned(moq: int, **lane: Any) -> PlannedOrder:
    """The order of 1 January; 100 a day are asked for until the end of the month, nothing after it."""
    place = {"location": "NJ"}
    load_tables(
        {
            "parameters": [{"name": "capital_cost_pct", "value": "36.5"}],
            "items": [{"item": "CAP", "unit_cost": 10, "unit_price": 22}],
            "locations": [place],
            "suppliers": [{"supplier": "FAR"}],
            "policies": [{"item": "CAP", **place, "service_policy": "fixed_quantity", "service_target": 0}],
            "sourcing": [
                {"item": "CAP", **place, "source": "FAR", "kind": "buy", "lead_time_days": 0, "unit_cost": 10,
                 "moq": moq, "order_cost": 40} | lane
            ],
            "demand": demand_rows("CAP", "NJ", AS_OF, [3100]),
        }
    )  # fmt: skip
    plan = plan_now(as_of=AS_OF)
    return PlannedOrder.objects.filter(plan=plan).order_by("due_date", "number")[0]


def horizon_days(order: PlannedOrder) -> int:
    edges = bucket_edges(order.plan)
    return int(edges[-1] - edges[0])


@pytest.mark.django_db
def test_a_unit_less_saves_what_carrying_it_to_the_end_costs() -> None:
    """1,900 are left over. A unit costs 10 x 36.5 % / 365 = 0.01 a day, over all the days of the horizon."""
    order = planned(5000)
    found = value_of_minimum(order)
    assert (found.minimum, found.step) == (5000, 1)
    assert found.of_a_step.total == pytest.approx(0.01 * horizon_days(order))
    assert found.of_all.total == pytest.approx(1900 * 0.01 * horizon_days(order))
    assert found.of_all.carrying == found.of_all.total


@pytest.mark.django_db
def test_a_joint_minimum_is_priced_for_the_group_and_in_its_multiple() -> None:
    """Lots of 50, so 50 units less is the smallest step: 1,850 are left over instead of 1,900."""
    order = planned(5000, order_group="BOTTLES", order_multiple=50)
    found = value_of_minimum(order)
    assert (found.minimum, found.step) == (5000, 50)
    assert found.of_a_step.total == pytest.approx(50 * 0.01 * horizon_days(order))


@pytest.mark.django_db
def test_the_quantity_opens_what_its_minimum_costs_and_the_parts_sum(client: Client, sam: Person) -> None:
    order = planned(5000)
    (raised,) = [part for part in explain(sam, "order", str(order.pk)).parts if part.value == 1900]
    client.force_login(sam)
    answer = client.get(raised.url)
    assert "FAR asks for at least 5,000" in answer.content.decode()
    found = explain(sam, "minimum", str(order.pk))
    assert float(found.total) == pytest.approx(0.01 * horizon_days(order))
    assert [part.label for part in found.sums[0].parts] == ["Stock carried"]


@pytest.mark.django_db
def test_an_order_without_a_minimum_says_so_in_the_panel(client: Client, sam: Person) -> None:
    order = planned(0)
    client.force_login(sam)
    answer = client.get(f"/web/why/minimum/{order.pk}")
    assert (answer.status_code, answer.content.decode()) == (422, "FAR asks for no minimum of CAP.")


@pytest.mark.django_db
def test_what_is_linked_with_too_much_is_not_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    order = planned(5000)
    monkeypatch.setattr(minimums, "MOST_ITEMS", 0)
    with pytest.raises(SupplyError, match="CAP is linked with 1 items"):
        value_of_minimum(order)
