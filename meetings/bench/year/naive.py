"""The buyer that SIOP is to beat: so many months of cover for everything, by the average of the last three months."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from math import ceil

from . import brand
from .brand import Lane
from .world import SEED, World, begin, demand_of

LOOK_BACK = 3
DAYS = 30.4


def year(cover: float, *, seed: int = SEED) -> World:
    """The same year, bought by cover: each month up to lead time plus `cover` months of use, parents before parts."""
    world = begin(seed)
    usual = {lane.item: lane for lane in reversed(brand.lanes())}
    while world.day < brand.month(brand.CYCLES + 1):
        number = brand.number_of(world.day)
        if number == brand.FAILS and not world.failed_until:
            world.fail(brand.FAILING, brand.FAILURE_DAYS)
        use = usage(world, number)
        for item in [*brand.SOLD, brand.CAP, *(i for i in usual if i not in brand.SOLD and i != brand.CAP)]:
            _order(world, usual[item], use[item], cover)
        world.live_through(brand.month(number + 1))
    return world


def _order(world: World, lane: Lane, use: float, cover: float) -> None:
    months = lane.lead / DAYS + cover
    coming = sum(order.left for order in world.orders if order.lane.item == lane.item)
    missing = use * months - world.stock[lane.item] - coming
    if missing > 0 and use:
        quantity = max(lane.moq, ceil(missing / lane.multiple) * lane.multiple)
        code = f"N-{len(world.orders)}"
        world.place(code, lane, quantity, wanted=world.day + timedelta(days=lane.lead))


def usage(world: World, number: int) -> dict[str, float]:
    """Monthly use of everything by what was shipped, through the recipes; a launch as half of its like item."""
    since, until = brand.month(number - LOOK_BACK), brand.month(number)
    use: dict[str, float] = defaultdict(float)
    for item in brand.SOLD:
        shipped = sum(
            world.shipped.get((day, item, segment), asked)
            for segment in ("DTC", "RETAIL")
            for day, asked in demand_of(world.seed, item, segment).items()
            if since <= day < until
        )
        use[item] = shipped / LOOK_BACK
    if number >= brand.LAUNCHED - LOOK_BACK and number < brand.LAUNCHED + LOOK_BACK:
        use[brand.LAUNCH] = 0.45 * use["BTL-SPORT"]
    if number > brand.ENDS - LOOK_BACK:
        use[brand.ENDING] *= max(0, brand.ENDS + 1 - number) / LOOK_BACK
    for parent in [*brand.BOTTLES, *brand.CAPSULES, brand.CAP]:
        for part, per in brand.recipe()[parent].items():
            use[part] += use[parent] * per / (1 - brand.SCRAP)
    use[brand.SHELL] *= 1 - brand.COMING_BACK
    return use
