"""Scenarios: every kind of change, what it does to units and money, and that the plan stays as it is."""

from datetime import date, timedelta
from typing import Any

import pytest
from chain import plan_now
from django.core.exceptions import PermissionDenied
from scenario_company import AS_OF, BOTTLES, demand, order, planned_company

from forecasting.models import Assumption, Override
from forecasting.selectors.demand_cube import forget_all
from inventory.models import Policy
from siop.catalog.models import Item, Location
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.web import explanations
from siop.web.exports import Scope
from supply.errors import SupplyError
from supply.models import PlanLine, PlannedOrder, ScenarioLine, ScheduledReceipt
from supply.selectors.scenarios import compare
from supply.services import scenarios
from supply.services.scenarios.words import words

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def company(kept_rows: None) -> Any:
    """Planned once for all tests of this module; each takes back what it wrote."""
    return planned_company()


@pytest.fixture
def plan(company: Any, db: None) -> Any:
    forget_all()
    return PlanVersion.objects.get(pk=company.pk)


def tried(person: Any, *changes: dict[str, Any], name: str = "Try") -> Any:
    return scenarios.create(person=person, name=name, changes=list(changes))


def measured(scenario: PlanVersion, periods: int = 6) -> tuple[dict[str, float], dict[str, float]]:
    """(base, scenario) by measure."""
    found = compare(scenario.base, [scenario], scope=Scope(), periods=periods)
    return found.base, found.columns[0].values


def state(plan: PlanVersion) -> tuple[Any, ...]:
    hashing_now = hashing.content(plan).content_hash
    return hashing_now, PlanLine.objects.count(), PlannedOrder.objects.count(), Override.objects.count()


def test_more_demand_costs_and_earns_what_its_units_do(sam: Any, plan: Any) -> None:
    before = state(plan)
    base, after = measured(tried(sam, demand(10, item="CAP")))
    assert after["demand"] - base["demand"] == pytest.approx(5400)
    assert after["revenue"] - base["revenue"] == pytest.approx(5400 * 9)
    assert after["goods"] - base["goods"] == pytest.approx(-5400 * 3)
    assert after["margin"] - base["margin"] == pytest.approx(5400 * 6)
    assert state(plan) == before


def test_demand_of_a_category_reaches_what_lies_below_it_in_the_months_named(sam: Any, plan: Any) -> None:
    months = {"first": "2026-03-01", "last": "2026-04-01"}
    base, after = measured(tried(sam, demand(-50, category="Drinks", **months)))
    assert after["demand"] - base["demand"] == pytest.approx(-(6000 + 6000 + 9000 + 9000) / 2)


def test_a_longer_lead_time_leaves_units_late_where_nothing_faster_pays(sam: Any, plan: Any) -> None:
    slow = {"kind": "lead_time", "target": {"supplier": "MOULD", "mode": "ocean"}, "after": {"days": 45}}
    grounded = {"kind": "lead_time", "target": {"supplier": "MOULD", "mode": "air"}, "after": {"days": 200}}
    base, after = measured(tried(sam, slow, grounded))
    assert base["late"] == 0
    assert after["late"] == pytest.approx(BOTTLES[2])  # ordered on the planning date, it lands on 16 April


def test_a_supplier_that_fails_leaves_its_demand_unserved(sam: Any, plan: Any) -> None:
    out = {"kind": "supplier_out", "target": {"supplier": "MOULD"}, "after": {"until": "2027-01-01"}}
    base, after = measured(tried(sam, out))
    assert after["late"] - base["late"] == pytest.approx(sum(BOTTLES) - 8000)
    assert after["revenue"] - base["revenue"] == pytest.approx(-(sum(BOTTLES) - 8000) * 42)


def test_an_order_of_ones_own_is_kept_and_the_rest_planned_around_it(sam: Any, plan: Any) -> None:
    flown = order(1500, date(2026, 2, 10), item="BTL", location="NJ", source="MOULD", mode="air")
    scenario = tried(sam, flown)
    base, after = measured(scenario)
    assert after["beyond"] - base["beyond"] == pytest.approx(-1500 * (30 - 1))
    line = ScenarioLine.objects.get(scenario=scenario)
    assert line.planned_receipts[1] == pytest.approx(1500)
    assert sum(line.planned_receipts) == pytest.approx(sum(BOTTLES) - 8000)


def test_a_planned_order_is_held_at_another_quantity_and_later_ones_shrink(sam: Any, plan: Any) -> None:
    first = PlannedOrder.objects.filter(plan=plan, item__code="BTL").earliest("due_date")
    line = ScenarioLine.objects.get(scenario=tried(sam, order(9000, first.due_date, order=first.number)))
    assert line.planned_receipts[2:5] == pytest.approx([9000, 3000, 4000])


