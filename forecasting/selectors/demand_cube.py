"""Loads a plan's demand into arrays, keeps it in the process and brings it up to date by what was written since.

A reader remembers the oldest transaction that was still open when it read; rows touched by that one or a later one
are read again. No edit is missed and nobody waits for a lock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from forecasting.engine import Array, IntArray
from forecasting.grid import Cube, Items, Tree
from forecasting.models import ForecastRun
from forecasting.overrides_book import Entry, Node, OverrideBook
from siop import bulk
from siop.catalog.models import Category, Item, Location, Segment
from siop.plans.models import PlanVersion
from siop.plans.selectors import history_months, planned_months
from siop.statements import answers

KEPT = 3
UNSORTED = "Without category"
LINES = """
SELECT c.series_id, s.item_id, s.location_id, s.segment_id, c.version::bigint, c.id, coalesce(c.run_id, 0),
       c.quantity
FROM forecasting_consensusline c JOIN forecasting_demandseries s ON s.id = c.series_id WHERE c.plan_id = %s
"""
FORECASTS = """
SELECT series_id, statistical, low_80, high_80, history FROM forecasting_forecastline
WHERE run_id = %s AND cardinality(history) = %s
"""
TOUCHED = """
SELECT series_id, version::bigint, id, coalesce(run_id, 0), quantity FROM forecasting_consensusline
WHERE plan_id = %s AND touched >= %s
"""
OVERRIDES = """
SELECT id, sequence, coalesce(category_id, 0), coalesce(item_id, 0), coalesce(location_id, 0),
       coalesce(segment_id, 0), month, mode, value, reason <> '', expires, revoked IS NULL, version
FROM forecasting_override
"""
TOUCHED_OVERRIDES = f"{OVERRIDES} WHERE touched >= %s"
STANDING_OVERRIDES = f"{OVERRIDES} WHERE revoked IS NULL"

# A maximum is the end of an index; EXISTS would read the table where its statistics lag behind.
NEWS = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       coalesce((SELECT max(touched) FROM forecasting_consensusline WHERE plan_id = %s) >= %s, false),
       coalesce((SELECT max(touched) FROM forecasting_override) >= %s, false),
       (SELECT (count(*), sum(id))::text FROM web_comment WHERE place LIKE 'demand:%%' AND resolved IS NULL)
"""
NODE = r"^demand:\d{1,18}(\.\d{1,18}){3}$"  # a comment may be written at any place; the grid knows nodes only
COMMENTS = "SELECT place, month FROM web_comment WHERE place ~ %s AND resolved IS NULL"

_cubes: OrderedDict[int, Cube] = OrderedDict()
_guard = threading.RLock()
_loading: dict[int, threading.Lock] = {}


def cube_of(plan: PlanVersion) -> Cube:
    """The plan's arrays as of now; loaded on first use, then only what changed is read."""
    with _guard:
        cube = _cubes.get(plan.pk)
        gate = _loading.setdefault(plan.pk, threading.Lock())
    if cube is not None and refresh(cube, plan):
        return cube
    with gate:
        with _guard:
            newer = _cubes.get(plan.pk)
        if newer is not None and newer is not cube and refresh(newer, plan):
            return newer
        return _keep(plan.pk, load(plan))


def forget_all() -> None:
    """For tests and after a restore: what is held belongs to another database."""
    with _guard:
        _cubes.clear()


def _keep(plan_id: int, cube: Cube) -> Cube:
    with _guard:
        _cubes.pop(plan_id, None)
        _cubes[plan_id] = cube
        while len(_cubes) > KEPT:
            _cubes.popitem(last=False)
    return cube


def refresh(cube: Cube, plan: PlanVersion) -> bool:
    """Read what was written since the last time; False where the plan has another baseline or other series."""
    news = _news(cube)
    rows = _touched(cube) if news.lines else None
    with _guard:
        if rows is not None and not _known(cube, rows):
            return False
        changed = rows is not None and _take_lines(cube, rows[0], rows[1], rows[2], rows[4])
        if news.overrides:
            changed |= _take_overrides(cube, plan, TOUCHED_OVERRIDES, [cube.horizon_mark])
        if news.comments != cube.comments_seen:
            cube.comments, cube.comments_seen, changed = _comments(cube), news.comments, True
        cube.horizon_mark = news.mark
        if changed:
            cube.generation += 1
            kept = [(key, value) for key, value in list(cube.selections.items()) if key[0][-1] == "all"]
            cube.selections = dict(kept)
    return True


