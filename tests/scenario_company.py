"""A small company to try things on: bottles come by ocean or air, caps are filled on one line, both kept at NJ."""

from datetime import date
from typing import Any

from chain import demand_rows, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
BOTTLES = [4000.0, 4000.0, 6000.0, 6000.0, 4000.0, 4000.0]
CAPS = [9000.0, 9000.0, 9000.0, 9000.0, 9000.0, 9000.0]


def tables(**more: Any) -> dict[str, list[dict[str, Any]]]:
    """Lines of the import tables; `more` replaces a table or adds one."""
    found = {
        "categories": [{"category": "Drinks"}, {"category": "Bottles", "parent": "Drinks"}],
        "items": [
            {"item": "BTL", "category": "Bottles", "unit_cost": "20", "unit_price": "42", "volume_m3": "0.05",
             "units_per_carton": 12},
            {"item": "CAP", "category": "Drinks", "unit_cost": "3", "unit_price": "9"},
        ],
        "locations": [{"location": "NJ", "country": "US", "storage_m3": 60}],
        "modes": [{"mode": "ocean"}, {"mode": "air"}],
        "suppliers": [{"supplier": "MOULD", "country": "MY"}],
        "resources": [{"resource": "FILL", "location": "NJ", "capacity_per_month": 10000}],
        "routings": [{"item": "CAP", "resource": "FILL", "usage_per_unit": 1}],
        "sourcing": [
            {"item": "BTL", "location": "NJ", "source": "MOULD", "mode": "ocean", "kind": "buy", "lead_time_days": 60,
             "transit_days": 30, "unit_cost": "20", "freight_cost": "1", "priority": 1},
            {"item": "BTL", "location": "NJ", "source": "MOULD", "mode": "air", "kind": "buy", "lead_time_days": 20,
             "transit_days": 3, "unit_cost": "20", "freight_cost": "30", "priority": 2},
            {"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0},
        ],
        "policies": [
            {"item": item, "location": "NJ", "service_policy": "fixed_quantity", "service_target": "0"} for item in ("BTL", "CAP")
        ],
        "on_hand": [{"date": AS_OF, "item": "BTL", "location": "NJ", "quantity": 8000}],
        "parameters": [{"name": "capital_cost_pct", "value": "0"}, {"name": "horizon", "value": "6"},
                       {"name": "currency", "value": "USD"}],
        "demand": demand_rows("BTL", "NJ", AS_OF, BOTTLES) + demand_rows("CAP", "NJ", AS_OF, CAPS),
    }  # fmt: skip
    return found | more


def planned_company(**more: Any) -> Any:
    load_tables(tables(**more))
    return plan_now(as_of=AS_OF)


def demand(pct: float, **target: Any) -> dict[str, Any]:
    return {"kind": "demand", "target": target, "after": {"pct": pct}}


def order(quantity: float, due: date, **target: Any) -> dict[str, Any]:
    return {"kind": "order", "target": target, "after": {"quantity": quantity, "due": due.isoformat()}}
