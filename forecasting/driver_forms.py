"""The table of a driver's values as typed: which cells are mine, which cannot be read, where somebody else was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from siop.web.seen import merged, sealed

from .errors import DemandError
from .services.driver_edits import Cell, cell_named, name_of

Stored = Callable[[Iterable[Cell]], Mapping[str, str | None]]


class TypedValues:
    """Fields `v:CELL` with `was:CELL` beside them, what was read; `stored` tells what is stored in cells now.

    `texts` is what was typed by name of its cell, `changed` what is to be written (None takes a value away),
    `problems` what keeps it from being saved, of which `wrong` cannot be read as a number.
    """

    def __init__(self, given: Mapping[str, str], *, stored: Stored) -> None:
        self.texts = {name[2:]: text.strip() for name, text in given.items() if name.startswith("v:")}
        cells = {name: cell_named(name) for name in self.texts}
        now = {name: value_text(text and float(text)) for name, text in stored(cells.values()).items()}
        read = {name: given.get(f"was:{name}", now[name_of(cell)]).strip() for name, cell in cells.items()}
        found = merged(
            sealed(read), mine=self.texts, theirs={name: now[name_of(c)] for name, c in cells.items()}
        )
        self.changed: dict[Cell, float | None] = {}
        self.wrong: dict[str, str] = {}
        for name, text in found.changed.items():
            try:
                self.changed[cells[name]] = _value(text, cells[name])
            except DemandError as error:
                self.wrong[name] = str(error)
        self.problems = self.wrong | {
            name: f"{_month(cells[name])}: somebody set {theirs or 'nothing'} meanwhile; save again to put yours in its place."
            for name, theirs in found.clashes.items()
            if name not in self.wrong
        }


def value_text(value: float | str | None) -> str:
    """A value as its field shows it, to two decimals and without separators."""
    return "" if value is None or value == "" else f"{float(value):.2f}".rstrip("0").rstrip(".")


def _value(text: str, cell: Cell) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "").strip())
    except ValueError:
        raise DemandError(
            f"{_month(cell)}: {text!r} is no number; enter one, or nothing to take it away."
        ) from None
    if not 0 <= value < 1e15:
        raise DemandError(f"{_month(cell)}: {text!r}; enter 0 or more.")
    return value


def _month(cell: Cell) -> str:
    return f"{cell[1]:%b %Y}"