def test_an_open_order_is_moved_and_its_gap_is_planned(sam: Any, plan: Any) -> None:
    ScheduledReceipt.objects.create(
        order="PO-1", line="1", item=Item.objects.get(code="BTL"), location=Location.objects.get(code="NJ"),
        quantity=1000, due_date=date(2026, 1, 20), status="open",
    )  # fmt: skip
    base, after = measured(tried(sam, order(0, date(2026, 1, 20), order="PO-1/1")))
    assert after["stock_mean"] < base["stock_mean"]


def test_a_policy_holds_stock_and_costs_it(sam: Any, plan: Any) -> None:
    policy = {
        "kind": "policy", "target": {"item": "BTL", "location": "NJ"},
        "after": {"service_policy": "fixed_quantity", "service_target": 1000},
    }  # fmt: skip
    base, after = measured(tried(sam, policy))
    assert after["stock_last"] - base["stock_last"] == pytest.approx(1000 * 20)


def test_prices_costs_and_tariffs_move_money_and_no_units(sam: Any, plan: Any) -> None:
    price = {"kind": "price", "target": {"item": "CAP"}, "after": {"pct": 10}}
    base, after = measured(tried(sam, price))
    assert after["margin"] - base["margin"] == pytest.approx(54000 * 0.9)
    cost = {"kind": "cost", "target": {"supplier": "MOULD"}, "after": {"pct": 5}}
    base, after = measured(tried(sam, cost))
    assert after["beyond"] - base["beyond"] == pytest.approx(-(sum(BOTTLES) - 8000) * 1.0)
    tariff = {"kind": "tariff", "target": {"origin": "MY"}, "after": {"rate_pct": 25, "from": "2026-01-01"}}
    base, after = measured(tried(sam, tariff))
    assert after["beyond"] - base["beyond"] == pytest.approx(-(sum(BOTTLES) - 8000) * 5.0)
    assert after["served"] == base["served"]


def test_a_limit_is_broken_where_stock_takes_more_space_than_there_is(sam: Any, plan: Any) -> None:
    ahead = order(12_000, date(2026, 1, 25), item="BTL", location="NJ", source="MOULD", mode="air")
    found = compare(plan, [tried(sam, ahead)], scope=Scope(), periods=6)
    assert [row.label for row in found.columns[0].broken] == ["Space at NJ, peak"]
    assert found.best(within_limits=True) is None


def test_changes_add_up_in_their_order_and_are_taken_away_again(sam: Any, plan: Any) -> None:
    scenario = tried(sam, demand(10, item="CAP"))
    scenarios.add_change(person=sam, scenario_id=scenario.pk, **demand(10, item="CAP"))
    base, after = measured(scenario)
    assert after["demand"] - base["demand"] == pytest.approx(54_000 * 0.21)
    last = scenario.changes.last()
    scenarios.remove_change(person=sam, scenario_id=scenario.pk, change_id=last.pk)
    base, after = measured(scenario)
    assert after["demand"] - base["demand"] == pytest.approx(5400)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (demand(10, item="NONE"), "Nothing in the plan is touched"),
        ({"kind": "capacity", "target": {"load": "supplier", "code": "MOULD"}, "after": {"units": 5}},
         "MOULD has no capacity"),
        (order(5, date(2026, 2, 1), order="P-nothing"), "is not in the plan"),
        ({"kind": "tariff", "target": {"origin": "FR"}, "after": {"rate_pct": 5, "from": "2026-01-01"}},
         "Nothing in the plan"),
    ],
)  # fmt: skip
def test_a_change_that_fits_nothing_is_refused_and_not_kept(
    sam: Any, plan: Any, change: dict[str, Any], says: str
) -> None:
    scenario = tried(sam)
    with pytest.raises(SupplyError, match=says):
        scenarios.add_change(person=sam, scenario_id=scenario.pk, **change)
    assert not scenario.changes.exists()


def test_every_figure_explains_itself_from_the_plan_and_what_was_added(sam: Any, plan: Any) -> None:
    scenario = tried(sam, demand(10, item="CAP"), demand(20, item="BTL"))
    found = compare(plan, [scenario], scope=Scope(), periods=6)
    for row in found.measures:
        own = explanations.explain(sam, "scenario", str(scenario.pk), row.name, "6")
        assert float(own.total) == pytest.approx(found.columns[0].values[row.name])
        base = explanations.explain(sam, "scenario_base", str(plan.pk), row.name, "6")
        assert float(base.total) == pytest.approx(found.base[row.name])


def test_base_figures_are_those_of_the_money_export(sam: Any, plan: Any) -> None:
    from supply.selectors.money import by_month_and_category

    rows = by_month_and_category(plan)
    base, _ = measured(tried(sam))
    assert base["revenue"] == pytest.approx(sum(row.revenue for row in rows))
    assert base["cash_out"] == pytest.approx(sum(row.cash_out for row in rows))
    assert base["stock_last"] == pytest.approx(
        sum(row.inventory_value for row in rows if row.month == date(2026, 6, 1))
    )


