"""Where the uncertainty comes from, and what seeded paths and real history say to it."""

import numpy as np
import pytest

from inventory.engine import (
    Distribution,
    PathInputs,
    Policy,
    TargetInputs,
    class_spread,
    demand_classes,
    demand_shape,
    demand_spread,
    intermittent,
    largest_demand,
    level_by_paths,
    protection_error,
    replay,
    scale_for_fill,
    short_paths,
    steady,
    targets,
)


def autocorrelated_errors(*, origins, horizon, items, correlation, seed):
    generator = np.random.default_rng(seed)
    errors = np.zeros((origins, horizon, items))
    errors[:, 0] = generator.standard_normal((origins, items))
    for step in range(1, horizon):
        noise = generator.standard_normal((origins, items)) * np.sqrt(1 - correlation**2)
        errors[:, step] = correlation * errors[:, step - 1] + noise
    return errors


def test_correlated_errors_are_measured_where_the_root_of_time_is_too_small():
    errors = autocorrelated_errors(origins=4000, horizon=4, items=3, correlation=0.5, seed=1)
    answer = protection_error(
        errors,
        weight=np.ones((4000, 3)),
        protection_buckets=np.full(3, 4.0),
        level=np.ones(3),
        group=np.zeros(3, dtype=np.intp),
    )
    too_small = np.sqrt(4.0)
    assert answer.rmse / too_small == pytest.approx(np.full(3, 1.44), abs=0.04)
    assert answer.own_weight.tolist() == [1.0, 1.0, 1.0]


def test_bias_counts_as_error():
    answer = protection_error(
        np.full((12, 3, 1), 2.0),
        weight=np.ones((12, 1)),
        protection_buckets=np.array([2.5]),
        level=np.array([10.0]),
        group=np.zeros(1, dtype=np.intp),
    )
    assert answer.rmse[0] == pytest.approx(5.0)


def test_young_item_leans_on_its_class():
    errors = np.full((24, 3, 3), np.nan)
    errors[:, :, :2] = autocorrelated_errors(origins=24, horizon=3, items=2, correlation=0.0, seed=5)
    errors[0, 0, 2] = 50.0
    answer = protection_error(
        errors,
        weight=np.ones((24, 3)),
        protection_buckets=np.full(3, 3.0),
        level=np.ones(3),
        group=np.zeros(3, dtype=np.intp),
    )
    assert answer.own_weight[2] == pytest.approx(1 / 13)
    assert answer.rmse[2] < 50 * np.sqrt(3)
    alone = protection_error(
        errors[:, :, 2:],
        weight=np.ones((24, 1)),
        protection_buckets=np.array([3.0]),
        level=np.ones(1),
        group=np.zeros(1, dtype=np.intp),
    )
    assert alone.rmse[0] == pytest.approx(50 * np.sqrt(3))


def test_interval_beyond_what_was_measured_grows_with_the_root_of_time():
    answer = protection_error(
        np.ones((12, 2, 1)),
        weight=np.ones((12, 1)),
        protection_buckets=np.array([8.0]),
        level=np.array([10.0]),
        group=np.zeros(1, dtype=np.intp),
    )
    assert answer.rmse[0] == pytest.approx(2.0 * np.sqrt(4.0))


def test_an_origin_that_counts_nothing_is_no_error():
    """Six origins missed 2 over three buckets and six 200; only the first six count."""
    errors = np.zeros((12, 3, 1))
    errors[:6, 0], errors[6:, 0] = 2.0, 200.0
    answer = protection_error(
        errors,
        weight=np.repeat([1.0, 0.0], 6)[:, None],
        protection_buckets=np.array([3.0]),
        level=np.array([10.0]),
        group=np.zeros(1, dtype=np.intp),
    )
    assert answer.rmse[0] == pytest.approx(2.0)


