"""The rows of one table while they are judged: typed columns, and the reasons why rows are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray

from siop.gather.columns import Column
from siop.gather.errors import RowError
from siop.gather.parsing.cells import BadValue, shown
from siop.gather.parsing.columns import FileStyle, Values, parse_column
from siop.gather.readers.table import TextColumn

Mask = NDArray[np.bool_]


@dataclass
class Rows:
    """Checks read `typed` and call `reject`; derivations may set further columns with `put`.

    `codes` gives the codes of a table and their ids as they stand in the database.
    """

    numbers: NDArray[np.int64]
    codes: Callable[[str], Mapping[str, int]]
    today: dt.date
    cells: dict[str, TextColumn] = field(default_factory=dict)
    typed: dict[str, Values] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bad: Mask = np.zeros(len(self.numbers), np.bool_)

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        return name in self.typed

    def floats(self, name: str) -> NDArray[np.float64]:
        """NaN where blank or where the file has no such column."""
        return self.typed[name].floats() if self.has(name) else np.full(len(self), np.nan)

    def dates(self, name: str) -> NDArray[np.datetime64]:
        return self.typed[name].dates() if self.has(name) else np.full(len(self), "NaT", "datetime64[D]")

    def present(self, name: str) -> Mask:
        return self.typed[name].present() if self.has(name) else np.zeros(len(self), np.bool_)

    def reject(self, mask: Mask, *, column: str, reason: str, suggestion: str = "") -> None:
        """Refuse the marked rows that are not refused already for another reason."""
        for index in np.flatnonzero(mask & ~self.bad):
            self.errors.append(
                RowError(
                    row=int(self.numbers[index]),
                    column=self.sources.get(column, column),
                    value=self.shown(column, int(index)),
                    reason=reason,
                    suggestion=suggestion,
                )
            )
        self.bad |= mask

    def shown(self, column: str, index: int) -> str:
        """The cell as the file has it."""
        cells = self.cells.get(column)
        return shown(cells.texts[cells.codes[index]]) if cells else ""

    def parse(self, column: Column, cells: TextColumn, *, style: FileStyle) -> None:
        """Read one column; each row whose cell cannot be read gets its own error, whatever else it has."""
        parsed = parse_column(column, cells, style=style)
        self.cells[column.name] = cells
        self.typed[column.name] = parsed.values
        if parsed.rounded:
            self.notes.append(
                f"{self.sources.get(column.name, column.name)}: {parsed.rounded} different values were "
                f"rounded to {column.rule.places} decimals."
            )
        self._refuse_cells(column.name, parsed.bad)

    def put(self, name: str, values: Values) -> None:
        self.typed[name] = values

    def refuse_codes(self, name: str, unknown: Mapping[int, BadValue]) -> None:
        """Refuse every row whose distinct text (by position) is among the unknown ones."""
        self._refuse_cells(name, unknown)

    def _refuse_cells(self, name: str, bad: Mapping[int, BadValue]) -> None:
        if not bad:
            return
        cells = self.cells[name]
        verdict = np.zeros(max(len(cells.texts), 1), np.bool_)
        verdict[list(bad)] = True
        for index in np.flatnonzero(verdict[cells.codes]):
            error = bad[int(cells.codes[index])]
            self.errors.append(
                RowError(
                    row=int(self.numbers[index]),
                    column=self.sources.get(name, name),
                    value=self.shown(name, int(index)),
                    reason=error.reason,
                    suggestion=error.suggestion,
                )
            )
            self.bad[index] = True


def with_sign(values: Values, mask: Mask, *, negative: bool) -> Values:
    """The marked rows with the sign of their number decided; texts are doubled at most."""
    turned = [None if text is None else _signed(text, negative=negative) for text in values.texts]
    codes = values.codes.copy()
    codes[mask] += len(values.texts)
    return Values(texts=[*values.texts, *turned], codes=codes)


def scaled(values: Values, factors: Values, *, divide: bool, places: int) -> Values:
    """Each row's number times (or divided by) its factor; blank factors are 1."""
    pairs, codes = np.unique(
        np.stack([values.codes, factors.codes]).astype(np.int64), axis=1, return_inverse=True
    )
    quantum = Decimal(1).scaleb(-places)
    texts: list[str | None] = []
    for value_code, factor_code in pairs.T:
        text = values.texts[value_code]
        factor = Decimal(factors.texts[factor_code] or 1)
        if text is None:
            texts.append(None)
            continue
        exact = Decimal(text) / factor if divide else Decimal(text) * factor
        texts.append(format(exact.quantize(quantum, rounding=ROUND_HALF_UP), "f"))
    return Values(texts=texts, codes=codes.reshape(-1).astype(np.int32))


def key_numbers(rows: Rows, names: Iterable[str]) -> NDArray[np.int64]:
    """A number for each row, equal exactly where all the named columns are equal."""
    combined = np.zeros(len(rows), np.int64)
    for name in names:
        if rows.has(name):
            identities = rows.typed[name].identities()
            combined = combined * (int(identities.max(initial=0)) + 1) + identities
            combined = np.unique(combined, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return combined


def _signed(text: str, *, negative: bool) -> str:
    magnitude = text.removeprefix("-")
    return f"-{magnitude}" if negative and magnitude.strip("0.") else magnitude
