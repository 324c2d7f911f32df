"""S33: a tariff that rises on a day: +0.60 a unit, and buying ahead is offered net of what holding costs."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, exported, plan_now

from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.web.explanations import explain
from supply.models import PlanException, ScenarioLine
from supply.services import planning, room_ahead, scenarios
from supply.services.scenarios import proposals

AS_OF = date(2025, 11, 1)


def company(
    *, holding_pct: float, category: str = "BOTTLES", lane_cost: object = 4
) -> dict[str, list[dict[str, object]]]:
    way = {"category": category, "origin": "MY", "destination": "US"}
    return {
        "categories": [{"category": "GOODS"}, {"category": "BOTTLES", "parent": "GOODS"}],
        "items": [
            {"item": "BTL", "category": "BOTTLES", "unit_cost": 4, "unit_price": 12, "holding_cost_pct": holding_pct}
        ],
        "locations": [{"location": "NJ", "country": "US"}],
        "suppliers": [{"supplier": "MOULD", "country": "MY"}],
        "sourcing": [
            {"item": "BTL", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 30, "unit_cost": lane_cost}
        ],
        "tariffs": [
            {**way, "valid_from": "2025-01-01", "rate_pct": 10},
            {**way, "valid_from": "2026-02-01", "rate_pct": 25},
        ],
        "demand": demand_rows("BTL", "NJ", date(2026, 5, 1), [20000]),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("category", ["BOTTLES", "GOODS", ""])
def test_buying_three_months_ahead_saves_12000_less_5280(category: str) -> None:
    load_tables(company(holding_pct=24, category=category))
    plan_now(as_of=AS_OF)

    (order,) = exported("planned_orders")
    assert (order["quantity"], order["due_date"], order["unit_landed_cost"]) == (20000, "2026-05-01", 5)
    (row,) = (row for row in exported("exceptions") if row["kind"] == "tariff")
    assert (row["money_at_risk"], row["action_cost"], row["avoidable_loss"]) == (12000, 5280, 6720)
    assert row["last_responsible_date"] == "2026-01-01"  # thirty days before the last day of the old tariff
    assert "saves 0.60 a unit, costs 5,280 to hold, net 6,720" in row["suggestion"]


@pytest.mark.django_db
def test_a_lane_without_a_cost_of_its_own_pays_the_tariff_on_its_items() -> None:
    load_tables(company(holding_pct=24, lane_cost=""))
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert order["unit_landed_cost"] == 5
    (row,) = (row for row in exported("exceptions") if row["kind"] == "tariff")
    assert row["avoidable_loss"] == 6720


@pytest.mark.django_db
def test_what_costs_more_to_hold_than_it_saves_is_not_offered() -> None:
    load_tables(company(holding_pct=60))
    plan_now(as_of=AS_OF)
    assert not [row for row in exported("exceptions") if row["kind"] == "tariff"]


@pytest.mark.django_db
def test_before_the_rise_the_old_tariff_counts() -> None:
    tables = company(holding_pct=24)
    tables["demand"] = demand_rows("BTL", "NJ", date(2026, 1, 1), [20000])
    load_tables(tables)
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert order["unit_landed_cost"] == 4.4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("storage", "avoidable", "says"),
    [
        (50, 4032, "Receive 12,000 of BTL before 1 Feb 2026: of 20,000 only these fit at NJ; "
                   "saves 7,200, costs 3,168 to hold, net 4,032."),
        (0.004, 0, "No room at NJ to receive 20,000 of BTL earlier; find some elsewhere."),
        (84, 6720, "Receive 20,000 of BTL before 1 Feb 2026: saves 0.60 a unit, costs 5,280 to hold, net 6,720."),
    ],
)  # fmt: skip
def test_only_what_fits_is_bought_ahead(sam: Person, storage: float, avoidable: float, says: str) -> None:
    """Twelve a carton of 0.05 m3: 20,000 take 83.3 m3 until May, 12,000 take 50; the loss of the others stays."""
    tables = company(holding_pct=24)
    tables["items"][0] |= {"volume_m3": 0.05, "units_per_carton": 12}
    tables["locations"][0] |= {"storage_m3": storage}
    load_tables(tables)
    plan = plan_now(as_of=AS_OF)
    for _ in range(2):  # an edit behind it leaves what was cut as it is
        (row,) = PlanException.objects.filter(plan=plan, kind="tariff")
        assert (row.money_at_risk, row.avoidable_loss, row.suggestion) == (12000, avoidable, says)
        assert explain(sam, "exception", str(row.pk)).total == avoidable
        planning.recompute_items(plan=plan, item_ids=[row.item_id])


@pytest.mark.django_db
def test_advice_that_was_cut_follows_the_space_that_another_item_takes_and_frees() -> None:
    """BTL is advised to the last cubic metre of 50; a rack of 25 leaves room for 6,000 of it, sold off for 12,000 again."""
    tables = company(holding_pct=24)
    tables["items"][0] |= {"volume_m3": 0.05, "units_per_carton": 12}
    tables["items"].append({"item": "RACK", "description": "Rack", "category": "GOODS", "volume_m3": 25})
    tables["locations"][0] |= {"storage_m3": 50}
    load_tables(tables)
    plan = plan_now(as_of=AS_OF)
    rack = Item.objects.get(code="RACK")

    def with_racks(number: int) -> tuple[float | None, float]:
        """Units that fit, and cubic metres taken at the end of January."""
        load_tables({"on_hand": [{"item": "RACK", "location": "NJ", "quantity": number, "date": AS_OF}]})
        planning.recompute_items(plan=plan, item_ids=[rack.pk])
        (storage,) = plan.loads.filter(kind="storage")
        return PlanException.objects.get(plan=plan, kind="tariff").fits, storage.required[0]

    assert [with_racks(number) for number in (0, 1, 2, 0)] == [(12000, 0), (6000, 25), (0, 50), (12000, 0)]


@pytest.mark.django_db
def test_many_pieces_of_advice_are_weighed_with_as_many_queries_as_one(
    django_assert_max_num_queries: Any,
) -> None:
    """Ten items of one category compete for a little space: four questions, and one answer in its savepoint."""
    tables = company(holding_pct=24)
    for name in ("items", "sourcing", "demand"):
        tables[name] = [row | {"item": f"BTL{k}"} for row in tables[name] for k in range(10)]
    for item in tables["items"]:
        item |= {"volume_m3": 0.05, "units_per_carton": 12}
    tables["locations"][0] |= {"storage_m3": 50}
    load_tables(tables)
    plan = plan_now(as_of=AS_OF)
    rows = PlanException.objects.filter(plan=plan, kind="tariff")
    assert sorted(row.avoidable_loss for row in rows) == [0] * 9 + [4032]
    rows.update(action="buy_ahead", avoidable_loss=6720, action_cost=5280, fits=None, cost_of_all=None)
    with django_assert_max_num_queries(7):
        room_ahead.keep_to_space(plan=plan)
    assert sorted(row.avoidable_loss for row in rows.all()) == [0] * 9 + [4032]


@pytest.mark.django_db
def test_tried_as_a_scenario_what_fits_comes_before_the_rise_and_the_later_order_is_smaller(
    sam: Person,
) -> None:
    """12,000 on 31 January by the same supplier; 8,000 are left for May."""
    tables = company(holding_pct=24)
    tables["items"][0] |= {"volume_m3": 0.05, "units_per_carton": 12}
    tables["locations"][0] |= {"storage_m3": 50}
    load_tables(tables)
    plan = plan_now(as_of=AS_OF)
    row = PlanException.objects.get(plan=plan, kind="tariff")
    assert row.fits == 12000
    (change,) = proposals.changes(row)
    assert change["target"] == {"item": "BTL", "location": "NJ", "source": "MOULD"}
    assert change["after"] == {"quantity": 12000, "due": "2026-01-31"}
    tried = scenarios.create(person=sam, name="Ahead", changes=[change])
    line = ScenarioLine.objects.get(scenario=tried)
    assert line.planned_receipts[:7] == [0, 0, 12000, 0, 0, 0, 8000]
