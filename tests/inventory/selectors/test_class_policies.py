"""What each ABC-XYZ class starts with, read from parameters, and what other defaults would tie up."""

import math
from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now

from inventory.engine import CLASS_POLICIES, ClassPolicy, Policy
from inventory.models import InventoryTarget
from inventory.selectors import class_policies
from inventory.selectors.class_effects import class_effects
from siop.catalog.models import Parameter
from siop.catalog.parameters import ParameterError
from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan

AS_OF = date(2026, 1, 1)


def company(**parameters: object) -> dict[str, dict[str, object]]:
    """One dear steady item that follows its class, one with a policy of its own; safety stock rows by item."""
    month = [100 * days for days in days_in(AS_OF, 18)]
    items = {"DEAR": "", "OWN": "cycle_service"}
    load_tables(
        {
            "parameters": [{"name": "currency", "value": "EUR"}]
            + [{"name": name, "value": value} for name, value in parameters.items()],
            "items": [
                {"item": item, "unit_cost": 10, "unit_price": 20, "service_policy": policy,
                 "service_target": 0.95 if policy else ""}
                for item, policy in items.items()
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "ACME"}],
            "sourcing": [
                {"item": item, "location": "NJ", "source": "ACME", "kind": "buy", "lead_time_days": 30} for item in items
            ],
            "demand": [
                row | {"error_sd": 20 * (365.25 / 12) ** 0.5}
                for item in items
                for row in demand_rows(item, "NJ", AS_OF, month)
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    return {str(row["item"]): row for row in exported("safety_stock")}


@pytest.mark.django_db
def test_what_follows_its_class_takes_what_the_company_set_and_what_does_not_stands() -> None:
    before = company()
    after = company(class_ax_policy="cycle_service", class_ax_target="0.99")
    assert (before["DEAR"]["policy"], before["DEAR"]["target"]) == ("fill_rate", 0.98)
    assert (after["DEAR"]["policy"], after["DEAR"]["target"]) == ("cycle_service", 0.99)
    assert after["DEAR"]["safety_stock"] == pytest.approx(2.3263 * 20 * 30**0.5, abs=1)
    assert after["OWN"]["safety_stock"] == before["OWN"]["safety_stock"]


@pytest.mark.django_db
def test_a_service_without_a_policy_is_the_item_s_own_promise_and_no_class_overrules_it() -> None:
    company()
    load_tables({"items": [{"item": "DEAR", "unit_cost": 10, "unit_price": 20, "service_target": 0.9}]})
    plan_now(as_of=AS_OF)
    dear = {str(row["item"]): row for row in exported("safety_stock")}["DEAR"]
    assert (dear["policy"], dear["target"]) == ("cycle_service", 0.9)
    assert dear["safety_stock"] == pytest.approx(1.2816 * 20 * 30**0.5, abs=1)
    plan = current_live_plan()
    assert plan is not None
    assert class_effects(plan, class_policies.of_company())["AX"].followers == 0


@pytest.mark.django_db
def test_days_between_reviews_of_the_class_hold_where_no_policy_names_them() -> None:
    found = company(class_ax_review_days="30", review_days="7")
    assert [row["protection_days"] for row in found.values()] == [60, 60]
    Parameter.objects.filter(name="class_ax_review_days").delete()
    assert [row["protection_days"] for row in company(review_days="7").values()] == [37, 37]


@pytest.mark.django_db
def test_a_plan_keeps_the_defaults_it_was_computed_with() -> None:
    company(class_ax_target="0.9")
    plan = current_live_plan()
    assert plan is not None
    Parameter.objects.filter(name="class_ax_target").update(value="0.99")
    assert class_policies.of_plan(plan)["AX"] == ClassPolicy(Policy.FILL_RATE, 0.9, 0.0)
    assert class_policies.of_company()["AX"].target == 0.99


@pytest.mark.django_db
def test_the_effect_said_is_the_effect_that_comes() -> None:
    company(class_ax_policy="cycle_service", class_ax_target="0.95")
    plan = current_live_plan()
    assert plan is not None
    higher = {klass: ClassPolicy(Policy.CYCLE_SERVICE, 0.99, 30.0) for klass in CLASS_POLICIES}
    effect = class_effects(plan, higher)["AX"]
    before = {row.item.code: row.safety_stock for row in InventoryTarget.objects.filter(plan=plan)}
    after = company(class_ax_target="0.99", class_ax_review_days="30")
    more = sum(float(str(after[item]["safety_stock"])) - before[item] for item in before)
    assert (effect.places, effect.followers, effect.value) == (2, 1, before["DEAR"] * 10)
    assert effect.change == pytest.approx(more * 10, abs=20)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"class_ax_policy": "days_of_supply"}, "needs a target of its own: enter days"),
        ({"class_ax_policy": "fixed_quantity"}, "needs a target of its own: enter units"),
        ({"class_ax_target": "98"}, "fraction above 0 and below 1"),
        ({"class_ax_policy": "always"}, "enter one of cycle_service, fill_rate"),
        ({"class_ax_review_days": "soon"}, "enter a number"),
    ],
)
def test_what_cannot_be_a_default_is_named(values: dict[str, str], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        class_policies.read(values.items())


def test_without_anything_set_the_defaults_of_the_class_hold() -> None:
    found = class_policies.read({}.items())
    assert found.keys() == CLASS_POLICIES.keys()
    assert (found["CZ"].policy, found["CZ"].target) == (Policy.CYCLE_SERVICE, 0.9)
    assert math.isnan(found["CZ"].review_days)
