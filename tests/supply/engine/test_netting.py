"""Netting in buckets: the classic grids, lot rules, and what must hold for any numbers."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from supply.bench.plan import grid_agrees
from supply.engine.netting import Lots, Rank, net_requirements


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
