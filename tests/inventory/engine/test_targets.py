"""Targets: the worked examples, their parts, their bounds, and what must hold for any input."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.engine import PARTS, Distribution, Policy, TargetInputs, Targets, targets

# Silver, Pyke and Thomas: mean, error sd, lead time, its sd, review, service, safety stock, reorder point.
TYPE_ONE = [
    (100, 20, 4, 0, 0, 0.95, 65.79414507805889, 465.7941450780589),
    (100, 20, 4, 1, 0, 0.95, 177.15615729493229, 577.1561572949323),
    (100, 20, 4, 1, 1, 0.98, 224.97692116094214, 724.9769211609421),
    (50, 30, 2, 0.5, 1, 0.99, 134.14376237177663, 284.14376237177663),
]
# Lot, sd over the lead time, fill rate, exact factor of the two-term equation.
TWO_TERM = [
    (200, 50, 0.95, 0.49288501631331455),
    (200, 50, 0.99, 1.360235163288448),
    (50, 50, 0.95, 1.2121292557405619),
    (1000, 50, 0.98, -0.0021136569050045),
    (30, 60, 0.90, 1.0448689829694064),
]


@pytest.fixture
def target() -> Callable[..., Targets]:
    """`target(service_target=0.99)`: S39's item, 100 a day +- 30, 60 days +- 10, except as said."""

    def make(**changes: Any) -> Targets:
        given: dict[str, Any] = {
            "policy": Policy.CYCLE_SERVICE,
            "service_target": 0.95,
            "demand_per_day": 100.0,
            "error_sd": 30.0,
            "lead_time_days": 60.0,
            "lead_time_sd_days": 10.0,
        }
        return targets(TargetInputs(**(given | changes)))

    return make


def test_s39_sixty_days_and_ten_late_need_1689(target):
    answer = target()
    assert answer.safety_stock.tolist() == [1689.0]
    assert answer.reorder_point.tolist() == [7689.0]
    assert answer.protection_sd[0] == pytest.approx(1026.6, abs=0.05)


def test_s39_says_what_each_source_contributes(target):
    answer = target()
    assert answer.part("lead_time_variability")[0] > 15 * answer.part("demand_variability")[0]
    assert answer.parts.sum() == pytest.approx(1689.0, abs=1e-9)


def test_s02_four_points_of_service_cost_1638(target):
    answer = target(service_target=[0.95, 0.99], error_rmse=400.0, lead_time_sd_days=0.0)
    assert answer.safety_stock.tolist() == [658.0, 931.0]
    assert 6 * np.diff(answer.safety_stock)[0] == 1638.0


@pytest.mark.parametrize(("mean", "sd", "days", "days_sd", "review", "service", "stock", "point"), TYPE_ONE)
def test_type_one_closed_form(target, mean, sd, days, days_sd, review, service, stock, point):
    answer = target(
        demand_per_day=mean,
        error_sd=sd,
        lead_time_days=days,
        lead_time_sd_days=days_sd,
        review_days=review,
        service_target=service,
        step=0,
    )
    assert answer.safety_stock[0] == pytest.approx(stock, abs=1e-6)
    assert answer.reorder_point[0] == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize(("lot", "sd", "fill", "factor"), TWO_TERM)
def test_fill_rate_is_the_exact_two_term_equation(target, lot, sd, fill, factor):
    answer = target(
        policy=Policy.FILL_RATE,
        service_target=fill,
        order_quantity=lot,
        error_rmse=sd,
        lead_time_sd_days=0,
        minimum=-np.inf,
        step=0,
    )
    assert answer.factor[0] == pytest.approx(factor, abs=1e-6)
    assert answer.safety_stock[0] == pytest.approx(factor * sd, abs=1e-6)


def test_nothing_is_held_to_fill_no_demand_between_reviews_without_a_lead_time(target):
    given = {"demand_per_day": 0, "lead_time_days": 0, "lead_time_sd_days": 0, "review_days": 28, "moq": 50}
    assert target(policy=Policy.FILL_RATE, **given).safety_stock.tolist() == [0]


def test_a_minimum_below_the_demand_of_a_day_changes_no_fill_rate(target):
    without, small, day = target(policy=Policy.FILL_RATE, moq=[0, 1, 100], step=0).safety_stock
    assert without == small == day


def test_large_moq_would_allow_negative_safety_stock_and_is_held_at_zero(target):
    answer = target(policy=Policy.FILL_RATE, service_target=0.9, moq=100_000)
    assert answer.safety_stock[0] == 0.0
    assert answer.part("minimum")[0] > 0


def test_error_measured_over_the_interval_replaces_the_root_of_time(target):
    answer = target(error_rmse=[np.nan, 400.0], lead_time_sd_days=0.0)
    assert answer.protection_sd == pytest.approx([30 * np.sqrt(60), 400.0])


