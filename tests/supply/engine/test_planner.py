"""Worked examples of the acceptance list and the planning engine, on the arrays alone."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from supply_networks import AS_OF, bom, day, even, lanes, line, months, problem, random_network, receipts

from supply.engine import (
    NEVER,
    Calendar,
    Cause,
    FirmOrders,
    Kind,
    Reason,
    Returns,
    Status,
    SupplyCycleError,
    plan_supply,
)
from supply.engine.checker import check_plan


def test_s06_order_10000_by_day_15_covers_115_days() -> None:
    calendar = months(12)
    plan = plan_supply(
        problem(
            even(100, calendar), calendar=calendar, on_hand=[9000], safety_stock=1500,
            lanes=lanes({"lead_time_days": 60, "moq": 10_000}),
        )
    )  # fmt: skip
    orders = plan.orders
    assert (orders.quantity[0], orders.order_by[0], orders.due_day[0]) == (10_000, day(15), day(75))
    assert orders.cover_days[0] == pytest.approx(115)


def test_s01_what_capacity_leaves_short_is_carried_over() -> None:
    calendar = months(2)
    plan = plan_supply(
        problem(
            [[12_000], [12_000]], calendar=calendar, on_hand=[3000], safety_stock=1000,
            lanes=lanes({"kind": Kind.MAKE}), capacities=line(np.full(2, 10_000), (0, 1.0)),
        )
    )  # fmt: skip
    record = plan.projection
    assert record.closing[:, 0].tolist() == [1000, 0]
    assert record.shortage[:, 0].tolist() == [0, 1000]
    assert record.below_safety_stock[1, 0] == 2000


def test_s16_capacity_goes_to_the_first_priority() -> None:
    plan = plan_supply(
        problem(
            [[4_000, 8_000]], calendar=months(1), priority=np.array([2, 1]),
            lanes=lanes({"item": 0, "kind": Kind.MAKE}, {"item": 1, "kind": Kind.MAKE}),
            capacities=line(np.array([10_000]), (0, 1.0), (1, 1.0)),
        )
    )  # fmt: skip
    assert plan.projection.planned_receipts[0].tolist() == [2_000, 8_000]


@pytest.mark.parametrize("first", [0, 1])
def test_s16_capacity_for_components_goes_to_what_the_first_priority_is_made_of(first: int) -> None:
    """Products 0 and 1 are made of components 2 and 3, which one supplier delivers; components have no rank of their own."""
    priority = np.array([2, 2, 1, 1])
    priority[first] = 1
    plan = plan_supply(
        problem(
            [[8_000, 8_000, 0, 0]], calendar=months(1), priority=priority,
            lanes=lanes(*({"item": n, "kind": Kind.MAKE} for n in (0, 1)), {"item": 2}, {"item": 3}),
            bom=bom((0, 2, 1.0), (1, 3, 1.0)), capacities=line(np.array([10_000]), (2, 1.0), (3, 1.0)),
        )
    )  # fmt: skip
    assert plan.projection.shortage[0, [first, 1 - first]].tolist() == [0, 6_000]


def test_capacity_goes_to_the_own_demand_of_a_part_at_its_own_priority_where_that_comes_first() -> None:
    """Part 2 serves product 0 and customers of its own; part 1, of priority 2, shares its supplier."""
    plan = plan_supply(
        problem(
            [[3_000, 8_000, 4_000]], calendar=months(1), priority=np.array([3, 2, 1]),
            lanes=lanes({"item": 0, "kind": Kind.MAKE}, {"item": 1}, {"item": 2}),
            bom=bom((0, 2, 1.0)), capacities=line(np.array([10_000]), (1, 1.0), (2, 1.0)),
        )
    )  # fmt: skip
    assert plan.projection.planned_receipts[0, 1:].tolist() == [3_000, 7_000]


def test_s32_a_need_of_6200_is_raised_to_the_moq_with_3800_over() -> None:
    calendar = months(6)
    demand = np.zeros((6, 1))
    demand[2] = 6200
    orders = plan_supply(
        problem(
            demand, calendar=calendar, lanes=lanes({"lead_time_days": 30, "moq": 10_000, "unit_cost": 4.0})
        )
    ).orders
    assert (orders.quantity.tolist(), orders.overhang.tolist()) == ([10_000], [3_800])
    assert orders.net[0] + orders.moq_raise[0] + orders.lot_raise[0] == 10_000
    assert orders.reason[0] == Reason.MOQ


def test_s36_one_order_of_20000_serves_may_and_june() -> None:
    calendar = months(6)
    demand = np.zeros((6, 1))
    demand[4], demand[5] = 8000, 9000
    orders = plan_supply(
        problem(demand, calendar=calendar, lanes=lanes({"lead_time_days": 30, "moq": 20_000}))
    ).orders
    assert (orders.quantity.tolist(), orders.overhang.tolist()) == ([20_000], [3_000])


@pytest.mark.parametrize(
    ("need", "order_by"), [(date(2026, 6, 20), date(2026, 5, 6)), (date(2026, 6, 10), date(2026, 4, 30))]
)
def test_s31_order_by_follows_the_dated_lead_time(need: date, order_by: date) -> None:
    calendar = months(8)
    rate = 100.0
    demand = even(rate, calendar)
    stock = rate * (need.toordinal() - AS_OF.toordinal())
    change = date(2026, 5, 1).toordinal()
    lane = lanes(
        {
            "terms": [
                {"lead_time_days": 30, "valid_to": change - 1},
                {"lead_time_days": 45, "valid_from": change},
            ]
        }
    )
    orders = plan_supply(problem(demand, calendar=calendar, on_hand=[stock], lanes=lane)).orders
    assert date.fromordinal(int(orders.need_day[0])) == need
    assert date.fromordinal(int(orders.order_by[0])) == order_by


def test_s31_a_blocked_item_gets_no_receipt_before_its_certificate_date() -> None:
    calendar = months(6)
    inputs = problem(
        even(10, calendar), calendar=calendar, lanes=lanes({"lead_time_days": 5}),
        receipts=receipts((0, 3, 50)), blocked_until=np.array([day(70)]),
    )  # fmt: skip
    plan = plan_supply(inputs)
    assert plan.orders.due_day.min() >= day(70)
    assert plan.projection.scheduled_receipts[:2].sum() == 0
    assert plan.orders.cause[0] == Cause.BLOCKED
    assert check_plan(inputs, plan) == []


def test_s07_a_transfer_ships_its_transit_before_the_need() -> None:
    calendar = months(6)
    demand = np.zeros((6, 2))
    demand[3, 1] = 5000  # the fourth month starts on day 90
    inputs = problem(
        demand, calendar=calendar, on_hand=[6000, 0],
        lanes=lanes({"item": 1, "source": 0, "kind": Kind.TRANSFER, "lead_time_days": 45, "transit_days": 45}),
    )  # fmt: skip
    plan = plan_supply(inputs)
    assert (plan.orders.ship_day.tolist(), plan.orders.due_day.tolist()) == ([day(45)], [day(90)])
    assert (
        plan.projection.dependent_demand[:, 0].sum() == plan.projection.planned_receipts[:, 1].sum() == 5000
    )


def test_s08_empties_come_back_and_what_the_line_cannot_fill_is_carried_over() -> None:
    calendar = months(4)
    demand = np.zeros((4, 2))
    demand[0, 0] = demand[1, 0] = 10_000
    inputs = problem(
        demand, calendar=calendar, on_hand=[10_000, 0], lanes=lanes({"kind": Kind.MAKE, "multiple": 1.0}),
        bom=bom((0, 1, 1.0)), capacities=line(np.full(4, 6000), (0, 1.0)),
        returns=Returns(item=np.array([0]), returned=np.array([1]), rate=np.array([0.7]), lag_buckets=np.array([1.0])),
    )  # fmt: skip
    plan = plan_supply(inputs)
    record = plan.projection
    assert record.scheduled_receipts[1, 1] == 7000
    assert record.planned_receipts[1, 0] == 6000
    assert record.closing[1, 1] == 1000
    assert check_plan(inputs, plan) == []


def test_s37_one_late_part_stops_the_cap_and_lets_the_others_wait() -> None:
    calendar = months(4)
    parts = 60
    demand = np.zeros((4, parts + 1))
    demand[1, 0] = 8000
    late = 37
    rows = [(n, day_number, 8000.0) for n in range(1, parts + 1) for day_number in [51 if n == late else 30]]
    inputs = problem(
        demand, calendar=calendar, lanes=lanes({"kind": Kind.MAKE, "lead_time_days": 1}),
        bom=bom(*((0, n, 1.0) for n in range(1, parts + 1))), receipts=receipts(*rows),
        margin=np.r_[18.0, np.zeros(parts)],
    )  # fmt: skip
    plan = plan_supply(inputs)
    assert plan.orders.cause.tolist() == [Cause.COMPONENT]
    assert plan.orders.cause_ref.tolist() == [late]
    assert plan.root_cause[late] == Cause.RECEIPT_LATE
    assert plan.orders.due_day[0] == day(52)
    assert check_plan(inputs, plan) == []


def test_parallel_components_wait_for_the_longest_not_for_the_sum() -> None:
    calendar = months(6)
    demand = np.zeros((6, 3))
    demand[0, 0] = 100
    inputs = problem(
        demand, calendar=calendar, bom=bom((0, 1, 1.0), (0, 2, 1.0)),
        lanes=lanes(
            {"item": 0, "kind": Kind.MAKE, "lead_time_days": 5},
            {"item": 1, "lead_time_days": 30},
            {"item": 2, "lead_time_days": 40},
        ),
    )  # fmt: skip
    plan = plan_supply(inputs)
    cap = plan.orders.item == 0
    assert plan.orders.due_day[cap].max() == day(45)


def test_safety_stock_is_held_once_not_added_to_every_row() -> None:
    calendar = months(5)
    plan = plan_supply(
        problem(np.full((5, 1), 100), calendar=calendar, on_hand=[50], safety_stock=50, lanes=lanes({}))
    )
    assert plan.projection.planned_receipts[:, 0].tolist() == [100] * 5


def test_an_moq_applies_to_joint_needs_not_to_each_row() -> None:
    calendar = months(3)
    shared = [{"item": n, "group": 0, "moq": 100.0} for n in range(3)]
    plan = plan_supply(
        problem(
            [[20, 20, 20], [0, 0, 0], [0, 0, 0]], calendar=calendar, lanes=lanes(*shared, group_moq=(100.0,))
        )
    )
    assert plan.orders.quantity.sum() == pytest.approx(100)
    ahead = plan_supply(
        problem(
            [[20, 20, 20], [20, 0, 10], [40, 0, 0]],
            calendar=calendar,
            lanes=lanes(*shared, group_moq=(100.0,)),
        )
    )
    assert ahead.projection.planned_receipts[0].sum() == pytest.approx(100)
    assert ahead.projection.planned_receipts[0, 0] > 20  # the next needs come first into the joint order


def test_components_of_one_group_share_a_capacity_by_what_the_orders_above_take() -> None:
    """Nobody asks for bodies by themselves: of 100 a month the small one gets three quarters, as it is used three times."""
    calendar = months(3)
    shared = [{"item": n, "group": 0} for n in (1, 2)]
    inputs = problem(
        np.column_stack([np.full(3, 100), np.zeros((3, 2))]), calendar=calendar, bom=bom((0, 1, 3.0), (0, 2, 1.0)),
        lanes=lanes({"kind": Kind.MAKE}, *shared, group_moq=(40.0,)), capacities=line(np.full(3, 100), (1, 1.0), (2, 1.0)),
    )  # fmt: skip
    plan = plan_supply(inputs)
    assert check_plan(inputs, plan) == []
    assert plan.load[:, 0].tolist() == [100] * 3
    assert plan.projection.planned_receipts[:, 1:].tolist() == [[75, 25]] * 3


def test_first_and_last_day_of_a_bucket_count() -> None:
    calendar = months(2)
    first, last = day(0), day(30)
    on_the_last = problem(
        [[0], [0]], calendar=calendar, on_hand=[0], receipts=receipts((0, 30, 7), (0, 0, 5))
    )
    plan = plan_supply(on_the_last)
    assert plan.projection.scheduled_receipts[:, 0].tolist() == [12, 0]
    assert calendar.bucket_of(np.array([first, last, last + 1])).tolist() == [0, 0, 1]


def test_late_by_lead_time_lands_as_soon_as_it_can() -> None:
    calendar = months(4)
    plan = plan_supply(problem(even(10, calendar), calendar=calendar, lanes=lanes({"lead_time_days": 40})))
    first = plan.orders
    assert (first.order_by[0], first.due_day[0], first.cause[0]) == (day(0), day(40), Cause.LEAD_TIME)
    assert plan.projection.shortage[0, 0] == 310
    assert bool(first.late_release[0])


def test_s41_flying_is_worth_it_only_below_the_margin() -> None:
    calendar = months(4)
    ocean_and_air = lanes(
        {"lead_time_days": 60, "unit_cost": 4.0}, {"lead_time_days": 5, "unit_cost": 4.0, "freight_cost": 3.5}
    )
    for margin, flown in ((18.0, True), (2.0, False)):
        plan = plan_supply(
            problem(
                even(40, calendar), calendar=calendar, on_hand=[1200], lanes=ocean_and_air,
                margin=np.array([margin]), unit_cost=np.array([4.0]),
            )
        )  # fmt: skip
        by_air = plan.orders.quantity[plan.orders.lane == 1].sum()
        assert (by_air > 0) == flown
        if flown:
            assert by_air == pytest.approx(1200)  # 60 days of 40 less what is on hand


def test_the_capacity_of_the_lane_that_is_cut_is_the_cause_not_that_of_the_usual_lane() -> None:
    """Ships bring any quantity on day 60; planes 100 a month of the 300 that are needed before."""
    calendar = months(4)
    plan = plan_supply(
        problem(
            even(10, calendar), calendar=calendar, margin=np.array([18.0]),
            lanes=lanes({"lead_time_days": 60}, {"lead_time_days": 1, "freight_cost": 0.5}),
            capacities=line(np.full(4, 100), (1, 1.0)),
        )
    )  # fmt: skip
    held = plan.orders.cause == Cause.CAPACITY
    assert held.any()
    assert set(plan.orders.cause_ref[held].tolist()) == {0}


def test_cheaper_by_landed_cost_wins_and_a_dated_tariff_turns_it() -> None:
    calendar = months(6)
    rise = date(2026, 4, 1).toordinal()
    two = lanes({"unit_cost": 4.0}, {"unit_cost": 4.2})
    dated = type(two)(
        **{
            **two.__dict__,
            "tariff_lane": np.array([0, 0]),
            "tariff_from": np.array([0, rise]),
            "tariff_pct": np.array([0.0, 25.0]),
        }
    )
    plan = plan_supply(problem(even(10, calendar), calendar=calendar, lanes=dated))
    assert plan.orders.lane.tolist() == [0, 0, 0, 1, 1, 1]
    assert plan.orders.unit_landed_cost[0] == pytest.approx(4.0)


def test_firm_orders_are_kept_and_netted_around() -> None:
    calendar = months(4)
    firm = FirmOrders(lane=np.array([0]), quantity=np.array([12_000.0]), due_day=np.array([day(31)]))
    inputs = problem(
        np.full((4, 1), 5000), calendar=calendar, on_hand=[5000], lanes=lanes({"lead_time_days": 30, "moq": 10_000}), firm=firm
    )  # fmt: skip
    plan = plan_supply(inputs)
    kept = plan.orders.status == Status.FIRM
    assert plan.orders.quantity[kept].tolist() == [12_000]
    assert check_plan(inputs, plan) == []


def test_inside_the_planning_fence_orders_are_proposed() -> None:
    calendar = months(6)
    plan = plan_supply(
        problem(
            even(10, calendar), calendar=calendar, lanes=lanes({"lead_time_days": 10}), planning_fence_days=30
        )
    )
    early = plan.orders.order_by < day(30)
    assert (plan.orders.status[early] == Status.PROPOSED).all()
    assert (plan.orders.status[~early] == Status.PLANNED).all()


def test_items_that_require_themselves_are_named() -> None:
    calendar = months(2)
    with pytest.raises(SupplyCycleError) as raised:
        plan_supply(
            problem(
                np.zeros((2, 3)), calendar=calendar, bom=bom((0, 1, 1.0), (1, 2, 1.0), (2, 1, 1.0)),
                lanes=lanes(*({"item": n, "kind": Kind.MAKE} for n in range(3))),
            )
        )  # fmt: skip
    assert raised.value.members == [1, 2, 1]


def test_a_bill_of_material_counts_on_the_release_day_with_its_scrap() -> None:
    calendar = months(4)
    change = day(59)
    lines = bom((0, 1, 1.0), (0, 2, 2.0), scrap=0.2)
    dated = type(lines)(
        **{**lines.__dict__, "valid_to": np.array([change - 1, NEVER]), "valid_from": np.array([0, change])}
    )
    plan = plan_supply(
        problem(
            np.array([[0, 0, 0], [80, 0, 0], [80, 0, 0], [0, 0, 0]]),
            calendar=calendar,
            on_hand=[0, 500, 500],
            lanes=lanes({"kind": Kind.MAKE}),
            bom=dated,
        )
    )
    assert plan.dependent.item.tolist() == [1, 2]
    assert plan.dependent.quantity.tolist() == pytest.approx([100, 200])


@pytest.mark.parametrize("seed", range(25))
def test_every_random_plan_passes_the_checker(seed: int) -> None:
    inputs = random_network(seed)
    plan = plan_supply(inputs)
    assert [str(violation) for violation in check_plan(inputs, plan)] == []


@pytest.mark.parametrize("seed", range(8))
def test_more_stock_never_hurts_service(seed: int) -> None:
    inputs = random_network(seed)
    end_items = slice(0, 6)
    richer = replace(inputs, on_hand=inputs.on_hand + 5000)
    assert (
        plan_supply(richer).projection.shortage[:, end_items].sum()
        <= plan_supply(inputs).projection.shortage[:, end_items].sum() + 1e-6
    )


def test_an_order_that_waits_takes_no_part_before_it_is_there_however_long_it_takes_itself() -> None:
    """Caps take 45 days, their shells come on day 20, the horizon is 59: done on day 65, so not begun before 20."""
    inputs = problem(
        [[0, 0], [100, 0]], calendar=months(2),
        lanes=lanes({"kind": Kind.MAKE, "lead_time_days": 45}, {"item": 1, "lead_time_days": 20}),
        bom=bom((0, 1, 1.0)),
    )  # fmt: skip
    plan = plan_supply(inputs)
    (cap,) = np.flatnonzero(plan.orders.item == 0)
    assert (plan.orders.order_by[cap], plan.orders.due_day[cap]) == (day(20), day(65))
    assert check_plan(inputs, plan) == []


def test_what_a_used_up_component_holds_back_is_not_put_down_to_a_line_that_stood_idle() -> None:
    """25 are made of the 25 parts there are, a fortnight away; the line of 100 a week has room for the other 50."""
    weeks = Calendar(edges=AS_OF.toordinal() + 7 * np.arange(9))
    demand = np.zeros((8, 2))
    demand[2, 0] = 75
    inputs = problem(
        demand,
        calendar=weeks,
        on_hand=[0, 25],
        lanes=lanes(
            {"item": 0, "kind": int(Kind.MAKE), "lead_time_days": 14, "transit_days": 14},
            {"item": 1, "lead_time_days": 28},
        ),
        bom=bom((0, 1, 1.0)),
        capacities=line(np.full(8, 100.0), (0, 1.0)),
    )
    orders = plan_supply(inputs).orders
    late = orders.due_day > orders.need_day
    assert orders.quantity[late].tolist() == [50]
    assert (orders.cause[late].tolist(), orders.cause_ref[late].tolist()) == ([Cause.COMPONENT], [1])
