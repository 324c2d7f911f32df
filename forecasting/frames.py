"""Demand rows as arrays: the only crossing between tables and the forecasting engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.engine import Array, IntArray
from siop import bulk
from siop.plans.models import PlanVersion

from .errors import HistoryOvertaken
from .models import Bundle

_LOCATIONS = 20  # bits of a location or segment id inside a key


@dataclass(frozen=True, kw_only=True)
class SeriesFrame:
    """N series with their history (T, N); ids are (N,). `first` is the row of the first sale, T without any."""

    series: IntArray
    item: IntArray
    location: IntArray
    segment: IntArray
    category: IntArray
    history: Array
    first: IntArray

    @property
    def count(self) -> int:
        return len(self.series)


def series_keys(item: IntArray, location: IntArray, segment: IntArray) -> IntArray:
    """One number for each item x location x segment, for joins in memory."""
    if max(location.max(initial=0), segment.max(initial=0)) >= 1 << _LOCATIONS:
        raise OverflowError("more than a million locations or segments")
    return np.asarray((item << 2 * _LOCATIONS) | (location << _LOCATIONS) | segment)


def read_series(plan: PlanVersion, *, first: int = 0, last: int = 2**62) -> SeriesFrame:
    """Series with ids from `first` to `last` that the plan forecasts, with its history periods.

    Raises HistoryOvertaken where a newer import has written the history anew meanwhile.
    """
    length = plan.history_periods
    quantity = "h.quantity[1:%(length)s]" if length else "NULL"
    zeros = "array_fill(0::float8, ARRAY[%(length)s::int])"
    known = f", (h.series_id IS NOT NULL)::bool, COALESCE({quantity}, {zeros})" if length else ""
    columns = bulk.copy_out(
        f"""
        SELECT s.id, s.item_id, s.location_id, s.segment_id, COALESCE(i.category_id, 0),
               (h.series_id IS NULL OR (h.origin = %(origin)s AND cardinality(h.quantity) >= %(length)s)){known}
        FROM forecasting_demandseries s
        JOIN catalog_item i ON i.id = s.item_id
        LEFT JOIN forecasting_saleshistory h ON h.series_id = s.id
        WHERE s.id BETWEEN %(first)s AND %(last)s AND ({FORECAST_WORTHY})
        ORDER BY s.id
        """,  # noqa: S608 - only the constants of this module are put in
        {"length": length, "origin": plan.origin, "first": first, "last": last},
        columns=f"i i i i i b{f' b f{length}' if length else ''}",
    )
    series, item, location, segment, category, whole = columns[:6]
    if not whole.all():
        raise HistoryOvertaken(
            f"The history of data version {plan.data_version} was overtaken by newer data."
        )
    history = columns[7].T if length else np.zeros((0, len(series)))
    sold = history != 0
    start = (
        np.where(sold.any(axis=0), sold.argmax(axis=0), length) if length else np.zeros(len(series), np.int64)
    )
    return SeriesFrame(
        series=series,
        item=item,
        location=location,
        segment=segment,
        category=category,
        history=np.ascontiguousarray(history),
        first=start.astype(np.int64),
    )


# A series is forecast while something speaks for it: sales, a like item, owners, an override, outside demand.
FORECAST_WORTHY = """
    h.series_id IS NOT NULL
    OR i.like_item_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM forecasting_installedbase b WHERE b.consumable_id = s.item_id
               AND b.location_id = s.location_id AND b.segment_id = s.segment_id)
    OR EXISTS (SELECT 1 FROM forecasting_externaldemand e WHERE e.item_id = s.item_id
               AND e.location_id = s.location_id)
    OR EXISTS (SELECT 1 FROM forecasting_override o WHERE o.revoked IS NULL AND o.item_id = s.item_id)
"""


def bundle_contents() -> tuple[list[int], list[int], list[float]]:
    """Each bundle with every item that is in it in the end, and how many; bundles within bundles are opened."""
    direct: dict[int, list[tuple[int, float]]] = {}
    for bundle, item, quantity in Bundle.objects.values_list("bundle_id", "item_id", "quantity"):
        direct.setdefault(bundle, []).append((item, float(quantity)))
    rows = [
        (bundle, item, factor)
        for bundle in direct
        for item, factor in _contents(bundle, direct, path=(bundle,)).items()
    ]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _contents(
    bundle: int, direct: Mapping[int, Sequence[tuple[int, float]]], *, path: tuple[int, ...]
) -> dict[int, float]:
    total: dict[int, float] = {}
    for item, quantity in direct[bundle]:
        inner = (
            {item: 1.0} if item not in direct or item in path else _contents(item, direct, path=(*path, item))
        )
        for leaf, factor in inner.items():
            total[leaf] = total.get(leaf, 0.0) + quantity * factor
    return total