def test_promotion_writes_what_people_would_type_and_is_taken_back(
    sam: Any, dana: Any, person: Any, plan: Any
) -> None:
    both = person("dana", "supply_planner")
    policy = {
        "kind": "policy", "target": {"item": "BTL", "location": "NJ"},
        "after": {"service_policy": "fixed_quantity", "service_target": 500},
    }  # fmt: skip
    flown = order(1500, date(2026, 2, 10), item="BTL", location="NJ", source="MOULD", mode="air")
    tariff = {"kind": "tariff", "target": {"origin": "MY"}, "after": {"rate_pct": 25, "from": "2026-01-01"}}
    scenario = tried(
        both, demand(10, item="CAP", first="2026-02-01", last="2026-02-01"), policy, flown, tariff
    )
    expected = measured(scenario)[1]
    before = [line.closing for line in PlanLine.objects.filter(plan=plan).order_by("pk")]

    scenarios.promote(person=both, scenario_id=scenario.pk, reason="Agreed on Monday")
    override = Override.objects.get(revoked__isnull=True)
    assert (float(override.value), override.reason, override.person) == (9900.0, "Agreed on Monday", both)
    assert Policy.objects.get(item__code="BTL").service_target == 500
    firm = PlannedOrder.objects.get(plan=plan, status="firm")
    assert (float(firm.quantity), firm.due_date, firm.mode) == (1500.0, date(2026, 2, 10), "air")
    assert firm.order_by == firm.due_date - timedelta(days=20)
    assert "Tariff from MY 25 %" in Assumption.objects.get().text
    now, _ = measured(tried(both, name="After"))
    assert now["demand"] == expected["demand"]
    assert now["stock_last"] == pytest.approx(expected["stock_last"])

    scenarios.take_back(person=both, scenario_id=scenario.pk)
    assert not Override.objects.filter(revoked__isnull=True).exists()
    assert not PlannedOrder.objects.filter(plan=plan, status="firm").exists()
    assert Assumption.objects.get().closed is not None
    assert Policy.objects.get(item__code="BTL").service_target == 0
    assert [
        line.closing for line in PlanLine.objects.filter(plan=plan).order_by("item", "location")
    ] == before


def test_a_stale_base_is_announced_before_anything_is_written(sam: Any, plan: Any) -> None:
    scenario = tried(sam, order(1500, date(2026, 2, 10), item="BTL", location="NJ", mode="air"))
    assert scenarios.is_stale(scenario) == ""
    first = PlannedOrder.objects.filter(plan=plan, item__code="CAP").first()
    PlannedOrder.objects.filter(pk=first.pk).update(reason="looked at")
    assert "has changed" in scenarios.is_stale(scenario)
    with pytest.raises(SupplyError, match="not of today's plan"):
        scenarios.promote(person=sam, scenario_id=scenario.pk, reason="Now")
    scenarios.promote(person=sam, scenario_id=scenario.pk, reason="Now", seen=["stale"])
    assert PlannedOrder.objects.filter(plan=plan, status="firm").exists()


def test_a_broken_limit_has_to_be_seen(sam: Any, plan: Any) -> None:
    ahead = order(12_000, date(2026, 1, 25), item="BTL", location="NJ", source="MOULD", mode="air")
    scenario = tried(sam, ahead)
    with pytest.raises(SupplyError, match="Space at NJ"):
        scenarios.promote(person=sam, scenario_id=scenario.pk, reason="Now")


def test_bringing_up_to_date_moves_the_base_and_keeps_the_changes(sam: Any, plan: Any) -> None:
    scenario = tried(sam, demand(10, item="CAP"))
    newer = plan_now(as_of=AS_OF)
    assert f"stands on {plan}" in scenarios.is_stale(scenario)
    scenario = scenarios.bring_up_to_date(person=sam, scenario_id=scenario.pk)
    assert (scenario.base, scenarios.is_stale(scenario)) == (newer, "")
    assert [words(one) for one in scenario.changes.all()] == ["Demand of CAP +10 %, all periods"]


def test_a_scenario_needs_the_right_and_promotion_the_right_to_edit(ada: Any, person: Any, plan: Any) -> None:
    with pytest.raises(PermissionDenied):
        tried(ada, demand(10, item="CAP"))
    finance = person("fred", "department_head", department="finance")
    scenario = tried(finance, demand(10, item="CAP"))
    with pytest.raises(PermissionDenied):
        scenarios.promote(person=finance, scenario_id=scenario.pk, reason="Now")
    assert not Override.objects.exists()


def test_a_promoted_scenario_stays_as_it_was(sam: Any, plan: Any) -> None:
    scenario = tried(sam, order(1500, date(2026, 2, 10), item="BTL", location="NJ", mode="air"))
    scenarios.promote(person=sam, scenario_id=scenario.pk, reason="Now")
    with pytest.raises(SupplyError, match="has been promoted"):
        scenarios.add_change(person=sam, scenario_id=scenario.pk, **demand(5, item="CAP"))
    copied = scenarios.copy(person=sam, scenario_id=scenario.pk)
    assert copied.changes.count() == 1
    assert scenarios.delete(person=sam, scenario_id=copied.pk) == "Try (copy)"
