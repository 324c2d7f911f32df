"""The arrays that the supply engine speaks, and what is checked about them before any arithmetic.

Shapes: T buckets, N item-locations, L lanes, V dated lane terms, E bill-of-material lines, C capacities,
R scheduled receipts, K planned orders. Days are proleptic ordinals (`datetime.date.toordinal`); the first
bucket edge is the planning date itself. Quantities are in each item's unit of measure, money in one currency.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np

from .basics import NEVER as NEVER
from .basics import TOLERANCE as TOLERANCE
from .basics import Array as Array
from .basics import BoolArray as BoolArray
from .basics import IntArray as IntArray
from .closures import Closures as Closures


class PlanningInputError(ValueError):
    """Inputs that cannot be planned; the message names the array, the position and what to correct."""


class Kind(IntEnum):
    """How a lane supplies an item-location."""

    BUY = 0
    TRANSFER = 1
    MAKE = 2


class LotRule(IntEnum):
    """What one lot covers; MOQ and multiple come on top of each."""

    LOT_FOR_LOT = 0
    FIXED_ORDER_QUANTITY = 1
    PERIOD_ORDER_QUANTITY = 2


class Cause(IntEnum):
    """The first thing that keeps a unit from being on time."""

    NONE = 0
    LEAD_TIME = 1
    CAPACITY = 2
    COMPONENT = 3
    BLOCKED = 4
    NO_SOURCE = 5
    RECEIPT_LATE = 6


class Reason(IntEnum):
    """What set the quantity of a planned order."""

    NET_REQUIREMENT = 0
    MOQ = 1
    MULTIPLE = 2
    LOT_RULE = 3
    JOINT_MOQ = 4
    FIRM = 5
    COST = 6  # weighed against all other lots by the optimiser


class Status(IntEnum):
    """`PROPOSED` lies inside the planning time fence: a person approves it."""

    PLANNED = 0
    PROPOSED = 1
    FIRM = 2


def _floats() -> Array:
    return np.zeros(0)


def _ints() -> IntArray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Bucket edges (T+1,) as day ordinals; edges[0] is the planning date, a bucket is [edges[t], edges[t+1])."""

    edges: IntArray
    nominal_days: int = 31  # lead time of the classic record: one bucket for up to this many days (week: 7)

    def __post_init__(self) -> None:
        if len(self.edges) < 2 or (np.diff(self.edges) <= 0).any():
            raise PlanningInputError(
                "Calendar.edges: give at least two days, each later than the one before."
            )

    @property
    def as_of(self) -> int:
        return int(self.edges[0])

    @property
    def buckets(self) -> int:
        return len(self.edges) - 1

    @property
    def days(self) -> IntArray:
        return np.diff(self.edges)

    def bucket_of(self, day: IntArray) -> IntArray:
        """Bucket that holds each day; days before the planning date count as bucket 0, later than the end as T."""
        return np.clip(np.searchsorted(self.edges, day, side="right") - 1, 0, self.buckets)

    def last_days(self, bucket: IntArray) -> IntArray:
        """The last day of each bucket; of what lies beyond the horizon (bucket T) the horizon's."""
        return np.asarray(self.edges[np.minimum(bucket, self.buckets - 1) + 1] - 1)

    def inside(self, day: int) -> int:
        """The bucket of one day, the last one for days beyond the horizon."""
        return min(int(self.bucket_of(np.array(day))), self.buckets - 1)


class _OfItems:
    """A table of rows by item-location, found without looking at all of them."""

    item: IntArray

    def of(self, item: int) -> IntArray:
        """Its rows, in their order.

        >>> ScheduledReceipts(item=np.array([2, 0, 2])).of(2).tolist()
        [0, 2]
        """
        order, sorted_items = self._by_item
        low, high = np.searchsorted(sorted_items, (item, item + 1))
        return order[low:high]

    @cached_property
    def _by_item(self) -> tuple[IntArray, IntArray]:
        order = np.argsort(self.item, kind="stable")
        return order, self.item[order]


