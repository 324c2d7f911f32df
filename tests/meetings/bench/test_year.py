"""The simulated world that `bench year` lives in: it neither loses nor invents a unit, whoever buys."""

from datetime import date, timedelta

import pytest

from meetings.bench.year import COVERS, Lived, brand, naive
from meetings.bench.year.files import receipt
from meetings.bench.year.records import moved
from meetings.bench.year.world import World, begin

CAP_LANE = next(lane for lane in brand.lanes() if lane.item == brand.CAP)
DAY = date(2026, 1, 1)


def workshop(parts: float) -> World:
    return World(
        DAY,
        dict.fromkeys([*brand.SOLD, brand.CAP, brand.SHELL], 0.0) | dict.fromkeys(brand.PART_CODES, parts),
    )


def test_a_lot_begins_as_large_as_its_parts_allow_and_the_rest_waits_as_a_line_of_its_own() -> None:
    world = workshop(600)
    world.place("WO-1", CAP_LANE, 1_000, wanted=DAY + timedelta(days=6))
    world.live_through(DAY + timedelta(days=CAP_LANE.lead + 1))
    begun, waits = world.orders
    assert (begun.line, begun.begun, waits.line, waits.begun) == (1, DAY, 2, None)
    assert begun.quantity + waits.quantity == 1_000
    assert world.stock[brand.CAP] == begun.received == begun.quantity
    assert 500 < begun.quantity < 600  # some parts are scrapped
    assert max(world.stock[part] for part in brand.PART_CODES) < 3


def test_what_waits_for_parts_is_exported_as_going_to_the_line_today() -> None:
    world = workshop(0)
    world.place("WO-1", CAP_LANE, 1_000, wanted=DAY + timedelta(days=6))
    world.live_through(DAY + timedelta(days=20))
    row = receipt(world.orders[0], world.day)
    assert (row["status"], row["order_date"], row["received_quantity"]) == ("confirmed", world.day, 0)


def test_a_failed_supplier_ships_nothing_until_it_is_back() -> None:
    world = workshop(0)
    lane = next(lane for lane in brand.lanes() if lane.source == brand.FAILING)
    world.place("PO-1", lane, lane.moq, wanted=DAY)
    world.fail(brand.FAILING, 45)
    world.place("PO-2", lane, lane.moq, wanted=DAY)
    before, after = world.orders
    assert before.confirmed == DAY + timedelta(days=lane.lead + 45)
    assert after.confirmed == DAY + timedelta(days=45 + lane.lead)


def test_orders_of_a_lane_have_their_own_luck_each_day_whoever_places_them() -> None:
    lane = next(lane for lane in brand.lanes() if lane.mode == "sea")
    late: dict[str, list[int]] = {"P-31-1-1/v{}": [], "N-{}": []}
    for code, found in late.items():
        world = workshop(0)
        for number in range(12):
            world.place(code.format(number), lane, lane.moq, wanted=world.day + timedelta(days=lane.lead))
            found.append((world.orders[-1].eta - world.orders[-1].confirmed).days)
            world.day += timedelta(days=7)
    ours, theirs = late.values()
    assert ours == theirs
    assert len(set(ours)) > 4


def test_two_buyers_meet_the_same_demand_and_ship_no_more_than_they_have() -> None:
    thrifty, rich = naive.year(1.0), naive.year(3.0)
    assert thrifty.asked == rich.asked
    assert sum(thrifty.shipped.values()) < sum(rich.shipped.values()) <= sum(rich.asked.values())
    for world in (thrifty, rich):
        assert min(min(held.values()) for held in world.held.values()) >= 0


def test_bottles_are_neither_lost_nor_invented_in_a_year() -> None:
    world, opening = naive.year(1.5), begin().stock
    for item in brand.BOTTLES:
        made = sum(order.received for order in world.orders if order.lane.item == item)
        shipped = sum(units for (_, one, _), units in world.shipped.items() if one == item)
        assert world.stock[item] == opening[item] + made - shipped


def lived(fill: float) -> Lived:
    """Beside buyers who serve 70, 90 and 100 % with 200, 300 and 400 of stock, then 100 % with more and more."""
    buyers = [
        {"bottles": (served, 0), "stock": stock} for served, stock in ((0.7, 200), (0.9, 300), (1.0, 400))
    ]
    more = [{"bottles": (1.0, 0), "stock": 500 + k} for k in range(len(COVERS) - 3)]
    return Lived({"bottles": (fill, 0), "stock": 310}, [], buyers + more)


def test_the_peer_serves_as_well_and_a_buyer_between_two_covers_just_as_well() -> None:
    assert (lived(0.92).peer["stock"], lived(0.92).frontier) == (400, 320)
    assert (lived(0.9).peer["stock"], lived(0.9).frontier) == (300, 300)
    assert lived(0.5).frontier == 200


@pytest.mark.parametrize(
    ("now", "share", "months"),
    [
        ([100, 0, 0], 0, 0),
        ([0, 100, 0], 2, 1),
        ([0, 0, 100], 2, 2),
        ([0, 0, 0], 1, 3),
        ([50, 50, 0], 1, 0.5),
        ([150, 0, 0], 0.5, 1.5),
    ],
    ids=[
        "as it was",
        "a month later",
        "two months later",
        "gone",
        "half of it a month later",
        "more from behind",
    ],
)
def test_a_plan_that_moves_farther_is_more_nervous(now: list[float], share: float, months: float) -> None:
    assert moved({"A": [100, 0, 0]}, now={"A": now}) == (share, months)


def test_another_seed_is_another_year_with_the_same_one_twice() -> None:
    first, again, other = (naive.year(1.5, seed=seed) for seed in (1, 1, 2))
    assert first.asked == again.asked != other.asked
    assert first.shipped == again.shipped
