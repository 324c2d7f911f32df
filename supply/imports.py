"""Tables of supply that come in: columns and row checks."""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np

from siop.gather.checks import different, known_code, not_in_the_future, ordered
from siop.gather.columns import choice, code, date, days, money, number, quantity, text
from siop.gather.parsing.columns import Values
from siop.gather.rows import Rows
from siop.gather.tables import Table, register
from supply.enums import ReceiptStatus, SourceKind
from supply.models import BomLine, Resource, SourcingLane


def resolve_sources(rows: Rows) -> None:
    """`source` is a supplier, a sending location, or the own location for what is made there."""
    if not (rows.has("source") and rows.has("location")):
        return
    sources, locations = rows.typed["source"].cells(), rows.typed["location"].cells()
    kinds = rows.typed["kind"].cells() if rows.has("kind") else np.full(len(rows), None, np.object_)
    suppliers, places = rows.codes("suppliers"), rows.codes("locations")
    found = [
        kind or _kind(source, location, suppliers, places)
        for source, location, kind in zip(sources, locations, kinds, strict=True)
    ]
    kind_array = np.asarray([kind or "" for kind in found], np.str_)
    _refuse_sources(rows, kind_array, sources, locations)
    is_buy = kind_array == SourceKind.BUY
    rows.put("kind", _values(found))
    rows.put("supplier", _values([s if buy else None for s, buy in zip(sources, is_buy, strict=True)]))
    rows.put("from_location", _values([None if buy else s for s, buy in zip(sources, is_buy, strict=True)]))


def _kind(
    source: str | None, location: str | None, suppliers: Container[str | None], places: Container[str | None]
) -> str | None:
    """What a blank kind means, where only one sense is possible."""
    is_supplier = source in suppliers
    is_place = source in places
    if is_supplier == is_place:
        return None
    if is_supplier:
        return SourceKind.BUY.value
    return SourceKind.MAKE.value if source == location else SourceKind.TRANSFER.value


def _refuse_sources(rows: Rows, kinds: np.ndarray, sources: np.ndarray, locations: np.ndarray) -> None:
    suppliers, places = rows.codes("suppliers"), rows.codes("locations")
    is_supplier = np.asarray([source in suppliers for source in sources], np.bool_)
    is_place = np.asarray([source in places for source in sources], np.bool_)
    own = np.asarray(sources == locations, np.bool_)
    rows.reject(
        ~is_supplier & ~is_place, column="source", reason="The source is no known supplier or location"
    )
    rows.reject(
        kinds == "",
        column="kind",
        reason="The source is a supplier and a location",
        suggestion="Enter buy, transfer or make",
    )
    rows.reject(
        (kinds == SourceKind.BUY) & ~is_supplier, column="source", reason="The source is no known supplier"
    )
    rows.reject(
        (kinds != SourceKind.BUY) & ~is_place, column="source", reason="The source is no known location"
    )
    rows.reject(
        (kinds == SourceKind.MAKE) & ~own,
        column="source",
        reason="What is made has its own location as source",
    )
    rows.reject(
        (kinds == SourceKind.TRANSFER) & own, column="source", reason="A transfer comes from another location"
    )


def _values(texts: list[str | None]) -> Values:
    return Values(texts=texts, codes=np.arange(len(texts), dtype=np.int32))


def received_whole(rows: Rows) -> None:
    if rows.has("status"):
        received = rows.typed["status"].where(lambda text: text == ReceiptStatus.RECEIVED)
        rows.reject(
            received & np.isnat(rows.dates("received_date")),
            column="received_date",
            reason="The order is received, but its received date is missing",
        )


def open_dated(rows: Rows) -> None:
    """An order that is still to come needs a day to plan with."""
    status = rows.typed["status"] if rows.has("status") else None
    closed = (
        status.where({ReceiptStatus.RECEIVED.value, ReceiptStatus.CANCELLED.value}.__contains__)
        if status
        else np.zeros(len(rows), np.bool_)
    )
    rows.reject(
        ~closed & np.isnat(rows.dates("due_date")), column="due_date", reason="An open order needs a due date"
    )


def known_resources(rows: Rows) -> None:
    if rows.has("resource"):
        known = set(Resource.objects.values_list("code", flat=True))
        unknown = rows.typed["resource"].where(lambda text: text not in known)
        rows.reject(
            unknown, column="resource", reason="The resource is unknown", suggestion="Import resources first"
        )


def bom_loops() -> Iterator[str]:
    """Items that contain themselves."""
    if names := _going_round(set(BomLine.objects.values_list("parent__code", "component__code"))):
        yield f"The bills of material run in a circle through: {names}."


def source_loops() -> Iterator[str]:
    """Sites whose first source is, in the end, themselves; a second source may close a circle, and is left out then."""
    first: dict[tuple[str, str], tuple[int, int, str]] = {}
    lanes = SourcingLane.objects.values_list(
        "item__code", "location__code", "priority", "kind", "from_location__code"
    )
    for item, location, priority, kind, sender in lanes:
        lane = (priority, _FIRST.index(kind), sender or "")
        first[item, location] = min(first.get((item, location), lane), lane)
    moved = _FIRST.index(SourceKind.TRANSFER.value)
    edges = {
        (f"{item} at {to}", f"{item} at {sender}")
        for (item, to), (_, kind, sender) in first.items()
        if kind == moved
    }
    if names := _going_round(edges):
        yield f"The first sources run in a circle through: {names}."


