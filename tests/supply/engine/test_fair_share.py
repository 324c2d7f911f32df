"""Sites of one priority share what their sender has by what they need; those of a better one come first."""

from typing import Any

import numpy as np
import pytest
from supply_networks import day, lanes, months, problem

from supply.engine import Kind, PlanInputs, plan_supply
from supply.engine.checker import check_plan
from supply.engine.fair_share import fair_ceilings, fair_shares

SENDER = 3


def three_sites(
    needs: tuple[float, ...], *, stock: float, priority: tuple[int, ...] = (1, 1, 1), **terms: Any
) -> PlanInputs:
    """January's needs of three sites, five days from a sender that gets more 45 days from today."""
    demand = np.zeros((3, 4))
    demand[0, :SENDER] = needs
    moved = {"kind": Kind.TRANSFER, "source": SENDER, "lead_time_days": 5, "transit_days": 5} | terms
    return problem(
        demand,
        calendar=months(3),
        on_hand=[0, 0, 0, stock],
        lanes=lanes(
            *({"item": site} | moved for site in range(SENDER)), {"item": SENDER, "lead_time_days": 45}
        ),
        priority=np.array([*priority, 1]),
    )


@pytest.mark.parametrize(
    ("inputs", "january"),
    [
        (three_sites((100, 100, 40), stock=120), [50, 50, 20]),
        (three_sites((100, 100, 40), stock=120, multiple=25), [50, 25, 25]),
        (three_sites((100, 100, 40), stock=120, moq=60), [60, 60, 0]),
        (three_sites((30, 60, 90), stock=100, multiple=12), [12, 36, 48]),
        (three_sites((100, 90, 30), stock=120, priority=(2, 1, 1)), [0, 90, 30]),
        (three_sites((100, 90, 30), stock=120, priority=(1, 2, 2)), [100, 15, 5]),
    ],
    ids=["half of each need", "whole multiples, largest remainder", "whole minimums", "a third, two, three thirds",
         "the first priority in full", "the rest by need"],
)  # fmt: skip
def test_what_a_sender_lacks_falls_on_all_sites_of_a_priority_by_their_needs(
    inputs: PlanInputs, january: list[float]
) -> None:
    plan = plan_supply(inputs)
    assert plan.projection.planned_receipts[0, :SENDER] == pytest.approx(january)
    assert check_plan(inputs, plan) == []
    caught_up = plan.projection.shortage[1:, :SENDER].max()
    assert caught_up == 0  # once the sender has more, nobody waits


def distribution(seed: int, *, multiple: float) -> PlanInputs:
    """One sender with what some purchases bring, and six sites near and far that nothing else limits."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = [
        {"item": n, "kind": Kind.TRANSFER, "source": 6, "multiple": multiple,
         "lead_time_days": (way := int(rng.integers(0, 20))), "transit_days": way}
        for n in range(6)
    ]  # fmt: skip
    demand = np.zeros((8, 7))
    demand[:, :6] = rng.integers(0, 200, (8, 6))
    return problem(
        demand, calendar=months(8), on_hand=[*rng.integers(0, 150, 6), 300], safety_stock=0.0,
        lanes=lanes(*rows, {"item": 6, "lead_time_days": 100}),
    )  # fmt: skip


@pytest.mark.parametrize("multiple", [0.0, 12.0])
@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_kept_back_and_no_site_gets_more_than_its_share(seed: int, multiple: float) -> None:
    """Until the purchase lands the sites get all that there is, each a share of its need within two lots of the others'."""
    inputs = distribution(seed, multiple=multiple)
    plan = plan_supply(inputs)
    assert check_plan(inputs, plan) == []
    early = plan.orders.ship_day < day(100)
    sent = np.bincount(
        plan.orders.item[early & (plan.orders.item < 6)],
        plan.orders.quantity[early & (plan.orders.item < 6)],
        6,
    )
    need = np.maximum(inputs.demand[:3, :6].sum(axis=0) - inputs.on_hand[:6], 0.0)
    if need.sum() > 300:
        assert 300 - 6 * multiple - 1e-6 <= sent.sum() <= 300 + 1e-6


@pytest.mark.parametrize("seed", range(50))
def test_shares_are_whole_steps_never_more_than_there_is_and_within_a_step_of_the_proportion(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    need = rng.integers(0, 300, 5).astype(float)
    step = rng.choice([0.0, 1.0, 12.0], 5)
    units = float(rng.uniform(0, need.sum()))
    given = fair_shares(units, need=need, step=step)
    whole = step > 0
    assert given[whole] / step[whole] == pytest.approx(np.rint(given[whole] / step[whole]))
    assert given.sum() <= units + 1e-6
    even = need * units / max(need.sum(), 1.0)
    assert (np.abs(given - even) <= step + 1e-6).all()
    unserved = given[whole] < need[whole]
    assert not unserved.any() or units - given.sum() < step[whole][unserved].max() + step[whole].sum()


@pytest.mark.parametrize("seed", range(50))
def test_ceilings_never_fall_and_never_add_up_to_more_than_there_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    available = np.cumsum(rng.integers(0, 120, 8)).astype(float)
    need = np.cumsum(rng.integers(0, 40, (8, 4)), axis=0).astype(float)
    ceiling = fair_ceilings(available, need=need, step=rng.choice([0.0, 5.0], 4))
    assert (np.diff(ceiling, axis=0) >= -1e-9).all()
    assert (ceiling.sum(axis=1) <= available + 1e-6).all()
    served = available >= need.sum(axis=1)
    if served.all():
        assert (ceiling >= need - 1e-9).all()


def test_where_a_sender_has_enough_nothing_bounds_its_sites() -> None:
    open_end = fair_ceilings(
        np.array([50.0, np.inf]), need=np.array([[60.0, 40.0], [60.0, 90.0]]), step=np.zeros(2)
    )
    assert open_end.tolist() == [[30, 20], [np.inf, np.inf]]
