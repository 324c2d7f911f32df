"""Seeded random networks in which every feature of the supply plan may meet every other."""

from typing import Any

import numpy as np
from supply_networks import AS_OF, day, months, problem

from supply.engine import (
    NEVER,
    Bom,
    Capacities,
    FirmOrders,
    Kind,
    Lanes,
    PlanInputs,
    Returns,
    ScheduledReceipts,
)
from supply.engine.closures import Closures

MADE, MOVED, BOUGHT, BUCKETS = 5, 3, 5, 8
COUNT = MADE + MOVED + BOUGHT
_Rng = np.random.Generator


def crossed_network(seed: int) -> PlanInputs:
    """Assemblies over assemblies, moved and bought parts; alternates, dated terms, tariffs, breaks, joint minimums,
    closed days, returns, firm and blocked orders, lot rules, capacities and a planning fence."""
    rng = np.random.default_rng(seed)
    own = _lanes(rng)
    calendar = months(BUCKETS)
    users = rng.choice(own.count, 6, replace=False)
    return problem(
        np.where(rng.random(COUNT) < 0.6, rng.integers(0, 300, (BUCKETS, COUNT)), 0),
        calendar=calendar,
        on_hand=rng.integers(0, 400, COUNT),
        safety_stock=np.round(rng.uniform(0, 60, COUNT)),
        lanes=own,
        bom=_bom(rng),
        receipts=_receipts(rng),
        firm=FirmOrders(
            lane=rng.choice(own.count, 3, replace=False),
            quantity=np.round(rng.uniform(20, 200, 3)),
            due_day=np.array([day(int(d)) for d in rng.integers(100, 200, 3)]),
        ),
        returns=Returns(
            item=np.array([0, 1]), returned=np.array([COUNT - 1, COUNT - 2]), rate=np.array([0.5, 0.2]),
            lag_buckets=np.array([1.0, 0.5]),
        ),
        capacities=Capacities(
            available=np.round(rng.uniform(200, 1500, (BUCKETS, 3))), lane=users, capacity=rng.integers(0, 3, 6),
            per_unit=rng.choice([0.5, 1.0, 2.0], 6),
        ),
        priority=rng.integers(1, 4, COUNT),
        margin=np.where(rng.random(COUNT) < 0.3, np.inf, rng.uniform(1, 9, COUNT)),
        unit_cost=np.full(COUNT, 4.0),
        blocked_until=np.where(rng.random(COUNT) < 0.2, day(75), 0),
        lot_rule=rng.choice([0, 0, 1, 2], COUNT),
        lot_parameter=rng.integers(1, 4, COUNT).astype(float),
        capital_rate=0.15,
        planning_fence_days=int(rng.choice([0, 45])),
    )  # fmt: skip


def _lanes(rng: _Rng) -> Lanes:
    rows = [row for n in range(COUNT) for row in _ways(rng, n)]
    terms = [(k, term) for k, row in enumerate(rows) for term in _terms(rng, row)]
    size = len(rows)
    taxed = np.sort(rng.choice(size, 4, replace=False))
    broken = np.sort(rng.choice(len(terms), 3, replace=False))
    column = {
        name: np.array([row[name] for row in rows], np.int64)
        for name in ("item", "source", "kind", "mode", "priority")
    }
    dated = {
        name: np.array([term[name] for _, term in terms], np.int64)
        for name in ("valid_from", "valid_to", "lead_time_days", "transit_days")
    }
    amounts = {
        name: np.array([term[name] for _, term in terms], float)
        for name in ("moq", "multiple", "unit_cost", "order_cost", "freight_cost")
    }
    joint = (column["kind"] == Kind.BUY) & (column["priority"] == 1) & (rng.random(size) < 0.4)
    return Lanes(
        **column, **dated, **amounts,
        group=np.where(joint, 0, -1), group_moq=np.array([400.0]),
        term_lane=np.array([k for k, _ in terms]),
        tariff_lane=taxed, tariff_from=np.full(4, day(60)), tariff_pct=rng.choice([5.0, 25.0], 4),
        break_term=broken, break_quantity=np.full(3, 300.0), break_cost=np.full(3, 3.0),
        closures=Closures(
            calendar=rng.integers(0, 2, 25), day=np.array([day(int(d)) for d in rng.integers(0, 240, 25)])
        ),
        source_calendar=rng.integers(-1, 2, size), receiving_calendar=rng.integers(-1, 2, size),
    )  # fmt: skip


def _ways(rng: _Rng, n: int) -> list[dict[str, Any]]:
    """One or two lanes of an item-location: made, moved from a bought one, or bought."""
    kind = Kind.MAKE if n < MADE else Kind.TRANSFER if n < MADE + MOVED else Kind.BUY
    source = n + MOVED if kind is Kind.TRANSFER else int(rng.integers(0, 3))
    first = {"item": n, "source": source, "kind": int(kind), "mode": 0, "priority": 1}
    if rng.random() < 0.5:
        return [first]
    other = Kind.BUY if rng.random() < 0.6 else kind
    source = source if other is Kind.TRANSFER else int(rng.integers(0, 3))
    return [first, {"item": n, "source": source, "kind": int(other), "mode": 1, "priority": 2}]


def _terms(rng: _Rng, row: dict[str, Any]) -> list[dict[str, Any]]:
    """One open-ended row, or two of which the second begins some months on."""
    change = day(int(rng.integers(30, 120))) if rng.random() < 0.3 else NEVER
    spans = [(0, NEVER)] if change == NEVER else [(0, change - 1), (change, NEVER)]
    return [
        {
            "valid_from": since, "valid_to": until,
            "lead_time_days": (wait := int(rng.integers(0, 60 // row["priority"]))),
            "transit_days": int(rng.integers(0, wait + 1)) if row["kind"] != Kind.MAKE else 0,
            "moq": float(rng.choice([0, 40, 300])), "multiple": float(rng.choice([0, 1, 12])),
            "unit_cost": float(rng.choice([4.0, 4.5, 6.0])), "order_cost": float(rng.choice([0, 50])),
            "freight_cost": float(rng.choice([0, 0.3])),
        }
        for since, until in spans
    ]  # fmt: skip


def _bom(rng: _Rng) -> Bom:
    """Each made item of a lower-numbered level over others below it, some lines dated, some with scrap."""
    pairs = sorted({(p, int(rng.integers(p + 1, COUNT))) for p in range(MADE) for _ in range(3)})
    size = len(pairs)
    return Bom(
        parent=np.array([p for p, _ in pairs]), component=np.array([c for _, c in pairs]),
        quantity_per=rng.choice([0.25, 1.0, 2.0], size), scrap=rng.choice([0.0, 0.1], size),
        valid_from=np.where(rng.random(size) < 0.2, day(60), 0),
        valid_to=np.where(rng.random(size) < 0.2, day(150), NEVER),
    )  # fmt: skip


def _receipts(rng: _Rng) -> ScheduledReceipts:
    return ScheduledReceipts(
        item=rng.integers(0, COUNT, 6), day=AS_OF.toordinal() + rng.integers(-5, 200, 6),
        quantity=np.round(rng.uniform(10, 400, 6)), supplier=rng.integers(-1, 3, 6), afloat=rng.random(6) < 0.5,
    )  # fmt: skip
