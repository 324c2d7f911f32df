"""What the company exports at the start of a month: sales, stock, orders, deliveries, and its master data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from . import brand
from .brand import Row, Tables
from .world import Order, World, demand_of

A_WEEK = 7


def tables(world: World, number: int) -> Tables:
    """Everything that is known on the first day of month `number`; the year before it comes with the first."""
    begins = brand.month(number - 1) if number > 1 else brand.month(1 - brand.HISTORY)
    known = brand.master(number) | {
        "sales": list(_sales(world, begins, brand.month(number))),
        "on_hand": stock(world),
        "scheduled_receipts": [
            receipt(order, world.day) for order in world.orders if _is_news(order, begins)
        ],
        "deliveries": list(_deliveries(world, begins)),
        "budget": _budget() if number == 1 else [],
    }
    return {name: rows for name, rows in known.items() if rows}


def stock(world: World) -> list[Row]:
    """The count of the evening before."""
    counted = world.day - timedelta(days=1)
    return [
        {"date": counted, "item": item, "location": brand.HERE, "expiry_date": "", "quantity": quantity}
        for item, quantity in world.stock.items()
    ]


def receipt(order: Order, day: date) -> Row:
    """An order as the company's own system has it."""
    lane = order.lane
    has_left = order.begun is not None if lane.is_made else order.shipped(day)
    due = order.eta if has_left else order.confirmed
    placed = (
        day if lane.is_made and not has_left else order.placed
    )  # what waits for components still takes them
    return {
        "order": order.code, "line": order.line, "item": lane.item, "location": brand.HERE,
        "supplier": "" if lane.is_made else lane.source, "mode": lane.mode, "quantity": order.quantity,
        "order_date": placed, "requested_date": order.wanted, "due_date": max(due, day),
        "ship_date": order.eta - timedelta(days=lane.transit) if has_left and not lane.is_made else "",
        "received_date": order.received_on or "", "received_quantity": order.received,
        "status": "received" if not order.left else "in_transit" if has_left else "confirmed",
    }  # fmt: skip


def _is_news(order: Order, since: date) -> bool:
    return order.left > 0 or (order.received_on or order.placed) >= since


def _sales(world: World, begins: date, until: date) -> Iterator[Row]:
    """What was shipped, by week and segment; of the year before what was asked for."""
    weekly: dict[tuple[date, str, str], int] = defaultdict(int)
    for item in brand.SOLD:
        for segment in ("DTC", "RETAIL"):
            for day, asked in demand_of(world.seed, item, segment).items():
                if begins <= day < until:
                    of_week = day.replace(day=1 + (day.day - 1) // A_WEEK * A_WEEK)
                    weekly[of_week, item, segment] += world.shipped.get((day, item, segment), asked)
    for (day, item, segment), quantity in weekly.items():
        if quantity:
            price = round(brand.SOLD[item].price * (0.75 if segment == "RETAIL" else 1.0), 2)
            yield {"date": day, "item": item, "location": brand.HERE, "segment": segment, "order": f"{segment}-{day}",
                   "quantity": quantity, "unit_price": price}  # fmt: skip


def _deliveries(world: World, begins: date) -> Iterator[Row]:
    """One order line a day, item and segment: what was asked for and what was shipped of it."""
    for (day, item, segment), asked in world.asked.items():
        if day >= begins and asked:
            shipped = world.shipped[day, item, segment]
            yield {"order": f"{segment}-{day}-{item}", "line": "1", "item": item, "location": brand.HERE, "segment": segment,
                   "promised_date": day, "shipped_date": day if shipped else "", "ordered_quantity": asked,
                   "shipped_quantity": shipped}  # fmt: skip


def _budget() -> list[Row]:
    """Set in autumn, without the doubled spend."""
    rows = []
    for number in range(1, brand.CYCLES + 1):
        for category, sold in (("Bottles", brand.BOTTLES), ("Capsules", brand.CAPSULES)):
            units = {
                i: brand.SOLD[i].level
                * brand.SOLD[i].season[brand.month(number).month - 1]
                * (i != brand.LAUNCH or number >= brand.LAUNCHED)
                for i in sold
            }
            revenue = sum(units[i] * brand.SOLD[i].price * 0.88 for i in sold)
            rows.append({"month": brand.month(number), "category": category, "segment": "", "units": round(sum(units.values())),
                         "revenue": round(revenue)})  # fmt: skip
    return rows