class _News(NamedTuple):
    """What there is to read again; mostly nothing, so it is asked for in one statement."""

    mark: int
    lines: bool
    overrides: bool
    comments: str


def _news(cube: Cube) -> _News:
    return _News(*answers(NEWS, [cube.plan_id, cube.horizon_mark, cube.horizon_mark])[0])


def _touched(cube: Cube) -> list[Any]:
    columns = f"i i i i f{cube.columns}"
    return bulk.copy_out(TOUCHED, [cube.plan_id, cube.horizon_mark], columns=columns)


def _known(cube: Cube, rows: list[Any]) -> bool:
    """Whether the lines are of series and of a baseline that the arrays hold."""
    return set(rows[3].tolist()) <= cube.runs and all(int(pk) in cube.position for pk in rows[0])


def _take_lines(cube: Cube, series: IntArray, versions: IntArray, lines: IntArray, quantity: Array) -> bool:
    """A line rebuilt has a new id; of the same line the higher version is the newer, whoever read it last."""
    at = np.fromiter((cube.position[int(pk)] for pk in series), dtype=np.int64, count=len(series))
    fresh = (lines > cube.line[at]) | ((lines == cube.line[at]) & (versions > cube.version[at]))
    if not fresh.any():
        return False
    cube.quantity[:, at[fresh]] = quantity[fresh].T
    cube.version[at[fresh]] = versions[fresh]
    cube.line[at[fresh]] = lines[fresh]
    return True


def _take_overrides(cube: Cube, plan: PlanVersion, which: str, parameters: list[int]) -> bool:
    columns = {month: column for column, month in enumerate(cube.months)}
    changed = False
    for pk, sequence, *node, month, mode, value, explained, expires, active, version in answers(
        which, parameters
    ):
        if version <= cube.book.versions.get(pk, 0):
            continue
        cube.book.versions[pk] = version
        changed = True
        column = columns.get(month)
        if column is None or not active or not holds(expires, plan):
            cube.book.drop(pk)
            continue
        cube.book.put(Entry(pk, sequence, Node(*node), column, mode, float(value), explained, expires))
    return changed


def holds(expires: date | None, plan: PlanVersion) -> bool:
    """An override counts through its last day; plans that start later no longer know it."""
    return expires is None or expires >= plan.as_of


def _comments(cube: Cube) -> dict[str, set[int]]:
    columns = {month: column for column, month in enumerate(cube.months)}
    found: dict[str, set[int]] = {}
    for place, month in zip(*bulk.lists_out(COMMENTS, [NODE]), strict=True):
        found.setdefault(place, set())
        if month in columns:
            found[place].add(columns[month])
    return found


def _oldest_open_transaction() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def load(plan: PlanVersion) -> Cube:
    """Read a plan's demand whole."""
    mark = _oldest_open_transaction()
    months, past = planned_months(plan), history_months(plan)
    lines = bulk.copy_out(LINES, [plan.pk], columns=f"i i i i i i i f{plan.horizon}")
    series, item_pk, location, segment, version, line, run, quantity = lines
    items, item_of = _items(item_pk)
    tree, category_of_item = _categories(items["category"])
    places = _places()
    names, place_rank = _named_places(places, location, segment)
    order = np.lexsort((place_rank, _rank(items["code"])[item_of], np.asarray(category_of_item)[item_of]))
    forecast = _forecasts(plan, series[order], run[order], past)
    leaf_items, new_items = _sorted_items(items, item_of[order])
    cube = Cube(
        plan_id=plan.pk,
        runs=frozenset(int(one) for one in run),
        months=months,
        history_months=past,
        tree=_sliced(tree, np.asarray(category_of_item)[item_of[order]]),
        items=new_items,
        series=series[order],
        item=leaf_items,
        location=location[order],
        segment=segment[order],
        places=names[order].tolist(),
        location_codes=places[0],
        segment_codes=places[1],
        statistical=forecast["statistical"],
        base=forecast["statistical"],
        low=forecast["low"],
        high=forecast["high"],
        history=forecast["history"].astype(np.float32),
        last_year=_last_year(forecast["history"], plan),
        last_cycle=None,
        quantity=np.ascontiguousarray(quantity[order].T),
        version=version[order].copy(),
        line=line[order].copy(),
        book=OverrideBook(),
        horizon_mark=mark,
    )
    cube.last_cycle = last_cycle(cube, plan)
    _take_overrides(cube, plan, STANDING_OVERRIDES, [])
    cube.comments = _comments(cube)
    return cube


