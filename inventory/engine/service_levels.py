"""The safety stock that gives a service level: by cycle (type 1) or by fill rate (type 2).

Safety stock is in units above the mean demand over the protection interval. All arrays are (M,), one
entry per item-location; `distribution` holds `Distribution` codes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from scipy import special

from inventory.engine import loss
from inventory.engine.arrays import Array, BoolArray, Codes
from inventory.engine.codes import Distribution

_LOSSES: dict[Distribution, Callable[[Array, Array, Array], loss.Losses]] = {
    Distribution.NORMAL: loss.normal_losses,
    Distribution.GAMMA: loss.gamma_losses,
    Distribution.NEGATIVE_BINOMIAL: loss.negative_binomial_losses,
}

_MOST_STEPS = 80
# In sds of demand over the protection interval.
_CLOSE_ENOUGH = 1e-9
_LEAST_MEAN_IN_SDS = 1e-3
# An sd below this share of what is ordered and needed is none: its square would leave the range of floats.
_NO_SD = 1e-7
# An exact difference of two losses loses its digits when the lot is a sliver of the sd.
_LEAST_LOT_IN_SDS = 1e-5


@dataclass(frozen=True, kw_only=True)
class FillProblem:
    """What a fill rate depends on, each (M,): demand over protection and over lead time, lot, review.

    `quantity` is the lot (0: order up to the level at each review); `review_demand` is the demand of
    one review interval (0: reviewed continuously, then `quantity` must be positive).
    """

    target: Array
    protection_mean: Array
    protection_sd: Array
    lead_time_mean: Array
    lead_time_sd: Array
    quantity: Array
    review_demand: Array

    def where(self, chosen: BoolArray | slice) -> "FillProblem":
        """The entries of `chosen` alone."""
        return FillProblem(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def safety_for_cycle_service(*, target: Array, mean: Array, sd: Array, distribution: Codes) -> Array:
    """Least safety stock with which demand over the protection interval is met with chance `target`.

    mean, sd: of that demand, in units. With a negative binomial, mean + safety stock is a whole number.

    >>> one = np.array([1.0])
    >>> safety = safety_for_cycle_service(
    ...     target=0.95 * one, mean=6000 * one, sd=1026.6 * one, distribution=np.zeros(1, np.int8))
    >>> int(np.ceil(safety[0]))
    1689
    """
    safety: Array = special.ndtri(target) * sd
    for shape, quantile in ((Distribution.GAMMA, _gamma_quantile), (Distribution.NEGATIVE_BINOMIAL, _count)):
        chosen = distribution == shape
        if chosen.any():
            chosen &= (sd > 0) & _can_be_skewed(mean, sd)
            safety[chosen] = quantile(target[chosen], mean[chosen], sd[chosen]) - mean[chosen]
    return safety


def _gamma_quantile(target: Array, mean: Array, sd: Array) -> Array:
    scale = sd * sd / mean
    quantile: Array = special.gammaincinv(mean / scale, target) * scale
    return quantile


def _count(target: Array, mean: Array, sd: Array) -> Array:
    """The least count that enough demand stays at or under."""
    size, chance = loss.negative_binomial_moments(mean, sd)
    count: Array = np.ceil(special.nbdtrik(target, size, chance))
    fewer = np.maximum(count - 1.0, 0.0)  # the inverse may end a trifle above a whole number
    return np.where(special.betainc(size, fewer + 1.0, chance) >= target, fewer, count)


def safety_for_fill_rate(problem: FillProblem, *, distribution: Codes) -> Array:
    """Safety stock with which the share `target` of demand is met from the shelf.

    Reviewed continuously, lot Q:  loss(s) - loss(s + Q) = (1 - b) Q, both over the lead time.
    Reviewed every R, up to S:     loss_P(S) - loss_L(S) = (1 - b) d R.
    Reviewed every R, lot Q:       the mean of the second over levels evenly spread on s .. s + Q.
    Source: Silver, Pyke and Thomas (2017), 6.9-6.10; Zipkin (2000), 6.2-6.5.
    """
    safety = np.zeros_like(problem.protection_mean)
    reviewed = problem.review_demand > 0
    # Between reviews without any demand, too, only the lead time counts.
    in_lots = (problem.quantity > 0) & _matters(problem.lead_time_sd, problem)
    uncertain = _matters(problem.protection_sd, problem) & (in_lots | reviewed)
    shapes = _usable_shapes(problem, distribution)
    for shape in Distribution:
        alike = uncertain & (shapes == shape)
        for kind, unmet in _kinds(problem):
            chosen = alike & kind
            if chosen.any():
                safety[chosen] = _solve(problem.where(chosen), shape, unmet)
    return safety


def _matters(sd: Array, problem: FillProblem) -> BoolArray:
    """Where an sd is large enough to be told from none."""
    matters: BoolArray = sd > _NO_SD * (problem.protection_mean + problem.quantity + problem.review_demand)
    return matters


def _usable_shapes(problem: FillProblem, distribution: Codes) -> Codes:
    """The distribution asked for, the normal where a skewed one has no mean to be fitted to."""
    skewed = _can_be_skewed(problem.protection_mean, problem.protection_sd)
    skewed &= (problem.lead_time_sd <= 0) | _can_be_skewed(problem.lead_time_mean, problem.lead_time_sd)
    return np.where(skewed, distribution, np.int8(Distribution.NORMAL))


def _can_be_skewed(mean: Array, sd: Array) -> BoolArray:
    """Where a skewed distribution can be fitted: a mean that is not all but zero beside its sd."""
    can: BoolArray = mean > _LEAST_MEAN_IN_SDS * sd
    return can


Unmet = Callable[[Array, FillProblem, Distribution], tuple[Array, Array]]


def _kinds(problem: FillProblem) -> tuple[tuple[BoolArray, Unmet], ...]:
    """The three ways of ordering: who orders so, and the share of demand that it leaves unmet."""
    reviewed, in_lots = problem.review_demand > 0, problem.quantity > 0
    return (
        (~reviewed, _unmet_by_lot),
        (reviewed & ~in_lots, _unmet_by_review),
        (reviewed & in_lots, _unmet_by_review_in_lots),
    )


def _unmet_by_lot(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """Share of demand not met from the shelf with continuous review and a lot, and minus its slope."""
    mean, sd, lot = problem.lead_time_mean, problem.lead_time_sd, problem.quantity
    tail, expected, _ = _LOSSES[shape](level, mean, sd)
    tail_after, expected_after, _ = _LOSSES[shape](level + lot, mean, sd)
    return (expected - expected_after) / lot, (tail - tail_after) / lot


def _unmet_by_review(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """The same when stock is ordered up to the level at each review."""
    tail, expected, _ = _growth(level, problem, shape)
    return expected / problem.review_demand, tail / problem.review_demand


def _unmet_by_review_in_lots(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """The same when each review orders whole lots: the mean over levels spread on level .. level + lot."""
    scale = problem.review_demand * problem.quantity
    _, expected, second = _growth(level, problem, shape)
    _, expected_after, second_after = _growth(level + problem.quantity, problem, shape)
    return (second - second_after) / scale, (expected - expected_after) / scale


def _growth(level: Array, problem: FillProblem, shape: Distribution) -> loss.Losses:
    """How much the losses grow from the lead time to the whole protection interval."""
    after = _LOSSES[shape](level, problem.protection_mean, problem.protection_sd)
    # Without a lead time nothing is uncertain before the receipt: all of the loss grows after it.
    uncertain = _matters(problem.lead_time_sd, problem)
    mean = np.where(uncertain, problem.lead_time_mean, 1.0)
    sd = np.where(uncertain, problem.lead_time_sd, 1.0)
    before = _LOSSES[shape](level, mean, sd)
    tail, expected, second = (a - np.where(uncertain, b, 0.0) for a, b in zip(after, before, strict=True))
    return tail, expected, second


def _solve(problem: FillProblem, shape: Distribution, unmet: Unmet) -> Array:
    """Safety stock at which `unmet` is 1 - target."""
    start = problem.protection_mean + _first_guess(problem)
    if shape != Distribution.NEGATIVE_BINOMIAL:
        return _root(problem, shape, unmet, start) - problem.protection_mean
    # The gamma of the same moments ends within a unit or two of where the whole numbers are.
    nearby = np.round(_root(problem, Distribution.GAMMA, unmet, start))
    return _whole_root(problem, unmet, nearby) - problem.protection_mean


def _first_guess(problem: FillProblem) -> Array:
    """Safety stock of the one-term equation for the normal, and never more than cycle service needs."""
    sd = problem.protection_sd
    ordered = np.maximum(problem.quantity, problem.review_demand)
    lot = np.maximum(ordered / sd, _LEAST_LOT_IN_SDS)
    factor = _inverse_loss((1.0 - problem.target) * lot)
    return sd * np.minimum(special.ndtri(problem.target), factor)


def _inverse_loss(value: Array) -> Array:
    """k with G(k) = value to about 3e-4 for values below 3, -value above: a place to start Newton from.

    Source: the rational approximation in Silver, Pyke and Thomas (2017), appendix II.
    """
    root = np.sqrt(np.log(25.0 / np.minimum(value, 3.0) ** 2))
    over = -5.3925569 + root * (5.6211054 + root * (-3.8836830 + root * 1.0897299))
    under = 1.0 + root * (-0.72496485 + root * (0.507326622 + root * (0.0669136868 + root * -0.00329129114)))
    return np.where(value < 3.0, over / under, -value)


def _root(problem: FillProblem, shape: Distribution, unmet: Unmet, start: Array) -> Array:
    """Newton on the logarithm of what is unmet, halving where a step would leave the bracket.

    The two-term equation of the normal is log-concave in the level, so Newton alone would find it; the
    bracket is for the other shapes. Entries that have arrived are left out of the next step.
    """
    found, active = start.copy(), np.arange(len(start))
    wanted = 1.0 - problem.target
    low = problem.lead_time_mean - problem.quantity - problem.review_demand - 10.0 * problem.protection_sd
    high = problem.protection_mean + 60.0 * problem.protection_sd
    for _ in range(_MOST_STEPS):
        level, sd = found[active], problem.protection_sd
        value, slope = unmet(level, problem, shape)
        too_much = value > wanted
        low, high = np.where(too_much, level, low), np.where(too_much, high, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = level + value * np.log(value / wanted) / slope
        inside = (following > low) & (following < high)
        following = np.where(inside, following, 0.5 * (low + high))
        found[active] = following
        moving = np.abs(following - level) > _CLOSE_ENOUGH * sd
        if not moving.any():
            break
        active, wanted, low, high = active[moving], wanted[moving], low[moving], high[moving]
        problem = problem.where(moving)
    return found


def _whole_root(problem: FillProblem, unmet: Unmet, start: Array) -> Array:
    """Smallest whole level with no more than 1 - target unmet: doubling steps away, then halving back."""
    found, active = start.copy(), np.arange(len(start))
    low, high, step = np.full_like(start, -np.inf), np.full_like(start, np.inf), 1.0
    while active.size:
        value, _ = unmet(found[active], problem, Distribution.NEGATIVE_BINOMIAL)
        enough = value <= 1.0 - problem.target
        low, high = np.where(enough, low, found[active]), np.where(enough, found[active], high)
        outward = np.where(np.isinf(low), high - step, low + step)
        bracketed = np.isfinite(low) & np.isfinite(high)
        with np.errstate(invalid="ignore"):
            found[active] = np.where(bracketed, np.floor(0.5 * (low + high)), outward)
        going = high - low > 1.0
        found[active[~going]] = high[~going]
        active, low, high, step = active[going], low[going], high[going], 2.0 * step
        problem = problem.where(going)
    return found
