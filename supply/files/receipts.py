"""Open orders: what is still to come."""

from dataclasses import dataclass

import numpy as np

from supply.engine import ScheduledReceipts

from .places import Places, unit_factors
from .tables import Folder

OPEN = ("", "open", "confirmed", "in_transit")
CLOSED = ("received", "cancelled")


@dataclass(frozen=True, kw_only=True)
class OpenOrders:
    """Scheduled receipts with the names that messages and pegs show, (R,)."""

    receipts: ScheduledReceipts
    names: list[str]


def open_orders(folder: Folder, places: Places, *, as_of: int, suppliers: list[str]) -> OpenOrders:
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
    known = {code: number for number, code in enumerate(suppliers)}
    order, line = table.codes("order"), table.codes("line")
    return OpenOrders(
        receipts=ScheduledReceipts(
            item=places.columns(table.codes("item")[rows].tolist(), table.codes("location")[rows].tolist()),
            day=due[rows].astype(np.int64),
            quantity=left[rows] * factor[rows],
            supplier=np.array([known.get(code, -1) for code in table.codes("supplier")[rows]], np.int64),
            afloat=shipped[rows],
        ),
        names=[
            f"{order[row]}/{line[row]}" if line[row] else str(order[row] or f"row {table.rows[row]}")
            for row in rows
        ],
    )
