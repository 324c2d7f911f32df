"""Key figures by hand, each on the rows it is defined on."""

from datetime import date

import pytest
from factories import company, live_plan

from forecasting.models import AccuracyLine, Delivery, SalesHistory
from inventory.models import StockOnHand
from meetings.enums import Colour
from meetings.selectors import kpis
from siop.catalog.models import Parameter
from supply.models import PlannedOrder, ScheduledReceipt, Supplier


@pytest.fixture
def world(db):
    made = company(items=1)
    return made, live_plan(made)


def value(name, plan, **more):
    return kpis.measure(name, kpis.moment(plan, **more))


def test_without_rows_there_is_no_data(world):
    _, plan = world
    for name in (
        "wape",
        "bias",
        "value_added",
        "fill_rate",
        "otif",
        "stockout_days",
        "supplier_otif",
        "budget_gap",
        "actions_on_time",
    ):
        assert value(name, plan) is None, name
        assert kpis.BY_NAME[name].colour(None) == Colour.NONE


def test_otif_of_s51(world):
    """1,000 order lines, 940 on time in full: 94.0 %."""
    made, plan = world
    Delivery.objects.bulk_create(
        Delivery(
            order="SO", line=str(n), item=made.items[0], location=made.location, promised_date=date(2026, 11, 15),
            shipped_date=date(2026, 11, 14 if n < 970 else 16), ordered_quantity=10, shipped_quantity=10 if n >= 30 else 9,
        )
        for n in range(1000)
    )  # fmt: skip
    assert value("otif", plan) == 0.94
    assert value("fill_rate", plan) == pytest.approx((940 * 10 + 30 * 9) / 10000)
    assert value("otif", plan, month=date(2026, 10, 1)) is None


def test_forecast_error_bias_and_value_added(world):
    made, plan = world
    for series, actual, consensus, naive in ((made.series[0], 100, 120, 160), (made.series[1], 100, 90, 100)):
        AccuracyLine.objects.create(
            series=series,
            month=date(2026, 11, 1),
            lag=1,
            actual=actual,
            consensus=consensus,
            statistical=0,
            reconciled=0,
            planner=consensus,
            naive=naive,
        )
    assert value("wape", plan) == pytest.approx(0.15)
    assert value("bias", plan) == pytest.approx(0.05)
    assert value("value_added", plan) == pytest.approx(0.15)
    node = kpis.node_from({"item": "BOT-1"})
    assert value("wape", plan, node=node) == pytest.approx(0.2)


def test_stock_figures(world):
    made, plan = world
    SalesHistory.objects.create(
        series=made.series[0],
        origin=date(2025, 12, 1),
        quantity=[140.0] * 12,
        revenue=[0.0] * 12,
        data_version=1,
    )
    assert value("inventory_value", plan) == 2 * 140 * 12
    assert value("turns", plan) == pytest.approx(140 * 12 * 12 / (2 * 140 * 12))
    assert kpis.turns_by_item(kpis.moment(plan)) == [
        ("BOT-1", 6.0)
    ]  # of one item's stock beside another's as large
    assert value("days_of_supply", plan) == pytest.approx(140 / (300 / 90))  # 31 + 31 + 28 days
    assert value("excess_value", plan) == 0


def test_stockout_days_run_from_one_count_to_the_next(world):
    made, plan = world
    for day, quantity in (
        (date(2026, 10, 25), 5),
        (date(2026, 11, 10), 0),
        (date(2026, 11, 14), 8),
        (date(2026, 11, 28), 0),
    ):
        StockOnHand.objects.create(item=made.items[0], location=made.location, date=day, quantity=quantity)
    assert value("stockout_days", plan) == 4 + 3
    made.items[0].launch_date, made.items[0].end_date = date(2026, 11, 12), date(2026, 11, 29)
    made.items[0].save()
    assert value("stockout_days", plan) == 2 + 2  # not out of stock before its launch, nor after its end


def test_plan_attainment_and_supplier_otif(world):
    made, plan = world
    acme = Supplier.objects.create(code="ACME")
    before = live_plan(
        made, as_of=date(2026, 10, 1), kind="cycle", status="draft"
    )  # 100 of each planned for November
    for number, (quantity, day) in enumerate(((100, 10), (50, 25))):
        ScheduledReceipt.objects.create(
            order="PO", line=str(number), item=made.items[number], location=made.location, supplier=acme, quantity=100,
            requested_date=date(2026, 11, 20), received_date=date(2026, 11, day), received_quantity=quantity, status="received",
        )  # fmt: skip
    assert value("plan_attainment", plan, last_cycle=before) == pytest.approx(150 / 200)
    assert value("plan_attainment", plan) is None
    assert value("supplier_otif", plan) == 0.5
    assert PlannedOrder.objects.filter(plan=plan).count() == 2


def test_limits_come_from_parameters(world):
    kpi = kpis.BY_NAME["otif"]
    assert [kpi.colour(x) for x in (0.96, 0.93, 0.90)] == [Colour.GREEN, Colour.AMBER, Colour.RED]
    Parameter.objects.create(name="kpi_otif_target", value="0.9")
    assert kpi.colour(0.90) == Colour.GREEN
    assert [kpis.BY_NAME["bias"].colour(x) for x in (-0.04, 0.08, -0.2)] == [
        Colour.GREEN,
        Colour.AMBER,
        Colour.RED,
    ]


def test_each_figure_has_one_definition():
    assert len(kpis.BY_NAME) == len(kpis.KPIS)
    assert all(kpi.definition.endswith(".") for kpi in kpis.KPIS)
