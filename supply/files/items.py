"""What the items table says of each item-location."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from supply.engine.basics import Array, IntArray

from .places import Places
from .tables import FileTable, Folder


@dataclass(frozen=True, kw_only=True)
class Items:
    """Columns of the items table by item-location (N,)."""

    table: FileTable
    row: IntArray  # -1: the item is not in the table

    @classmethod
    def read(cls, folder: Folder, places: Places) -> Self:
        rows = {code: row for row, code in enumerate(folder["items"].codes("item").tolist())}
        return cls(
            table=folder["items"], row=np.array([rows.get(item, -1) for item in places.items], np.int64)
        )

    def numbers(self, column: str, default: float) -> Array:
        values = np.append(self.table.numbers(column, default), default)
        return np.asarray(values[self.row])

    def days(self, column: str, default: float) -> Array:
        values = np.append(self.table.days(column, default), default)
        return np.asarray(values[self.row])

    def codes(self, column: str) -> list[str]:
        values = [*self.table.codes(column).tolist(), ""]
        return [str(values[row]) for row in self.row]

    @property
    def step(self) -> Array:
        return self.numbers("step", 1.0)

    @property
    def unit_cost(self) -> Array:
        """NaN where unknown."""
        return self.numbers("unit_cost", np.nan)

    @property
    def unit_volume(self) -> Array:
        per_carton = self.numbers("units_per_carton", 0.0)
        return self.numbers("volume_m3", 0.0) / np.where(per_carton > 0, per_carton, 1.0)

    def holding_rate(self, capital_rate: float) -> Array:
        """Share of its value that a unit in stock costs a year: the item's own, else what money costs."""
        return self.numbers("holding_cost_pct", 100 * capital_rate) / 100
