"""Second sources that would close a circle: two sites that each may be supplied by the other are no contradiction."""

from dataclasses import replace

import numpy as np

from .levels import SupplyCycleError, low_level_codes
from .planner import requirement_edges
from .shapes import Bom, BoolArray, FirmOrders, IntArray, Kind, Lanes


def closing_lanes(count: int, lanes: Lanes, *, bom: Bom, firm: FirmOrders) -> IntArray:
    """Transfer lanes (C,) without which nothing requires itself; none of them comes first or has a firm order.

    Bills of material, the first lane of each item-location and lanes with firm orders stand. Further transfers are
    taken up by priority, each unless what it draws on requires its receiver. A circle of what stands remains.
    """
    above, below = requirement_edges(lanes, bom)
    try:
        low_level_codes(count, above=above, below=below)
    except SupplyCycleError:
        return _closing(lanes, bom, firm)
    return np.zeros(0, np.int64)


def without_lanes(lanes: Lanes, closed: IntArray) -> Lanes:
    """The same lanes with the numbers they had; those `closed` take no order on any day."""
    return replace(lanes, valid_to=np.where(np.isin(lanes.term_lane, closed), -1, lanes.valid_to))


def _closing(lanes: Lanes, bom: Bom, firm: FirmOrders) -> IntArray:
    moved = lanes.kind == Kind.TRANSFER
    stands = _comes_first(lanes)
    stands[firm.lane] = True
    requires: dict[int, set[int]] = {}
    for above, below in zip(bom.parent.tolist(), bom.component.tolist(), strict=True):
        requires.setdefault(above, set()).add(below)
    closing = []
    for lane in np.lexsort((lanes.priority, ~stands)).tolist():
        if not moved[lane]:
            continue
        receiver, sender = int(lanes.item[lane]), int(lanes.source[lane])
        if not stands[lane] and _reaches(requires, sender, receiver):
            closing.append(lane)
        else:
            requires.setdefault(receiver, set()).add(sender)
    return np.array(closing, np.int64)


def _comes_first(lanes: Lanes) -> BoolArray:
    """Whether each lane (L,) is the one that comes first at its item-location."""
    order = np.lexsort((np.arange(lanes.count), lanes.priority))
    _, first = np.unique(lanes.item[order], return_index=True)
    found = np.zeros(lanes.count, bool)
    found[order[first]] = True
    return found


def _reaches(requires: dict[int, set[int]], start: int, end: int) -> bool:
    """Does `start` require `end`, directly or through others?"""
    seen, left = {start}, [start]
    while left:
        member = left.pop()
        if member == end:
            return True
        new = requires.get(member, set()) - seen
        seen |= new
        left += new
    return False
