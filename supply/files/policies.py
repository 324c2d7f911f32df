"""What the policies table says of each item-location: the goal for its stock, and how its orders are sized."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from supply.engine import LotRule
from supply.engine.basics import Array, IntArray

from .places import Places, targets_of
from .tables import FileTable, Folder

_RULES = {
    "": LotRule.LOT_FOR_LOT,
    "lot_for_lot": LotRule.LOT_FOR_LOT,
    "fixed_order_quantity": LotRule.FIXED_ORDER_QUANTITY,
    "period_order_quantity": LotRule.PERIOD_ORDER_QUANTITY,
}
_DEFAULT_SERVICE = 0.95  # cycle service where a demand error is given and nobody has set a policy
_MOST_SERVICE = 0.999  # where stock shall never run out
_FRACTIONS = ("cycle_service", "fill_rate", "never_run_out")


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Policies by item-location, (N,); the row of an item-location before that of its item."""

    names: list[str]  # blank where nobody has set one
    target: Array
    review_days: Array
    minimum: Array
    maximum: Array
    reserve_ashore: Array
    max_per_shipment: Array
    lot_rule: IntArray
    lot_parameter: Array

    @classmethod
    def read(cls, folder: Folder, places: Places) -> Self:
        table = folder["policies"]
        row = _rows(table, places)
        names, target = _goals(folder, places, row)

        def numbers(column: str, default: float) -> Array:
            return np.asarray(np.append(table.numbers(column, default), default)[row])

        return cls(
            names=names,
            target=target,
            review_days=numbers("review_days", 0.0),
            minimum=numbers("min_qty", 0.0),
            maximum=numbers("max_qty", np.inf),
            reserve_ashore=numbers("reserve_ashore", 0.0),
            max_per_shipment=numbers("max_per_shipment_pct", 0.0) / 100,
            lot_rule=np.array([int(_RULES[rule]) for rule in _texts(table, "lot_sizing", row)], np.int64),
            lot_parameter=numbers("lot_parameter", 0.0),
        )

    def completed(self, error_sd: Array) -> tuple[list[str], Array]:
        """Names and targets; without a policy cycle service where an error is known, else a fixed quantity of nothing."""
        names, target = list(self.names), self.target.copy()
        for n, name in enumerate(names):
            if not name:
                names[n] = "cycle_service" if error_sd[n] > 0 else "fixed_quantity"
            if np.isnan(target[n]):
                service = _MOST_SERVICE if names[n] == "never_run_out" else _DEFAULT_SERVICE
                target[n] = service if names[n] in _FRACTIONS else 0.0
        return names, target


def _rows(table: FileTable, places: Places) -> IntArray:
    """The row of the table that speaks for each item-location (N,), -1 where none does."""
    row = np.full(len(places.items), -1, np.int64)
    located = table.codes("location")
    for specific in (False, True):
        for at in np.flatnonzero((located != "") == specific).tolist():
            row[targets_of(places, str(table.codes("item")[at]), str(located[at]))] = at
    return row


def _texts(table: FileTable, column: str, row: IntArray) -> list[str]:
    codes = [*table.codes(column).tolist(), ""]
    return [str(codes[at]) for at in row]


def _goals(folder: Folder, places: Places, row: IntArray) -> tuple[list[str], Array]:
    """Names and targets (N,) of the rows, else of the items table; blank and NaN where neither says one."""
    table, items = folder["policies"], folder["items"]
    own = dict(zip(items.codes("item"), items.codes("service_policy"), strict=True))
    goal = dict(zip(items.codes("item"), items.numbers("service_target", np.nan), strict=True))
    names = _texts(table, "service_policy", row)
    target = np.append(table.numbers("service_target", np.nan), np.nan)[row]
    for n, item in enumerate(places.items):
        if not names[n]:
            names[n] = str(own.get(item, ""))
            target[n] = goal.get(item, np.nan) if np.isnan(target[n]) else target[n]
    return names, target