@dataclass(frozen=True, kw_only=True)
class Lanes(_OfItems):
    """Ways of getting an item to a location, and their terms by order date.

    `item`, `source`, `kind`, `mode`, `priority`, `group`: (L,). `source` is a supplier index for BUY and the
    sending item-location for TRANSFER; for MAKE it is not read. `group` >= 0 shares its MOQ (`group_moq`).
    The other arrays are (V,) rows sorted by `term_lane`, then `valid_from`; validity is by order date.
    `lead_time_days` runs from order to receipt and includes `transit_days`. Its days before shipping are
    open days of the source (`source_calendar`), its days on the way are not; what arrives waits for an open day
    of the receiver (`receiving_calendar`). Both are (L,) calendars of `closures`, or nothing where none closes.
    """

    item: IntArray = field(default_factory=_ints)
    source: IntArray = field(default_factory=_ints)
    kind: IntArray = field(default_factory=_ints)
    mode: IntArray = field(default_factory=_ints)
    priority: IntArray = field(default_factory=_ints)
    group: IntArray = field(default_factory=_ints)
    group_moq: Array = field(default_factory=_floats)
    term_lane: IntArray = field(default_factory=_ints)
    valid_from: IntArray = field(default_factory=_ints)
    valid_to: IntArray = field(default_factory=_ints)
    lead_time_days: IntArray = field(default_factory=_ints)
    transit_days: IntArray = field(default_factory=_ints)
    moq: Array = field(default_factory=_floats)
    multiple: Array = field(default_factory=_floats)
    unit_cost: Array = field(default_factory=_floats)
    order_cost: Array = field(default_factory=_floats)
    freight_cost: Array = field(default_factory=_floats)
    # tariffs in percent, dated by arrival: rows sorted by lane, then day
    tariff_lane: IntArray = field(default_factory=_ints)
    tariff_from: IntArray = field(default_factory=_ints)
    tariff_pct: Array = field(default_factory=_floats)
    # price breaks: rows (term row, from this quantity, unit cost)
    break_term: IntArray = field(default_factory=_ints)
    break_quantity: Array = field(default_factory=_floats)
    break_cost: Array = field(default_factory=_floats)
    closures: Closures = field(default_factory=Closures)
    source_calendar: IntArray = field(default_factory=_ints)
    receiving_calendar: IntArray = field(default_factory=_ints)

    def __post_init__(self) -> None:
        if (self.lead_time_days < 0).any():
            row = int(np.flatnonzero(self.lead_time_days < 0)[0])
            raise PlanningInputError(f"Lanes.lead_time_days[{row}] is negative; enter 0 or more.")
        if (np.diff(self.term_lane) < 0).any():
            raise PlanningInputError(
                "Lanes.term_lane must be sorted; sort the terms by lane, then valid_from."
            )
        if len(self.term_lane) and len(np.unique(self.term_lane)) != len(self.item):
            raise PlanningInputError("Lanes.term_lane: every lane needs at least one row of terms.")

    @property
    def count(self) -> int:
        return len(self.item)

    @property
    def ever_close(self) -> bool:
        return len(self.source_calendar) > 0 and len(self.closures.day) > 0


@dataclass(frozen=True, kw_only=True)
class Bom:
    """Bill of materials between item-locations, (E,): `scrap` is the fraction of the component that is lost."""

    parent: IntArray = field(default_factory=_ints)
    component: IntArray = field(default_factory=_ints)
    quantity_per: Array = field(default_factory=_floats)
    scrap: Array = field(default_factory=_floats)
    valid_from: IntArray = field(default_factory=_ints)
    valid_to: IntArray = field(default_factory=_ints)

    def __post_init__(self) -> None:
        if (self.scrap >= 1).any() or (self.scrap < 0).any():
            row = int(np.flatnonzero((self.scrap >= 1) | (self.scrap < 0))[0])
            raise PlanningInputError(
                f"Bom.scrap[{row}] is {self.scrap[row]:g}; enter a fraction from 0 to below 1."
            )

    @property
    def gross_per(self) -> Array:
        """Units of component issued for one good parent: quantity_per / (1 - scrap)."""
        return self.quantity_per / (1 - self.scrap)


