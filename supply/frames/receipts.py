"""Open orders of a plan: what comes in from its planning date on, and what they still take on the way."""

from dataclasses import dataclass

import numpy as np

from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Kind, ScheduledReceipts
from supply.engine.explosion import Explosion
from supply.engine.open_orders import OWN, lanes_of_orders
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
    seller = _sellers(network, supplier[known])
    receipts = ScheduledReceipts(
        item=place[known],
        day=day[known],
        quantity=left[known],
        supplier=np.maximum(seller, -1),
        lane=lanes_of_orders(
            network.lanes, item=place[known], seller=seller, mode=mode[known], day=today.toordinal()
        ),
        afloat=afloat[known],
    )
    return Receipts(
        engine=receipts,
        names=_names(pk[known]),
        takes=_takes(
            network, receipts, ordered=ordered[known], shipped=shipped[known], since=today.toordinal(), count=places.count
        ),
    )  # fmt: skip


def _takes(
    network: Network,
    receipts: ScheduledReceipts,
    *,
    ordered: IntArray,
    shipped: IntArray,
    since: int,
    count: int,
) -> DependentDemand:
    """Components on the day an order goes to the line, goods on the day they leave the sender, where that is not past."""
    lane = receipts.lane
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


def _names(pk: IntArray) -> list[str]:
    names = bulk.lists_out(
        'SELECT id, "order", line FROM supply_scheduledreceipt WHERE id = ANY(%s)', [pk.tolist()]
    )
    label = {i: f"{order}/{line}" if line else order for i, order, line in zip(*names, strict=True)}
    return [label[i] for i in pk.tolist()]


def _sellers(network: Network, supplier: IntArray) -> IntArray:
    """Number of each supplier among the sources of the lanes, one below OWN where it serves no lane; OWN without one."""
    known = network.suppliers
    place = np.searchsorted(known, supplier)
    serves = np.append(known, 0)[place] == supplier
    return np.where(supplier <= 0, OWN, np.where(serves, place, OWN - 1))
