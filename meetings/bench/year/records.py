"""What the year left behind, month by month: what was asked for and shipped, stock, plans beside each other and beside the world."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
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


def changed(cycle: Cycle) -> tuple[float, float] | None:
    """What became of the last cycle's plan in this plan's second to fourth month, at cost: see `moved`."""
    before = cycle.previous.plan if cycle.previous else None
    if before is None or cycle.plan is None:
        return None
    return moved(_receipts(before, slice(AHEAD.start + 1, AHEAD.stop + 1)), now=_receipts(cycle.plan, AHEAD))


def moved(then: dict[str, list[float]], *, now: dict[str, list[float]]) -> tuple[float, float]:
    """Share of what was to come that another month now says, and how many months a unit of it moved on the mean.

    What came in from behind the last month, or went there, moved as far as that is away.

    >>> moved({"A": [100.0, 0.0, 0.0], "B": [0.0, 100.0, 0.0]}, now={"A": [0.0, 0.0, 100.0], "B": [0.0, 100.0, 0.0]})
    (1.0, 1.0)
    """
    other = far = 0.0
    for item, said in then.items():
        change = [a - b for a, b in zip(now.get(item, [0.0] * len(said)), said, strict=True)]
        other += sum(map(abs, change))
        far += sum(map(abs, accumulate(change)))
    whole = sum(sum(said) for said in then.values())
    return other / whole, far / whole


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