def test_error_of_a_month_is_spread_over_its_days(target):
    monthly = target(error_sd=30 * np.sqrt(30), error_bucket_days=30)
    assert monthly.safety_stock == target().safety_stock


def test_fixed_quantity_and_days_of_supply_take_no_statistics(target):
    answer = target(policy=[Policy.FIXED_QUANTITY, Policy.DAYS_OF_SUPPLY], service_target=[500.0, 14.0])
    assert answer.safety_stock.tolist() == [500.0, 1400.0]
    assert np.isnan(answer.factor).all()


def test_never_run_out_holds_the_largest_of_its_four_reasons(target):
    answer = target(
        policy=Policy.NEVER_RUN_OUT,
        service_target=0.999,
        lead_time_sd_days=0.0,
        largest_demand=[0.0, 8000.0, 0.0, 0.0],
        simulated_demand=[0.0, 0.0, 9000.0, 0.0],
        time_to_recover_days=[0.0, 0.0, 0.0, 35.0],
    )
    assert answer.safety_stock.tolist() == [719.0, 2000.0, 3000.0, 3500.0]


def test_floors_of_never_run_out_leave_other_policies_alone(target):
    assert target(largest_demand=1e6, time_to_recover_days=1000).safety_stock[0] == 1689.0


def test_reserve_and_bounds_move_the_target_and_say_so(target):
    answer = target(reserve=[3000.0, 0.0], maximum=[np.inf, 1000.0])
    assert answer.safety_stock.tolist() == [3000.0, 1000.0]
    assert answer.part("reserve")[0] == pytest.approx(3000 - 1688.68, abs=0.01)
    assert answer.part("maximum")[1] == pytest.approx(1000 - 1688.68, abs=0.01)


def test_shelf_life_caps_the_target_at_what_is_still_sold(target):
    answer = target(shelf_life_days=20, moq=500)
    assert answer.safety_stock[0] == 100 * 20 - 500


def test_target_is_a_whole_step_and_a_cap_is_never_passed(target):
    assert target(step=12).safety_stock[0] == 1692.0
    assert target(step=12, maximum=1690).safety_stock[0] == 1680.0


def test_a_sum_that_is_a_whole_step_but_for_rounding_is_not_raised(target):
    answer = target(policy=Policy.FIXED_QUANTITY, service_target=0.1 + 0.2, step=0.1)
    assert answer.safety_stock[0] == pytest.approx(0.3)


def test_without_error_and_spread_nothing_is_kept(target):
    for policy in (Policy.CYCLE_SERVICE, Policy.FILL_RATE):
        assert target(policy=policy, error_sd=0, lead_time_sd_days=0).safety_stock[0] == 0.0


def test_item_without_demand_needs_nothing_for_its_fill_rate(target):
    assert target(policy=Policy.FILL_RATE, demand_per_day=0, error_sd=0).safety_stock[0] == 0.0


def test_negative_binomial_target_is_the_smallest_count_that_suffices(target):
    from scipy import stats

    answer = target(
        demand_per_day=0.05,
        error_rmse=3.0,
        lead_time_sd_days=0,
        distribution=Distribution.NEGATIVE_BINOMIAL,
    )
    point = answer.reorder_point[0]
    size, chance = 3.0**2 / (9.0 - 3.0), 3.0 / 9.0
    assert stats.nbinom.cdf(point, size, chance) >= 0.95 > stats.nbinom.cdf(point - 1, size, chance)


def test_targets_by_bucket_are_the_targets_of_each_bucket(target):
    demand = np.array([[50.0, 100.0], [200.0, 10.0]])
    together = target(demand_per_day=demand, lead_time_days=[30.0, 60.0])
    alone = target(demand_per_day=demand[1], lead_time_days=[30.0, 60.0])
    assert together.safety_stock[1].tolist() == alone.safety_stock.tolist()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"service_target": [0.9, 1.2]}, r"service_target\[1\] is 1.2; give a fraction"),
        ({"lead_time_days": [30, -2]}, r"lead_time_days\[1\] is -2; give 0 or more"),
        ({"demand_per_day": np.nan}, r"demand_per_day.* is nan; give 0 or more"),
        ({"error_sd": np.inf}, r"error_sd.* is inf; give a finite number"),
        ({"policy": 9}, r"policy.* is 9; give a code from 0 to 4"),
        ({"minimum": 10, "maximum": 5}, r"maximum.* is 5; give at least the minimum"),
        ({"lead_time_days": [1, 2], "error_sd": [1, 2, 3]}, r"shapes do not fit together.*one value per"),
    ],
)
def test_bad_input_is_named_with_its_place_and_what_to_give(target, wrong, message):
    with pytest.raises(ValueError, match=message):
        target(**wrong)


