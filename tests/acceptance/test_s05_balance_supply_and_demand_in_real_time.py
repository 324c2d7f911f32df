"""S05: one cell edited: plan, stock and exceptions are refreshed with it; how fast is measured by `bench web`."""

import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from chain import demand_rows, exported, plan_now
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from forecasting.selectors.demand_cube import forget_all
from siop.gather.services import load_tables
from siop.jobs.services import open_jobs
from siop.plans.selectors import working_plan

AS_OF = date(2026, 1, 1)
pytestmark = pytest.mark.django_db


def company(items: int, horizon: int = 18) -> Any:
    forget_all()
    codes = [f"CAP-{number:03d}" for number in range(items)]
    load_tables(
        {
            "items": [{"item": code, "unit_cost": "12", "unit_price": "30"} for code in codes],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": code, "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 45,
                 "unit_cost": "12"}
                for code in codes
            ],
            "policies": [
                {"item": code, "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}
                for code in codes
            ],
            "on_hand": [{"date": AS_OF, "item": code, "location": "NJ", "quantity": 2000} for code in codes],
            "demand": [row for code in codes for row in demand_rows(code, "NJ", AS_OF, [1000] * horizon)],
        }
    )  # fmt: skip
    return plan_now(as_of=AS_OF)


def edit(client: Any, *, item: str, column: int, units: int) -> None:
    """Type one cell of the demand grid as the browser does, then let what follows from it be planned."""
    query = {"plan": str(working_plan().pk), "q": item, "group": "none"}
    found = client.get(reverse("forecasting:grid_rows"), {"from": 0, "count": 50, **query}).json()
    (row,) = found["rows"]
    body = {
        "key": str(uuid4()), "query": query, "mode": "set", "reason": "Promised",
        "rows": [{"id": row["id"], "v": row["v"], "set": {str(column): str(units)}}],
    }  # fmt: skip
    saved = client.post(reverse("forecasting:grid_edits"), json.dumps(body), content_type="application/json")
    assert saved.status_code == 200, saved.content
    followed = client.post(
        reverse("forecasting:grid_follow"),
        json.dumps({"batches": [saved.json()["batch"]]}),
        content_type="application/json",
    )
    assert followed.status_code == 200, followed.content


def projection(item: str) -> list[dict[str, Any]]:
    """Its rows, without the hash of the whole plan."""
    rows = [row for row in exported("projection") if row["item"] == item]
    return [{name: value for name, value in row.items() if name != "content_hash"} for row in rows]


def check_one_edit(client: Any, planner: Any, *, item: str, other: str) -> None:
    """February from 1,000 to 2,600: 1,600 cannot come in time, which shows at once, and nowhere else."""
    client.force_login(planner)
    before = projection(other)
    assert projection(item)[1]["shortage"] == 0
    edit(client, item=item, column=1, units=2600)
    row = projection(item)[1]
    assert (row["demand"], row["closing"]) == (2600, 0)
    assert row["planned_receipts"] + row["shortage"] == 1600
    threats = [one for one in exported("exceptions") if one["item"] == item and one["money_at_risk"] > 0]
    assert {one["kind"] for one in threats} & {"shortage", "order_late", "below_safety_stock"}
    assert projection(other) == before


def test_plan_stock_and_exceptions_follow_one_cell(client: Any, dana: Any) -> None:
    company(3)
    check_one_edit(client, dana, item="CAP-001", other="CAP-002")


@pytest.mark.slow
def test_so_it_is_among_500_items_of_18_months_without_planning_the_others(client: Any, dana: Any) -> None:
    company(3)
    client.force_login(dana)
    with CaptureQueriesContext(connection) as few:
        edit(client, item="CAP-002", column=1, units=2600)
    company(500)
    check_one_edit(client, dana, item="CAP-250", other="CAP-251")
    with CaptureQueriesContext(connection) as many:
        edit(client, item="CAP-300", column=1, units=2600)
    assert len(many) <= len(few) + 5
    assert not open_jobs().filter(kind="follow_edit").exists()
