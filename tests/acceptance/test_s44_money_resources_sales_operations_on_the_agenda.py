"""S44: the pack is generated in under 30 s, holds money, resources, sales and operations, and equals the database."""

import time
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import F, Sum
from factories import company, cycle_in, heads, live_plan, plan_exception

from forecasting.models import BudgetLine, ConsensusLine
from meetings.services import packs
from siop.catalog.models import Item
from supply.models import CapacityLoad, PlanLine, PlannedOrder


@pytest.fixture
def pack(db, ada, person):
    made = company()
    for category in made.categories.values():
        for number in range(12):
            month = date(2026 + (11 + number) // 12, (11 + number) % 12 + 1, 1)
            BudgetLine.objects.create(month=month, category=category, units=100, revenue=Decimal(6875))
    heads(person)
    live = live_plan(made, demand=208.5)
    plan_exception(live)
    CapacityLoad.objects.create(
        plan=live, kind="resource", code="LINE", required=[9000.0] * 12, available=[10000.0] * 12
    )
    cycle = cycle_in("executive_meeting", ada)
    start = time.monotonic()
    found = packs.generate(person=ada, cycle=cycle)
    assert time.monotonic() - start < 30
    return found


def section(pack, key):
    return next(one for one in pack.body["sections"] if one["key"] == key)


def test_it_holds_all_four(pack):
    keys = {one["key"] for one in pack.body["sections"] if one["rows"]}
    assert {"finance", "resources", "demand", "orders"} <= keys


def test_sales_equal_the_database(pack):
    plan, total = pack.plan, section(pack, "demand")["total"]
    units = sum(sum(line.quantity) for line in ConsensusLine.objects.filter(plan=plan))
    price = {item.pk: float(item.unit_price) for item in Item.objects.all()}
    money = sum(
        sum(line.quantity) * price[line.series.item_id]
        for line in ConsensusLine.objects.filter(plan=plan).select_related("series")
    )
    budget = float(BudgetLine.objects.aggregate(total=Sum("revenue"))["total"])
    assert total[1] == pytest.approx(units)
    assert total[3] == pytest.approx(money, abs=1)  # units x price ties to revenue within 1
    assert total[4:6] == [budget, pytest.approx(money - budget)]
    assert sum(row[3] for row in section(pack, "demand")["rows"]) == pytest.approx(total[3])


def test_money_equals_the_database(pack):
    orders = PlannedOrder.objects.filter(plan=pack.plan).aggregate(
        total=Sum(F("quantity") * F("unit_landed_cost"))
    )
    assert section(pack, "finance")["total"][3] == pytest.approx(float(orders["total"]))
    stock = sum(float(line.closing[0]) * 12 for line in PlanLine.objects.filter(plan=pack.plan))
    assert section(pack, "finance")["rows"][0][4] == pytest.approx(stock)


def test_resources_and_operations_equal_the_database(pack):
    assert section(pack, "resources")["rows"][0][:3] == ["Resource", "LINE", 0.9]
    rows = section(pack, "orders")["rows"]
    assert {row[0] for row in rows} == set(
        PlannedOrder.objects.filter(plan=pack.plan).values_list("number", flat=True)
    )


def test_risks_and_version_equal_the_database(pack):
    assert section(pack, "risks")["rows"][0][5] == 69348
    assert pack.content_hash == pack.plan.content_hash == pack.body["content_hash"]
