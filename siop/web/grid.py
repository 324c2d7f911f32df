"""What <plan-grid> and a server say to each other: read requests strictly, write answers compactly.

Nothing here knows what the rows are; rooms turn `GridQuery` and `GridEdit` into their own terms.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse, RawPostDataException

MAX_COUNT = 3000
MAX_TOGGLED = 2000
MAX_CELLS = 200_000
LARGEST = Decimal(10) ** 12
ONLY = ("all", "overrides", "exceptions", "comments", "unexplained")
GROUPS = ("category", "none")
MODES = ("set", "lock", "unlock")
RECTANGLE_OPS = ("set", "add", "percent", "multiply", "release", "fill_down", "fill_right")


class GridError(Exception):
    """A request that cannot be followed; `payload` is the JSON answer and nothing was changed."""

    def __init__(self, status: int, payload: dict[str, Any]) -> None:
        super().__init__(payload.get("error", ""))
        self.status = status
        self.payload = payload

    def response(self) -> JsonResponse:
        return JsonResponse(self.payload, status=self.status)


@dataclass(frozen=True)
class GridQuery:
    """Which rows, in which order, opened how far."""

    plan: str = ""
    q: str = ""
    family: str = ""
    location: str = ""
    segment: str = ""
    only: str = "all"
    group: str = "category"
    sort: str = "code"
    depth: int | None = None
    toggled: frozenset[str] = frozenset()

    @property
    def narrows_leaves(self) -> bool:
        """Whether a node may show only part of its leaves, and so is no node of the hierarchy any more."""
        return bool(self.q.strip()) or self.only != "all"

    @property
    def selection(self) -> tuple[str, ...]:
        """What decides which leaves are shown, for caches."""
        return (self.q, self.family, self.location, self.segment, self.only)

    @property
    def order(self) -> tuple[Any, ...]:
        return (*self.selection, self.group, self.sort, self.depth, self.toggled)

    def as_params(self) -> dict[str, str]:
        """The keys that differ from the default, as they stand in an address."""
        texts = {
            "plan": self.plan, "q": self.q, "family": self.family, "location": self.location,
            "segment": self.segment, "sort": "" if self.sort == "code" else self.sort,
            "only": "" if self.only == "all" else self.only,
            "group": "" if self.group == "category" else self.group,
        }  # fmt: skip
        return {key: value for key, value in texts.items() if value}


@dataclass(frozen=True)
class RowEdit:
    """Cells of one row, made on `version`; None asks for the statistical value."""

    id: str
    version: int
    cells: dict[int, Decimal | None]
    base: dict[int, float | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change says beside its cells: `key` names it, `query` the table, `visible` the rows on the screen."""

    key: UUID
    query: GridQuery
    reason: str = ""
    expires: date | None = None
    confirm: bool = False
    visible: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GridEdit(Change):
    """Cells as they were typed, row by row."""

    mode: str
    rows: list[RowEdit]

    @property
    def cells(self) -> int:
        return sum(len(row.cells) for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Rectangle(Change):
    """A change of rows that the browser has not loaded, by their place in the query's order."""

    first: int
    last: int
    columns: tuple[int, ...]
    op: str
    value: Decimal | None
    seen: int


def parse_query(source: Mapping[str, Any]) -> GridQuery:
    """From a query string or the "query" object of a body; unknown values fall back to the default."""
    text = {
        key: str(source.get(key, "") or "")[:200] for key in ("plan", "q", "family", "location", "segment")
    }
    toggled = [part for part in str(source.get("toggled", "") or "").split(",") if part]
    depth = str(source.get("depth", "") or "")
    return GridQuery(
        **text,
        only=_one_of(source.get("only"), ONLY),
        group=_one_of(source.get("group"), GROUPS),
        sort=str(source.get("sort", "") or "code")[:12],
        depth=int(depth) if depth.isdigit() and len(depth) < 3 else None,
        toggled=frozenset(toggled[:MAX_TOGGLED]),
    )


def parse_window(source: Mapping[str, Any]) -> tuple[int, int]:
    """First row and number of rows asked for."""
    first, count = _whole(source.get("from", 0)), _whole(source.get("count", 100))
    if first is None or count is None or first < 0 or count < 1:
        raise GridError(
            400, {"error": "from and count must be whole numbers; give for example from=0&count=100"}
        )
    return first, min(count, MAX_COUNT)


def read_body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RawPostDataException) as error:  # the second: it was read as a form already
        raise GridError(400, {"error": "The body is not JSON; reload the page and try again."}) from error
    if not isinstance(body, dict):
        raise GridError(400, {"error": "The body must be one JSON object."})
    return body


