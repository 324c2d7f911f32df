"""The stock level that gives a service level: by cycle (type 1) or by fill rate (type 2).

Levels are inventory positions in units: demand over the protection interval plus safety stock.
All arrays are (M,), one entry per item-location; `distribution` holds `Distribution` codes.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from scipy import special, stats

from inventory.engine import loss
from inventory.engine.arrays import Array, Codes, Mask
from inventory.engine.codes import Distribution

Curve = Callable[[Array, Array, Array], Array]

_TAILS: dict[Distribution, Curve] = {
    Distribution.NORMAL: loss.normal_tail,
    Distribution.GAMMA: loss.gamma_tail,
    Distribution.NEGATIVE_BINOMIAL: loss.negative_binomial_tail,
}
_LOSSES: dict[Distribution, Curve] = {
    Distribution.NORMAL: loss.normal_loss,
    Distribution.GAMMA: loss.gamma_loss,
    Distribution.NEGATIVE_BINOMIAL: loss.negative_binomial_loss,
}
_SECOND_LOSSES: dict[Distribution, Curve] = {
    Distribution.NORMAL: loss.normal_second_loss,
    Distribution.GAMMA: loss.gamma_second_loss,
    Distribution.NEGATIVE_BINOMIAL: loss.negative_binomial_second_loss,
}

_MOST_STEPS = 80
_CLOSE_ENOUGH = 1e-11
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

    def where(self, mask: Mask) -> "FillProblem":
        """The entries of `mask` alone."""
        return FillProblem(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def level_for_cycle_service(*, target: Array, mean: Array, sd: Array, distribution: Codes) -> Array:
    """Smallest level that demand over the protection interval exceeds with at most 1 - target.

    mean, sd: of that demand, in units. Negative binomial levels are whole numbers.

    >>> one = np.array([1.0])
    >>> level = level_for_cycle_service(
    ...     target=0.95 * one, mean=6000 * one, sd=1026.6 * one, distribution=np.zeros(1, np.int8))
    >>> int(np.ceil(level[0]))
    7689
    """
    level = mean + special.ndtri(target) * sd
    for shape, quantile in ((Distribution.GAMMA, _gamma_quantile), (Distribution.NEGATIVE_BINOMIAL, _count)):
        chosen = (distribution == shape) & (mean > 0) & (sd > 0)
        if chosen.any():
            level[chosen] = quantile(target[chosen], mean[chosen], sd[chosen])
    return level


def _gamma_quantile(target: Array, mean: Array, sd: Array) -> Array:
    scale = sd * sd / mean
    quantile: Array = special.gammaincinv(mean / scale, target) * scale
    return quantile


def _count(target: Array, mean: Array, sd: Array) -> Array:
    size, chance = loss.negative_binomial_moments(mean, sd)
    return np.asarray(stats.nbinom.ppf(target, size, chance), dtype=np.float64)


def level_for_fill_rate(problem: FillProblem, *, distribution: Codes) -> Array:
    """Reorder level at which the share `target` of demand is met from the shelf.

    Reviewed continuously, lot Q:  loss(s) - loss(s + Q) = (1 - b) Q, both over the lead time.
    Reviewed every R, up to S:     loss_P(S) - loss_L(S) = (1 - b) d R.
    Reviewed every R, lot Q:       the mean of the second over levels evenly spread on s .. s + Q.
    Source: Silver, Pyke and Thomas (2017), 6.9-6.10; Zipkin (2000), 6.2-6.5.
    """
    level = problem.protection_mean.copy()
    uncertain = (problem.protection_sd > 0) & ((problem.quantity > 0) | (problem.review_demand > 0))
    skewed = (distribution != Distribution.NORMAL) & (problem.lead_time_mean > 0) & (problem.lead_time_sd > 0)
    reviewed = problem.review_demand > 0
    continuous_normal = uncertain & ~reviewed & ~skewed
    if continuous_normal.any():
        level[continuous_normal] = _normal_lot_level(problem.where(continuous_normal))
    rest = uncertain & (reviewed | skewed)
    for shape in Distribution if rest.any() else ():
        alike = rest & (np.where(skewed, distribution, Distribution.NORMAL) == shape)
        for chosen, curve in _by_review(alike, problem):
            if chosen.any():
                level[chosen] = _solve(problem.where(chosen), shape, curve)
    return level


def _normal_lot_level(problem: FillProblem) -> Array:
    """The two-term equation for the normal, by Newton on its logarithm, which is concave in k.

    From the right of the root such steps only ever move left towards it, so no bracket is needed.
    """
    sd, mean = problem.lead_time_sd, problem.lead_time_mean
    lot = np.maximum(problem.quantity / sd, _LEAST_LOT_IN_SDS)
    unmet = (1.0 - problem.target) * lot
    factor = np.minimum(special.ndtri(problem.target), _inverse_loss(unmet))
    log_unmet = np.log(unmet)
    for _ in range(_MOST_STEPS):
        tail, tail_after = special.ndtr(-factor), special.ndtr(-factor - lot)
        after = factor + lot
        value = loss.standard_density(factor) - factor * tail
        value -= loss.standard_density(after) - after * tail_after
        step = value * (np.log(value) - log_unmet) / (tail - tail_after)
        factor += step
        if np.abs(step).max() < _CLOSE_ENOUGH:
            break
    return mean + factor * sd


def _inverse_loss(value: Array) -> Array:
    """k with G(k) = value to about 3e-4 below G(-3), unbounded above: a place to start Newton from.

    Source: the rational approximation in Silver, Pyke and Thomas (2017), appendix II.
    """
    root = np.sqrt(np.log(25.0 / np.minimum(value, 3.0) ** 2))
    over = -5.3925569 + root * (5.6211054 + root * (-3.8836830 + root * 1.0897299))
    under = 1.0 + root * (-0.72496485 + root * (0.507326622 + root * (0.0669136868 + root * -0.00329129114)))
    return np.where(value < 3.0, over / under, -value)


UnmetCurve = Callable[[Array, FillProblem, Distribution], tuple[Array, Array]]


def _by_review(alike: Mask, problem: FillProblem) -> tuple[tuple[Mask, UnmetCurve], ...]:
    reviewed, in_lots = problem.review_demand > 0, problem.quantity > 0
    return (
        (alike & ~reviewed, _unmet_by_lot),
        (alike & reviewed & ~in_lots, _unmet_by_review),
        (alike & reviewed & in_lots, _unmet_by_review_in_lots),
    )


def _unmet_by_lot(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """Share of demand not met from the shelf with continuous review and a lot, and its slope."""
    mean, sd, lot = problem.lead_time_mean, problem.lead_time_sd, problem.quantity
    unmet = _drop(_LOSSES[shape], level, lot, mean, sd)
    slope = _drop(_TAILS[shape], level, lot, mean, sd)
    return unmet / lot, slope / lot


def _unmet_by_review(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """The same when stock is ordered up to the level at each review."""
    unmet = _growth(_LOSSES[shape], level, problem)
    slope = _growth(_TAILS[shape], level, problem)
    return unmet / problem.review_demand, slope / problem.review_demand


def _unmet_by_review_in_lots(level: Array, problem: FillProblem, shape: Distribution) -> tuple[Array, Array]:
    """The same when each review orders whole lots: the mean over levels spread on level .. level + lot."""
    after, scale = level + problem.quantity, problem.review_demand * problem.quantity
    unmet = _growth(_SECOND_LOSSES[shape], level, problem) - _growth(_SECOND_LOSSES[shape], after, problem)
    slope = _growth(_LOSSES[shape], level, problem) - _growth(_LOSSES[shape], after, problem)
    return unmet / scale, slope / scale


def _drop(curve: Curve, level: Array, lot: Array, mean: Array, sd: Array) -> Array:
    return curve(level, mean, sd) - curve(level + lot, mean, sd)


def _growth(curve: Curve, level: Array, problem: FillProblem) -> Array:
    """How much `curve` grows from the lead time to the whole protection interval."""
    over_protection = curve(level, problem.protection_mean, problem.protection_sd)
    no_lead_time = problem.lead_time_sd <= 0
    if not no_lead_time.any():
        return over_protection - curve(level, problem.lead_time_mean, problem.lead_time_sd)
    # Without a lead time nothing is uncertain before the receipt: all of the loss grows after it.
    sd = np.where(no_lead_time, 1.0, problem.lead_time_sd)
    mean = np.where(no_lead_time, 1.0, problem.lead_time_mean)
    return over_protection - np.where(no_lead_time, 0.0, curve(level, mean, sd))


def _solve(problem: FillProblem, shape: Distribution, curve: UnmetCurve) -> Array:
    """Root of `curve` = 1 - target: Newton on the logarithm, halving where it would leave the bracket."""
    unmet = 1.0 - problem.target
    sd = problem.protection_sd
    low = problem.lead_time_mean - problem.quantity - problem.review_demand - 10.0 * sd
    high = problem.protection_mean + 60.0 * sd
    level = problem.protection_mean + special.ndtri(problem.target) * sd
    if shape == Distribution.NEGATIVE_BINOMIAL:
        return _whole_root(problem, shape, curve, np.floor(low), np.ceil(high))
    for _ in range(_MOST_STEPS):
        value, slope = curve(level, problem, shape)
        low, high = np.where(value > unmet, level, low), np.where(value > unmet, high, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = level + value * np.log(value / unmet) / slope
        inside = (newton > low) & (newton < high)
        following = np.where(inside, newton, 0.5 * (low + high))
        moved = np.abs(following - level) / sd
        level = following
        if moved.max() < _CLOSE_ENOUGH:
            break
    return level


def _whole_root(
    problem: FillProblem, shape: Distribution, curve: UnmetCurve, low: Array, high: Array
) -> Array:
    """Smallest whole level at which no more than 1 - target of demand is unmet, by halving."""
    unmet = 1.0 - problem.target
    while (high - low).max() > 1.0:
        middle = np.floor(0.5 * (low + high))
        enough = curve(middle, problem, shape)[0] <= unmet
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high
