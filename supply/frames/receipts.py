"""Open orders of a plan: what comes in from its planning date on, and what they still take on the way."""

from dataclasses import dataclass

import numpy as np

from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Kind, ScheduledReceipts
from supply.engine.explosion import Explosion
from supply.engine.shapes import DependentDemand, IntArray

from .network import Network
from .places import Places

# A stock count holds what had come in by its day. What came later is read as coming, on its day, so that nothing is
# lost between a count of the first and a list of orders of the fifteenth; what came before the planning date never is.
_OPEN_ORDERS = """
SELECT r.id, r.item_id, r.location_id, COALESCE(r.supplier_id, 0), COALESCE(r.mode_id, 0), part.day,
       part.quantity::float8, part.here OR r.status = 'in_transit' OR COALESCE(r.ship_date <= %(today)s, false),
       COALESCE(r.order_date, '0001-01-01'), COALESCE(r.ship_date, r.order_date, '0001-01-01')
FROM supply_scheduledreceipt r
LEFT JOIN LATERAL (
    SELECT COALESCE(max(c.date) FILTER (WHERE c.date <= %(today)s), min(c.date)) AS counted
    FROM inventory_stockonhand c WHERE c.item_id = r.item_id AND c.location_id = r.location_id
) newest ON r.received_date >= %(today)s
CROSS JOIN LATERAL (VALUES
    (COALESCE(r.due_date, r.requested_date, %(today)s), r.quantity - COALESCE(r.received_quantity, 0),
     r.status IN ('open', 'confirmed', 'in_transit'), false),
    (r.received_date, COALESCE(r.received_quantity, r.quantity),
     r.status <> 'cancelled' AND r.received_date >= %(today)s
     AND r.received_date > COALESCE(newest.counted, r.received_date - 1), true)
) part (day, quantity, comes, here)
WHERE r.item_id = ANY(%(items)s) AND part.comes AND part.quantity > 0
ORDER BY r.id, part.day
"""


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """Open orders with their names, (R,), and what those that are made or moved here still take from below them."""

    engine: ScheduledReceipts
    names: list[str]
    takes: DependentDemand


def read_receipts(plan: PlanVersion, places: Places, network: Network) -> Receipts:
    """What is still to come on the planning date: open, confirmed, in transit, or received since the stock was counted."""
    today = plans.planning_day(plan)
    pk, item, location, supplier, mode, day, left, afloat, ordered, shipped = bulk.copy_out(
        _OPEN_ORDERS, {"today": today, "items": places.item_ids}, columns="i i i i i d f b d d"
    )
    place = places.index(item, location)
    known = place >= 0
    receipts = ScheduledReceipts(
        item=place[known],
        day=day[known],
        quantity=left[known],
        supplier=_supplier_index(network, supplier[known]),
        afloat=afloat[known],
    )
    own = np.where(supplier[known] == 0, _own_lane(network, place[known], mode[known]), -1)
    return Receipts(
        engine=receipts,
        names=_names(pk[known]),
        takes=_takes(
            network, receipts, lane=own, ordered=ordered[known], shipped=shipped[known], since=today.toordinal(), count=places.count
        ),
    )  # fmt: skip


def _takes(
    network: Network,
    receipts: ScheduledReceipts,
    *,
    lane: IntArray,
    ordered: IntArray,
    shipped: IntArray,
    since: int,
    count: int,
) -> DependentDemand:
    """Components on the day an order goes to the line, goods on the day they leave the sender, where that is not past."""
    kind = network.lanes.kind[lane] if network.lanes.count else np.zeros(len(lane), np.int64)
    leaves = np.where(kind == Kind.TRANSFER, shipped, ordered)
    rows = np.flatnonzero((lane >= 0) & (leaves >= since))
    taken = Explosion(bom=network.bom, lanes=network.lanes, count=count).requirements(
        number=np.full(len(rows), -1, np.int64),
        item=receipts.item[rows],
        lane=lane[rows],
        quantity=receipts.quantity[rows],
        release_day=ordered[rows],
        ship_day=shipped[rows],
    )
    return taken


def _own_lane(network: Network, place: IntArray, mode: IntArray) -> IntArray:
    """The lane (R,) on which an order without a supplier comes: made here, or moved here by that mode; -1 for none."""
    lanes = network.lanes
    inside = np.flatnonzero(lanes.kind != Kind.BUY)
    order = inside[np.argsort(lanes.priority[inside], kind="stable")[::-1]]  # the first written last
    usual = np.full(int(place.max(initial=-1)) + 1, -1, np.int64)
    here = order[lanes.item[order] < len(usual)]
    usual[lanes.item[here]] = here
    by_mode = {(int(lanes.item[k]), int(network.mode[k])): int(k) for k in here.tolist()}
    chosen = [by_mode.get(key, -1) for key in zip(place.tolist(), mode.tolist(), strict=True)]
    found = np.array(chosen, np.int64)
    return np.where(found >= 0, found, usual[place] if len(place) else found)


def _names(pk: IntArray) -> list[str]:
    names = bulk.lists_out(
        'SELECT id, "order", line FROM supply_scheduledreceipt WHERE id = ANY(%s)', [pk.tolist()]
    )
    label = {i: f"{order}/{line}" if line else order for i, order, line in zip(*names, strict=True)}
    return [label[i] for i in pk.tolist()]


def _supplier_index(network: Network, supplier: IntArray) -> IntArray:
    """Number of each supplier among the sources of the lanes, -1 where it serves no lane."""
    known = network.suppliers
    if not len(known):
        return np.full(len(supplier), -1, np.int64)
    found = np.minimum(np.searchsorted(known, supplier), len(known) - 1)
    return np.where((known[found] == supplier) & (supplier > 0), found, -1)
