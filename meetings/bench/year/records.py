"""What the year left behind, month by month: what was asked for and shipped, stock, plans beside each other and beside the world."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection

from meetings.models import Cycle
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan
from supply.models import PlanLine

from . import brand
from .world import World

AHEAD = slice(1, 4)  # the second to fourth month of a plan: what should be settled already
SLACK = 0.5


def differences(world: World) -> list[str]:
    """Where the live plan starts from another stock, or counts on other open orders, than there are: lost or doubled."""
    coming: dict[str, float] = defaultdict(float)
    for order in world.orders:
        coming[order.lane.item] += order.left
    found = []
    for line in PlanLine.objects.filter(plan=current_live_plan()).select_related("item"):
        item = line.item.code
        if abs(line.on_hand - world.stock[item]) > SLACK:
            found.append(f"stock of {item}: {line.on_hand:g}, not {world.stock[item]:g}")
        open_orders = sum(line.scheduled_receipts)
        if item != brand.SHELL and abs(open_orders - coming[item]) > SLACK:  # empties are receipts, too
            found.append(f"open orders of {item}: {open_orders:g}, not {coming[item]:g}")
    return found


def changed(cycle: Cycle) -> float | None:
    """Share of what the last cycle's plan was to receive in this plan's second to fourth month that it moved, at cost."""
    before = cycle.previous.plan if cycle.previous else None
    if before is None or cycle.plan is None:
        return None
    now, then = _receipts(cycle.plan, AHEAD), _receipts(before, slice(AHEAD.start + 1, AHEAD.stop + 1))
    moved = sum(
        abs(a - b) for item in then for a, b in zip(now.get(item, [0.0] * 3), then[item], strict=True)
    )
    return moved / sum(sum(values) for values in then.values())


def _receipts(plan: PlanVersion, months: slice) -> dict[str, list[float]]:
    """Money of what comes in, by item."""
    lines = PlanLine.objects.filter(plan=plan).select_related("item")
    return {
        line.item.code: [
            (scheduled + planned) * float(line.item.unit_cost or 0)
            for scheduled, planned in zip(
                line.scheduled_receipts[months], line.planned_receipts[months], strict=True
            )
        ]
        for line in lines
    }


def megabytes() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database()) / 1e6")
        return float(cursor.fetchone()[0])


def of_world(world: World) -> dict[str, Any]:
    """Fill and days short by class, mean stock at cost, units of what ended that are left."""
    cost = {lane.item: lane.cost for lane in reversed(brand.lanes())}
    stock = [sum(units * cost[item] for item, units in held.items()) for held in world.held.values()]
    return {
        "bottles": _service(world, brand.BOTTLES),
        "capsules": _service(world, brand.CAPSULES),
        "stock": sum(stock) / len(stock),
        "left": world.stock[brand.ENDING] + world.stock[brand.BODY[brand.ENDING]],
    }


def _service(world: World, items: list[str]) -> tuple[float, int]:
    asked = {key: units for key, units in world.asked.items() if key[1] in items}
    short = {key[:2] for key, units in asked.items() if world.shipped[key] < units}
    return sum(world.shipped[key] for key in asked) / sum(asked.values()), len(short)
