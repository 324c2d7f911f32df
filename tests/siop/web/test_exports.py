"""Every kind of export, by command and by API, from one computed plan."""

import csv
import hashlib
import io
import itertools
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chain import plan_now
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from siop.gather.services import load_tables
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion
from siop.web import exports

AS_OF = date(2026, 1, 1)
CONTRACT = {
    "forecast": "item location segment month history statistical low_80 high_80 low_95 high_95 override consensus "
    "method seasonal_weight backtest_wape",
    "safety_stock": "item location policy target protection_days error_sd safety_stock reorder_point order_up_to reason",
    "projection": "item location month opening demand dependent_demand scheduled_receipts planned_receipts "
    "planned_releases past_due_release closing shortage below_safety_stock safety_stock days_of_supply value",
    "planned_orders": "order item location source kind mode quantity overhang overhang_value order_by ship_date due_date "
    "cover_days unit_landed_cost status reason pegged_to",
    "pegging": "demand_item demand_location demand_month order quantity days_late first_cause",
    "exceptions": "rank kind item location month quantity probability money_at_risk action_cost avoidable_loss "
    "last_responsible_date root_cause suggestion status",
    "capacity": "resource supplier location month available required utilisation value_of_one_more",
    "supplier_requirements": "supplier item month quantity previous change",
    "suppliers": "supplier orders otif mean_delay_days requested_days actual_days",
    "risk": "supplier survive_days recover_days gap_days stock_needed exposure",
    "financials": "month category revenue margin inventory_value cash_out budget_revenue gap",
    "audit": "at who table key column old new reason",
}


@pytest.fixture(scope="module")
def computed(kept_rows: None) -> Any:
    load()
    return plan_now(as_of=AS_OF, background=True)


@pytest.fixture
def plan(computed: Any, db: None) -> Any:
    return computed


def load() -> None:
    months = [date(2023 + m // 12, m % 12 + 1, 10) for m in range(36)]
    load_tables(
        {
            "categories": [{"category": "CAPS"}, {"category": "KITS"}],
            "items": [
                {
                    "item": "=2+3",
                    "category": "CAPS",
                    "unit_cost": "2",
                    "unit_price": "5",
                    "description": "looks like a sum",
                },
                {"item": "00123", "category": "KITS", "unit_cost": "4", "unit_price": "30"},
            ],
            "locations": [{"location": "NJ"}, {"location": "MY", "storage_m3": "300"}],
            "segments": [{"segment": "RETAIL"}],
            "suppliers": [{"supplier": "MOULD", "time_to_recover_days": 35, "capacity_per_month": 9000}],
            "sourcing": [
                {
                    "item": "=2+3",
                    "location": "NJ",
                    "source": "MOULD",
                    "kind": "buy",
                    "lead_time_days": 60,
                    "moq": 500,
                },
                {"item": "00123", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 30},
            ],
            "on_hand": [
                {"date": date(2025, 12, 31), "item": "=2+3", "location": "NJ", "quantity": 100},
                {"date": date(2025, 12, 31), "item": "00123", "location": "NJ", "quantity": 900},
            ],
            "sales": [
                {
                    "date": d,
                    "item": item,
                    "location": "NJ",
                    "segment": "RETAIL",
                    "order": "1",
                    "quantity": 100 + k % 12,
                }
                for k, d in enumerate(months)
                for item in ("=2+3", "00123")
            ],
            "budget": [{"month": AS_OF, "category": "KITS", "units": "100", "revenue": "165000"}],
        }
    )


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_every_kind_has_the_columns_of_the_contract(plan: Any, tmp_path: Path) -> None:
    for kind, columns in CONTRACT.items():
        out = tmp_path / f"{kind}.csv"
        call_command("export_data", kind, "--out", str(out))
        header = out.read_text().splitlines()[0].split(",")
        assert header == [*columns.split(), "version", "content_hash"]


def test_every_plan_kind_carries_the_same_version_and_hash(plan: Any, tmp_path: Path) -> None:
    seen = set()
    for kind in ("forecast", "safety_stock", "projection", "planned_orders", "pegging", "financials"):
        out = tmp_path / f"{kind}.csv"
        call_command("export_data", kind, "--out", str(out))
        rows = read_csv(out)
        assert rows, kind
        seen |= {(row["version"], row["content_hash"]) for row in rows}
    assert len(seen) == 1
    version, content_hash = seen.pop()
    assert version == str(plan.pk)
    assert len(content_hash) == 64


def test_a_code_that_looks_like_a_formula_is_escaped_and_leading_zeros_stay(
    plan: Any, tmp_path: Path
) -> None:
    call_command("export_data", "safety_stock", "--out", str(tmp_path / "s.csv"))
    assert {row["item"] for row in read_csv(tmp_path / "s.csv")} == {"'=2+3", "00123"}
    call_command("export_data", "safety_stock", "--out", str(tmp_path / "s.xlsx"))
    sheet = load_workbook(tmp_path / "s.xlsx").active
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type) for cell in cells} == {("'=2+3", "s"), ("00123", "s")}


