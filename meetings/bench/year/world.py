"""What truly happens, day by day: demand, deliveries that are late, lots with scrap, empties that come back.

The same seeds give the same demand and the same luck to whoever buys, so that two ways of buying can be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

import numpy as np

from . import brand
from .brand import Lane

ONE_DAY = timedelta(days=1)
SEED = 20_260_101
SMALLEST_LOT = 50


@dataclass
class Order:
    """A line of an order that went out; `eta` is when it truly comes, `confirmed` what the supplier says.

    What is made is there `lead` days after it has `begun`; a part that lacks components waits as a line of its own.
    """

    code: str
    line: int
    lane: Lane
    quantity: float
    placed: date
    wanted: date
    confirmed: date
    eta: date
    received: float = 0.0
    received_on: date | None = None
    begun: date | None = None

    @property
    def left(self) -> float:
        return self.quantity - self.received

    def shipped(self, day: date) -> bool:
        return self.eta - timedelta(days=self.lane.transit) <= day


@dataclass
class World:
    """`stock` by item; `orders` on their way; what is shipped and asked for by day, item and segment."""

    day: date
    stock: dict[str, float]
    orders: list[Order] = field(default_factory=list)
    empties: dict[date, float] = field(default_factory=lambda: defaultdict(float))
    asked: dict[tuple[date, str, str], int] = field(default_factory=dict)
    shipped: dict[tuple[date, str, str], int] = field(default_factory=dict)
    held: dict[date, dict[str, float]] = field(default_factory=dict)
    failed_until: date | None = None
    seed: int = SEED

    def place(self, code: str, lane: Lane, quantity: float, *, wanted: date) -> None:
        """An order goes out today; what is made waits until its components are there."""
        ready = self.day + timedelta(days=lane.lead)
        if lane.source == brand.FAILING and self.failed_until:
            ready = max(ready, self.failed_until + timedelta(days=lane.lead))
        confirmed = max(wanted, ready)
        late = 0 if lane.is_made else _luck(self.seed, lane, placed=self.day)
        comes = max(self.day + ONE_DAY, confirmed + timedelta(days=late))
        self.orders.append(Order(code, 1, lane, quantity, self.day, wanted, confirmed, comes))

    def live_through(self, until: date) -> None:
        """Every day before `until` happens."""
        while self.day < until:
            self._receive()
            self._make()
            self._sell()
            self.held[self.day] = dict(self.stock)
            self.day += ONE_DAY

    def fail(self, supplier: str, days: int) -> None:
        """A supplier makes nothing for some days: what it has not shipped comes later by as many."""
        self.failed_until = self.day + timedelta(days=days)
        for order in self.orders:
            if order.lane.source == supplier and order.left and not order.shipped(self.day):
                order.eta += timedelta(days=days)
                order.confirmed += timedelta(days=days)

    def _receive(self) -> None:
        for order in self.orders:
            if order.left and order.eta == self.day and (order.begun or not order.lane.is_made):
                self.stock[order.lane.item] += order.left
                order.received, order.received_on = order.quantity, self.day
        self.stock[brand.SHELL] += self.empties.pop(self.day, 0.0)

    def _make(self) -> None:
        """Lots begin in the order in which they were placed, as large as the components allow."""
        for order in [one for one in self.orders if one.lane.is_made and not one.begun]:
            self._begin(order)

    def _begin(self, order: Order) -> None:
        scrap = _scrap(self.seed, order.code)
        need = {part: per / (1 - scrap) for part, per in brand.recipe()[order.lane.item].items()}
        good = float(min([order.quantity, *(self.stock[part] // per for part, per in need.items())]))
        if good < min(order.quantity, SMALLEST_LOT):
            return
        for part, per in need.items():
            self.stock[part] = max(
                0.0, round(self.stock[part] - good * per, 1 if part.startswith("FLV") else 0)
            )
        if good < order.quantity:
            self.orders.append(replace(order, line=order.line + 1, quantity=order.quantity - good))
        order.quantity, order.begun, order.eta = good, self.day, self.day + timedelta(days=order.lane.lead)

    def _sell(self) -> None:
        for item in brand.SOLD:
            for segment in ("DTC", "RETAIL"):
                asked = demand_of(self.seed, item, segment).get(self.day, 0)
                given = min(asked, int(self.stock[item]))
                self.stock[item] -= given
                self.asked[self.day, item, segment] = asked
                self.shipped[self.day, item, segment] = given
                if item in brand.CAPSULES and given:
                    back = self.day + timedelta(days=int(_empties(self.seed, item, segment, self.day)))
                    self.empties[back] += round(given * brand.COMING_BACK)


@cache
def demand_of(seed: int, item: str, segment: str) -> dict[date, int]:
    """Units asked for by day, the year before included."""
    sold, rng = brand.SOLD[item], np.random.default_rng([seed, *f"{item} {segment}".encode()])
    share = sold.direct if segment == "DTC" else 1 - sold.direct
    found: dict[date, int] = {}
    for number in range(1 - brand.HISTORY, brand.CYCLES + 1):
        begins, after = brand.month(number), brand.month(number + 1)
        days = (after - begins).days
        level = sold.level * share * (1 + sold.growth) ** (number / 12) * sold.season[begins.month - 1]
        if item in brand.BOTTLES:
            level *= (brand.spend(number) / 40_000) ** brand.ELASTICITY
        level *= _life(item, number) * rng.lognormal(-(sold.noise**2) / 2, sold.noise)
        mean = level / days * rng.gamma(25.0, 1 / 25.0, days)
        found |= {begins + n * ONE_DAY: int(units) for n, units in enumerate(rng.poisson(mean))}
    return found


def _life(item: str, number: int) -> float:
    """Before its launch and after its end nothing is asked for; a launch takes three months to find its level."""
    if item == brand.LAUNCH:
        return (0.0, 0.55, 0.8, 1.0)[min(max(number - brand.LAUNCHED + 1, 0), 3)]
    return 0.0 if item == brand.ENDING and number > brand.ENDS else 1.0


def _luck(seed: int, lane: Lane, *, placed: date) -> int:
    """Days late, below zero early: of the lane and the day, whoever placed the order, whatever it is called."""
    rng = np.random.default_rng(
        [seed, placed.toordinal(), *f"{lane.item} {lane.source} {lane.mode}".encode()]
    )
    return round(max(-5.0, rng.normal(0, lane.sd)))


def _scrap(seed: int, code: str) -> float:
    return float(np.random.default_rng([seed, *code.encode()]).uniform(0.5, 1.5)) * brand.SCRAP


def _empties(seed: int, item: str, segment: str, day: date) -> float:
    return float(
        np.random.default_rng([seed, day.toordinal(), *item.encode(), *segment.encode()]).normal(
            brand.BACK_DAYS, 3
        )
    )


def monthly_use(seed: int) -> dict[str, float]:
    """Rough use of every item a month at the start of the year, through the recipes."""
    first = [brand.month(1), brand.month(2)]
    use: dict[str, float] = defaultdict(float)
    for item in brand.SOLD:
        use[item] = sum(
            units
            for segment in ("DTC", "RETAIL")
            for day, units in demand_of(seed, item, segment).items()
            if first[0] <= day < first[1]
        )
    for parent in [*brand.BOTTLES, *brand.CAPSULES, brand.CAP]:
        for part, per in brand.recipe()[parent].items():
            use[part] += use[parent] * per / (1 - brand.SCRAP)
    use[brand.SHELL] *= 1 - brand.COMING_BACK
    return use


def begin(seed: int = SEED) -> World:
    """The first day of the year: stock as such a company would have it, and two months of orders on their way."""
    use = monthly_use(seed)
    months = {"BTL": 0.8, "CPS": 1.0, "CAP": 0.6, "FLV": 1.2, "SHE": 2.6}
    stock = {item: float(round(use[item] * months.get(item[:3], 1.6))) for item in items()}
    world = World(brand.month(1), stock, seed=seed)
    usual = {lane.item: lane for lane in reversed(brand.lanes())}
    for number, (item, lane) in enumerate(sorted(usual.items())):
        if lane.mode == "sea" and use[item]:
            for late, due in enumerate(
                (
                    brand.month(1) + timedelta(days=12 + number % 9),
                    brand.month(2) + timedelta(days=8 + number % 9),
                )
            ):
                placed, quantity = (
                    due - timedelta(days=lane.lead),
                    max(1.0, round(use[item] / lane.multiple)) * lane.multiple,
                )
                code = f"PO-{late}{number:03d}"
                world.orders.append(
                    Order(
                        code,
                        1,
                        lane,
                        quantity,
                        placed,
                        due,
                        due,
                        due + timedelta(days=_luck(seed, lane, placed=placed)),
                    )
                )
    for item in brand.CAPSULES:  # what was sold in December comes back in January
        for day in range(30):
            world.empties[brand.month(1) + timedelta(days=day)] += round(use[item] / 31 * brand.COMING_BACK)
    return world


def items() -> Iterable[str]:
    return [
        *brand.SOLD,
        *brand.BODY.values(),
        *brand.FLAVOUR.values(),
        brand.CAP,
        brand.SHELL,
        *brand.PART_CODES,
    ]
