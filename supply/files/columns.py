"""Result tables by column, each value put into words once, and written as CSV."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siop.gather.parsing.formulas import escape_formula
from supply.engine import NEVER
from supply.engine.basics import Array, IntArray

Column = Sequence[str]
Columns = Mapping[str, Column]  # all of one length
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?")
_QUOTED = re.compile(r'[",\r\n]')
_ROWS_AT_ONCE = 10_000


def number(value: float) -> str:
    """Shortest exact text, whole numbers without a point, nothing for what is not finite."""
    if not isfinite(value):
        return ""
    tidy = round(float(value), 6)
    return str(int(tidy)) if tidy.is_integer() else repr(tidy)


def day(ordinal: int) -> str:
    return date.fromordinal(int(ordinal)).isoformat() if 0 < ordinal < NEVER else ""


def amount(value: float) -> str:
    """A quantity inside a sentence."""
    value = round(float(value), 6)
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"


def said(values: NDArray[Any], say: Callable[[Any], str]) -> list[str]:
    """`say` of each value (K,), asked once for each distinct one: a plan of a million rows holds far fewer."""
    codes, distinct = pd.factorize(values.ravel(), use_na_sentinel=False)
    return taken([say(value) for value in distinct.tolist()], codes)


def said_of_pairs(first: IntArray, second: IntArray, say: Callable[[int, int], str]) -> list[str]:
    """`say` of each pair (K,), asked once for each distinct one; `second` is -1 or more."""
    span = int(second.max(initial=0)) + 2
    return said(first * span + second + 1, lambda pair: say(pair // span, pair % span - 1))


def taken(texts: Sequence[str], rows: IntArray) -> list[str]:
    """The texts at `rows` (K,)."""
    found: list[str] = np.array([*texts, ""], dtype=object)[rows].tolist()
    return found


def numbers(values: Array) -> list[str]:
    return said(values, number)


def days(ordinals: IntArray) -> list[str]:
    return said(ordinals, day)


def of_rows(rows: Iterable[Mapping[str, str]], columns: Iterable[str]) -> Columns:
    """A table that is made row by row, by column."""
    made = list(rows)
    return {column: [row[column] for row in made] for column in columns}


def write_tables(folder: Path, tables: Mapping[str, Columns], *, version: str) -> tuple[dict[str, int], str]:
    """Write each table as CSV; returns its rows, and the content hash over all tables that every row carries."""
    folder.mkdir(parents=True, exist_ok=True)
    content_hash = _content_hash(tables)
    ends = f",{_cell(version)},{content_hash}\n"
    for name, table in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            stream.write(",".join((*table, "version", "content_hash")) + "\n")
            cells = [said(np.array(column, dtype=object), _cell) for column in table.values()]
            stream.writelines(",".join(row) + ends for row in zip(*cells, strict=True))
    return {name: _count(table) for name, table in tables.items()}, content_hash


def _count(table: Columns) -> int:
    return len(next(iter(table.values())))


def _content_hash(tables: Mapping[str, Columns]) -> str:
    """SHA-256 of what the tables say, by name, in runs of rows: the whole text would be as large as the files."""
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode())
        rows = map("\x1f".join, zip(*tables[name].values(), strict=True))
        for run in _runs(rows):
            digest.update(("\x1e".join(run) + "\x1e").encode())
    return digest.hexdigest()


def _runs(rows: Iterator[str]) -> Iterator[list[str]]:
    while run := list(islice(rows, _ROWS_AT_ONCE)):
        yield run


def _cell(text: str) -> str:
    """One cell of CSV: text escaped, quoted where need be; a number below zero runs nothing and stays one."""
    shown = text if _NUMBER.fullmatch(text) else escape_formula(text)
    quoted = shown.replace('"', '""')
    return f'"{quoted}"' if _QUOTED.search(shown) else shown