@dataclass(frozen=True, kw_only=True)
class ScheduledReceipts(_OfItems):
    """Open orders: item-location, day, quantity (R,); `supplier` -1 where none; `afloat` = already shipped.

    `lane` is the one that they come on, -1 where none is known (`open_orders.lanes_of_orders`).
    """

    item: IntArray = field(default_factory=_ints)
    day: IntArray = field(default_factory=_ints)
    quantity: Array = field(default_factory=_floats)
    supplier: IntArray = field(default_factory=_ints)
    lane: IntArray = field(default_factory=_ints)
    afloat: BoolArray = field(default_factory=lambda: np.zeros(0, bool))


@dataclass(frozen=True, kw_only=True)
class FirmOrders:
    """Planned orders that a person fixed: lane, quantity, due day (F,). The plan keeps them unchanged."""

    lane: IntArray = field(default_factory=_ints)
    quantity: Array = field(default_factory=_floats)
    due_day: IntArray = field(default_factory=_ints)


@dataclass(frozen=True, kw_only=True)
class Capacities:
    """Finite capacities: `available` (T, C), and (U,) rows of what one unit on a lane uses of one capacity."""

    available: Array = field(default_factory=lambda: np.zeros((0, 0)))
    lane: IntArray = field(default_factory=_ints)
    capacity: IntArray = field(default_factory=_ints)
    per_unit: Array = field(default_factory=_floats)

    @property
    def count(self) -> int:
        return int(self.available.shape[1])


@dataclass(frozen=True, kw_only=True)
class Returns:
    """`rate` of what is shipped of `item` comes back as `returned` after `lag_buckets` (fractions split), (Q,)."""

    item: IntArray = field(default_factory=_ints)
    returned: IntArray = field(default_factory=_ints)
    rate: Array = field(default_factory=_floats)
    lag_buckets: Array = field(default_factory=_floats)


@dataclass(frozen=True, kw_only=True)
class DependentDemand:
    """Requirements passed down, (M,): planned order (-1: outside this plan), item-location, day, quantity."""

    order: IntArray = field(default_factory=_ints)
    item: IntArray = field(default_factory=_ints)
    day: IntArray = field(default_factory=_ints)
    quantity: Array = field(default_factory=_floats)


@dataclass(frozen=True, kw_only=True)
class PlanInputs:
    """All that one run of the supply plan reads. Only the first four arrays have no default."""

    calendar: Calendar
    demand: Array  # (T, N) independent demand of the bucket's remaining days
    on_hand: Array  # (N,) at the start of the planning date
    safety_stock: Array  # (T, N) target level of each bucket
    lanes: Lanes = field(default_factory=Lanes)
    bom: Bom = field(default_factory=Bom)
    receipts: ScheduledReceipts = field(default_factory=ScheduledReceipts)
    firm: FirmOrders = field(default_factory=FirmOrders)
    chosen: FirmOrders = field(default_factory=FirmOrders)  # lots that the optimiser set: planned, not firm
    capacities: Capacities = field(default_factory=Capacities)
    returns: Returns = field(default_factory=Returns)
    outside: DependentDemand = field(default_factory=DependentDemand)  # required by what is planned elsewhere
    priority: IntArray = field(default_factory=_ints)  # (N,) 1 first
    margin: Array = field(
        default_factory=_floats
    )  # (N,) money lost with one unit of own demand; infinite: never leave it short
    unit_cost: Array = field(default_factory=_floats)  # (N,) value of one unit in stock
    blocked_until: IntArray = field(default_factory=_ints)  # (N,) no receipt before this day; 0 = free
    lot_rule: IntArray = field(default_factory=_ints)  # (N,) LotRule
    lot_parameter: Array = field(default_factory=_floats)  # (N,) quantity or number of buckets
    shelf_life_days: Array = field(default_factory=_floats)  # (N,) life left on arrival; infinite: none
    capital_rate: float = 0.0  # cost of capital a year, as a fraction
    planning_fence_days: int = 0
    safety_premium: float = 0.10  # a dearer lane may refill safety stock up to this share above the cheapest

    def __post_init__(self) -> None:
        count = self.demand.shape[1]
        defaults = {
            "priority": np.ones(count, np.int64),
            "margin": np.full(count, np.inf),
            "unit_cost": np.zeros(count),
            "blocked_until": np.zeros(count, np.int64),
            "lot_rule": np.zeros(count, np.int64),
            "lot_parameter": np.zeros(count),
            "shelf_life_days": np.full(count, np.inf),
        }
        for name, default in defaults.items():
            if len(getattr(self, name)) == 0 and count:
                object.__setattr__(self, name, default)
        self._check(count)

    def _check(self, count: int) -> None:
        shape = (self.calendar.buckets, count)
        for name in ("demand", "safety_stock"):
            array = getattr(self, name)
            if array.shape != shape:
                raise PlanningInputError(f"PlanInputs.{name} is {array.shape}; expected (T, N) = {shape}.")
            if not np.isfinite(array).all():
                where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise PlanningInputError(f"PlanInputs.{name}{list(where)} is not a finite number.")
        for name in (
            "on_hand",
            "priority",
            "margin",
            "unit_cost",
            "blocked_until",
            "lot_rule",
            "lot_parameter",
            "shelf_life_days",
        ):
            array = getattr(self, name)
            if array.shape != (count,):
                raise PlanningInputError(f"PlanInputs.{name} is {array.shape}; expected ({count},).")
        if not np.isfinite(self.on_hand).all():
            row = int(np.flatnonzero(~np.isfinite(self.on_hand))[0])
            raise PlanningInputError(f"PlanInputs.on_hand[{row}] is not a finite number.")

    @property
    def count(self) -> int:
        return int(self.demand.shape[1])