ITEMS = st.fixed_dictionaries(
    {
        "policy": st.sampled_from([Policy.CYCLE_SERVICE, Policy.FILL_RATE, Policy.NEVER_RUN_OUT]),
        "distribution": st.sampled_from([Distribution.NORMAL, Distribution.GAMMA]),
        "demand_per_day": st.floats(0.01, 1e4),
        "lead_time_days": st.floats(0, 200),
        "lead_time_sd_days": st.floats(0, 30),
        "review_days": st.sampled_from([0.0, 1.0, 7.0, 30.0]),
        "error_sd": st.floats(0.01, 1e4),
        "moq": st.sampled_from([0.0, 5.0, 100.0, 1e4]),
    }
)


@settings(max_examples=150, deadline=None)
@given(item=ITEMS, levels=st.tuples(st.floats(0.5, 0.999), st.floats(0.5, 0.999)))
def test_more_service_never_needs_less_stock(item, levels):
    answer = targets(TargetInputs(service_target=sorted(levels), **item))
    assert answer.safety_stock[0] <= answer.safety_stock[1]


@settings(max_examples=150, deadline=None)
@given(
    item=ITEMS,
    service=st.floats(0.5, 0.999),
    step=st.sampled_from([0.0, 1.0, 12.0]),
    rules=st.fixed_dictionaries(
        {
            "reserve": st.sampled_from([0.0, 300.0]),
            "maximum": st.sampled_from([np.inf, 1000.0]),
            "shelf_life_days": st.sampled_from([np.inf, 10.0]),
            "error_scale": st.sampled_from([1.0, 1.3]),
            "time_to_recover_days": st.sampled_from([0.0, 40.0]),
        }
    ),
)
def test_parts_sum_to_the_safety_stock(item, service, step, rules):
    answer = targets(TargetInputs(service_target=service, step=step, **item, **rules))
    assert len(answer.parts) == len(PARTS)
    assert answer.parts.sum(axis=0) == pytest.approx(answer.safety_stock, rel=1e-9, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(item=ITEMS, service=st.floats(0.5, 0.999), factor=st.sampled_from([0.25, 8.0, 1024.0]))
def test_in_another_unit_of_measure_the_target_is_the_same_stock(item, service, factor):
    plain = targets(TargetInputs(service_target=service, step=0, **item))
    scaled = item | {name: item[name] * factor for name in ("demand_per_day", "error_sd", "moq")}
    other = targets(TargetInputs(service_target=service, step=0, **scaled))
    assert other.safety_stock == pytest.approx(plain.safety_stock * factor, rel=1e-6, abs=1e-6 * factor)


@settings(max_examples=100, deadline=None)
@given(item=ITEMS, service=st.floats(0.5, 0.999), more=st.floats(1.0, 3.0))
def test_more_uncertainty_never_needs_less_stock(item, service, more):
    if item["distribution"] == Distribution.GAMMA:
        item = item | {"distribution": Distribution.NORMAL}
    less = targets(TargetInputs(service_target=service, **item))
    doubled = targets(TargetInputs(service_target=service, **(item | {"error_sd": item["error_sd"] * more})))
    assert doubled.safety_stock[0] >= less.safety_stock[0]


@settings(max_examples=150, deadline=None)
@given(
    item=ITEMS,
    service=st.floats(0.5, 0.999),
    step=st.sampled_from([1.0, 12.0, 250.0]),
    life=st.floats(0.0, 400.0),
)
def test_a_target_is_whole_steps_never_negative_and_sold_before_it_expires(item, service, step, life):
    answer = targets(TargetInputs(service_target=service, step=step, shelf_life_days=life, **item))
    stock = float(answer.safety_stock[0])
    assert stock >= 0
    assert stock == step * round(stock / step)
    sold_in_time = item["demand_per_day"] * life - float(answer.cycle_quantity[0])
    assert stock <= max(sold_in_time, 0.0) * (1 + 1e-9) + 1e-9


def test_an_item_guards_only_the_days_on_which_it_is_still_asked_for(target):
    """15 of 60 days: a quarter of the variance of demand, and the mean of the interval a quarter as well."""
    answer = target(demand_ends_days=[np.inf, 60.0, 15.0, 0.0], lead_time_sd_days=0.0, step=0.0)
    assert answer.safety_stock / answer.safety_stock[0] == pytest.approx([1, 1, 0.5, 0])


def test_never_run_out_ends_with_demand_too(target):
    answer = target(
        policy=Policy.NEVER_RUN_OUT,
        service_target=0.999,
        demand_per_day=[100.0, 0.0],
        largest_demand=9_000.0,
        demand_ends_days=[np.inf, 0.0],
        time_to_recover_days=35.0,
    )
    assert answer.safety_stock[0] >= 3_500
    assert answer.safety_stock[1] == 0
