"""Open orders: what is still to come."""

from dataclasses import dataclass

import numpy as np

from supply.engine import Lanes, ScheduledReceipts
from supply.engine.open_orders import lanes_of_orders
from supply.engine.shapes import IntArray

from .places import Places, unit_factors
from .tables import Folder

OPEN = ("", "open", "confirmed", "in_transit")
CLOSED = ("received", "cancelled")


@dataclass(frozen=True, kw_only=True)
class OpenOrders:
    """Scheduled receipts with the names that messages and pegs show, (R,)."""

    receipts: ScheduledReceipts
    names: list[str]


def open_orders(
    folder: Folder, places: Places, lanes: Lanes, *, as_of: int, suppliers: list[str], modes: list[str]
) -> OpenOrders:
    """What is still to come: open, confirmed or in transit, less what has been received."""
    table = folder["scheduled_receipts"]
    status = table.codes("status")
    left = table.numbers("quantity") - table.numbers("received_quantity")
    rows = np.flatnonzero(np.isin(status, OPEN) & (left > 0))
    due = np.where(
        np.isnan(table.days("due_date")), table.days("requested_date", float(as_of)), table.days("due_date")
    )
    shipped = (status == "in_transit") | (table.days("ship_date", np.inf) <= as_of)
    factor = unit_factors(folder, table)
    seller = _numbers(table.codes("supplier")[rows].tolist(), ["", *suppliers]) - 1  # blank: OWN
    order, line = table.codes("order"), table.codes("line")
    item = places.columns(table.codes("item")[rows].tolist(), table.codes("location")[rows].tolist())
    return OpenOrders(
        receipts=ScheduledReceipts(
            item=item,
            day=due[rows].astype(np.int64),
            quantity=left[rows] * factor[rows],
            supplier=np.maximum(seller, -1),
            lane=lanes_of_orders(
                lanes,
                item=item,
                seller=seller,
                mode=_numbers(table.codes("mode")[rows].tolist(), modes),
                day=as_of,
            ),
            afloat=shipped[rows],
        ),
        names=[
            f"{order[row]}/{line[row]}" if line[row] else str(order[row] or f"row {table.rows[row]}")
            for row in rows
        ],
    )


def _numbers(codes: list[str], known: list[str]) -> IntArray:
    """The place of each code among those that are known, -1 where it is none of them."""
    number = {code: place for place, code in enumerate(known)}
    return np.array([number.get(code, -1) for code in codes], np.int64)
