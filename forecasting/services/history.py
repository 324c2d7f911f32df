"""Order lines become history: one array a series, bundles opened, returns in the period they are booked."""

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import Max, Min

from forecasting import frames
from forecasting.models import ExternalDemand, InstalledBase, Override, SalesHistory, SalesLine
from siop import bulk
from siop.catalog.calendar import PlanningCalendar
from siop.catalog.models import Segment

LINES_A_CHUNK = 200_000
UNSPLIT = "ALL"
ALL_ITEMS = (0, 2**62)

# Sales of the items from `first` to `last`, bundles replaced by what is in them; their money goes by list price.
LINES = """
    SELECT s.item_id, s.location_id, s.segment_id, s.date, s.quantity,
           s.quantity * COALESCE(s.unit_price, i.unit_price, 0) AS revenue
    FROM forecasting_salesline s JOIN catalog_item i ON i.id = s.item_id
    WHERE s.item_id BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT 1 FROM forecasting_bundle b WHERE b.bundle_id = s.item_id)
    UNION ALL
    SELECT x.item_id, s.location_id, s.segment_id, s.date, s.quantity * x.factor::numeric,
           s.quantity * COALESCE(s.unit_price, i.unit_price, 0) * x.share::numeric
    FROM unnest(%(bundles)s::bigint[], %(contents)s::bigint[], %(factors)s::float8[], %(shares)s::float8[])
         AS x (bundle_id, item_id, factor, share)
    JOIN forecasting_salesline s ON s.item_id = x.bundle_id
    JOIN catalog_item i ON i.id = s.item_id
    WHERE x.item_id BETWEEN %(first)s AND %(last)s
"""


def sales_days() -> tuple[date | None, date | None]:
    """First and latest day with a sale."""
    found = SalesLine.objects.aggregate(first=Min("date"), last=Max("date"))
    return found["first"], found["last"]


def latest_known_demand() -> date | None:
    """Day of the latest sale; without sales the first day of a demand that was made elsewhere."""
    return sales_days()[1] or ExternalDemand.objects.aggregate(first=Min("date"))["first"]


def item_ranges() -> list[tuple[int, int]]:
    """Neighbouring ranges of item ids that cover all items, each with some 200,000 order lines."""
    ids, counts = bulk.copy_out(
        "SELECT item_id, count(*) FROM forecasting_salesline GROUP BY item_id ORDER BY item_id", columns="i i"
    )
    part = (np.cumsum(counts) - counts) // LINES_A_CHUNK
    starts = ids[np.flatnonzero(np.diff(part, prepend=-1))].tolist()[1:]
    bounds = [ALL_ITEMS[0], *starts, ALL_ITEMS[1] + 1]
    return [(first, following - 1) for first, following in pairwise(bounds)]


def store_history(
    *, items: tuple[int, int], calendar: PlanningCalendar, origin: date, periods: int, data_version: int
) -> int:
    """Write the history of the items from `origin` on over `periods`; newer histories stay. Returns series."""
    edges = [date.fromordinal(int(day)) for day in calendar.edges(origin, periods)]
    item, location, segment, period, quantity, revenue = bulk.copy_out(
        f"""
        WITH lines AS ({LINES}), placed AS (
            SELECT *, width_bucket(date, %(edges)s::date[])::bigint AS period FROM lines
        )
        SELECT item_id, location_id, segment_id, period, sum(quantity)::float8, sum(revenue)::float8
        FROM placed WHERE period BETWEEN 1 AND %(periods)s
        GROUP BY item_id, location_id, segment_id, period
        """,  # noqa: S608 - only the constant of this module is put in
        _parameters(items) | {"edges": edges, "periods": periods},
        columns="i i i i f f",
    )
    keys = frames.series_keys(item, location, segment)
    unique, where, column = np.unique(keys, return_index=True, return_inverse=True)
    series = _series_ids(item[where], location[where], segment[where])
    quantities, revenues = np.zeros((len(unique), periods)), np.zeros((len(unique), periods))
    quantities[column, period - 1] = quantity
    revenues[column, period - 1] = revenue
    _replace(series, quantities, revenues, origin=origin, data_version=data_version)
    _forget_vanished(items, data_version=data_version)
    _note_first_periods(series, quantities, edges)
    return len(unique)


def add_series_without_sales() -> None:
    """Series for what has demand before it has sales: like items, owners of a durable, demand made elsewhere."""
    not_a_bundle = "NOT EXISTS (SELECT 1 FROM forecasting_bundle b WHERE b.bundle_id = i.id)"
    insert = "INSERT INTO forecasting_demandseries (item_id, location_id, segment_id)"
    bulk.execute(
        f"{insert} SELECT i.id, s.location_id, s.segment_id FROM catalog_item i "  # noqa: S608 - constants only
        f"JOIN forecasting_demandseries s ON s.item_id = i.like_item_id WHERE {not_a_bundle} ON CONFLICT DO NOTHING"
    )
    for model, item in ((InstalledBase, "consumable_id"), (Override, "item_id")):
        only = "" if model is InstalledBase else "WHERE revoked IS NULL AND segment_id IS NOT NULL"
        bulk.execute(
            f"{insert} SELECT DISTINCT x.{item}, x.location_id, x.segment_id FROM {model._meta.db_table} x "  # noqa: S608
            f"JOIN catalog_item i ON i.id = x.{item} {only} {'AND' if only else 'WHERE'} x.location_id IS NOT NULL "
            f"AND {not_a_bundle} ON CONFLICT DO NOTHING"
        )
    _add_unsplit_series(insert)


