"""Exceptions in words: bottles wait for caps, caps for a part or a line; the advice is about what is truly late."""

import re
from datetime import date
from typing import Any

import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def bottles(*, parts: int = 0, line: float = 1e6) -> dict[str, Any]:
    """The shortage: 300 bottles a month, each with a cap made of one part, by sea in 55 days or by air in 14.

    `parts` in stock, `line` the caps that can be made in a month.
    """
    place = {"location": "NJ"}
    load_tables(
        {
            "items": [
                {"item": "BTL", "unit_price": 26, "unit_cost": 8},
                {"item": "CAP", "unit_cost": 5},
                {"item": "PRT", "unit_cost": 1},
            ],
            "locations": [place],
            "suppliers": [{"supplier": "ACME"}],
            "modes": [{"mode": "ocean"}, {"mode": "air"}],
            "sourcing": [
                {"item": "BTL", **place, "source": "NJ", "kind": "make", "lead_time_days": 4},
                {"item": "CAP", **place, "source": "NJ", "kind": "make", "lead_time_days": 7},
                {"item": "PRT", **place, "source": "ACME", "kind": "buy", "mode": "ocean", "lead_time_days": 55,
                 "unit_cost": 1},
                {"item": "PRT", **place, "source": "ACME", "kind": "buy", "mode": "air", "lead_time_days": 14,
                 "unit_cost": 1.25, "priority": 2},
            ],
            "bom": [
                {"parent": "BTL", "component": "CAP", "quantity_per": 1},
                {"parent": "CAP", "component": "PRT", "quantity_per": 1},
            ],
            "resources": [{"resource": "CAP-LINE", **place, "capacity_per_month": line}],
            "routings": [{"item": "CAP", "resource": "CAP-LINE", "usage_per_unit": 1}],
            "policies": [{"item": item, **place, "service_policy": "fixed_quantity", "service_target": 0}
                         for item in ("BTL", "CAP", "PRT")],
            "on_hand": [{"date": AS_OF, "item": "PRT", **place, "quantity": parts}],
            "demand": [{"item": "BTL", **place, "date": f"2026-{month:02d}-01", "quantity": 300} for month in (1, 2)],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    (shortage,) = [row for row in exported("exceptions") if row["kind"] == "shortage"]
    return shortage


@pytest.mark.django_db
def test_the_part_that_is_late_is_named_and_brought_not_the_assembly_that_is_made_of_it() -> None:
    shortage = bottles()
    assert shortage["root_cause"] == "Component PRT is late"
    assert " of PRT that are missing, by 15 Jan 2026" in shortage["suggestion"]
    assert shortage["action_cost"] == pytest.approx(0.25 * shortage["quantity"], rel=0.01)


@pytest.mark.django_db
def test_the_line_behind_a_late_assembly_is_called_by_its_name() -> None:
    shortage = bottles(parts=1000, line=20)
    assert shortage["root_cause"] == "Capacity of CAP-LINE is used up"
    assert shortage["suggestion"] == "Add capacity at CAP-LINE or plan earlier."


@pytest.mark.django_db
def test_a_minimum_that_outlives_what_sells_is_told_with_its_order_and_its_money() -> None:
    """Ten a day and 60 days of life from 11 January: 700 of 900 sell by 12 March, 200 at 10 are lost."""
    place = {"location": "NJ"}
    load_tables(
        {
            "items": [{"item": "GEL", "unit_cost": 10, "unit_price": 28, "shelf_life_days": 60}],
            "locations": [place],
            "suppliers": [{"supplier": "ACME"}],
            "sourcing": [
                {"item": "GEL", **place, "source": "ACME", "kind": "buy", "lead_time_days": 10, "moq": 900}
            ],
            "policies": [{"item": "GEL", **place, "service_policy": "fixed_quantity", "service_target": 0}],
            "demand": [
                {"item": "GEL", **place, "date": f"2026-0{month}-01", "quantity": units}
                for month, units in enumerate((310, 280, 310), 1)
            ],
        }
    )
    plan_now(as_of=AS_OF)
    (told,) = [row for row in exported("exceptions") if row["kind"] == "expiry"]
    assert (told["quantity"], told["money_at_risk"]) == (200, 2000)
    assert told["root_cause"] == "Its lot is larger than what sells before it expires"
    assert re.fullmatch(r"Agree a lot of 700 instead of .+: 200 of it expire unsold\.", told["suggestion"])
