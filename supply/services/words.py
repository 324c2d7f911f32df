"""Causes and reasons of the plan in words."""

from collections.abc import Callable

import numpy as np

from inventory.engine.arrays import round_down, round_up
from inventory.engine.reasons import quantity
from supply.engine import Cause, Orders, Reason
from supply.enums import LoneCause
from supply.frames import Problem

PART_LABELS = {
    "net": "Needed",
    "lot_raise": "Raised by the lot rule",
    "moq_raise": "Raised to the MOQ or multiple",
}


class Names:
    """Codes behind the indices of one problem."""

    def __init__(self, problem: Problem, *, items: dict[int, str], locations: dict[int, str]) -> None:
        self._problem = problem
        self._items, self._locations = items, locations

    def item(self, place: int) -> str:
        return self._items[int(self._problem.places.item[place])]

    def location(self, place: int) -> str:
        return self._locations[int(self._problem.places.location[place])]

    def cause(self, cause: int, ref: int) -> str:
        """The first binding cause, with the component, capacity or receipt that it is."""
        return _CAUSES[Cause(cause)](self, ref)

    def capacity(self, ref: int) -> str:
        loads = self._problem.network.loads
        return loads[ref][1] if 0 <= ref < len(loads) else "capacity"

    def receipt(self, ref: int) -> str:
        names = self._problem.receipts.names
        return names[ref] if 0 <= ref < len(names) else "an open order"


_CAUSES: dict[Cause, Callable[[Names, int], str]] = {
    Cause.NONE: lambda names, ref: "",
    Cause.LEAD_TIME: lambda names, ref: LoneCause.LEAD_TIME.value,
    Cause.CAPACITY: lambda names, ref: f"Capacity of {names.capacity(ref)} is used up",
    Cause.COMPONENT: lambda names, ref: f"Component {names.item(ref) if ref >= 0 else ''} is late".replace(
        "  ", " "
    ),
    Cause.BLOCKED: lambda names, ref: LoneCause.BLOCKED.value,
    Cause.NO_SOURCE: lambda names, ref: LoneCause.NO_SOURCE.value,
    Cause.RECEIPT_LATE: lambda names, ref: f"Open order {names.receipt(ref)} is late",
}


def order_reason(orders: Orders, k: int, *, step: float) -> str:
    """Why an order has its quantity, in one sentence; what is needed and left over in whole units, or steps of less."""
    whole = np.full(1, min(step, 1.0))
    net = float(round_up(orders.net[k : k + 1], whole)[0])
    total, over = float(orders.quantity[k]), float(round_down(orders.overhang[k : k + 1], whole)[0])
    if orders.run[k] >= 0:
        return f"{quantity(net)} needed, {quantity(over)} overhang"
    reason = Reason(int(orders.reason[k]))
    if reason is Reason.MULTIPLE and net == total:  # only to a whole unit
        reason = Reason.NET_REQUIREMENT
    return _REASONS[reason](net, total, over)


def part_reason(part: int, parts: int, units: float) -> str:
    """Which part of a long run an order is; nothing for a whole lot."""
    return (
        f"part {part} of {parts} of a run of {quantity(units)}, received as it is made" if parts > 1 else ""
    )


_REASONS: dict[Reason, Callable[[float, float, float], str]] = {
    Reason.NET_REQUIREMENT: lambda net, total, over: (
        f"{quantity(net)} needed to meet demand and hold the safety stock"
    ),
    Reason.MOQ: lambda net, total, over: (
        f"{quantity(net)} needed, raised to the MOQ: {quantity(total)}, {quantity(over)} overhang"
    ),
    Reason.MULTIPLE: lambda net, total, over: (
        f"{quantity(net)} needed, rounded up to the multiple: {quantity(total)}, {quantity(over)} overhang"
    ),
    Reason.LOT_RULE: lambda net, total, over: (
        f"{quantity(net)} needed, sized by the lot rule: {quantity(total)}"
    ),
    Reason.JOINT_MOQ: lambda net, total, over: (
        f"{quantity(net)} needed, raised with its group to the joint MOQ: {quantity(total)}"
    ),
    Reason.COST: lambda net, total, over: (
        f"{quantity(total)} in one lot: the cheapest way over all lanes, lots and months together"
    ),
    Reason.FIRM: lambda net, total, over: f"Firmed by a person at {quantity(total)}",
}
