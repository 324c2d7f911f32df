"""The content hash of a plan: a tree of lines, one digest per family and part, and one hash over them.

A line's digest covers its key, its words (policy, unit, step, dates) as JSON text and its numbers as whole
thousandths; it carries its key, so digests put in order are sorted keys. Capacity and supplier risk are
shared by families and hash at plan level, with the parameters and the calendar. Pegs and exceptions explain
the plan and follow from it; they are protected after publication, but are no part of what is signed.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.apps import apps
from django.core.cache import cache
from django.db import connection, transaction

from siop import bulk
from siop.catalog.families import family_of_categories
from siop.reading import once
from siop.statements import answers
from siop.web.kept import kept

from .enums import PlanPart
from .models import PlanDigest, PlanVersion

NO_FAMILY = "No family"
THOUSANDTHS = 1000.0
LARGEST = 9.2e18
COPY_HEADER, COPY_TRAILER = 19, 2
CACHE_SECONDS = 24 * 3600
VERSION_BYTES = 200
SHARED = "shared"
WRITTEN = "count(*), sum(x.xmin::text::bigint), sum(x.cmin::text::bigint)"
PERIODS = 'SELECT start, "end" FROM catalog_period WHERE start >= %s ORDER BY start LIMIT %s'
NAMED = ("catalog.Item", "catalog.Location", "catalog.Segment", "catalog.Category")


class HashingError(ValueError):
    """A plan holds a number that has no place in whole thousandths."""


@dataclass(frozen=True)
class HashTree:
    content_hash: str
    digests: dict[tuple[str, PlanPart], str]


@dataclass(frozen=True)
class Lines:
    """One table beneath a plan: what a line is called, which words and which numbers it holds."""

    model: str
    part: PlanPart | None  # None: shared by families
    words: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()


KEY = ("i.code", "l.code", "i.unit", "trim_scale(i.step)")
TABLES = (
    Lines("forecasting.ConsensusLine", PlanPart.DEMAND, (*KEY, "s.code"), arrays=("quantity",)),
    Lines(
        "inventory.InventoryTarget",
        PlanPart.INVENTORY,
        (*KEY, "x.service_policy", "x.service_target::text", "x.klass", "x.parts", "x.formula", "x.reason"),
        (
            "daily_demand", "error_sd", "lead_time_days", "lead_time_sd_days", "protection_days",
            "safety_stock", "reserve", "reorder_point", "order_up_to",
        ),
        ("by_period",),
    ),
    Lines(
        "supply.PlanLine",
        PlanPart.SUPPLY,
        KEY,
        ("on_hand", "past_due_release"),
        (
            "demand", "dependent_demand", "scheduled_receipts", "planned_receipts", "planned_releases",
            "opening", "closing", "shortage", "safety_stock",
        ),
    ),
    Lines(
        "supply.PlannedOrder",
        PlanPart.SUPPLY,
        (
            *KEY, "x.number", "x.kind", "x.source", "x.mode", "x.quantity", "x.needed_quantity",
            "x.overhang", "x.overhang_value", "x.need_date", "x.order_by", "x.ship_date", "x.due_date",
            "x.unit_landed_cost", "x.computed_quantity", "x.reason", "x.parts",
        ),
    ),
    Lines(
        "supply.CapacityLoad",
        None,
        ("x.kind", "x.code", "x.unit"),
        arrays=("required", "available", "value_of_one_more"),
    ),
    Lines(
        "supply.SupplierRisk",
        None,
        ("x.supplier_id", "x.recover_days::text", "x.exposure"),
        ("survive_days", "gap_days", "stock_needed"),
    ),
)  # fmt: skip


PARTS = tuple(dict.fromkeys(lines.part for lines in TABLES))
Hashes = dict[str, str]  # by family


def content(plan: PlanVersion) -> HashTree:
    """The hash tree of what stands beneath `plan` now; computed from the rows, never from a stored hash."""
    return _tree(plan, _hashes(plan, PARTS))


def current(plan: PlanVersion) -> HashTree:
    """As `content`, for pages: each part is taken from the cache while no row of it was written."""
    return once(("content", plan.pk), lambda: _current(plan))


def _current(plan: PlanVersion) -> HashTree:
    """What is typed changes the demand; targets and orders beneath the plan need not be read again for it."""
    keys = {part: f"plan-content:{plan.pk}:{part}:{row_versions(plan, part)}" for part in PARTS}
    kept = cache.get_many(keys.values())
    found = {part: kept[key] for part, key in keys.items() if key in kept}
    new = _hashes(plan, [part for part in PARTS if part not in found])
    for part, hashes in new.items():
        cache.set(keys[part], hashes, CACHE_SECONDS)
    return _tree(plan, found | new)


def _hashes(plan: PlanVersion, parts: Sequence[PlanPart | None]) -> dict[PlanPart | None, Hashes]:
    """By part, one hash a family over its lines; of what families share, one in all."""
    families = family_of_categories() if parts else {}
    found: dict[PlanPart | None, Hashes] = {}
    for part in parts:
        digests: dict[str, list[bytes]] = {} if part else {SHARED: []}
        for lines in TABLES:
            if lines.part == part:
                for family, digest in _line_digests(plan, lines, families):
                    digests.setdefault(family if part else SHARED, []).append(digest)
        found[part] = {name: _over(of_lines) for name, of_lines in digests.items()}
    return found


def _tree(plan: PlanVersion, found: Mapping[PlanPart | None, Hashes]) -> HashTree:
    by_part = {part: hashes for part, hashes in found.items() if part is not None}
    middle = {(family, part): sha for part, hashes in by_part.items() for family, sha in hashes.items()}
    ordered = dict(sorted(middle.items()))
    return HashTree(content_hash=_top(plan, ordered, found[None][SHARED]), digests=ordered)


def store(plan: PlanVersion, tree: HashTree) -> None:
    """Write the tree beside the plan, so that lists and exports carry it."""
    with transaction.atomic():
        kept = {
            (row.family, row.part): row.sha256
            for row in PlanDigest.objects.filter(plan=plan)
        }  # fmt: skip
        wanted = {(family, part.value): sha for (family, part), sha in tree.digests.items()}
        if kept != wanted:
            PlanDigest.objects.filter(plan=plan).delete()
            PlanDigest.objects.bulk_create(
                [PlanDigest(plan=plan, family=f, part=p, sha256=sha) for (f, p), sha in wanted.items()]
            )
        if plan.content_hash != tree.content_hash:
            PlanVersion.objects.filter(pk=plan.pk).update(content_hash=tree.content_hash)
            plan.content_hash = tree.content_hash


def part_hash(tree: HashTree, part: PlanPart) -> str:
    """One hash over all families of a part: what a signature of that part alone is bound to."""
    rows = [[family, sha] for (family, p), sha in sorted(tree.digests.items()) if p == part]
    return hashlib.sha256(_canonical([part.value, rows])).hexdigest()


def _top(plan: PlanVersion, middle: dict[tuple[str, PlanPart], str], shared: str) -> str:
    body = {
        "as_of": plan.as_of.isoformat(),
        "bucket": plan.bucket,
        "origin": plan.origin.isoformat(),
        "history_periods": plan.history_periods,
        "horizon": plan.horizon,
        "parameters": plan.parameters,
        "calendar": _calendar(plan),
        "digests": [[family, part.value, sha] for (family, part), sha in middle.items()],
        SHARED: shared,
    }
    return hashlib.sha256(_canonical(body)).hexdigest()


def _calendar(plan: PlanVersion) -> list[list[str]]:
    days = once(("calendar", plan.pk), lambda: answers(PERIODS, [plan.as_of, plan.horizon]))
    return [[start.isoformat(), end.isoformat()] for start, end in days]


def _over(digests: list[bytes]) -> str:
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def _line_digests(plan: PlanVersion, lines: Lines, families: dict[int, str]) -> Iterator[tuple[str, bytes]]:
    """(family, digest) of each line. Lines of equal width are read together, as one array of numbers."""
    names = sorted(set(families.values()))
    numbered = {name: number for number, name in enumerate(names)}
    select, parameters = _query(plan, lines, [*families], [numbered[name] for name in families.values()])
    for width in _widths(plan, lines):
        reader = _CopyReader(width)
        with bulk.driver_cursor(select) as cursor:
            wanted = cursor.mogrify(f"{select} AND {_width(lines)} = %s", [*parameters, width])
            cursor.copy_expert(f"COPY ({wanted.decode()}) TO STDOUT (FORMAT binary)", reader)
        for number, digest in reader.lines():
            yield (names[number] if number >= 0 else NO_FAMILY), digest


FAMILIES = (
    "LEFT JOIN unnest(%s::bigint[], %s::int[]) AS f(category_id, number) ON f.category_id = i.category_id"
)


def _query(
    plan: PlanVersion, lines: Lines, category_ids: list[int], family_numbers: list[int]
) -> tuple[str, list[Any]]:
    """Family number, hash of the words, and all numbers of a line in one array: a row of fixed width."""
    scalars = [f"x.{name}" for name in lines.numbers] + [f"cardinality(x.{name})" for name in lines.arrays]
    numbers = " || ".join([f"ARRAY[{', '.join(scalars)}]::float8[]", *(f"x.{name}" for name in lines.arrays)])
    words = f"sha256(convert_to(jsonb_build_array('{lines.model}', {', '.join(lines.words)})::text, 'UTF8'))"
    if lines.part is None:
        return f"SELECT -1, {words}, {numbers} FROM {_table(lines.model)} x WHERE x.plan_id = %s", [plan.pk]  # noqa: S608
    select = (
        f"SELECT coalesce(f.number, -1), {words}, {numbers} FROM {_table(lines.model)} x {_places(lines)} {FAMILIES} "  # noqa: S608
        "WHERE x.plan_id = %s"
    )
    return select, [category_ids, family_numbers, plan.pk]


def _places(lines: Lines) -> str:
    if lines.part != PlanPart.DEMAND:
        return "JOIN catalog_item i ON i.id = x.item_id JOIN catalog_location l ON l.id = x.location_id"
    return (
        "JOIN forecasting_demandseries d ON d.id = x.series_id JOIN catalog_segment s ON s.id = d.segment_id "
        "JOIN catalog_item i ON i.id = d.item_id JOIN catalog_location l ON l.id = d.location_id"
    )


def _width(lines: Lines) -> str:
    return " + ".join(["0", *(f"cardinality(x.{name})" for name in lines.arrays)]) + (
        f" + {len(lines.numbers) + len(lines.arrays)}"
    )


def _widths(plan: PlanVersion, lines: Lines) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {_width(lines)} FROM {_table(lines.model)} x WHERE x.plan_id = %s ORDER BY 1",  # noqa: S608
            [plan.pk],
        )
        return [row[0] for row in cursor.fetchall()]


def _table(model: str) -> str:
    return str(apps.get_model(model)._meta.db_table)


class _CopyReader:
    """Takes the bytes of a binary COPY of (int4, 32 bytes, float8[width]) and digests rows as they come."""

    def __init__(self, width: int) -> None:
        array_bytes = 20 + 12 * width if width else 12
        self._row = np.dtype(
            [
                ("head", "V6"), ("family", ">i4"), ("_1", "V4"), ("words", "V32"), ("_2", "V4"),
                ("array", "V", array_bytes),
            ]
        )  # fmt: skip
        self._width = width
        self._pending = bytearray()
        self._started = False
        self._found: list[tuple[int, bytes]] = []

    def write(self, data: bytes) -> int:
        self._pending += data
        if not self._started and len(self._pending) >= COPY_HEADER:
            del self._pending[:COPY_HEADER]
            self._started = True
        if len(self._pending) >= 1 << 22:
            self._digest_rows()
        return len(data)

    def lines(self) -> list[tuple[int, bytes]]:
        self._digest_rows()
        if len(self._pending) != COPY_TRAILER:
            raise HashingError("The database sent rows of another width; ask for the hash again.")
        return self._found

    def _digest_rows(self) -> None:
        count = len(self._pending) - (
            COPY_TRAILER if len(self._pending) % self._row.itemsize == COPY_TRAILER else 0
        )
        count //= self._row.itemsize
        if count < 1:
            return
        rows = np.frombuffer(bytes(self._pending[: count * self._row.itemsize]), dtype=self._row)
        del self._pending[: count * self._row.itemsize]
        numbers = _thousandths(rows["array"], self._width)
        words = rows["words"].tobytes()
        for at, family in enumerate(rows["family"].tolist()):
            digest = hashlib.sha256(words[32 * at : 32 * at + 32])
            digest.update(numbers[at])
            self._found.append((family, digest.digest()))


def _thousandths(arrays: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Whole thousandths (rows, width) of float8 arrays as the database sends them: length, then value."""
    element = np.dtype([("length", ">i4"), ("value", ">f8")])
    if width == 0:
        return np.zeros((len(arrays), 0), dtype=np.int64)
    body = np.ascontiguousarray(arrays).view(np.uint8).reshape(len(arrays), -1)[:, 20:]
    elements = np.ascontiguousarray(body).view(element).reshape(len(arrays), width)
    values = np.rint(elements["value"].astype(np.float64) * THOUSANDTHS)
    if (elements["length"] != 8).any() or not (np.abs(values) < LARGEST).all():
        raise HashingError(
            "A plan holds a missing or an impossible number; recompute it before it is signed."
        )
    return np.ascontiguousarray(values.astype(np.int64))


