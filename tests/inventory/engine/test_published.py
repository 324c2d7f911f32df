"""What published plans missed by, weighed with what a backtest lets expect."""

import numpy as np
import pytest

from inventory.engine import PublishedMisses, TargetInputs, class_factors, experienced, reasons, targets


def published(missed: list[float], *, spans: int = 1) -> PublishedMisses:
    """One item; each plan missed as much in each of its months, the newest plan has one month behind it."""
    plans = len(missed)
    each = np.tile(np.array(missed)[:, None], (1, spans))
    return PublishedMisses(
        missed=np.cumsum(each, axis=1)[:, :, None],
        closed=np.minimum(np.arange(plans, 0, -1), spans),
        planned=np.ones((plans, 1), dtype=bool),
    )


def factor(missed: list[float], *, spans: int = 1, origins: float = 12) -> float:
    """On an expected error of 10 a month, which grows with the root of time."""
    expected = 10 * np.sqrt(np.arange(1.0, spans + 1))[:, None]
    found = experienced(
        published(missed, spans=spans),
        expected,
        error=expected[-1],
        buckets=np.full(1, float(spans)),
        origins=np.full(1, origins),
    )
    return float(found.error[0] / expected[-1, 0])


def test_one_luckless_month_moves_an_error_that_was_measured_by_less_than_a_third() -> None:
    assert factor([200.0]) == factor([30.0])
    assert 1.2 < factor([200.0]) < 1.3


def test_misses_that_are_large_every_time_count_in_full() -> None:
    assert factor([200.0, -200.0] * 6) == pytest.approx(np.sqrt((12 + 12 * 400) / 24))
    assert factor([10.0, -10.0, 200.0]) < factor([10.0, -10.0, 30.0]) + 1e-9


def test_misses_that_go_on_count_more_and_more() -> None:
    errors = [factor([20.0, -20.0] * plans) for plans in (1, 2, 6)]
    assert errors == sorted(errors)
    assert errors[-1] == pytest.approx(np.sqrt((12 + 12 * 4) / 24))


def test_plans_that_people_made_better_lower_it() -> None:
    assert factor([3.0, -3.0] * 3) < 0.85


def test_plans_that_go_on_saying_too_much_are_no_reason_to_hold_more() -> None:
    assert factor([-20.0] * 6) < 1 < factor([20.0] * 6)


def test_an_expectation_that_no_backtest_measured_gives_way_sooner() -> None:
    assert factor([20.0, -20.0], origins=0) > 1.5 > factor([20.0, -20.0])


def test_plans_count_by_as_much_of_the_interval_as_is_over_and_overlapping_ones_less() -> None:
    assert factor([20.0], spans=3) == pytest.approx(np.sqrt((14 / 3 + 1 / 3 * 4) / (14 / 3 + 1 / 3)))
    twelve = factor([200**0.5, -(200**0.5)] * 6, spans=2)
    assert twelve < np.sqrt((6.5 + 12 * 4) / 18.5), "twelve plans of two months are not twelve windows"


def test_a_month_that_all_of_a_class_miss_is_one_miss() -> None:
    many = PublishedMisses(
        missed=np.full((2, 1, 50), 20.0), closed=np.array([1, 1]), planned=np.ones((2, 50), dtype=bool)
    )
    found = class_factors(many, np.full((1, 50), 10.0), group=np.zeros(50, np.intp), groups=2)
    assert found[0] == pytest.approx([np.sqrt((2 + 2 * 4) / 4), 1.0])


def test_the_reason_tells_both_errors_apart() -> None:
    answer = targets(
        TargetInputs(
            policy=0, service_target=0.95, demand_per_day=10, lead_time_days=10, error_rmse=9.4,
            error_expected=7.1, error_published=10.8, published_plans=5,
        )
    )  # fmt: skip
    said = reasons(answer)[0]
    assert "error 9.4 over 10 days (9.4 %: backtest 7.1 %, 5 published plans 10.8 %)" in said