def _items(pks: IntArray) -> tuple[dict[str, list[Any]], IntArray]:
    """Master data of the items in the plan, and each series' place among them."""
    wanted, item_of = np.unique(pks, return_inverse=True)
    fields = ("id", "code", "description", "category_id", "step", "unit_price")
    known = {row[0]: row for row in Item.objects.filter(pk__in=wanted.tolist()).values_list(*fields)}
    rows = [known[int(pk)] for pk in wanted]
    columns = dict(
        zip(("pk", "code", "description", "category", "step", "price"), zip(*rows, strict=True), strict=True)
    )
    return {name: list(values) for name, values in columns.items()} if rows else {
        name: [] for name in ("pk", "code", "description", "category", "step", "price")
    }, np.asarray(item_of)


def _sorted_items(items: dict[str, list[Any]], item_of: IntArray) -> tuple[IntArray, Items]:
    """Items in the order of their leaves, so that each is one slice."""
    starts = (
        np.flatnonzero(np.concatenate(([True], item_of[1:] != item_of[:-1]))) if len(item_of) else item_of
    )
    order = item_of[starts]
    place = np.zeros(len(items["pk"]), dtype=np.int64)
    place[order] = np.arange(len(order))
    take = order.tolist()
    codes = [str(items["code"][k]) for k in take]
    return place[item_of], Items(
        pk=np.array([items["pk"][k] for k in take], dtype=np.int64),
        codes=codes,
        descriptions=[str(items["description"][k]) for k in take],
        step=np.array([float(items["step"][k]) for k in take]),
        price=np.array([float(items["price"][k] or 0) for k in take]),
        start=starts.astype(np.int64),
        end=np.append(starts[1:], len(item_of)).astype(np.int64),
        searchable=[f"{items['code'][k]} {items['description'][k]}".lower() for k in take],
        rank=_rank(codes).astype(np.float64),
    )


def _categories(of_items: list[int | None]) -> tuple[Tree, list[int]]:
    """The category tree depth first with "without category" at its end, and the place of each item's category."""
    rows = list(Category.objects.order_by("code").values_list("id", "code", "parent_id"))
    below: dict[int | None, list[tuple[int, str]]] = {}
    for pk, code, parent in rows:
        below.setdefault(parent, []).append((pk, code))
    pks: list[int] = []
    codes: list[str] = []
    parents: list[int] = []
    waiting = [(pk, code, -1) for pk, code in reversed(below.get(None, []))]
    while waiting:
        pk, code, parent = waiting.pop()
        at = len(pks)
        pks.append(pk)
        codes.append(code)
        parents.append(parent)
        waiting.extend((child, name, at) for child, name in reversed(below.get(pk, [])))
    pks.append(0)
    codes.append(UNSORTED)
    parents.append(-1)
    place = {pk: at for at, pk in enumerate(pks)}
    zeros = np.zeros(len(pks), dtype=np.int64)
    tree = Tree(np.array(pks), codes, np.array(parents), zeros, zeros, zeros)
    return tree, [place.get(pk or 0, len(pks) - 1) for pk in of_items]