@dataclass(frozen=True, kw_only=True)
class Orders(_OfItems):
    """Planned orders, all (K,), ordered by item-location and due day.

    `need_day` is the first day below the target; `order_by` the latest day that still meets it (the planning
    date where none does); `due_day` the receipt. `net`, `lot_raise` and `moq_raise` sum to `quantity`.
    `cause_ref`: capacity for CAPACITY, component item-location for COMPONENT, scheduled receipt for
    RECEIPT_LATE, else -1. Orders of one `run` are its parts, received as they are made; -1 stands alone.
    """

    item: IntArray
    lane: IntArray
    quantity: Array
    bucket: IntArray  # of the receipt; T where it lands beyond the horizon
    need_bucket: IntArray
    need_day: IntArray
    order_by: IntArray
    ship_day: IntArray
    due_day: IntArray
    late_release: BoolArray  # should have been released before the planning date
    status: IntArray
    cause: IntArray
    cause_ref: IntArray
    reason: IntArray
    net: Array
    lot_raise: Array
    moq_raise: Array
    overhang: Array
    cover_days: Array
    term: IntArray  # row of the lane's terms that the order is placed under
    run: IntArray  # row of its first part
    ahead: Array  # units made before the bucket of its receipt
    unit_landed_cost: Array
    premium: Array  # of a unit over the item's cheapest lane at its time

    @property
    def count(self) -> int:
        return len(self.item)

    @property
    def begins(self) -> BoolArray:
        """True (K,) for orders that stand alone and for first parts of runs: each run is set up once."""
        return np.asarray((self.run < 0) | (self.run == np.arange(self.count)))


@dataclass(frozen=True, kw_only=True)
class Projection:
    """The time-phased record, each (T, N); backorders are carried in `shortage`, so `closing` is never below 0."""

    opening: Array
    demand: Array
    dependent_demand: Array
    scheduled_receipts: Array
    planned_receipts: Array
    planned_releases: Array
    past_due_release: Array
    closing: Array
    shortage: Array
    below_safety_stock: Array
    safety_stock: Array

    @property
    def net_stock(self) -> Array:
        """Stock minus backorders: what the balance runs on."""
        return self.closing - self.shortage


@dataclass(frozen=True, kw_only=True)
class SupplyPlan:
    """The answer: planned orders, what they require below them, the record and the load of each capacity (T, C).

    `unmet_cause`, `unmet_ref` (N,): why demand that nothing meets within the horizon stays open.
    `root_cause`, `root_ref` (N,): why a component that orders above wait for is late itself.
    """

    orders: Orders
    dependent: DependentDemand
    projection: Projection
    load: Array
    levels: IntArray  # (N,) low-level code
    unmet_cause: IntArray
    unmet_ref: IntArray
    root_cause: IntArray
    root_ref: IntArray