def test_spread_of_rare_demand_is_never_below_a_poisson_and_shrinks_to_its_class():
    history = np.array([[1.0, 0.0], [1.0, 8.0], [1.0, 0.0], [1.0, 0.0]])
    taught = class_spread(history, group=np.full(2, 2, dtype=np.intp))
    spread = demand_spread(
        history, protection_demand=np.array([4.0, 4.0]), expected=taught.of(np.full(2, 2, dtype=np.intp))
    )
    own = 12.0 / 2.0
    shared = (0.0 + own) / 2
    assert (taught.dispersion[2], taught.power[2]) == (shared, 1.0)  # two members show no power
    steady_weight, rare_weight = 4 / (4 + 104), 4 / (4 + 36)
    assert spread[0] == pytest.approx(np.sqrt(max((1 - steady_weight) * shared, 1.0) * 4))
    assert spread[1] == pytest.approx(np.sqrt((rare_weight * own + (1 - rare_weight) * shared) * 4))


@pytest.mark.parametrize(("taylor", "power"), [(2.0, 1.5), (1.4, 1.2), (0.5, 1.0)])
def test_variance_grows_with_the_mean_half_as_far_beyond_chance_as_the_members_show(taylor, power):
    means = np.geomspace(20.0, 20_000.0, 40)
    deviation = 0.5 * means ** (taylor / 2)
    taught = class_spread(np.stack([means - deviation, means + deviation]), group=np.ones(40, dtype=np.intp))
    assert taught.power[1] == pytest.approx(power)
    assert taught.power[[0, 2, 3]].tolist() == [1.0, 1.0, 1.0]
    shown = deviation**2 / means**power
    assert taught.dispersion[1] == pytest.approx(shown.mean())


def test_shapes_follow_zeros_counts_and_variation():
    generator = np.random.default_rng(2)
    history = np.column_stack(
        [
            1000 + 50 * generator.standard_normal(36),
            1000 * generator.gamma(2.0, 0.5, 36),
            np.where(generator.random(36) < 0.3, 3.0, 0.0),
        ]
    )
    assert demand_shape(history, np.full(3, 2.0)).tolist() == [
        Distribution.NORMAL,
        Distribution.GAMMA,
        Distribution.NEGATIVE_BINOMIAL,
    ]
    assert intermittent(history).tolist() == [False, False, True]
    assert steady(history).tolist() == [True, False, False]


def test_zeros_before_the_first_sale_do_not_make_an_item_intermittent():
    history = np.concatenate([np.zeros(20), np.full(16, 5.0)])[:, None]
    assert intermittent(history).tolist() == [True]
    assert intermittent(history, first=np.array([20])).tolist() == [False]


def test_largest_demand_is_found_across_bucket_borders():
    history = np.array([[30.0], [90.0], [60.0], [0.0]])
    largest = largest_demand(history, bucket_days=30, protection_days=np.array([50.0]))
    assert largest[0] == pytest.approx(90 + 60 * 20 / 30)
    longer = largest_demand(history, bucket_days=30, protection_days=np.array([240.0]))
    assert longer[0] == pytest.approx(360.0)


def position(on_hand, *, receipts=None, delay=0.0, rmse=np.nan):
    return PathInputs(
        on_hand=on_hand,
        demand_per_day=100.0,
        receipts=np.zeros((60, 1)) if receipts is None else receipts,
        error_sd_per_day=30.0,
        error_rmse=rmse,
        receipt_delay_sd_days=delay,
    )


def test_s34_eleven_short_paths_of_ten_thousand_break_the_promise():
    target = np.array([0.999])
    enough = short_paths(position(6000 + 3.5 * 30 * np.sqrt(60)), seed=7)
    too_few = short_paths(position(6000 + 2.5 * 30 * np.sqrt(60)), seed=7)
    assert enough.allowed(target).tolist() == [10.0]
    assert enough.within(target).tolist() == [True]
    assert too_few.within(target).tolist() == [False]
    assert too_few.first_short_day[0] > 50