def _sliced(tree: Tree, category_of_leaf: IntArray) -> Tree:
    """Where each category's leaves lie; a category ends where the last one below it ends."""
    numbers = np.arange(len(tree.pk))
    start = np.searchsorted(category_of_leaf, numbers, side="left")
    direct = np.searchsorted(category_of_leaf, numbers, side="right")
    end = direct.copy()
    for at in range(len(tree.pk) - 1, -1, -1):
        parent = int(tree.parent[at])
        if parent >= 0:
            end[parent] = max(end[parent], end[at])
    return Tree(tree.pk, tree.codes, tree.parent, start, direct, end)


def _places() -> tuple[dict[int, str], dict[int, str]]:
    return dict(Location.objects.values_list("id", "code")), dict(Segment.objects.values_list("id", "code"))


def _named_places(
    places: tuple[dict[int, str], dict[int, str]], location: IntArray, segment: IntArray
) -> tuple[Any, IntArray]:
    """What each leaf's place is called, and its rank among them; there are few places for many leaves."""
    pairs, of_leaf = np.unique(np.stack([location, segment]), axis=1, return_inverse=True)
    texts = [" · ".join(filter(None, (places[0].get(int(x)), places[1].get(int(y))))) for x, y in pairs.T]
    of_leaf = of_leaf.ravel()
    return np.array(texts, dtype=object)[of_leaf], _rank(texts)[of_leaf]


def _rank(texts: list[Any]) -> IntArray:
    """Place of each text in alphabetical order."""
    rank = np.empty(len(texts), dtype=np.int64)
    rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return rank


def _forecasts(plan: PlanVersion, series: IntArray, run_of: IntArray, past: list[date]) -> dict[str, Array]:
    """Statistical forecast, its 80 % range and the history behind it, (T, N), of the run (N,) that each series counts on.

    Zero for series without one.
    """
    names = ("statistical", "low", "high")
    out = {name: np.zeros((plan.horizon, len(series))) for name in names}
    out["history"] = np.zeros((len(past), len(series)))
    if not len(series):
        return out
    order = np.argsort(series)
    for run in ForecastRun.objects.filter(pk__in=np.unique(run_of).tolist()):
        shape = f"i f{run.horizon} f{run.horizon} f{run.horizon} f{run.history_periods}"
        pks, *columns = bulk.copy_out(FORECASTS, [run.pk, run.history_periods], columns=shape)
        place = np.clip(np.searchsorted(series[order], pks), 0, len(series) - 1)
        at = order[place]
        known = (series[at] == pks) & (run_of[at] == run.pk)
        for name, values in zip(names, columns[:3], strict=True):
            size = min(plan.horizon, run.horizon)
            out[name][:size, at[known]] = values[known, :size].T
        size = min(len(past), run.history_periods)
        if size:
            out["history"][-size:, at[known]] = columns[3][known, -size:].T
    return out


def _last_year(history: Array, plan: PlanVersion) -> Array:
    """Sales one season before each planned month, (T, N); NaN where that month is not over yet."""
    season = int(plan.parameters.get("season", 12))
    out = np.full((plan.horizon, history.shape[1]), np.nan)
    for column in range(min(plan.horizon, season)):
        back = len(history) - season + column
        if 0 <= back < len(history):
            out[column] = history[back]
    return out


def last_cycle(cube: Cube, plan: PlanVersion) -> Array | None:
    """What the plan published before this one said of the same months, (T, N); None where there is none."""
    before = (
        PlanVersion.objects.filter(published__isnull=False, as_of__lt=plan.as_of)
        .order_by("-as_of", "-published")
        .first()
    )
    if before is None:
        return None
    series, quantity = bulk.copy_out(
        "SELECT series_id, quantity FROM forecasting_consensusline WHERE plan_id = %s",
        [before.pk],
        columns=f"i f{before.horizon}",
    )
    out = np.full((cube.columns, cube.leaves), np.nan)
    months = {month: column for column, month in enumerate(planned_months(before))}
    at = np.array([cube.position.get(int(pk), -1) for pk in series], dtype=np.int64)
    for column, month in enumerate(cube.months):
        if month in months:
            out[column] = 0.0
            out[column, at[at >= 0]] = quantity[at >= 0, months[month]]
    return out
