"""What is kept from one request to the next, exactly as long as no row that it was made of is written (ADR 17).

The marks of tables are read first and the rows after them: rows may be newer than the marks that a part is kept under,
never older. Of which tables a part is made is overheard, not declared. It is kept in the process, which needs no time to
take it along and ends with the code that made it; `MOST_BYTES` bounds it, the longest unused goes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from django.db import connection

from siop.reading import apart, hear, once, overheard

from . import marks

Part = TypeVar("Part")
MOST_BYTES = 48 * 2**20
LARGEST = MOST_BYTES // 8


@dataclass(frozen=True)
class _Kept:
    part: Any
    marks: marks.Marks  # of the tables it was made of
    size: int


_parts: OrderedDict[Hashable, _Kept] = OrderedDict()
_guard = Lock()


def kept(
    key: Hashable,
    make: Callable[[], Part],
    *,
    size: Callable[[Part], int],
    known: frozenset[str] = frozenset(),
) -> Part:
    """What `make` gives, or gave for the same key while its tables stood as they stand; `size` in bytes, about.

    The key names all that `make` is given beside rows: the address, the day, whose rights; and how the rows of `known`
    tables stand, asked for before. A part is shared, so nobody changes it. Within a transaction nothing is kept: what it
    sees may never have been.
    """
    if connection.in_atomic_block:
        return make()
    now = once("marks", marks.read)
    found = _parts.get(key)
    if found is not None and found.marks.items() <= now.items():
        with _guard:
            if key in _parts:
                _parts.move_to_end(key)
        hear(" ".join([*found.marks, *known]))  # what this part is a part of is made of these tables too
        part: Part = found.part
        return part
    with apart(), overheard() as statements:
        once("marks", lambda: now)  # for parts of this one, whose rows are read after these marks too
        made = make()
    tables = marks.named(statements)
    if not tables & marks.UNMARKED - known and (bytes_of := size(made)) <= LARGEST:
        _keep(key, _Kept(made, {table: now[table] for table in tables - known}, bytes_of))
    return made


def forget_all() -> None:
    """For tests: what is held belongs to another database."""
    with _guard:
        _parts.clear()


def _keep(key: Hashable, one: _Kept) -> None:
    with _guard:
        _parts[key] = one
        _parts.move_to_end(key)
        while sum(each.size for each in _parts.values()) > MOST_BYTES:
            _parts.popitem(last=False)
