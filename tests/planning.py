"""A planned company whose numbers hang together: sales, forecasts, overrides, targets, projection, orders.

Seeded, so that a test that draws random cells draws the same ones each time.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
from factories import AS_OF, HORIZON, plan_version

HISTORY = 12
ORIGIN = date(2025, 12, 1)


@dataclass
class Planned:
    plan: Any
    items: list[Any] = field(default_factory=list)
    locations: list[Any] = field(default_factory=list)
    segments: list[Any] = field(default_factory=list)
    categories: dict[str, Any] = field(default_factory=dict)
    series: list[Any] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    suppliers: list[Any] = field(default_factory=list)
    orders: list[Any] = field(default_factory=list)
    exceptions: list[Any] = field(default_factory=list)


def months(count: int = HORIZON) -> list[date]:
    return [
        date(AS_OF.year + (AS_OF.month - 1 + k) // 12, (AS_OF.month - 1 + k) % 12 + 1, 1)
        for k in range(count)
    ]


def planned(person: Any, *, items: int = 3, seed: int = 7, **fields: Any) -> Planned:
    """`items` of each of two categories (one below another) at two places for two segments, fully planned."""
    rng = np.random.default_rng(seed)
    made = Planned(plan=plan_version(**fields))
    _catalogue(made, items)
    _demand(made, person, rng)
    _stock_and_supply(made, rng)
    _projection(made, rng)
    _capacity_and_exceptions(made, rng)
    return made


def _catalogue(made: Planned, items: int) -> None:
    from siop.catalog.models import Category, Item, Location, Segment

    drinks = Category.objects.create(code="Drinks")
    made.categories = {
        "Drinks": drinks,
        "Capsules": Category.objects.create(code="Capsules", parent=drinks),
        "Bottles": Category.objects.create(code="Bottles"),
    }
    made.locations = [
        Location.objects.create(code=code, description=name, storage_m3=300, country=country)
        for code, name, country in (("NJ", "New Jersey", "US"), ("MY", "Malaysia", "MY"))
    ]
    made.segments = [Segment.objects.create(code=code) for code in ("Retail", "Web")]
    for family, step in (("Capsules", "1"), ("Bottles", "0.5")):
        for number in range(1, items + 1):
            made.items.append(
                Item.objects.create(
                    code=f"{family[:3].upper()}-{100 + number}", description=f"{family} {number}",
                    category=made.categories[family], step=Decimal(step), unit="pcs", unit_price=30,
                    unit_cost=12, volume_m3=Decimal("0.05"), units_per_carton=12, service_policy="cycle_service",
                    service_target=Decimal("0.95"),
                )
            )  # fmt: skip


def _demand(made: Planned, person: Any, rng: Any) -> None:
    from forecasting.enums import EditKind
    from forecasting.models import (
        ConsensusLine,
        DemandSeries,
        EditBatch,
        ForecastLine,
        ForecastRun,
        Override,
        SalesLine,
    )

    typed = EditBatch.objects.create(id=uuid4(), plan=made.plan, person=person, kind=EditKind.EDIT)
    run = ForecastRun.objects.create(
        data_version=1, as_of=AS_OF, origin=ORIGIN, history_periods=HISTORY, horizon=HORIZON
    )
    for item in made.items:
        for location in made.locations:
            for segment in made.segments:
                series = DemandSeries.objects.create(item=item, location=location, segment=segment)
                made.series.append(series)
                history = rng.integers(20, 200, HISTORY).astype(float)
                SalesLine.objects.bulk_create(
                    SalesLine(
                        date=date(2025 + (11 + k) // 12, (11 + k) % 12 + 1, 5), item=item, location=location,
                        segment=segment, order=f"S-{k}", quantity=history[k], unit_price=30,
                    )
                    for k in range(HISTORY)
                )  # fmt: skip
                parts = {
                    "level": np.full(HORIZON, rng.uniform(50, 150)),
                    "trend": np.arange(HORIZON) * rng.uniform(-1, 2),
                    "season": rng.normal(0, 12, HORIZON),
                    "drivers": np.where(rng.random(HORIZON) < 0.3, 7.25, 0.0),
                    "events": np.where(rng.random(HORIZON) < 0.1, -3.5, 0.0),
                }
                mean = sum(parts.values())
                ForecastLine.objects.create(
                    run=run, series=series, history=list(history), statistical=list(mean),
                    low_80=list(mean * 0.8), high_80=list(mean * 1.2), low_95=list(mean * 0.6),
                    high_95=list(mean * 1.4), method="Combination", seasonal_weight=0.5, error_sd=9,
                    backtest_wape=0.18, naive_wape=0.22, backtest_origins=12,
                    **{name: list(values) for name, values in parts.items()},
                )  # fmt: skip
                consensus, moved = mean.copy(), []
                if rng.random() < 0.5:
                    h = int(rng.integers(0, HORIZON))
                    consensus[h], moved = round(mean[h] + 40), [h]
                    Override.objects.create(
                        item=item, location=location, segment=segment, month=months()[h],
                        value=Decimal(str(consensus[h])), reason="Ads doubled", sequence=series.pk, person=person,
                        batch=typed,
                    )  # fmt: skip
                ConsensusLine.objects.create(
                    plan=made.plan, series=series, run=run, quantity=list(consensus), overridden=moved
                )


def _stock_and_supply(made: Planned, rng: Any) -> None:
    from inventory.models import InventoryTarget, StockOnHand
    from supply.models import Mode, ScheduledReceipt, SourcingLane, Supplier

    ocean = Mode.objects.create(code="ocean", load_m3=67, load_cost=4200)
    made.suppliers = [
        Supplier.objects.create(code=code, description=name, country=country, time_to_recover_days=35)
        for code, name, country in (("MOULDER-A", "Moulder A", "MY"), ("FILL-US", "Filler", "US"))
    ]
    for number, item in enumerate(made.items):
        for location in made.locations:
            supplier = made.suppliers[number % 2]
            place = {"item": item, "location": location}
            SourcingLane.objects.create(
                **place, kind="buy", supplier=supplier, mode=ocean, lead_time_days=60, lead_time_sd_days=10,
                transit_days=32, moq=50, unit_cost=12,
            )  # fmt: skip
            StockOnHand.objects.create(**place, date=AS_OF, quantity=int(rng.integers(50, 500)))
            for k in range(2):
                due = AS_OF + timedelta(days=int(rng.integers(0, 40)))
                ScheduledReceipt.objects.create(
                    order=f"PO-{item.pk}-{location.pk}-{k}", line="1", **place, supplier=supplier, mode=ocean,
                    quantity=40, order_date=due - timedelta(days=60), requested_date=due, due_date=due,
                )  # fmt: skip
            demand_part, lead_part = (float(value) for value in rng.uniform(5, 120, 2))
            reserve = float(rng.choice([0.0, 25.0]))
            InventoryTarget.objects.create(
                plan=made.plan, **place, service_policy="cycle_service", service_target=0.95, klass="AX",
                daily_demand=7, error_sd=3, lead_time_days=60, lead_time_sd_days=10, protection_days=60,
                safety_stock=demand_part + lead_part, reserve=reserve, reorder_point=500, order_up_to=700,
                by_period=[demand_part + lead_part + reserve] * HORIZON,
                parts=[["demand_variability", demand_part], ["lead_time_variability", lead_part]],
                formula="z × √(P s² + d² sL²)", reason="60 days lead time ± 10, 95 %",
            )  # fmt: skip


def _projection(made: Planned, rng: Any) -> None:
    from forecasting.models import ConsensusLine
    from inventory.models import InventoryTarget, StockOnHand
    from supply.models import Peg, PlanLine, PlannedOrder, SourcingLane

    for item in made.items:
        for location in made.locations:
            place = {"item": item, "location": location}
            lines = ConsensusLine.objects.filter(series__item=item, series__location=location)
            demand = np.sum([line.quantity for line in lines], axis=0)
            dependent = np.where(rng.random(HORIZON) < 0.3, 15.0, 0.0)
            scheduled, receipts = np.zeros(HORIZON), rng.choice([0.0, 150.0, 400.0], HORIZON)
            scheduled[0] = 80.0
            on_hand = float(StockOnHand.objects.get(**place).quantity)
            net = on_hand + np.cumsum(scheduled + receipts - demand - dependent)
            closing, short = np.maximum(net, 0), np.maximum(-net, 0)
            target = InventoryTarget.objects.get(plan=made.plan, **place)
            made.lines.append(
                PlanLine.objects.create(
                    plan=made.plan, **place, on_hand=on_hand, demand=list(demand),
                    dependent_demand=list(dependent), scheduled_receipts=list(scheduled),
                    planned_receipts=list(receipts), planned_releases=[*receipts[2:], 0.0, 0.0],
                    opening=[on_hand, *closing[:-1]], closing=list(closing), shortage=list(short),
                    safety_stock=[target.safety_stock] * HORIZON,
                )
            )  # fmt: skip
            lane = SourcingLane.objects.get(**place)
            for h in np.flatnonzero(receipts):
                due, quantity, need = months()[h], receipts[h], receipts[h] - 37.5
                number = f"P-{len(made.orders) + 1:06d}"
                made.orders.append(
                    PlannedOrder.objects.create(
                        plan=made.plan, **place, number=number, lane=lane, kind="buy", source=lane.supplier.code,
                        mode="ocean", quantity=Decimal(quantity), needed_quantity=Decimal(need),
                        overhang=Decimal("37.5"), overhang_value=450, need_date=due, due_date=due,
                        order_by=due - timedelta(days=60), ship_date=due - timedelta(days=32),
                        cover_days=31, unit_landed_cost=Decimal("12.4"), reason="raised to its minimum",
                        parts=[["net requirement", need], ["raised to the minimum", 37.5]],
                    )
                )  # fmt: skip
                Peg.objects.create(
                    plan=made.plan, demand_item=item, demand_location=location, demand_month=due,
                    order=number, quantity=quantity, days_late=0,
                )  # fmt: skip


def _capacity_and_exceptions(made: Planned, rng: Any) -> None:
    from supply.models import CapacityLoad, PlanException, Resource, SupplierRisk

    Resource.objects.create(
        code="FILL-1", location=made.locations[0], capacity_per_month=1000, unit="capsules"
    )
    for kind, code in (("resource", "FILL-1"), ("supplier", "MOULDER-A"), ("storage", "NJ")):
        CapacityLoad.objects.create(
            plan=made.plan, kind=kind, code=code, unit="units", required=list(rng.uniform(500, 1300, HORIZON)),
            available=[1000.0] * HORIZON, value_of_one_more=[18.0] * HORIZON,
        )  # fmt: skip
    SupplierRisk.objects.create(
        plan=made.plan, supplier=made.suppliers[0], survive_days=22, recover_days=35, gap_days=13,
        stock_needed=1300, exposure=23400, first_short_item=made.items[0],
    )  # fmt: skip
    causes = ("Supplier late", "Capacity", "Order minimum")
    for rank in range(1, 8):
        at_risk = Decimal(int(rng.integers(1000, 90000)))
        probability = float(rng.choice([0.3, 0.6, 1.0]))
        cost = Decimal(int(rng.integers(0, 900)))
        made.exceptions.append(
            PlanException.objects.create(
                plan=made.plan, key=f"shortage:{rank}", rank=rank, kind="shortage" if rank < 6 else "expedite",
                title=f"{made.items[rank % len(made.items)]}: short in {rank} months", item=made.items[rank % len(made.items)],
                location=made.locations[0], month=months()[rank], quantity=40, probability=probability,
                money_at_risk=at_risk, action_cost=cost,
                avoidable_loss=(at_risk * Decimal(str(probability)) - cost).quantize(Decimal("0.0001")),
                last_responsible_date=AS_OF + timedelta(days=3 * rank), root_cause=causes[rank % 3],
                suggestion="Fly 40 of them", order=f"PO-{made.items[0].pk}-{made.locations[0].pk}-0" if rank >= 6 else "",
                parts=[["lost margin", float(at_risk) - 100], ["late fees", 100.0]],
            )
        )  # fmt: skip