def _add_unsplit_series(insert: str) -> None:
    """Demand made elsewhere names no segment: where an item-location has no series yet, it gets one for all."""
    homeless = (
        "FROM forecasting_externaldemand e WHERE NOT EXISTS (SELECT 1 FROM forecasting_demandseries s "
        "WHERE s.item_id = e.item_id AND s.location_id = e.location_id)"
    )
    if not bulk.lists_out(f"SELECT 1 {homeless} LIMIT 1")[0]:
        return
    segment, _ = Segment.objects.get_or_create(
        code=UNSPLIT, defaults={"description": "Demand that is not split by segment"}
    )
    bulk.execute(
        f"{insert} SELECT DISTINCT e.item_id, e.location_id, %s::bigint {homeless} ON CONFLICT DO NOTHING",
        [segment.pk],
    )


def _parameters(items: tuple[int, int]) -> dict[str, Any]:
    bundles, contents, factors = frames.bundle_contents()
    return {
        "first": items[0],
        "last": items[1],
        "bundles": bundles,
        "contents": contents,
        "factors": factors,
        "shares": _money_shares(bundles, contents, factors),
    }


def _money_shares(bundles: list[int], contents: list[int], factors: list[float]) -> list[float]:
    """Share of each item in its bundle's price: by list price, by quantity where a price is missing."""
    known = bulk.lists_out(
        "SELECT id, COALESCE(unit_price, 0)::float8 FROM catalog_item WHERE id = ANY(%s)", [contents]
    )
    prices = dict(zip(*known, strict=True))
    value = [factor * prices[item] for item, factor in zip(contents, factors, strict=True)]
    rows: dict[int, list[int]] = {}
    for k, bundle in enumerate(bundles):
        rows.setdefault(bundle, []).append(k)
    shares = [0.0] * len(bundles)
    for mine in rows.values():
        weights = value if all(value[k] > 0 for k in mine) else factors
        for k in mine:
            shares[k] = weights[k] / sum(weights[m] for m in mine)
    return shares


def _series_ids(item: Any, location: Any, segment: Any) -> Any:
    """Ids of the series, made where they are new, in the order given."""
    columns = [item.tolist(), location.tolist(), segment.tolist()]
    bulk.execute(
        "INSERT INTO forecasting_demandseries (item_id, location_id, segment_id) "
        "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
        columns,
    )
    ids, known_item, known_location, known_segment = bulk.copy_out(
        "SELECT id, item_id, location_id, segment_id FROM forecasting_demandseries WHERE item_id = ANY(%s)",
        [np.unique(item).tolist()],
        columns="i i i i",
    )
    known = frames.series_keys(known_item, known_location, known_segment)
    order = np.argsort(known)
    return ids[order][np.searchsorted(known[order], frames.series_keys(item, location, segment))]


def _replace(series: Any, quantity: Any, revenue: Any, *, origin: date, data_version: int) -> None:
    table = SalesHistory._meta.db_table
    bulk.execute(f"CREATE TEMP TABLE new_history (LIKE {table}) ON COMMIT DROP")
    bulk.copy_in(
        SalesHistory,
        {
            "series_id": series,
            "origin": origin,
            "quantity": quantity,
            "revenue": revenue,
            "data_version": data_version,
        },
        table="new_history",
    )
    bulk.execute(
        f"INSERT INTO {table} AS h (series_id, origin, quantity, revenue, data_version) "  # noqa: S608 - constants
        "SELECT series_id, origin, quantity, revenue, data_version FROM new_history ON CONFLICT (series_id) DO UPDATE "
        "SET origin = EXCLUDED.origin, quantity = EXCLUDED.quantity, revenue = EXCLUDED.revenue, "
        "data_version = EXCLUDED.data_version WHERE h.data_version <= EXCLUDED.data_version"
    )
    bulk.execute("DROP TABLE new_history")


def _forget_vanished(items: tuple[int, int], *, data_version: int) -> None:
    """Series whose sales were all undone or removed have no history any more."""
    bulk.execute(
        "WITH gone AS (DELETE FROM forecasting_saleshistory h USING forecasting_demandseries s WHERE s.id = h.series_id "
        "AND s.item_id BETWEEN %s AND %s AND h.data_version < %s RETURNING h.series_id) "
        "UPDATE forecasting_demandseries s SET first_period = NULL FROM gone WHERE gone.series_id = s.id",
        [*items, data_version],
    )


def _note_first_periods(series: Any, quantity: Any, edges: list[date]) -> None:
    if not len(series):
        return
    first = [edges[k] for k in (quantity != 0).argmax(axis=1).tolist()]
    bulk.execute(
        "UPDATE forecasting_demandseries s SET first_period = n.first FROM unnest(%s::bigint[], %s::date[]) "
        "AS n (id, first) WHERE n.id = s.id AND s.first_period IS DISTINCT FROM n.first",
        [series.tolist(), first],
    )