_FIRST = [SourceKind.BUY.value, SourceKind.TRANSFER.value, SourceKind.MAKE.value]  # of one priority


def _going_round(edges: set[tuple[str, str]]) -> str:
    """Some of those above a circle, found by taking away, again and again, those with nothing below them."""
    while edges:
        parents = {parent for parent, _ in edges}
        inner = {(parent, component) for parent, component in edges if component in parents}
        if len(inner) == len(edges):
            break
        edges = inner
    return ", ".join(sorted({parent for parent, _ in edges})[:5])


register(
    Table(
        name="suppliers",
        label="Suppliers",
        model="supply.Supplier",
        key=(code("supplier", field="code"),),
        columns=(
            text("description"),
            text("country", length=60),
            days("time_to_recover_days"),
            quantity("capacity_per_month"),
        ),
    )
)
register(
    Table(
        name="modes",
        label="Modes of transport",
        model="supply.Mode",
        key=(code("mode", field="code"),),
        columns=(number("load_m3", places=4, digits=14, minimum=0), money("load_cost")),
    )
)
register(
    Table(
        name="sourcing",
        label="Sourcing",
        model="supply.SourcingLane",
        key=(
            code("item", references="items"),
            code("location", references="locations"),
            code("source", sources=("supplier__code", "from_location__code", "location__code")),
            code("mode", references="modes", required=False),
            date("valid_from"),
        ),
        columns=(
            choice("kind", choices=SourceKind.values, default=None),
            days("lead_time_days", required=True),
            number("lead_time_sd_days", places=None, minimum=0, default="0"),
            days("transit_days"),
            quantity("moq", default="0"),
            quantity("order_multiple", default="0"),
            code("order_group", required=False),
            money("unit_cost"),
            money("order_cost"),
            money("freight_cost"),
            quantity("capacity_per_month"),
            number("priority", default="1", places=0, digits=4, minimum=0),
            date("valid_to"),
        ),
        derived=(
            code("supplier", references="suppliers", required=False),
            code("from_location", references="locations", required=False),
        ),
        identity=("item", "location", "supplier", "from_location", "mode", "valid_from"),
        measured=("moq", "order_multiple", "capacity_per_month"),
        priced_by={"unit_cost": "moq", "freight_cost": "moq"},
        checks=(resolve_sources, ordered("valid_from", "valid_to")),
        verifications=(source_loops,),
    )
)
register(
    Table(
        name="price_breaks",
        label="Price breaks",
        model="supply.PriceBreak",
        key=(
            code("item", references="items"),
            code("location", references="locations"),
            code("source"),
            code("mode", references="modes", required=False),
            date("valid_from"),
            quantity("min_quantity", required=True),
        ),
        columns=(money("unit_cost", required=True),),
        measured=("min_quantity",),
        priced_by={"unit_cost": "min_quantity"},
        checks=(known_code("source", "suppliers", "locations"),),
        after=("suppliers",),
    )
)
register(
    Table(
        name="tariffs",
        label="Tariffs",
        model="supply.Tariff",
        key=(
            code("category", references="categories", required=False),
            text("origin", length=60, required=True),
            text("destination", length=60, required=True),
            date("valid_from", required=True),
        ),
        columns=(number("rate_pct", required=True, places=4, digits=9, percent="points", minimum=0),),
    )
)
register(
    Table(
        name="bom",
        label="Bills of material",
        model="supply.BomLine",
        key=(
            code("parent", references="items"),
            code("component", references="items"),
            date("valid_from"),
        ),
        columns=(
            number("quantity_per", required=True, places=6, positive=True),
            number("scrap_pct", places=4, digits=7, percent="points", minimum=0, maximum=99, default="0"),
            date("valid_to"),
        ),
        checks=(different("parent", "component"), ordered("valid_from", "valid_to")),
        verifications=(bom_loops,),
    )
)
register(
    Table(
        name="resources",
        label="Resources",
        model="supply.Resource",
        key=(code("resource", field="code"), code("location", references="locations")),
        columns=(quantity("capacity_per_month", required=True), text("unit", length=30)),
    )
)
register(
    Table(
        name="routings",
        label="Routings",
        model="supply.Routing",
        key=(code("item", references="items"), code("resource")),
        columns=(number("usage_per_unit", required=True, places=6, positive=True),),
        checks=(known_resources,),
        after=("resources",),
    )
)
register(
    Table(
        name="returns",
        label="Return rules",
        model="supply.ReturnRule",
        key=(
            code("item", references="items"),
            code("returns_as", references="items"),
            code("location", references="locations"),
        ),
        columns=(
            number("rate", required=True, places=None, percent="fraction", minimum=0, maximum=1),
            days("lag_days", required=True),
        ),
    )
)
register(
    Table(
        name="scheduled_receipts",
        label="Open orders and receipts",
        model="supply.ScheduledReceipt",
        key=(code("order"), code("line")),
        columns=(
            code("item", references="items"),
            code("location", references="locations"),
            code("supplier", references="suppliers", required=False),
            code("mode", references="modes", required=False),
            quantity("quantity", required=True),
            date("order_date"),
            date("requested_date"),
            date("ship_date"),
            date("due_date"),
            date("received_date"),
            quantity("received_quantity"),
            code("shipment", required=False),
            choice("status", choices=ReceiptStatus.values, default=ReceiptStatus.OPEN.value),
        ),
        measured=("quantity", "received_quantity"),
        checks=(not_in_the_future("received_date"), received_whole, open_dated),
        fresh_days=7,
    )
)
