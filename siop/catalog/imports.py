"""Tables of the catalog that come in: columns and row checks."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from siop.catalog import parameter_book
from siop.catalog.enums import LocationKind, ServicePolicy
from siop.catalog.models import Category, Period
from siop.gather.checks import different, fraction_policies, known_code, ordered
from siop.gather.columns import choice, code, date, days, money, number, percentage, text
from siop.gather.parsing.columns import Values
from siop.gather.rows import Rows
from siop.gather.tables import Table, register

ITEM_POLICIES = (ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE, ServicePolicy.NEVER_RUN_OUT)


def category_loops() -> Iterator[str]:
    """Categories that contain themselves through their parents."""
    parents = dict(Category.objects.values_list("code", "parent__code"))
    for start in parents:
        seen, place = {start}, parents[start]
        while place is not None and place not in seen:
            seen.add(place)
            place = parents[place]
        if place == start:
            yield f"The category {start} contains itself through its parents."


def complete_periods(rows: Rows) -> None:
    """A blank end is the day before the next start in the file, the last one the end of its month."""
    starts = rows.dates("start")
    order = np.argsort(starts, kind="stable")
    ends = rows.dates("end").copy()
    for place, index in enumerate(order):
        if np.isnat(ends[index]) and not np.isnat(starts[index]):
            later = starts[order[place + 1 :]]
            later = later[later > starts[index]]
            ends[index] = later[0] - np.timedelta64(1, "D") if len(later) else _month_end(starts[index])
    texts: list[str | None] = [None if np.isnat(end) else str(end) for end in ends]
    rows.put("end", Values(texts=texts, codes=np.arange(len(rows), dtype=np.int32)))


def period_overlaps() -> Iterator[str]:
    """Every day lies in exactly one period, so neighbours neither overlap nor leave a gap."""
    periods = list(Period.objects.order_by("start").values_list("start", "end"))
    for (start, end), (following, _) in pairwise(periods):
        if following <= end:
            yield f"The period from {following} begins before the one from {start} ends ({end})."
        elif following > end + dt.timedelta(days=1):
            yield f"The days between {end} and {following} lie in no period."


def known_parameters(rows: Rows) -> None:
    """Parameters that the product reads must hold what it can read; others are kept for the company's use."""
    if not (rows.has("name") and rows.has("value")):
        return
    names, values = rows.typed["name"].cells(), rows.typed["value"].cells()
    refusals = [
        entry.refusal(value or "") if (entry := parameter_book.find(name or "")) else ""
        for name, value in zip(names, values, strict=True)
    ]
    for reason in sorted(set(refusals) - {""}):
        rows.reject(np.asarray([one == reason for one in refusals], np.bool_), column="value", reason=reason)


def _month_end(day: np.datetime64) -> np.datetime64:
    start = day.astype(dt.date)
    return np.datetime64(start.replace(day=calendar.monthrange(start.year, start.month)[1]), "D")


register(
    Table(
        name="categories",
        label="Categories",
        model="catalog.Category",
        key=(code("category", field="code"),),
        columns=(
            code("parent", references="categories", required=False),
            code("family", required=False),
            text("reviewer", length=254),
        ),
        checks=(different("category", "parent"),),
        verifications=(category_loops,),
    )
)
register(
    Table(
        name="items",
        label="Items",
        model="catalog.Item",
        key=(code("item", field="code", aliases=("sku", "item code")),),
        columns=(
            text("description"),
            code("category", references="categories", required=False),
            text("unit", length=30),
            number("step", default="1", positive=True),
            number("priority", default="5", places=0, digits=4, minimum=0),
            money("unit_cost"),
            money("unit_price"),
            number("volume_m3", places=6, digits=14, minimum=0),
            number("units_per_carton", positive=True),
            percentage("holding_cost_pct"),
            days("shelf_life_days"),
            date("launch_date"),
            date("end_date"),
            code("like_item", references="items", required=False),
            number("like_item_scale", places=4, digits=9, minimum=0),
            choice("service_policy", choices=ITEM_POLICIES),
            number("service_target", places=6, percent="fraction", minimum=0),
            date("certificate_date"),
        ),
        checks=(ordered("launch_date", "end_date"), different("item", "like_item"), fraction_policies),
    )
)
register(
    Table(
        name="units",
        label="Units",
        model="catalog.ItemUnit",
        key=(code("item", references="items"), text("unit", length=30, required=True)),
        columns=(number("factor", places=6, required=True, positive=True),),
    )
)
register(
    Table(
        name="periods",
        label="Fiscal periods",
        model="catalog.Period",
        key=(date("start", required=True),),
        columns=(date("end"), text("quarter", length=20), text("year", length=20)),
        checks=(complete_periods, ordered("start", "end")),
        verifications=(period_overlaps,),
    )
)
register(
    Table(
        name="parameters",
        label="Parameters",
        model="catalog.Parameter",
        key=(code("name"),),
        columns=(text("value", required=True),),
        checks=(known_parameters,),
    )
)
register(
    Table(
        name="locations",
        label="Locations",
        model="catalog.Location",
        key=(code("location", field="code"),),
        columns=(
            text("description"),
            choice("kind", choices=LocationKind.values, default=LocationKind.WAREHOUSE.value),
            text("country", length=60),
            number("storage_m3", places=3, digits=14, minimum=0),
        ),
    )
)
register(
    Table(
        name="segments",
        label="Segments",
        model="catalog.Segment",
        key=(code("segment", field="code"),),
        columns=(text("description"),),
    )
)
register(
    Table(
        name="closures",
        label="Closures",
        model="catalog.Closure",
        key=(code("calendar"), date("date", required=True)),
        columns=(text("note"),),
        checks=(known_code("calendar", "suppliers", "locations"),),
        after=("suppliers", "locations"),
    )
)
