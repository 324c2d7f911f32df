"""What tables of a folder must agree on before anything is planned: each fault with its row, column and reason."""

from collections.abc import Iterable
from datetime import date

import numpy as np

from inventory.engine import Policy
from siop.web.templatetags.siop import many

from .receipts import CLOSED, OPEN
from .tables import CODES, CellError, FileTable, Folder, PlanFilesError

_SHOWN_CODES = 10

# what names a row, as in an import
KEYS: dict[str, tuple[str, ...]] = {
    "items": ("item",),
    "categories": ("category",),
    "units": ("item", "unit"),
    "parameters": ("name",),
    "locations": ("location",),
    "policies": ("item", "location"),
    "suppliers": ("supplier",),
    "sourcing": ("item", "location", "source", "mode", "valid_from"),
    "modes": ("mode",),
    "price_breaks": ("item", "location", "source", "mode", "valid_from", "min_quantity"),
    "tariffs": ("category", "origin", "destination", "valid_from"),
    "bom": ("parent", "component", "valid_from"),
    "resources": ("resource", "location"),
    "routings": ("item", "resource"),
    "returns": ("item", "returns_as", "location"),
    "bundles": ("bundle", "item"),
    "scheduled_receipts": ("order", "line"),
}
# rows of one key add up, which is said; so do open orders that number no lines
ADDED_UP: dict[str, tuple[str, ...]] = {
    "demand": ("item", "location", "date"),
    "on_hand": ("item", "location", "date", "expiry_date"),
    "scheduled_receipts": ("order", "line", "item", "location", "due_date"),
}
WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("items", "service_policy"): tuple(policy.name.lower() for policy in Policy),
    ("policies", "service_policy"): tuple(policy.name.lower() for policy in Policy),
    ("policies", "lot_sizing"): ("lot_for_lot", "fixed_order_quantity", "period_order_quantity"),
    ("sourcing", "kind"): ("buy", "transfer", "make"),
    ("scheduled_receipts", "status"): (*OPEN, *CLOSED),
}
FRACTIONS = ("cycle_service", "fill_rate", "never_run_out")
# tables that say where an item comes from, or that there is some
_SUPPLIES = (("items", "item"), ("sourcing", "item"), ("on_hand", "item"), ("scheduled_receipts", "item"))
_MAKES = (("bom", "parent"), ("returns", "returns_as"), ("demand", "item"))
# tables that say how something is supplied, not that it is there
_TERMS = ("sourcing", "policies", "routings")
_HELD = (
    *_SUPPLIES,
    *_MAKES,
    ("bom", "component"),
    ("returns", "item"),
    ("bundles", "item"),
    ("bundles", "bundle"),
)


def check_folder(folder: Folder) -> None:
    """PlanFilesError with every row that is there twice, says what it cannot, or asks for what nobody knows."""
    for name, key in KEYS.items():
        folder.errors += _repeated(folder[name], key)
    for (name, column), words in WORDS.items():
        folder.errors += _unknown_words(folder[name], column, words)
    for name in ("items", "policies"):
        folder.errors += _no_fractions(folder[name])
    folder.errors += _empty_lines(folder["bom"], "quantity_per")
    folder.errors += _empty_lines(folder["bundles"], "quantity")
    folder.errors += _lots_without_size(folder["policies"])
    folder.errors += _crossed_bounds(folder["policies"])
    for name, since, until in (
        ("sourcing", "valid_from", "valid_to"),
        ("bom", "valid_from", "valid_to"),
        ("items", "launch_date", "end_date"),
    ):
        folder.errors += _never_valid(folder[name], since, until)
    for name in ("items", "sourcing"):
        folder.errors += _no_ranks(folder[name], "priority")
    folder.errors += _unknown_components(folder)
    folder.refuse_errors()
    _refuse_nothing(folder)
    _note_idle(folder)
    for name, key in ADDED_UP.items():
        _note_added_up(folder, name, key)


def _repeated(table: FileTable, key: tuple[str, ...]) -> Iterable[CellError]:
    first: dict[tuple[object, ...], int] = {}
    columns = [_column(table, name) for name in key]
    for row, values in zip(table.rows.tolist(), zip(*columns, strict=True), strict=True):
        if values in first and (values[-1] or table.name != "scheduled_receipts"):
            reason = f"the same {', '.join(key)} stands in row {first[values]} already"
            yield CellError(table=table.name, row=row, column=key[0], value=str(values[0]), reason=reason)
        first.setdefault(values, row)


def _column(table: FileTable, name: str) -> list[object]:
    """Values of a key column, blanks all alike."""
    if name in CODES[table.name]:
        return list(table.codes(name))
    return list(table.numbers(name, -1.0) if name in table.number_columns else table.days(name, -1.0))


def _unknown_words(table: FileTable, column: str, words: tuple[str, ...]) -> Iterable[CellError]:
    for row, value in zip(table.rows.tolist(), table.codes(column).tolist(), strict=True):
        if value and value not in words:
            reason = f"enter one of {', '.join(filter(None, words))}"
            yield CellError(table=table.name, row=row, column=column, value=value, reason=reason)


def _no_fractions(table: FileTable) -> Iterable[CellError]:
    """Service levels of 0, of 1 and above: nobody can hold them."""
    target = table.numbers("service_target", np.nan)
    for at, policy in enumerate(table.codes("service_policy").tolist()):
        if policy in FRACTIONS and (target[at] <= 0 or target[at] >= 1):
            reason = f"enter a fraction above 0 and below 1 for {policy}, such as 0.95"
            yield _cell(table, at, "service_target", f"{target[at]:g}", reason)