def parse_edit(body: Mapping[str, Any], *, columns: int) -> GridEdit:
    rows = body.get("rows")
    if not isinstance(rows, list) or not rows:
        raise GridError(400, {"error": "An edit needs rows with cells."})
    parsed = [_row(row, columns=columns) for row in rows]
    if sum(len(row.cells) for row in parsed) > MAX_CELLS:
        raise GridError(
            400, {"error": f"At most {MAX_CELLS:,} cells can be changed at once; use Import for more."}
        )
    return GridEdit(mode=_one_of(body.get("mode"), MODES), rows=parsed, **_beside(body))


def parse_rectangle(body: Mapping[str, Any], *, columns: int) -> Rectangle:
    first, last, seen = _whole(body.get("from")), _whole(body.get("to")), _whole(body.get("seen"))
    if seen is None:
        raise GridError(428, {"error": "The change names no moment it was made on (seen); reload the page."})
    if first is None or last is None or not 0 <= first <= last:
        raise GridError(400, {"error": "from and to must be row numbers of the table."})
    chosen = tuple(sorted({_column(c, columns) for c in body.get("cols") or []}))
    op = str(body.get("op"))
    if not chosen or op not in RECTANGLE_OPS:
        raise GridError(400, {"error": "A rectangle needs columns and one of: " + ", ".join(RECTANGLE_OPS)})
    value = body.get("value")
    return Rectangle(
        first=first,
        last=last,
        columns=chosen,
        op=op,
        value=None if value is None else _decimal(value),
        seen=seen,
        **_beside(body),
    )


def _beside(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a change says beside its cells."""
    return {
        "key": parse_key(body),
        "query": parse_query(body.get("query") or {}),
        "reason": parse_reason(body),
        "expires": parse_day(body.get("expires")),
        "confirm": body.get("confirm") is True,
        "visible": parse_visible(body),
    }


def parse_reason(body: Mapping[str, Any]) -> str:
    return str(body.get("reason") or "").strip()


def parse_key(body: Mapping[str, Any]) -> UUID:
    """The name of a request: the same key is never applied twice."""
    try:
        return UUID(str(body.get("key")))
    except ValueError as error:
        raise GridError(400, {"error": "The request has no key; reload the page and try again."}) from error


def parse_visible(body: Mapping[str, Any]) -> tuple[str, ...]:
    visible = body.get("visible")
    return tuple(str(one)[:40] for one in visible[:200]) if isinstance(visible, list) else ()


def parse_day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise GridError(
            400, {"error": f"“{str(value)[:20]}” is not a date; write it like 2027-04-30."}
        ) from error


def _row(row: Any, *, columns: int) -> RowEdit:
    if not isinstance(row, dict) or not isinstance(row.get("set"), dict):
        raise GridError(400, {"error": "Each row needs an id, its version and cells."})
    version = _whole(row.get("v"))
    if version is None:
        raise GridError(428, {"error": "A row came without the version it was edited on; reload the page."})
    base = row.get("base") if isinstance(row.get("base"), dict) else {}
    return RowEdit(
        id=str(row.get("id"))[:40],
        version=version,
        cells={_column(c, columns): None if v is None else _decimal(v) for c, v in row["set"].items()},
        base={
            _column(c, columns): v if isinstance(v, int | float) else None for c, v in (base or {}).items()
        },
    )


def _column(value: Any, columns: int) -> int:
    number = _whole(value)
    if number is None or not 0 <= number < columns:
        raise GridError(400, {"error": f"There is no column {str(value)[:12]}; reload the page."})
    return number


def _decimal(value: Any) -> Decimal:
    """A finite number, as text; whether it fits the cell is for the room to say."""
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GridError(400, {"error": f"“{str(value)[:20]}” is not a number."}) from error
    if not number.is_finite() or abs(number) > LARGEST:
        raise GridError(400, {"error": f"“{str(value)[:20]}” is too large or no number at all."})
    return number


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _one_of(value: Any, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]
