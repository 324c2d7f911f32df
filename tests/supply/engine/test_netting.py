"""Netting in buckets: the classic grids, lot rules, and what must hold for any numbers."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from supply.bench.plan import grid_agrees
from supply.engine.netting import Lots, Netted, Rank, net_requirements, net_unlimited
from supply.engine.shapes import LotRule


def netted(
    gross: list[float],
    *,
    on_hand: float = 0.0,
    target: float = 0.0,
    rule: int = 0,
    parameter: float = 0.0,
    moq: float = 0.0,
    multiple: float = 0.0,
    scheduled: list[float] | None = None,
) -> np.ndarray:
    demand = np.array(gross, float)[:, None]
    answer = net_requirements(
        opening=np.array([on_hand]),
        demand=demand,
        scheduled=np.zeros_like(demand) if scheduled is None else np.array(scheduled, float)[:, None],
        safety_stock=np.full_like(demand, target),
        lots=Lots(rule=np.array([rule]), parameter=np.array([parameter])),
        ranks=[Rank(moq=np.full_like(demand, moq), multiple=np.full_like(demand, multiple))],
    )
    return answer.receipts[0, :, 0]


CLASSIC = [35.0, 30, 40, 0, 10, 40, 30, 0, 30, 55]


def test_lot_for_lot_orders_each_net_requirement() -> None:
    assert netted(CLASSIC, on_hand=35).tolist() == [0, 30, 40, 0, 10, 40, 30, 0, 30, 55]


def test_fixed_quantity_orders_whole_lots() -> None:
    assert netted(CLASSIC, on_hand=35, rule=1, parameter=100).tolist() == [0, 100, 0, 0, 0, 100, 0, 0, 0, 100]
    assert netted([250.0], rule=1, parameter=100).tolist() == [300]


def test_a_fixed_lot_of_no_size_is_lot_for_lot() -> None:
    assert netted([250.0, 0.0], rule=1, parameter=0).tolist() == [250, 0]


@pytest.mark.parametrize(("need", "lot"), [(300.0, 100.0), (0.1 + 0.2, 0.1)])
def test_what_whole_lots_meet_exactly_needs_no_lot_more(need: float, lot: float) -> None:
    assert netted([need], rule=1, parameter=lot)[0] == pytest.approx(3 * lot)


def test_period_quantity_covers_its_buckets() -> None:
    assert netted(CLASSIC, on_hand=35, target=10, rule=2, parameter=3).tolist() == [
        80,
        0,
        0,
        0,
        80,
        0,
        0,
        0,
        85,
        0,
    ]


def test_moq_comes_before_the_multiple() -> None:
    gross = [30.0] * 8
    scheduled = [0.0, 50, 0, 0, 0, 0, 0, 0]
    receipts = netted(gross, on_hand=45, target=20, moq=60, multiple=25, scheduled=scheduled)
    assert receipts.tolist() == [75, 0, 0, 0, 0, 75, 0, 75]


def test_three_rows_of_20_with_an_moq_of_100_buy_100_not_300() -> None:
    assert netted([20.0, 20, 20], moq=100).tolist() == [100, 0, 0]


def test_reference_grids_come_out_exactly() -> None:
    cases = json.loads(shared("planning/mrp_grids.json").read_text())["cases"]
    assert [case["id"] for case in cases if not grid_agrees(case)] == []


@given(
    gross=st.lists(st.integers(0, 200), min_size=1, max_size=12),
    on_hand=st.integers(-50, 300),
    target=st.integers(0, 60),
    moq=st.sampled_from([0, 40, 500]),
    multiple=st.sampled_from([0, 1, 12]),
)
def test_stock_never_ends_below_its_target_and_lots_are_whole(
    gross: list[int], on_hand: int, target: int, moq: int, multiple: int
) -> None:
    receipts = netted([float(g) for g in gross], on_hand=on_hand, target=target, moq=moq, multiple=multiple)
    stock = on_hand + np.cumsum(receipts - np.array(gross, float))
    assert (stock >= target - 1e-6).all()
    placed = receipts[receipts > 0]
    assert (placed >= moq).all()
    if multiple:
        assert placed % multiple == pytest.approx(np.zeros(len(placed)))


@given(ceiling=st.lists(st.integers(0, 150), min_size=6, max_size=6), moq=st.sampled_from([0, 50]))
def test_capacity_is_never_exceeded_and_lots_never_cut_below_their_moq(ceiling: list[int], moq: int) -> None:
    demand = np.full((6, 1), 90.0)
    allowed = np.cumsum(np.array(ceiling, float))[:, None]
    answer = net_requirements(
        opening=np.zeros(1),
        demand=demand,
        scheduled=np.zeros((6, 1)),
        safety_stock=np.zeros((6, 1)),
        lots=Lots(rule=np.zeros(1, int), parameter=np.zeros(1)),
        ranks=[Rank(moq=np.full((6, 1), float(moq)), multiple=np.zeros((6, 1)), ceiling=allowed)],
    )
    receipts = answer.receipts[0]
    assert (np.cumsum(receipts, axis=0) <= allowed + 1e-6).all()
    assert (receipts[receipts > 0] >= moq - 1e-6).all()


def net_ranks(
    demand: list[list[float]],
    ranks: list[Rank],
    *,
    on_hand: list[float] | None = None,
    scheduled: list[list[float]] | None = None,
    target: float = 0.0,
    groups: tuple = (),
    shares: np.ndarray | None = None,
) -> Netted:
    """Netting of one row of demand per bucket, lot for lot."""
    gross = np.array(demand, float)
    items = gross.shape[1]
    return net_requirements(
        opening=np.zeros(items) if on_hand is None else np.array(on_hand, float),
        demand=gross,
        scheduled=np.zeros_like(gross) if scheduled is None else np.array(scheduled, float),
        safety_stock=np.full_like(gross, target),
        lots=Lots(rule=np.zeros(items, int), parameter=np.zeros(items), groups=groups),
        ranks=ranks,
        shares=shares,
    )


def lane(
    like: list[list[float]], *, moq: float = 0.0, multiple: float = 0.0, **more: list[list[float]]
) -> Rank:
    """A lane with the same MOQ and multiple throughout; `more`: the other arrays of a rank."""
    shape = np.array(like, float)
    kinds = {"allowed": bool, "to_zero": bool, "in_parts": bool}
    arrays = {name: np.array(value, kinds.get(name, float)) for name, value in more.items()}
    return Rank(moq=np.full_like(shape, moq), multiple=np.full_like(shape, multiple), **arrays)


def test_a_multiple_of_one_makes_whole_units() -> None:
    assert netted([10.4, 0.6], multiple=1).tolist() == [11, 0]


def test_where_nothing_is_ordered_no_need_arose_and_no_ceiling_cut() -> None:
    demand = [[30.0], [20.0]]
    answer = net_ranks(demand, [lane(demand)], on_hand=[50.0])
    assert (answer.need_bucket == -1).all()
    assert (answer.cut_rank == -1).all()


def test_a_receipt_serves_the_bucket_in_which_its_need_first_arose() -> None:
    """Nothing lands before bucket 2; what is short anew after that is a need of its own bucket."""
    demand = [[50.0], [0.0], [0.0], [40.0]]
    answer = net_ranks(demand, [lane(demand, allowed=[[0], [0], [1], [1]])])
    assert answer.receipts[0, :, 0].tolist() == [0, 0, 50, 40]
    assert answer.need_bucket[:, 0].tolist() == [-1, -1, 0, 3]


def test_what_was_short_is_told_apart_from_what_the_lot_rules_add() -> None:
    demand = [[30.0], [90.0]]
    answer = net_ranks(demand, [lane(demand, moq=100)])
    assert answer.receipts[0, :, 0].tolist() == [100, 100]
    assert answer.net[0, :, 0].tolist() == [30, 20]


def test_what_a_ceiling_cuts_the_next_lane_delivers() -> None:
    demand = [[30.0], [30.0], [30.0]]
    answer = net_ranks(demand, [lane(demand, ceiling=[[40]] * 3), lane(demand, ceiling=[[25]] * 3)],
                       shares=np.eye(2, dtype=bool)[:, :, None])  # fmt: skip
    assert answer.receipts[:, :, 0].tolist() == [[30, 10, 0], [0, 20, 5]]
    assert answer.net[:, :, 0].tolist() == [[30, 10, 0], [0, 20, 5]]
    assert answer.cut_rank[:, 0].tolist() == [-1, 0, 0]
    assert answer.stock[:, 0].tolist() == [0, 0, -25]


def test_lanes_that_share_a_capacity_draw_on_one_ceiling() -> None:
    demand = [[30.0], [30.0], [30.0]]
    answer = net_ranks(demand, [lane(demand, ceiling=[[40]] * 3), lane(demand, ceiling=[[60]] * 3)])
    assert answer.receipts[:, :, 0].tolist() == [[30, 10, 0], [0, 20, 0]]


@pytest.mark.parametrize(("moq", "placed"), [(0, 30), (30, 30), (35, 0)])
def test_a_lot_is_cut_to_whole_multiples_and_not_below_its_moq(moq: float, placed: float) -> None:
    """45 are wanted in lots of 15, 40 have room: two lots, or none where two are below the minimum."""
    answer = net_ranks([[45.0]], [lane([[0.0]], moq=moq, multiple=15, ceiling=[[40.0]])])
    assert answer.receipts[0, 0, 0] == placed


def test_a_lot_that_fills_the_ceiling_exactly_is_not_cut() -> None:
    answer = net_ranks([[45.0]], [lane([[0.0]], multiple=15, ceiling=[[45.0]])])
    assert (answer.receipts[0, 0, 0], answer.cut_rank[0, 0]) == (45, -1)


def test_a_dear_lane_fills_up_to_zero_where_safety_stock_is_not_worth_it() -> None:
    demand = [[50.0]]
    never, dear = lane(demand, allowed=[[0]]), lane(demand, to_zero=[[1]])
    assert net_ranks(demand, [never, dear], target=20).receipts[:, 0, 0].tolist() == [0, 50]
    cheap = lane(demand, to_zero=[[0]])
    assert net_ranks(demand, [never, cheap], target=20).receipts[:, 0, 0].tolist() == [0, 70]


@pytest.mark.parametrize(
    ("early", "scheduled", "bridged"), [(0.5, 0.0, 20.0), (0.5, 5.0, 15.0), (0.3, 0.0, 0.0), (0.0, 0.0, 0.0)]
)
def test_a_dearer_lane_covers_the_days_before_the_cheapest_lands(
    early: float, scheduled: float, bridged: float
) -> None:
    """30 are there and 100 are asked for; what half of the bucket asks for beyond the 30 comes by the second lane."""
    demand = [[100.0]]
    ranks = [lane(demand), *(lane(demand, early_share=[[early]]) for _ in range(2))]
    answer = net_ranks(demand, ranks, on_hand=[30.0], scheduled=[[scheduled]])
    assert answer.receipts[:, 0, 0].tolist() == [70 - scheduled - bridged, bridged, 0]


def test_a_dearer_lane_that_cannot_land_either_covers_nothing() -> None:
    demand = [[100.0]]
    ranks = [lane(demand), lane(demand, allowed=[[0]], early_share=[[0.5]])]
    assert net_ranks(demand, ranks).receipts[:, 0, 0].tolist() == [100, 0]


def both(moq: float) -> tuple:
    return ((np.array([0, 1]), moq),)


@pytest.mark.parametrize(("multiple", "lots"), [(0, [50 + 50 * 100 / 130, 80 * 100 / 130]), (1, [138, 62])])
def test_a_shared_minimum_takes_in_the_next_needs_of_its_members(multiple: float, lots: list[float]) -> None:
    """100 of A are short and 200 the minimum: the 50 and 80 of the next bucket share the missing 100."""
    demand = [[100.0, 0.0], [50.0, 80.0], [0.0, 100.0]]
    answer = net_ranks(demand, [lane(demand, multiple=multiple)], groups=both(200))
    first = lots if multiple else [100 + 50 * 100 / 130, lots[1]]
    assert answer.receipts[0, 0].tolist() == pytest.approx(first)
    assert answer.need_bucket[0].tolist() == [0, 0]
    assert answer.net[0, 0].tolist() == [100, 0]


def test_needs_of_two_later_buckets_are_taken_in_one_after_the_other() -> None:
    demand = [[10.0, 0.0], [0.0, 20.0], [40.0, 0.0]]
    answer = net_ranks(demand, [lane(demand)], groups=both(50))
    assert answer.receipts[0, 0].tolist() == [30, 20]


def test_a_shared_minimum_beyond_all_needs_is_filled_by_demand() -> None:
    demand = [[10.0, 0.0], [0.0, 30.0]]
    answer = net_ranks(demand, [lane(demand)], groups=both(120))
    assert answer.receipts[0, 0].tolist() == [10 + 80 / 4, 30 + 80 * 3 / 4]


def test_without_demand_a_shared_minimum_goes_to_what_is_short() -> None:
    demand = [[0.0, 0.0]]
    answer = net_ranks(demand, [lane(demand)], on_hand=[0.0, 40.0], target=10, groups=both(60))
    assert answer.receipts[0, 0].tolist() == [60, 0]


def test_returns_do_not_weigh_where_a_shared_minimum_is_filled() -> None:
    demand = [[10.0, -5.0]]
    assert net_ranks(demand, [lane(demand)], groups=both(30)).receipts[0, 0].tolist() == [30, 0]


@pytest.mark.parametrize("moq", [0.0, 40.0])
def test_a_shared_minimum_that_is_reached_adds_nothing(moq: float) -> None:
    demand = [[30.0, 10.0], [5.0, 5.0]]
    assert net_ranks(demand, [lane(demand)], groups=both(moq)).receipts[0, 0].tolist() == [30, 10]


def test_members_that_cannot_land_now_are_not_taken_in() -> None:
    demand = [[10.0, 0.0], [0.0, 30.0]]
    answer = net_ranks(demand, [lane(demand, allowed=[[1, 0], [1, 1]])], groups=both(40))
    assert answer.receipts[0].tolist() == [[40, 0], [2.5, 37.5]]


def test_a_member_of_whole_lots_and_one_of_any_quantity_share_a_minimum() -> None:
    demand = [[5.0, 0.0], [5.0, 15.0]]
    ranks = [Rank(moq=np.zeros((2, 2)), multiple=np.array([[0.0, 10.0]] * 2))]
    assert net_ranks(demand, ranks, groups=both(25)).receipts[0, 0].tolist() == [10, 20]


def test_what_capacity_takes_from_a_joint_minimum_the_others_make_up_for() -> None:
    shape = (1, 2)
    netted = net_requirements(
        opening=np.zeros(2), demand=np.array([[384.0, 10.0]]), scheduled=np.zeros(shape), safety_stock=np.zeros(shape),
        lots=Lots(rule=np.zeros(2, np.int64), parameter=np.zeros(2), groups=[(np.arange(2), 400.0)]),
        ranks=[Rank(moq=np.zeros(shape), multiple=np.full(shape, 1.0), ceiling=np.array([[np.inf, 0.0]]))],
    )  # fmt: skip
    assert netted.receipts[0].tolist() == [[400.0, 0.0]]
    assert netted.stock.tolist() == [[16.0, -10.0]]


def test_what_capacity_takes_from_a_joint_minimum_is_not_made_up_for_by_what_nobody_asks_for() -> None:
    demand = [[384.0, 0.0]]
    answer = net_ranks(demand, [lane(demand, ceiling=[[120.0, np.inf]])], groups=both(400))
    assert answer.receipts[0].tolist() == [[120.0, 0.0]]


RUN = {"ceiling": [[100.0], [200.0], [300.0], [400.0]], "in_parts": [[1.0]] * 4}
"""A line of 100 a bucket that receives a lot as it is made."""


def test_a_run_goes_on_until_its_moq_is_made_whether_needed_or_not() -> None:
    demand = [[50.0], [0.0], [0.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=250, **RUN)])
    assert answer.receipts[0, :, 0].tolist() == [100, 100, 50, 0]
    assert answer.begun[0, :3, 0].tolist() == [0, 0, 0]
    assert answer.net[0, :, 0].tolist() == [50, 0, 0, 0]


def test_the_rest_of_a_run_takes_along_what_is_short_of_the_safety_stock() -> None:
    demand = [[90.0], [90.0], [90.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=250, **RUN)], target=20)
    assert answer.receipts[0, :, 0].tolist() == [100, 100, 90, 0]
    assert answer.net[0, :, 0].tolist() == [100, 100, 90, 0]


def test_parts_of_a_run_are_whole_multiples_and_so_is_its_moq() -> None:
    """At least 250 in boxes of 40: 280, of which 80 fit in the first bucket, 120 in the second and 80 in the third."""
    demand = [[50.0], [0.0], [0.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=250, multiple=40, **RUN)])
    assert answer.receipts[0, :, 0].tolist() == [80, 120, 80, 0]


def test_after_a_run_has_ended_the_next_lot_is_whole_again_where_there_was_time_for_it() -> None:
    demand = [[100.0], [100.0], [0.0], [120.0]]
    answer = net_ranks(demand, [lane(demand, moq=150, **RUN)])
    assert answer.receipts[0, :, 0].tolist() == [100, 100, 0, 150]
    assert answer.begun[0, :2, 0].tolist() == [0, 0]
    assert answer.begun[0, 3, 0] == -1  # all of it can be made by now


def test_no_run_is_begun_where_the_horizon_cannot_make_its_moq() -> None:
    demand = [[50.0], [0.0], [0.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=401, **RUN)])
    assert not answer.receipts.any()
    assert (answer.begun == -1).all()
    assert net_ranks(demand, [lane(demand, moq=400, **RUN)]).receipts.sum() == 400


def test_only_what_is_received_in_parts_is_begun_before_all_of_it_can_be_made() -> None:
    demand = [[50.0, 50.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    ceiling = [[100.0] * 2, [200.0] * 2, [300.0] * 2, [400.0] * 2]
    answer = net_ranks(demand, [lane(demand, moq=250, ceiling=ceiling, in_parts=[[1.0, 0.0]] * 4)])
    assert answer.receipts[0].T.tolist() == [[100, 100, 50, 0], [0, 0, 250, 0]]


def test_a_dearer_lane_that_serves_stockouts_only_makes_no_more_of_its_run_for_safety_stock() -> None:
    """Its 150 are the MOQ: 100 and 50; the 30 that safety stock lacks in the second bucket are not worth its price."""
    demand = [[100.0], [80.0]]
    ceiling, parts = [[100.0], [200.0]], [[1.0]] * 2
    answer = net_ranks(
        demand,
        [lane(demand, moq=150, ceiling=ceiling, in_parts=parts, to_zero=[[1.0]] * 2)],
        target=10,
    )
    assert answer.receipts[0, :, 0].tolist() == [100, 80]


def test_what_lacks_safety_stock_only_is_not_raised_to_the_moq_beside_what_is_short() -> None:
    """Both rows are below their safety stock of 10; the lane is worth its price for the stockout of the second."""
    demand = [[5.0, 30.0]]
    answer = net_ranks(demand, [lane(demand, moq=50, to_zero=[[1.0, 1.0]])], on_hand=[10.0, 10.0], target=10)
    assert answer.receipts[0, 0].tolist() == [0, 50]


def test_a_run_goes_on_for_less_than_a_unit() -> None:
    demand = [[50.0], [0.0], [0.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=100.5, **RUN)])
    assert answer.receipts[0, :, 0].tolist() == [100, 0.5, 0, 0]


def test_a_lot_that_capacity_cut_to_nothing_met_no_need() -> None:
    demand = [[50.0], [0.0]]
    answer = net_ranks(demand, [lane(demand, moq=100, ceiling=[[60.0], [100.0]])])
    assert answer.receipts[0, :, 0].tolist() == [0, 100]
    assert answer.need_bucket[:, 0].tolist() == [-1, 0]


def test_a_fixed_order_quantity_of_one_orders_whole_units() -> None:
    demand = np.array([[10.4], [0.4]])
    answer = net_requirements(
        opening=np.zeros(1),
        demand=demand,
        scheduled=np.zeros_like(demand),
        safety_stock=np.zeros_like(demand),
        lots=Lots(rule=np.array([int(LotRule.FIXED_ORDER_QUANTITY)]), parameter=np.array([1.0])),
        ranks=[lane(demand.tolist())],
    )
    assert answer.receipts[0, :, 0].tolist() == [11, 0]


def test_without_limits_too_a_multiple_of_one_makes_whole_units() -> None:
    demand = np.array([[10.4, 10.4], [0.6, 0.6]])
    receipts, stock = np.empty_like(demand), np.empty_like(demand)
    net_unlimited(
        opening=np.zeros(2),
        demand=demand,
        scheduled=np.zeros_like(demand),
        safety_stock=np.zeros_like(demand),
        lots=Lots(rule=np.zeros(2, int), parameter=np.zeros(2)),
        moq=np.zeros(2),
        multiple=np.array([1.0, 0.0]),
        receipts=receipts,
        stock=stock,
    )
    assert receipts.T.tolist() == [[11, 0], [10.4, 0.6]]
