"""A driver's values as typed. In its table: which cells are mine, which cannot be read, where somebody else was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms

from siop.catalog import calendar
from siop.catalog.models import Segment
from siop.web.seen import merged, sealed

from .errors import DemandError
from .forms import CodeField, PlaceForm, day_field
from .services.driver_edits import Cell, cell_named, name_of

LARGEST = 1e15
Stored = Callable[[Iterable[Cell]], Mapping[str, str | None]]


class DriverValueForm(PlaceForm):
    """A value where none stands yet, such as the first of a new item; its row in the table begins with it."""

    driver = forms.CharField(label="Driver", max_length=120, help_text="Such as ads, price or economy.")
    segment = CodeField(Segment, label="Segment", required=False)
    month = day_field("Month", help_text="Any day of it.")
    value = forms.FloatField(label="Value", min_value=0, max_value=LARGEST)
    field_order = ("driver", "category", "item", "segment", "month", "value")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"auto_id": "value_%s", **options})  # two forms share the page

    @property
    def cell(self) -> Cell:
        item, category, segment = (
            self.cleaned_data[name] and self.cleaned_data[name].pk for name in ("item", "category", "segment")
        )
        return (item, category, segment), calendar.load().start_of(self.cleaned_data["month"])


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
    if not 0 <= value < LARGEST:
        raise DemandError(f"{_month(cell)}: {text!r}; enter 0 or more.")
    return value


def _month(cell: Cell) -> str:
    return f"{cell[1]:%b %Y}"
