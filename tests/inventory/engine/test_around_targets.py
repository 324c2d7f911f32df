"""What stands around a target: reasons, classes, cover, excess, storage, service cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.engine import (
    Lots,
    Policy,
    TargetInputs,
    abc_classes,
    class_names,
    days_of_supply,
    demand_after,
    demand_ahead,
    expiring_quantities,
    fit_storage,
    one_more_point,
    policy_codes,
    quantity_to_split_off,
    reasons,
    recovery_gap,
    service_cost_curve,
    stock_health,
    targets,
    volume_m3,
    xyz_classes,
)


def item(**changes):
    given = {
        "policy": Policy.CYCLE_SERVICE,
        "service_target": 0.95,
        "demand_per_day": 100.0,
        "error_sd": 30.0,
        "lead_time_days": 60.0,
        "lead_time_sd_days": 10.0,
    }
    return TargetInputs(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "60 days lead time +- 10, error 30/day, 95 %: 1,689"),
        (
            {"lead_time_sd_days": 0, "review_days": 30, "error_sd": 200, "error_bucket_days": 30.4375},
            "60 days lead time, 30 days review, error 200/month, 95 %: 566",
        ),
        (
            {"error_rmse": 400, "lead_time_sd_days": 0, "service_target": 0.99},
            "60 days lead time, error 400 over 60 days, 99 %: 931",
        ),
        (
            {"reserve": 3000},
            "60 days lead time +- 10, error 30/day, 95 %: 1,689, raised to keep the reserve ashore: 3,000",
        ),
        (
            {"maximum": 1000},
            "60 days lead time +- 10, error 30/day, 95 %: 1,689, lowered to the maximum: 1,000",
        ),
        ({"policy": Policy.FIXED_QUANTITY, "service_target": 500}, "fixed quantity: 500"),
        ({"policy": Policy.FIXED_QUANTITY, "service_target": 0}, "fixed quantity: 0"),
        (
            {"policy": Policy.FIXED_QUANTITY, "service_target": 0, "demand_per_day": 0},
            "nothing asks for it: 0",
        ),
        (
            {"policy": Policy.FIXED_QUANTITY, "service_target": 0, "lead_time_days": 0},
            "no time passes before it can be had again, or no source is known: 0",
        ),
        (
            {"policy": Policy.FIXED_QUANTITY, "service_target": 0, "error_sd": 0},
            "no forecast error is known yet: 0",
        ),
        (
            {"policy": Policy.DAYS_OF_SUPPLY, "service_target": 14},
            "14 days of supply at 100/day: 1,400",
        ),
    ],
)
def test_reason_in_words(changes, sentence):
    assert reasons(targets(item(**changes))) == [sentence]


def test_unknown_policy_names_its_row_and_what_there_is():
    with pytest.raises(ValueError, match=r"policy\[1\] is 'often'; give one of cycle_service, fill_rate"):
        policy_codes(["fill_rate", "often"])


def test_s02_curve_prices_each_level():
    curve = service_cost_curve(item(error_rmse=400, lead_time_sd_days=0), levels=[0.95, 0.99], unit_cost=6.0)
    assert curve.safety_stock.ravel().tolist() == [658.0, 931.0]
    assert np.diff(curve.total_value).tolist() == [1638.0]


def test_one_more_point_is_the_step_along_the_curve():
    inputs = item(service_target=0.95)
    more = targets(item(service_target=0.96)).safety_stock - targets(inputs).safety_stock
    assert one_more_point(inputs, unit_cost=2.0) == pytest.approx(2.0 * more)


def test_abc_takes_the_largest_until_eighty_and_ninety_five_percent():
    value = np.array([1.0, 50, 30, 15, 4, 0])
    assert class_names(abc_classes(value), np.zeros(6, dtype=np.int8)) == ["CX", "AX", "AX", "BX", "CX", "CX"]


def test_without_any_value_everything_is_c():
    assert abc_classes(np.zeros(3)).tolist() == [2, 2, 2]


def test_xyz_follows_the_coefficient_of_variation():
    demand = np.array([[100.0, 0.0, 0.0], [110.0, 200.0, 0.0], [90.0, 100.0, 0.0], [100.0, 100.0, 9.0]])
    assert xyz_classes(demand).tolist() == [0, 1, 2]


def test_cover_runs_forward_through_uneven_months():
    demand = np.array([[300.0], [300.0], [600.0], [300.0]])
    cover = days_of_supply(np.array([[900.0], [300.0], [0.0], [150.0]]), demand, np.full(4, 30.0))
    assert cover.ravel() == pytest.approx([60.0, 15.0, 0.0, 12.0])


def test_cover_without_demand_has_no_end_and_without_stock_is_nothing():
    cover = days_of_supply(np.array([[5.0, -5.0]]), np.zeros((1, 2)), np.array([30.0]))
    assert cover.tolist() == [[np.inf, 0.0]]


def test_what_is_sold_no_more_is_not_covered_past_the_horizon():
    demand, days = np.zeros((18, 1)), np.full(18, 30.0)
    demand[:6] = 300.0
    after = demand_after(demand, days, np.array([45.0]))
    assert after[:7, 0].tolist() == [450.0] * 4 + [300.0, 0.0, 0.0]
    assert after[-1, 0] == 0


def test_demand_ahead_takes_parts_of_buckets_and_goes_on_past_the_horizon():
    demand = np.array([[310.0, 310.0], [280.0, 280.0]])
    ahead = demand_ahead(demand, np.array([31.0, 28.0]), np.array([45.0, 90.0]))
    assert ahead[0, 0] == pytest.approx(310 + 14 * 10)
    assert ahead[1, 1] == pytest.approx(280 + 62 * 10)


def test_s38_thirteen_days_are_missing():
    gap, stock = recovery_gap(
        survive_days=np.array([22.0, 40.0]),
        recover_days=np.array([35.0, 35.0]),
        demand_per_day=np.array(50.0),
    )
    assert gap.tolist() == [13.0, 0.0]
    assert stock.tolist() == [650.0, 0.0]


def test_s03_fifty_cubic_metres_over_split_off_twelve_thousand_bottles():
    carton = {"units_per_carton": np.array([12.0]), "carton_m3": np.array([0.05])}
    arriving = volume_m3(np.array([24_000.0]), **carton)
    over = 250 + arriving - 300
    assert arriving.tolist() == [100.0]
    assert quantity_to_split_off(over, quantity=np.array([24_000.0]), **carton).tolist() == [12_000.0]


def test_oldest_lot_is_sold_first_and_the_rest_of_it_expires():
    lots = Lots(
        place=np.array([1, 0, 0, 1]),
        days_left=np.array([np.inf, 20.0, 10.0, -3.0]),
        quantity=np.array([900.0, 1500.0, 700.0, 40.0]),
    )
    expiring = expiring_quantities(lots, np.array([0.0, 2000.0, 1000.0, 0.0]))
    assert expiring.tolist() == [0.0, 200.0, 0.0, 40.0]


@settings(max_examples=100, deadline=None)
@given(
    on_hand=st.floats(0, 1e6),
    expiring=st.floats(0, 1e6),
    ahead=st.one_of(st.just(np.inf), st.floats(0, 1e6)),
    highest=st.floats(0, 1e6),
)
def test_every_unit_on_hand_is_counted_once(on_hand, expiring, ahead, highest):
    health = stock_health(
        on_hand=np.array([on_hand]),
        expiring=np.array([expiring]),
        demand_until_end=np.array([ahead]),
        highest_stock=np.array([highest]),
    )
    parts = [health.usable, health.excess, health.obsolete, health.expiring]
    assert min(part[0] for part in parts) >= 0
    assert sum(part[0] for part in parts) == pytest.approx(on_hand)
    assert sum(health.value(np.array([3.0])).values()) == pytest.approx(3 * on_hand)


def crowded(limit):
    answer = targets(
        TargetInputs(
            policy=[Policy.FILL_RATE, Policy.CYCLE_SERVICE, Policy.NEVER_RUN_OUT],
            service_target=[0.98, 0.95, 0.999],
            demand_per_day=10.0,
            lead_time_days=30.0,
            error_sd=[8.0, 10.0, 10.0],
            order_quantity=100.0,
        )
    )
    fit = fit_storage(
        answer,
        location=np.array([0, 0, 0]),
        limit_m3=np.array([limit]),
        unit_m3=np.array([0.1, 0.1, 0.1]),
        unit_holding_cost=np.array([5.0, 1.0, 1.0]),
    )
    return answer, fit


def test_what_fits_is_not_cut_and_space_has_no_price():
    _, fit = crowded(1000.0)
    assert fit.storage_cut.tolist() == [0.0, 0.0, 0.0]
    assert fit.price_per_m3.tolist() == [0.0]


def test_one_price_on_volume_makes_everything_fit_and_spares_the_promise():
    answer, fit = crowded(35.0)
    assert fit.used_m3[0] == pytest.approx(35.0, abs=1e-3)
    assert fit.price_per_m3[0] > 0
    assert fit.storage_cut[2] == 0.0
    assert fit.storage_cut[1] > fit.storage_cut[0] > 0
    assert (fit.storage_cut <= answer.safety_stock).all()


def test_what_no_cut_can_save_is_said():
    _, fit = crowded(10.0)
    assert fit.over_m3[0] == pytest.approx(fit.used_m3[0] - 10.0)
    assert fit.over_m3[0] > 0
