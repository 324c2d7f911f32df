"""Loads, ships and space: container fill, split shipments, the reserve ashore, buying ahead, outgrown space."""

from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from .basics import MEAN_DAYS, TOLERANCE


@dataclass(frozen=True, kw_only=True)
class ContainerFill:
    """Loads needed, how full they are (0..1), and units that would still travel free."""

    loads: int
    fill: float
    free_units: float


def container_fill(*, quantity: float, unit_m3: float, load_m3: float) -> ContainerFill:
    """How a quantity fills whole loads.

    >>> container_fill(quantity=24_000, unit_m3=0.05 / 12, load_m3=67)
    ContainerFill(loads=2, fill=0.746268656716418, free_units=8160.0)
    """
    volume = quantity * unit_m3
    loads = ceil(volume / load_m3 - TOLERANCE) if load_m3 > 0 else 0
    if loads == 0 or unit_m3 <= 0:
        return ContainerFill(loads=loads, fill=0.0, free_units=0.0)
    room = loads * load_m3
    return ContainerFill(
        loads=loads, fill=volume / room, free_units=float(floor((room - volume) / unit_m3 + TOLERANCE))
    )


def held_back(*, total: float, afloat: float, reserve: float) -> float:
    """Units to hold back or fly so that the reserve stays off the water.

    >>> held_back(total=20_000, afloat=18_500, reserve=3_000)
    1500
    """
    return max(reserve - (total - afloat), 0)


def split_shipments(*, quantity: float, coming: float, share: float, multiple: float = 0.0) -> list[float]:
    """Parts of an order so that no vessel carries more than `share` of all that is coming (the order included).

    >>> split_shipments(quantity=20_000, coming=20_000, share=0.5)
    [10000.0, 10000.0]
    """
    limit = share * coming
    if share <= 0 or share >= 1 or limit <= 0 or quantity <= limit + TOLERANCE:
        return [float(quantity)]
    step = multiple if multiple > 0 else 0.0
    largest = floor(limit / step + TOLERANCE) * step if step else limit
    if largest <= 0:
        return [float(quantity)]
    count = ceil(quantity / largest - TOLERANCE)
    even = quantity / count
    part = ceil(even / step - TOLERANCE) * step if step else even
    parts = [float(part)] * (count - 1)
    return [*parts, float(quantity - sum(parts))]


@dataclass(frozen=True, kw_only=True)
class BuyAhead:
    """What buying before a price or tariff rises saves, costs to hold, and leaves."""

    saving: float
    holding_cost: float
    net: float


def buy_ahead(
    *, quantity: float, landed_now: float, landed_later: float, holding_rate: float, months_early: float
) -> BuyAhead:
    """Net of buying ahead of a dated rise, at `holding_rate` a year on the landed value.

    >>> answer = buy_ahead(quantity=20_000, landed_now=4.40, landed_later=5.00, holding_rate=0.24, months_early=3)
    >>> round(answer.saving), round(answer.holding_cost), round(answer.net)
    (12000, 5280, 6720)
    """
    saving = quantity * (landed_later - landed_now)
    holding = quantity * landed_now * holding_rate * months_early / 12
    return BuyAhead(saving=saving, holding_cost=holding, net=saving - holding)


def months_between(first: int, last: int) -> float:
    """Calendar months from one day (ordinal) to another; days beyond whole months by the mean month.

    >>> months_between(date(2026, 2, 1).toordinal(), date(2026, 5, 1).toordinal())
    3.0
    """
    start, end = date.fromordinal(first), date.fromordinal(last)
    return 12 * (end.year - start.year) + end.month - start.month + (end.day - start.day) / MEAN_DAYS["month"]


@dataclass(frozen=True, kw_only=True)
class CapacityOutlook:
    """First period (from 0) whose load exceeds capacity, and the last at whose start more can still be decided."""

    exceeded: int | None
    decide_by: int | None


def capacity_outlook(*, load: list[float], capacity: float, install_periods: int) -> CapacityOutlook:
    """When growing load outgrows capacity, and when to decide (negative: too late already).

    >>> capacity_outlook(load=[8000 * 1.05**k for k in range(12)], capacity=10_000, install_periods=4)
    CapacityOutlook(exceeded=5, decide_by=1)
    """
    over = [t for t, units in enumerate(load) if units > capacity + TOLERANCE]
    if not over:
        return CapacityOutlook(exceeded=None, decide_by=None)
    return CapacityOutlook(exceeded=over[0], decide_by=over[0] - install_periods)