def row_versions(plan: PlanVersion, *parts: PlanPart | None) -> str:
    """Changes whenever a row is written that the hash of these parts reads; of any part where none is named."""
    found = once(("row_versions", plan.pk), lambda: _row_versions(plan))
    read = [lines.model for lines in TABLES if not parts or lines.part in parts]
    written = [found[model] for model in (*read, *NAMED)]
    seen = [plan.as_of, plan.horizon, plan.parameters, _calendar(plan), written]
    return hashlib.sha256(_canonical(seen)).hexdigest()


def _row_versions(plan: PlanVersion) -> dict[str, list[Any]]:
    """By model; rows that keystrokes write are counted each time, those of all others once they are written."""
    typed = {lines.model for lines in TABLES if lines.part == PlanPart.DEMAND}
    rest = {lines.model for lines in TABLES} - typed
    counted = kept(
        ("row_versions", plan.pk),
        lambda: _counted(plan, rest) | _counted(None, NAMED),
        size=lambda found: VERSION_BYTES * len(found),
    )
    return _counted(plan, typed) | counted


def _counted(plan: PlanVersion | None, models: Collection[str]) -> dict[str, list[Any]]:
    """Counts and sums of row versions, of the rows beneath a plan or of all: no sorting."""
    which = "WHERE x.plan_id = %(plan)s" if plan else ""
    looks = [f"SELECT '{model}', {WRITTEN} FROM {_table(model)} x {which}" for model in sorted(models)]  # noqa: S608
    rows = answers(" UNION ALL ".join(looks), {"plan": plan.pk} if plan else {})
    return {model: written for model, *written in rows}
