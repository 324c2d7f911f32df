"""Judge every row of a table against what is already stored; nothing is written here."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np
from django.apps import apps

from siop.gather import tables
from siop.gather.columns import UNIT, Column
from siop.gather.mapping import Mapped, unit_column
from siop.gather.parsing.cells import BadValue
from siop.gather.parsing.columns import FileStyle, Values
from siop.gather.rows import Rows, key_numbers, scaled, with_sign
from siop.gather.tables import Table

_CONFUSED = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "B": "8"})
_SUGGESTED = 20  # near matches are searched for so many unknown codes only


class Codes:
    """Codes of each table with their ids, read once in a transaction."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, int]] = {}

    def __call__(self, name: str) -> Mapping[str, int]:
        if name not in self._ids:
            table = tables.get(name)
            model = apps.get_model(table.model)
            self._ids[name] = dict(model._default_manager.values_list(table.key[0].field, "pk"))
        return self._ids[name]

    def forget(self, name: str) -> None:
        """After a table was written."""
        self._ids.pop(name, None)


def validate(
    mapped: Mapped, table: Table, *, style: FileStyle, codes: Codes, creates: Iterable[str], today: dt.date
) -> Rows:
    """Typed rows with every reason for refusal; `creates` names tables whose unknown codes will be made."""
    rows = _read(mapped, table, style=style, codes=codes, today=today)
    for column in table.all_columns:
        if column.references and rows.has(column.name) and column.references not in creates:
            _refuse_unknown(rows, column, codes, table)
    for check in table.checks:
        check(rows)
    _convert_units(rows, table)
    if not table.adds_up:
        _refuse_repeated(rows, table)
    place = {rows.sources.get(c.name, c.name): index for index, c in enumerate(table.all_columns)}
    rows.errors.sort(key=lambda error: (error.row, place.get(error.column, len(place))))
    return rows


def _read(
    mapped: Mapped,
    table: Table,
    *,
    style: FileStyle,
    codes: Codes,
    today: dt.date,
) -> Rows:
    """Type every mapped column of `table` and apply sign rules; the table's own checks come later."""
    rows = Rows(numbers=mapped.rows, codes=codes, today=today, sources=mapped.sources)
    for column in table.all_columns:
        if column.name in mapped.columns:
            rows.parse(column, mapped.columns[column.name], style=style)
    if table.measured and UNIT in mapped.columns:
        rows.parse(unit_column(table), mapped.columns[UNIT], style=style)
    for name, mask in mapped.negative.items():
        rows.put(name, with_sign(rows.typed[name], mask, negative=True))
    for name, mask in mapped.positive.items():
        rows.put(name, with_sign(rows.typed[name], mask, negative=False))
    return rows


def missing_codes(rows: Rows, table: Table, *, creates: Iterable[str], codes: Codes) -> dict[str, list[str]]:
    """Codes of good rows that the profile may create, by table."""
    missing: dict[str, dict[str, None]] = {}
    for column in table.all_columns:
        if column.references in creates and rows.has(column.name):
            values = rows.typed[column.name]
            used = np.unique(values.codes[~rows.bad])
            texts = (values.texts[position] for position in used)
            unknown = [text for text in texts if text is not None and text not in codes(column.references)]
            missing.setdefault(column.references, {}).update(dict.fromkeys(unknown))
    return {name: list(found) for name, found in missing.items() if found}


def _refuse_unknown(rows: Rows, column: Column, codes: Codes, table: Table) -> None:
    known = codes(column.references)
    own = _own_codes(rows, table) if column.references == table.name else frozenset[str]()
    singular = tables.get(column.references).key[0].name
    unknown: dict[int, BadValue] = {}
    for position, text in enumerate(rows.typed[column.name].texts):
        if text is not None and text not in known and text not in own:
            advice = _advice(text, known, column.references) if len(unknown) < _SUGGESTED else ""
            unknown[position] = BadValue(f"Unknown {singular}", advice)
    rows.refuse_codes(column.name, unknown)


def _advice(text: str, known: Mapping[str, int], table: str) -> str:
    if not known:
        return f"Bring the table {table} first"
    hint = _nearest(text, known)
    return f"Use {hint}" if hint else ""


def _own_codes(rows: Rows, table: Table) -> frozenset[str]:
    """Codes that the table itself brings, so that a parent may stand in the same file."""
    name = table.key[0].name
    return frozenset(text for text in rows.typed[name].texts if text) if rows.has(name) else frozenset()


def _nearest(text: str, known: Mapping[str, int]) -> str:
    """The known code that someone may have meant: letters for digits, other case, a typing error."""
    looks = text.upper().translate(_CONFUSED)
    alike = next((code for code in known if code.upper().translate(_CONFUSED) == looks), "")
    return alike or next(iter(difflib.get_close_matches(text, known, n=1, cutoff=0.8)), "")


def _convert_units(rows: Rows, table: Table) -> None:
    """Quantities given in another unit become the item's own; prices per unit follow."""
    if not (table.measured and rows.has(UNIT) and rows.has("item")):
        return
    factors, known = _factors(rows)
    rows.reject(
        ~known & rows.present(UNIT),
        column=UNIT,
        reason="The item has no such unit",
        suggestion="Import it in the table units",
    )
    for name in table.measured:
        if rows.has(name):
            places = table.column(name).rule.places or 0
            rows.put(name, scaled(rows.typed[name], factors, divide=False, places=places))
    for price in table.priced_by:
        if rows.has(price):
            places = table.column(price).rule.places or 0
            rows.put(price, scaled(rows.typed[price], factors, divide=True, places=places))


def _factors(rows: Rows) -> tuple[Values, np.ndarray]:
    """For each row the units of measure in one of its units, and whether that is known."""
    own = dict(apps.get_model("catalog.Item")._default_manager.values_list("code", "unit"))
    others = {
        (item, unit): factor
        for item, unit, factor in apps.get_model("catalog.ItemUnit")._default_manager.values_list(
            "item__code", "unit", "factor"
        )
    }
    items, units = rows.typed["item"], rows.typed[UNIT]
    pairs, codes = np.unique(
        np.stack([items.codes, units.codes]).astype(np.int64), axis=1, return_inverse=True
    )
    texts: list[str | None] = []
    for item_code, unit_code in pairs.T:
        item, unit = items.texts[item_code], units.texts[unit_code]
        factor = Decimal(1) if unit in (None, own.get(item or "")) else others.get((item or "", unit or ""))
        texts.append(None if factor is None else format(factor, "f"))
    values = Values(texts=texts, codes=codes.reshape(-1).astype(np.int32))
    return values, values.present()


def _refuse_repeated(rows: Rows, table: Table) -> None:
    """Where rows do not add up, one key has one row."""
    if not len(rows):
        return
    names = [column.name for column in table.key]
    keys = key_numbers(rows, names)
    good = np.flatnonzero(~rows.bad)
    _, first, inverse = np.unique(keys[good], return_index=True, return_inverse=True)
    origin = good[first[inverse.reshape(-1)]]
    for index, earlier in zip(good[origin != good], origin[origin != good], strict=True):
        mask = np.zeros(len(rows), np.bool_)
        mask[index] = True
        rows.reject(
            mask,
            column=names[0],
            reason=f"The same {', '.join(names)} stands in row {rows.numbers[earlier]} already",
            suggestion="Keep one of the rows",
        )
