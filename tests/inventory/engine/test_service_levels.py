"""Fill rates: solved levels meet their equation, and a daily simulation meets the target."""

import numpy as np
import pytest
from scipy import integrate, stats

from inventory.engine import Distribution, Policy, TargetInputs, loss, targets
from inventory.engine.service_levels import FillProblem, safety_for_cycle_service, safety_for_fill_rate

SHAPES = {
    Distribution.NORMAL: stats.norm(40, 12),
    Distribution.GAMMA: stats.gamma(40**2 / 12**2, scale=12**2 / 40),
}
LOSSES = {Distribution.NORMAL: loss.normal_losses, Distribution.GAMMA: loss.gamma_losses}


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("level", [5.0, 40.0, 75.0])
def test_losses_are_the_integrals_of_the_tail(shape, level):
    tail, first, second = LOSSES[shape](np.array(level), np.array(40.0), np.array(12.0))
    law = SHAPES[shape]
    assert tail == pytest.approx(law.sf(level))
    assert first == pytest.approx(integrate.quad(law.sf, level, 400)[0], abs=1e-6)
    over = integrate.quad(lambda x: 0.5 * (x - level) ** 2 * law.pdf(x), level, 400)[0]
    assert second == pytest.approx(over, abs=1e-5)


@pytest.mark.parametrize("level", [-2, 0, 3, 20])
def test_counted_losses_are_the_sums_of_the_tail(level):
    size, chance = loss.negative_binomial_moments(np.array(7.3), np.array(5.1))
    counts = np.arange(3000)
    probability = stats.nbinom.pmf(counts, size, chance)
    over = np.maximum(counts - level, 0)
    _, first, second = loss.negative_binomial_losses(np.array(level), np.array(7.3), np.array(5.1))
    assert first == pytest.approx(over @ probability)
    assert second == pytest.approx((over * (over - 1) / 2) @ probability)


def test_poisson_is_the_limit_of_the_negative_binomial():
    _, expected, _ = loss.negative_binomial_losses(np.array(8.0), np.array(6.0), np.array(1.0))
    counts = np.arange(200)
    exact = np.maximum(counts - 8, 0) @ stats.poisson.pmf(counts, 6)
    assert expected == pytest.approx(exact, rel=1e-5)


def test_level_of_counts_is_the_least_that_enough_demand_stays_under():
    target, mean, ratio = np.meshgrid(
        [0.3, 0.8, 0.95, 0.999], [1e-3, 0.4, 7.3, 6e4], [1.0, 1.0001, 1.8, 300.0]
    )
    sd = np.sqrt(mean * ratio)
    shape = np.full(mean.shape, Distribution.NEGATIVE_BINOMIAL)
    safety = safety_for_cycle_service(target=target, mean=mean, sd=sd, distribution=shape)
    expected = stats.nbinom.ppf(target, *loss.negative_binomial_moments(mean, sd))
    assert mean + safety == pytest.approx(expected, abs=1e-6)


def problems(count: int, review: float, lot: float) -> FillProblem:
    generator = np.random.default_rng(3)
    demand = generator.uniform(1, 50, count)
    lead = demand * generator.uniform(2, 20, count)
    whole = lead + demand * review
    spread = generator.uniform(0.1, 1.5, count)
    return FillProblem(
        target=generator.uniform(0.6, 0.999, count),
        protection_mean=whole,
        protection_sd=spread * whole,
        lead_time_mean=lead,
        lead_time_sd=spread * whole * np.sqrt(lead / whole),
        quantity=np.full(count, lot) * np.round(demand),
        review_demand=demand * review,
    )


@pytest.mark.parametrize("shape", list(Distribution))
@pytest.mark.parametrize(("review", "lot"), [(0.0, 5.0), (7.0, 0.0), (7.0, 30.0)])
def test_level_is_the_least_that_leaves_no_more_than_allowed_unmet(shape, review, lot):
    from inventory.engine import service_levels

    problem = problems(50, review, lot)
    safety = safety_for_fill_rate(problem, distribution=np.full(50, shape, dtype=np.int8))
    unmet = {
        (0.0, 5.0): service_levels._unmet_by_lot,
        (7.0, 0.0): service_levels._unmet_by_review,
        (7.0, 30.0): service_levels._unmet_by_review_in_lots,
    }[review, lot]
    level = problem.protection_mean + safety
    allowed = 1 - problem.target
    at = unmet(level, problem, shape)[0]
    if shape == Distribution.NEGATIVE_BINOMIAL:
        assert level == pytest.approx(np.round(level), abs=1e-9)
        assert (at <= allowed + 1e-9).all()
        assert (unmet(level - 1, problem, shape)[0] > allowed - 1e-9).all()
    else:
        assert at == pytest.approx(allowed, rel=1e-6)


def simulated_fill(answer, *, days, lead_time, review, draw):
    """Daily simulation of (R, s, nQ): the share of demand met from the shelf at once."""
    point, lot = answer.reorder_point[0], answer.cycle_quantity[0]
    net, position, arriving = point + lot / 2, point + lot / 2, np.zeros(days + lead_time + 1)
    demand, filled = draw(days), 0.0
    for day in range(days):
        net += arriving[day]
        if day % review == 0 and position < point:
            ordered = np.ceil((point - position) / lot) * lot
            arriving[day + lead_time] += ordered
            position += ordered
            net += ordered if lead_time == 0 else 0.0
        filled += min(max(net, 0.0), demand[day])
        net -= demand[day]
        position -= demand[day]
    return filled / demand.sum()


@pytest.mark.parametrize("fill", [0.95, 0.99])
@pytest.mark.parametrize(("review", "lot"), [(1, 400.0), (7, 900.0)])
def test_daily_simulation_fills_what_was_promised_within_a_point(fill, review, lot):
    generator = np.random.default_rng(11)
    shape = 100**2 / 60**2

    def draw(days):
        return generator.gamma(shape, 100 / shape, days)

    answer = targets(
        TargetInputs(
            policy=Policy.FILL_RATE,
            service_target=fill,
            demand_per_day=100.0,
            error_sd=60.0,
            lead_time_days=10.0,
            review_days=float(review),
            order_quantity=lot,
            distribution=Distribution.GAMMA,
            minimum=-np.inf,
        )
    )
    achieved = simulated_fill(answer, days=60_000, lead_time=10, review=review, draw=draw)
    assert achieved == pytest.approx(fill, abs=0.01)