def test_same_seed_same_paths_whatever_stands_beside():
    alone = short_paths(position(6500.0), seed=3).count[0]
    wide = PathInputs(
        on_hand=np.array([6500.0, 6200.0]),
        demand_per_day=100.0,
        receipts=np.zeros((60, 2)),
        error_sd_per_day=30.0,
        error_rmse=np.nan,
        receipt_delay_sd_days=0.0,
    )
    assert short_paths(wide, seed=3).count[0] == alone


def test_short_share_is_the_normal_tail_without_receipts():
    share = short_paths(position(6000 + 2.0 * 30 * np.sqrt(60)), seed=11).count[0] / 10_000
    assert share == pytest.approx(0.0228, abs=0.006)


def test_late_receipt_makes_short_what_was_enough():
    receipts = np.zeros((60, 1))
    receipts[30] = 4000.0
    on_time = short_paths(position(3500.0, receipts=receipts), seed=5).count[0]
    late = short_paths(position(3500.0, receipts=receipts, delay=5.0), seed=5).count[0]
    assert on_time < late


def test_level_by_paths_lets_no_more_than_the_allowed_share_run_out():
    inputs = {
        "policy": Policy.NEVER_RUN_OUT,
        "service_target": 0.999,
        "demand_per_day": 100.0,
        "error_sd": 30.0,
        "lead_time_days": 60.0,
        "lead_time_sd_days": [0.0, 10.0],
    }
    plain = targets(TargetInputs(**inputs))
    level = level_by_paths(plain, seed=9)
    assert level[0] == pytest.approx(plain.reorder_point[0], rel=0.01)
    assert level[1] > plain.reorder_point[1], "late orders are skewed: the normal falls short at 99.9 %"
    raised = targets(TargetInputs(simulated_demand=level, **inputs))
    assert raised.reorder_point[1] == np.ceil(level[1])
    assert raised.part("simulated_demand")[1] > 0


def test_replay_of_steady_demand_fills_all_and_holds_what_is_left():
    demand = np.full((10, 1), 10.0)
    result = replay(
        demand,
        np.array([35.0, 30.0]).reshape(2, 1, 1) * np.ones((2, 10, 1)),
        lead_time_buckets=2,
        warm_up=3,
    )
    assert result.filled.ravel().tolist() == [70.0, 70.0]
    assert result.stock[1, 0] == pytest.approx(5.0)
    assert result.stock[0, 0] == pytest.approx(10.0)


def test_replay_conserves_units_when_everything_is_short():
    demand = np.full((6, 1), 10.0)
    result = replay(demand, np.zeros((1, 6, 1)), lead_time_buckets=1)
    assert result.filled.tolist() == [[0.0]]
    assert result.stock.tolist() == [[0.0]]
    assert result.demand.tolist() == [60.0]


def test_calibration_finds_the_scale_that_fills_the_target():
    generator = np.random.default_rng(4)
    demand = np.maximum(100 + 40 * generator.standard_normal((400, 20)), 0)
    scales = np.linspace(0.6, 1.6, 11)
    answer = targets(
        TargetInputs(
            policy=Policy.FILL_RATE,
            service_target=0.97,
            demand_per_day=100.0,
            error_rmse=40 * np.sqrt(3) * 0.8,
            error_scale=scales[:, None, None],
            lead_time_days=2,
            review_days=1,
            step=0,
        )
    )
    levels = np.broadcast_to(answer.protection_demand + answer.safety_stock, (11, 400, 20))
    result = replay(demand, levels, lead_time_buckets=2, warm_up=3)
    scale = scale_for_fill(
        result, scales=scales, target=0.97, group=np.zeros(20, dtype=np.intp), weight=np.ones(20)
    )
    assert scale[0] == pytest.approx(1 / 0.8, abs=0.06)


def test_demand_classes_part_rare_from_varied():
    history = np.array(
        [[10.0, 1.0, 5.0, 0.0], [12.0, 40.0, 0.0, 90.0], [11.0, 2.0, 0.0, 0.0], [9.0, 3.0, 5.0, 2.0]]
    )
    assert demand_classes(history).tolist() == [0, 1, 2, 3]
