"""Small supply networks for tests: lanes from plain rows, calendars by month, seeded random networks."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from supply.engine import (
    NEVER,
    Bom,
    Calendar,
    Capacities,
    Kind,
    Lanes,
    PlanInputs,
    ScheduledReceipts,
)
from supply.engine.open_orders import OWN, lanes_of_orders

AS_OF = date(2026, 1, 1)
_INTEGERS = {
    "item": 0, "source": 0, "kind": int(Kind.BUY), "mode": 0, "priority": 1, "group": -1,
}  # fmt: skip
_TERMS = {"valid_from": 0, "valid_to": NEVER, "lead_time_days": 0, "transit_days": 0}
_MONEY = {
    "moq": 0.0, "multiple": 0.0, "unit_cost": 1.0, "order_cost": 0.0, "freight_cost": 0.0,
}  # fmt: skip


def months(count: int, *, first: date = AS_OF) -> Calendar:
    starts = [
        date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1)
        for k in range(count + 1)
    ]
    return Calendar(edges=np.array([day.toordinal() for day in starts]))


def even(per_day: float, calendar: Calendar) -> np.ndarray:
    """The same demand every day, (T, 1)."""
    return per_day * calendar.days[:, None].astype(float)


def day(number: int) -> int:
    """Ordinal of a day counted from the planning date."""
    return AS_OF.toordinal() + number


def lanes(*rows: dict[str, Any], group_moq: tuple[float, ...] = ()) -> Lanes:
    """One lane for each row; `terms` gives its dated rows, else the row's own columns are its only terms."""
    terms = [(number, {**row, **term}) for number, row in enumerate(rows) for term in row.get("terms", [{}])]
    return Lanes(
        **{
            name: np.array([row.get(name, default) for row in rows], np.int64)
            for name, default in _INTEGERS.items()
        },
        term_lane=np.array([number for number, _ in terms], np.int64),
        **{
            name: np.array([term.get(name, default) for _, term in terms], np.int64)
            for name, default in _TERMS.items()
        },
        **{
            name: np.array([term.get(name, default) for _, term in terms], float)
            for name, default in _MONEY.items()
        },
        group_moq=np.array(group_moq),
    )


def bom(*lines: tuple[int, int, float], scrap: float = 0.0) -> Bom:
    return Bom(
        parent=np.array([parent for parent, _, _ in lines], np.int64),
        component=np.array([component for _, component, _ in lines], np.int64),
        quantity_per=np.array([per for _, _, per in lines], float),
        scrap=np.full(len(lines), scrap),
        valid_from=np.zeros(len(lines), np.int64),
        valid_to=np.full(len(lines), NEVER),
    )


def receipts(*rows: tuple[int, int, float]) -> ScheduledReceipts:
    """(item, day counted from the planning date, quantity)."""
    return ScheduledReceipts(
        item=np.array([item for item, _, _ in rows], np.int64),
        day=np.array([day(number) for _, number, _ in rows], np.int64),
        quantity=np.array([quantity for _, _, quantity in rows], float),
        supplier=np.full(len(rows), -1),
        afloat=np.zeros(len(rows), bool),
    )


def on_usual_lanes(rows: ScheduledReceipts, ways: Lanes) -> ScheduledReceipts:
    """Open orders on the first lane of their supplier, or of own production and other sites."""
    seller = rows.supplier if len(rows.supplier) else np.full(len(rows.item), OWN)
    nowhere = np.full(len(rows.item), -1)
    lane = lanes_of_orders(ways, item=rows.item, seller=seller, mode=nowhere, day=AS_OF.toordinal())
    return replace(rows, lane=lane)


def line(available: np.ndarray, *users: tuple[int, float]) -> Capacities:
    """One capacity (T,) used by (lane, per unit)."""
    return Capacities(
        available=available[:, None].astype(float),
        lane=np.array([lane for lane, _ in users], np.int64),
        capacity=np.zeros(len(users), np.int64),
        per_unit=np.array([per for _, per in users], float),
    )


def problem(
    demand: np.ndarray, *, calendar: Calendar, on_hand: Any = None, safety_stock: Any = 0.0, **more: Any
) -> PlanInputs:
    demand = np.atleast_2d(np.asarray(demand, float))
    count = demand.shape[1]
    if "receipts" in more and "lanes" in more:
        more["receipts"] = on_usual_lanes(more["receipts"], more["lanes"])
    return PlanInputs(
        calendar=calendar,
        demand=demand,
        on_hand=np.zeros(count) if on_hand is None else np.asarray(on_hand, float),
        safety_stock=np.broadcast_to(np.asarray(safety_stock, float), demand.shape).copy(),
        **more,
    )


def random_network(seed: int) -> PlanInputs:
    """Six made items over six bought ones: MOQs, multiples, scrap, two capacities, stray receipts, dearer fast lanes."""
    rng = np.random.default_rng(seed)
    made, count, buckets = 6, 12, 8
    rows: list[dict[str, Any]] = []
    for n in range(count):
        kind = Kind.MAKE if n < made else Kind.BUY
        rows.append(
            {
                "item": n, "kind": int(kind), "lead_time_days": int(rng.integers(0, 70)),
                "moq": float(rng.choice([0, 50, 500])), "multiple": float(rng.choice([0, 1, 12])), "unit_cost": 5.0,
            }
        )  # fmt: skip
        if kind is Kind.BUY and rng.random() < 0.5:
            rows.append({"item": n, "lead_time_days": 5, "unit_cost": float(rng.choice([5.2, 9.0]))})
    demand = np.where(np.arange(count) < made, rng.integers(0, 400, (buckets, count)), 0)
    lines = [
        (int(p), int(c), float(rng.choice([1.0, 2.0, 0.5])))
        for p, c in zip(np.repeat(np.arange(made), 2), rng.integers(made, count, 2 * made), strict=True)
    ]
    stray = [
        (int(rng.integers(0, count)), int(rng.integers(-5, 200)), float(rng.integers(10, 500)))
        for _ in range(6)
    ]
    return problem(
        demand,
        calendar=months(buckets),
        on_hand=rng.integers(0, 300, count),
        safety_stock=30.0,
        lanes=lanes(*rows),
        bom=bom(*dict.fromkeys(lines), scrap=float(rng.choice([0.0, 0.1]))),
        receipts=receipts(*stray),
        margin=np.where(np.arange(count) < made, 7.0, 0.0),
        capacities=Capacities(
            available=np.full((buckets, 2), 600.0),
            lane=np.array([0, 1, 2]),
            capacity=np.array([0, 0, 1]),
            per_unit=np.array([1.0, 1.0, 2.0]),
        ),
    )
