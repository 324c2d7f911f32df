"""One column of texts becomes one column of values; each distinct text is read once."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siop.gather.columns import Column, Kind
from siop.gather.parsing.cells import BadValue, code, plain, word
from siop.gather.parsing.dates import date_order, parse_date
from siop.gather.parsing.numbers import decimal_mark, keep_places, number_text, parse_number
from siop.gather.readers.table import TextColumn


@dataclass(frozen=True, kw_only=True)
class FileStyle:
    """What the file, its profile or the person says about the writing of dates and numbers; "" decides nothing."""

    date_order: str = ""
    decimal_mark: str = ""
    date_system: str = ""
    machine_numbers: bool = False


@dataclass(frozen=True, kw_only=True)
class Values:
    """Canonical text for each distinct cell (None where blank) and, for each row, its position among them."""

    texts: list[str | None]
    codes: NDArray[np.int32]

    def present(self) -> NDArray[np.bool_]:
        return np.asarray([text is not None for text in self.texts], np.bool_)[self.codes]

    def floats(self) -> NDArray[np.float64]:
        """NaN where blank; for checks only, what is stored stays exact."""
        return np.asarray([np.nan if t is None else float(t) for t in self.texts], np.float64)[self.codes]

    def dates(self) -> NDArray[np.datetime64]:
        """NaT where blank."""
        return np.asarray([t or "NaT" for t in self.texts], "datetime64[D]")[self.codes]

    def cells(self) -> NDArray[np.object_]:
        out = np.empty(len(self.texts), np.object_)
        out[:] = self.texts
        return out[self.codes]

    def where(self, wanted: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Rows whose text is wanted; blank is not."""
        return np.asarray([t is not None and wanted(t) for t in self.texts], np.bool_)[self.codes]

    def identities(self) -> NDArray[np.int64]:
        """A number for each row, equal exactly where the canonical texts are equal; 0 is blank."""
        numbers: dict[str | None, int] = {None: 0}
        return np.asarray([numbers.setdefault(t, len(numbers)) for t in self.texts], np.int64)[self.codes]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    values: Values
    bad: dict[int, BadValue]  # by position of the distinct text
    rounded: int = 0


def parse_column(column: Column, cells: TextColumn, *, style: FileStyle) -> Parsed:
    """Read every distinct text as what `column` holds."""
    bad: dict[int, BadValue] = {}
    texts: list[str] = []
    for position, cell in enumerate(cells.texts):
        try:
            texts.append(plain(cell))
        except BadValue as error:
            bad[position] = error
            texts.append("")
    used = np.bincount(cells.codes, minlength=len(texts)).astype(bool)
    read, rounded = _READERS[column.kind](
        column, [t for t, kept in zip(texts, used, strict=True) if kept], style
    )
    values: list[str | None] = []
    for position, text in enumerate(texts):
        value = column.default
        try:
            if text:
                value = read(text) if used[position] else None
            elif column.required and position not in bad:
                raise BadValue("The value is missing")
        except BadValue as error:
            bad[position] = error
            value = None
        values.append(value)
    return Parsed(values=Values(texts=values, codes=cells.codes), bad=bad, rounded=len(rounded))


_Reader = tuple[Callable[[str], str], list[str]]


def _code_reader(column: Column, texts: list[str], style: FileStyle) -> _Reader:
    def read(text: str) -> str:
        if len(text) > column.max_length:
            raise BadValue(f"The text is longer than {column.max_length} characters")
        if "\n" in text or "\r" in text or "\t" in text:
            raise BadValue("A code has to stand on one line")
        return code(text)

    return read, []


def _text_reader(column: Column, texts: list[str], style: FileStyle) -> _Reader:
    def read(text: str) -> str:
        if len(text) > column.max_length:
            raise BadValue(f"The text is longer than {column.max_length} characters")
        return text

    return read, []


def _choice_reader(column: Column, texts: list[str], style: FileStyle) -> _Reader:
    choices = {choice.casefold(): choice for choice in column.choices}

    def read(text: str) -> str:
        folded = word(text)
        if folded in choices:
            return choices[folded]
        near = difflib.get_close_matches(folded, choices, n=1)
        raise BadValue(
            "The value is none of " + ", ".join(column.choices), f"Use {choices[near[0]]}" if near else ""
        )

    return read, []


def _number_reader(column: Column, texts: list[str], style: FileStyle) -> _Reader:
    mark = style.decimal_mark or decimal_mark(filter(None, texts), machine_numbers=style.machine_numbers)
    rounded: list[str] = []

    def read(text: str) -> str:
        exact = parse_number(text, mark=mark, rule=column.rule)
        kept = keep_places(exact, rule=column.rule)
        if kept != exact:
            rounded.append(text)
        return number_text(kept, rule=column.rule)

    return read, rounded


def _date_reader(column: Column, texts: list[str], style: FileStyle) -> _Reader:
    order = style.date_order or date_order(texts)
    month = column.kind is Kind.MONTH

    def read(text: str) -> str:
        return parse_date(text, order=order, date_system=style.date_system, month=month).isoformat()

    return read, []


_READERS: dict[Kind, Callable[[Column, list[str], FileStyle], _Reader]] = {
    Kind.CODE: _code_reader,
    Kind.TEXT: _text_reader,
    Kind.CHOICE: _choice_reader,
    Kind.NUMBER: _number_reader,
    Kind.DATE: _date_reader,
    Kind.MONTH: _date_reader,
}