def _empty_lines(table: FileTable, column: str) -> Iterable[CellError]:
    units = table.numbers(column, 1.0)
    for at in np.flatnonzero(units <= 0).tolist():
        yield _cell(table, at, column, f"{units[at]:g}", "enter more than 0")


def _lots_without_size(policies: FileTable) -> Iterable[CellError]:
    """Lots of a fixed quantity or of so many buckets, which nobody says how large."""
    size = policies.numbers("lot_parameter")
    for at, rule in enumerate(policies.codes("lot_sizing").tolist()):
        if rule in ("fixed_order_quantity", "period_order_quantity") and size[at] <= 0:
            wanted = "quantity" if rule.startswith("fixed") else "number of buckets"
            yield _cell(policies, at, "lot_parameter", f"{size[at]:g}", f"enter the {wanted} for {rule}")


def _crossed_bounds(policies: FileTable) -> Iterable[CellError]:
    least, most = policies.numbers("min_qty"), policies.numbers("max_qty", np.inf)
    for at in np.flatnonzero(least > most).tolist():
        yield _cell(policies, at, "max_qty", f"{most[at]:g}", f"enter at least min_qty, {least[at]:g}")


def _no_ranks(table: FileTable, column: str) -> Iterable[CellError]:
    rank = table.numbers(column, 1.0)
    for at in np.flatnonzero(rank != np.floor(rank)).tolist():
        yield _cell(table, at, column, f"{rank[at]:g}", "enter a whole number, 1 for the first")


def _never_valid(table: FileTable, since: str, until: str) -> Iterable[CellError]:
    first, last = table.days(since, -np.inf), table.days(until, np.inf)
    for at in np.flatnonzero(last < first).tolist():
        day = date.fromordinal(int(last[at])).isoformat()
        yield _cell(table, at, until, day, f"lies before {since}; enter that day or a later one")


def _cell(table: FileTable, at: int, column: str, value: str, reason: str) -> CellError:
    return CellError(table=table.name, row=int(table.rows[at]), column=column, value=value, reason=reason)


def _unknown_components(folder: Folder) -> Iterable[CellError]:
    """Components that stand in no other table, where there is a table of items that should hold them."""
    if not len(folder["items"]):
        return
    known = _codes(folder, _SUPPLIES + _MAKES)
    bom = folder["bom"]
    for row, code in zip(bom.rows.tolist(), bom.codes("component").tolist(), strict=True):
        if code not in known:
            reason = "no such item; add it to items, or say in sourcing where it comes from"
            yield CellError(table="bom", row=row, column="component", value=code, reason=reason)


def _codes(folder: Folder, places: Iterable[tuple[str, str]]) -> set[str]:
    return {code for name, column in places for code in folder[name].codes(column).tolist()}


def _refuse_nothing(folder: Folder) -> None:
    planned = ("demand", "on_hand", "scheduled_receipts", "sourcing")
    if not any(len(folder[name]) for name in planned):
        raise PlanFilesError(
            "There is nothing to plan: demand has no rows, and no stock, open order or source is given."
        )


def _note_idle(folder: Folder) -> None:
    """Rows that change nothing, because what they name is nowhere else."""
    held = _codes(folder, (place for place in _HELD if place[0] not in _TERMS))
    for name in _TERMS:
        alone = sorted({*folder[name].codes("item").tolist()} - held)
        if alone:
            folder.notes.append(f"{name}: no other table names {_named(alone)}, so nothing is planned there.")
    resources = set(folder["resources"].codes("resource").tolist())
    idle = sorted({code for code in folder["routings"].codes("resource").tolist() if code not in resources})
    if idle:
        folder.notes.append(f"routings: {_named(idle)} stands not in resources and limits nothing.")
    _note_idle_prices(folder)


def _named(codes: list[str]) -> str:
    """The first of many codes, and how many more there are."""
    more = len(codes) - _SHOWN_CODES
    return ", ".join(codes[:_SHOWN_CODES]) + (f" and {more} more" if more > 0 else "")


def _note_idle_prices(folder: Folder) -> None:
    ways = set(zip(*_columns(folder["sourcing"], "item", "source", "mode"), strict=True))
    ways |= {(item, source, "") for item, source, _ in ways}  # without a mode it is of all
    breaks = folder["price_breaks"]
    named = zip(*_columns(breaks, "item", "source", "mode"), strict=True)
    for row, (item, source, mode) in zip(breaks.rows.tolist(), named, strict=True):
        if (item, source, mode) not in ways:
            by = f" by {mode!r}" if (item, source, "") in ways else ""
            folder.notes.append(
                f"price_breaks, row {row}: {item} has no source {source!r}{by}; it changes no price."
            )


def _note_added_up(folder: Folder, name: str, key: tuple[str, ...]) -> None:
    rows = list(zip(*(_column(folder[name], column) for column in key), strict=True))
    again = len(rows) - len(set(rows))
    if again:
        said = f"{many(again, 'row')} with the {', '.join(key)} of another"
        folder.notes.append(f"{name}: {said}; they add up.")


def _columns(table: FileTable, *names: str) -> list[list[object]]:
    return [list(table.codes(name)) for name in names]