def test_forecast_shows_past_and_future_months(plan: Any, tmp_path: Path) -> None:
    call_command("export_data", "forecast", "--out", str(tmp_path / "f.json"))
    rows = [row for row in json.loads((tmp_path / "f.json").read_text()) if row["item"] == "00123"]
    past = [row for row in rows if row["history"] is not None]
    future = [row for row in rows if row["statistical"] is not None]
    assert (len(past), len(future)) == (36, 18)
    assert past[0]["month"] == "2023-01-01"
    assert future[0]["month"] == "2026-01-01"
    assert all(
        row["low_95"] <= row["low_80"] <= row["consensus"] <= row["high_80"] <= row["high_95"]
        for row in future
    )
    assert all(row["method"] and row["backtest_wape"] is not None for row in future)


def test_projection_balances_month_by_month(plan: Any, tmp_path: Path) -> None:
    call_command("export_data", "projection", "--out", str(tmp_path / "p.json"))
    rows = [row for row in json.loads((tmp_path / "p.json").read_text()) if row["item"] == "00123"]
    for row, following in itertools.pairwise(rows):
        received = row["scheduled_receipts"] + row["planned_receipts"]
        asked = row["demand"] + row["dependent_demand"]
        assert row["closing"] - row["shortage"] == pytest.approx(
            row["opening"]
            + received
            - asked
            - (0 if row is rows[0] else rows[rows.index(row) - 1]["shortage"]),
            abs=1e-3,
        )
        assert following["opening"] == pytest.approx(row["closing"])


def test_pegs_of_a_demand_sum_to_it(plan: Any, tmp_path: Path) -> None:
    call_command("export_data", "pegging", "--out", str(tmp_path / "g.json"))
    call_command("export_data", "projection", "--out", str(tmp_path / "p.json"))
    pegged: dict[tuple[str, str], float] = {}
    for row in json.loads((tmp_path / "g.json").read_text()):
        key = (row["demand_item"], row["demand_month"])
        pegged[key] = pegged.get(key, 0.0) + row["quantity"]
    for row in json.loads((tmp_path / "p.json").read_text()):
        assert pegged.get((row["item"], row["month"]), 0.0) == pytest.approx(row["demand"], abs=1e-3)


def test_gap_to_budget_is_in_the_financials(plan: Any, tmp_path: Path) -> None:
    call_command("export_data", "financials", "--out", str(tmp_path / "m.json"))
    rows = json.loads((tmp_path / "m.json").read_text())
    first = next(row for row in rows if row["category"] == "KITS" and row["month"] == "2026-01-01")
    assert first["budget_revenue"] == 165000
    assert first["gap"] == pytest.approx(first["revenue"] - 165000)
    assert next(row for row in rows if row["category"] == "CAPS")["budget_revenue"] is None


def test_an_unknown_kind_or_version_names_what_there_is(plan: Any) -> None:
    with pytest.raises(CommandError, match=r"give one of .*forecast"):
        call_command("export_data", "sales_of_tomorrow")
    with pytest.raises(CommandError, match=f"or one of: {plan.pk}"):
        call_command("export_data", "forecast", "--version", "999999")


def test_without_a_plan_the_next_step_is_named(plan: Any) -> None:
    PlanVersion.objects.update(status=PlanStatus.SUPERSEDED)
    with pytest.raises(CommandError, match="import sales or demand"):
        call_command("export_data", "forecast")


def with_token(person: Any) -> dict[str, str]:
    person.token_digest = hashlib.sha256(b"secret-token").hexdigest()
    person.save()
    return {"Authorization": "Bearer secret-token"}


def test_the_api_gives_the_same_rows_as_the_command(
    plan: Any, dana: Any, client: Client, tmp_path: Path
) -> None:
    call_command("export_data", "planned_orders", "--out", str(tmp_path / "o.json"))
    answer = client.get("/api/v1/planned_orders", headers=with_token(dana))
    assert answer.status_code == 200
    assert json.loads(b"".join(answer)) == json.loads((tmp_path / "o.json").read_text())
    assert answer["X-Plan-Version"] == str(plan.pk)


def test_the_api_needs_a_token_and_the_right(plan: Any, dana: Any, omar: Any, client: Client) -> None:
    assert client.get("/api/v1/forecast").status_code == 401
    assert client.get("/api/v1/forecast", headers={"Authorization": "Bearer nobody"}).status_code == 401
    client.force_login(dana)
    assert client.get("/api/v1/forecast").status_code == 401
    assert client.get("/api/v1/forecast", headers=with_token(omar)).status_code == 403


def test_the_audit_trail_needs_its_own_right(plan: Any, person: Callable[..., Any], client: Client) -> None:
    assert client.get("/api/v1/audit", headers=with_token(person("gil", "guest"))).status_code == 403


def test_a_scope_hides_other_categories(plan: Any, person: Callable[..., Any], client: Client) -> None:
    from siop.catalog.models import Category

    kim = person("kim", "demand_planner", category=Category.objects.get(code="KITS"))
    answer = client.get("/api/v1/forecast", headers=with_token(kim))
    assert {row["item"] for row in json.loads(b"".join(answer))} == {"00123"}


def test_a_script_imports_with_the_same_report(ada: Any, client: Client, db: None) -> None:
    file = io.BytesIO(b"item,unit_cost\nA-1,4\nA-2,minus\n")
    file.name = "items.csv"
    answer = client.post("/api/v1/imports", {"file": file, "table": "items"}, headers=with_token(ada))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["row"] == 3
    file = io.BytesIO(b"item,unit_cost\nA-1,4\n")
    file.name = "items.csv"
    answer = client.post("/api/v1/imports", {"file": file, "table": "items"}, headers=with_token(ada))
    assert (answer.status_code, answer.json()["applied"]) == (200, 1)


def test_infinity_and_noise_never_leave() -> None:
    assert exports.plain(float("inf")) is None
    assert exports.plain(0.1 + 0.2) == 0.3
    assert exports.plain(12.0) == 12


def test_values_of_a_column_are_written_as_each_by_itself() -> None:
    repeated = [Decimal("1.50"), Decimal("1.5"), None, Decimal(2), float("nan"), -0.0, Decimal("1.50")]
    mixed = [True, 1.0, 1, "1", date(2026, 1, 1), None]
    for column in (repeated, repeated[:4], mixed):
        export = exports.Export(
            kind="any",
            label="Any",
            columns=("value",),
            rows=lambda *_, given=column: [(one,) for one in given],
        )
        found = exports.Extract(
            export=export, plan=PlanVersion(pk=7), content_hash="abc", scope=exports.Scope()
        ).rows()
        assert list(map(repr, found)) == [repr((exports.plain(one), 7, "abc")) for one in column]


def test_an_order_names_its_first_five_demands_by_month_and_item(plan: Any, tmp_path: Path) -> None:
    from siop.catalog.models import Item, Location
    from supply.models import Peg, PlannedOrder

    order, location = PlannedOrder.objects.filter(plan=plan).first(), Location.objects.get(code="NJ")
    assert order is not None
    Peg.objects.filter(plan=plan, order=order.number).delete()
    for month in (date(2026, 3, 1), date(2026, 2, 1), date(2026, 4, 1)):
        for item in Item.objects.order_by("code"):
            for quantity in (1, 2.5):
                Peg.objects.create(
                    plan=plan, demand_item=item, demand_location=location, demand_month=month,
                    order=order.number, quantity=quantity,
                )  # fmt: skip
    out = tmp_path / "planned_orders.csv"
    call_command("export_data", "planned_orders", "--out", str(out))
    row = next(row for row in read_csv(out) if row["order"] == order.number)
    assert row["pegged_to"] == "; ".join(
        f"{item} at NJ 2026-{month}: 3.500"
        for month, item in [("02", "00123"), ("02", "=2+3"), ("03", "00123"), ("03", "=2+3"), ("04", "00123")]
    )
