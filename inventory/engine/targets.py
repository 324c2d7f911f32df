"""Safety stock, reorder point and order-up-to level of any number of item-locations at once.

S = F(P) + safety stock, with P = lead time + review. The sd of demand over P is that of the forecast
error, not of demand: sqrt(P s^2 + d^2 sL^2), or the cumulative error measured over P in its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from inventory.engine import checks
from inventory.engine.arrays import Array, Codes, as_array, broadcast, round_down, round_up, selection
from inventory.engine.codes import SERVICE_POLICIES, Distribution, Policy
from inventory.engine.service_levels import FillProblem, safety_for_cycle_service, safety_for_fill_rate

PARTS = (
    "demand_variability",
    "lead_time_variability",
    "calibration",
    "fixed",
    "largest_demand",
    "simulated_demand",
    "time_to_recover",
    "reserve",
    "minimum",
    "maximum",
    "shelf_life",
    "storage",
    "rounding",
)
"""What a safety stock is made of, in the order in which each is added or taken off."""


@dataclass(frozen=True, kw_only=True)
class TargetInputs:
    """Everything a target depends on. Each is one value, or one per item-location: (N,), or (T, N).

    policy: `Policy` codes. service_target: a fraction, a quantity or days of supply, by policy.
    demand_per_day: mean forecast of a day over the protection interval, units.
    lead_time_days, lead_time_sd_days, review_days: mean and sd of the lead time, days between orders.
    lead_time_receipts: how many receipts have a say in that sd (0: it was typed).
    error_sd: sd of the forecast error of one bucket of `error_bucket_days` days, units.
    error_rmse: RMSE of the cumulative error over the protection interval; used where not NaN.
    error_expected, error_published, published_plans: what it is made of: that of the backtest, that of published plans,
    and how many of them tell.
    error_by_demand: 1 where that is the spread of demand, because past errors are too wild to say much.
    error_scale: factor on the error found by replay (1: none).
    distribution: `Distribution` codes. moq, order_quantity: units; the larger is the lot.
    step: what a target is a multiple of (0: not rounded).
    reserve: what must stay ashore. minimum, maximum: bounds of the safety stock.
    shelf_life_days: life left on arrival. largest_demand: largest demand seen over a protection interval.
    simulated_demand: what seeded paths ask for over it. time_to_recover_days: of the slowest supplier.
    storage_cut: what the storage limit takes off, units.
    demand_ends_days: days from now after which nothing is asked for any more (inf: it goes on).
    together_count, together_target: of how many components an assembly needs together this is one, and how often
    all of them are to be there, where the service was set by that (0: it was not).
    """

    policy: ArrayLike
    service_target: ArrayLike
    demand_per_day: ArrayLike
    lead_time_days: ArrayLike
    lead_time_sd_days: ArrayLike = 0.0
    lead_time_receipts: ArrayLike = 0.0
    review_days: ArrayLike = 0.0
    error_sd: ArrayLike = 0.0
    error_bucket_days: ArrayLike = 1.0
    error_rmse: ArrayLike = float("nan")
    error_expected: ArrayLike = 0.0
    error_published: ArrayLike = 0.0
    published_plans: ArrayLike = 0.0
    error_by_demand: ArrayLike = 0.0
    error_scale: ArrayLike = 1.0
    distribution: ArrayLike = int(Distribution.NORMAL)
    moq: ArrayLike = 0.0
    order_quantity: ArrayLike = 0.0
    step: ArrayLike = 1.0
    reserve: ArrayLike = 0.0
    minimum: ArrayLike = 0.0
    maximum: ArrayLike = float("inf")
    shelf_life_days: ArrayLike = float("inf")
    largest_demand: ArrayLike = 0.0
    simulated_demand: ArrayLike = 0.0
    time_to_recover_days: ArrayLike = 0.0
    storage_cut: ArrayLike = 0.0
    demand_ends_days: ArrayLike = float("inf")
    together_count: ArrayLike = 0.0
    together_target: ArrayLike = 0.0


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The targets and what explains them; every array has the common shape of the inputs.

    inputs: as given, each brought to the common shape. protection_days: lead time + review.
    protection_demand: F(P), units. protection_sd: sd of what demand over P may differ by, units.
    factor: safety stock in sds before floors and caps (z or k; NaN where the policy has none).
    cycle_quantity: the lot, or the demand of one review. parts: (len(PARTS), ...), units; they sum to
    safety_stock. safety_stock, reorder_point, order_up_to: units, multiples of the step.
    """

    inputs: dict[str, Array]
    protection_days: Array
    protection_demand: Array
    protection_sd: Array
    factor: Array
    cycle_quantity: Array
    parts: Array
    safety_stock: Array
    reorder_point: Array
    order_up_to: Array

    def part(self, name: str) -> Array:
        """One of `PARTS`, units."""
        part: Array = self.parts[PARTS.index(name)]
        return part


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """Mean and variance of demand over the protection interval and over the lead time alone."""

    protection_mean: Array
    lead_time_mean: Array
    demand_variance: Array
    lead_time_variance: Array
    protection_sd: Array
    lead_time_sd: Array


def targets(inputs: TargetInputs) -> Targets:
    """Targets of all item-locations at once.

    Returns `Targets`; raises ValueError naming the argument, position and value of the first bad input.
    Source: Silver, Pyke and Thomas (2017), ch. 6; the parts split sd by share of variance.

    >>> answer = targets(TargetInputs(
    ...     policy=Policy.CYCLE_SERVICE, service_target=0.95, demand_per_day=100, error_sd=30,
    ...     lead_time_days=60, lead_time_sd_days=10))
    >>> float(answer.safety_stock[0]), float(answer.reorder_point[0])
    (1689.0, 7689.0)
    """
    raw = {field.name: as_array(getattr(inputs, field.name)) for field in fields(inputs)}
    checks.check_target_inputs(raw)
    given = broadcast(raw)
    spread = _spread(given)
    lot = np.maximum(given["moq"], given["order_quantity"])
    parts = np.zeros((len(PARTS), *lot.shape))
    statistical = _statistical_safety(given, spread, lot)
    _split_statistical(parts, given, spread, statistical)
    cycle_quantity = np.maximum(lot, given["demand_per_day"] * given["review_days"])
    unrounded = _add_floors_and_caps(parts, given, spread, cycle_quantity)
    capped = np.minimum(given["maximum"], _shelf_life_cap(given, cycle_quantity))
    safety_stock = _rounded(given, unrounded, np.where(given["storage_cut"] > 0, unrounded, capped))
    parts[PARTS.index("rounding")] = safety_stock - unrounded
    reorder_point = round_up(spread.protection_mean + unrounded, given["step"])
    return Targets(
        inputs=given,
        protection_days=given["lead_time_days"] + given["review_days"],
        protection_demand=spread.protection_mean,
        protection_sd=spread.protection_sd,
        factor=_factor(raw["policy"], statistical, spread),
        cycle_quantity=cycle_quantity,
        parts=parts,
        safety_stock=safety_stock,
        reorder_point=reorder_point,
        order_up_to=reorder_point + round_up(lot, given["step"]),
    )


def protection_variances(inputs: TargetInputs) -> tuple[Array, Array]:
    """Variance over the protection interval that comes from demand, and that which comes from the lead time, units^2."""
    spread = _spread(
        broadcast({field.name: as_array(getattr(inputs, field.name)) for field in fields(inputs)})
    )
    return spread.demand_variance, spread.lead_time_variance


def _spread(given: dict[str, Array]) -> _Spread:
    """Demand over the protection interval: the error measured over it, else growing with the root of time."""
    demand, lead_time = given["demand_per_day"], given["lead_time_days"]
    protection = lead_time + given["review_days"]
    per_day = given["error_sd"] ** 2 / given["error_bucket_days"]
    measured = given["error_rmse"]
    variance = np.where(np.isnan(measured), per_day * protection, measured**2) * given["error_scale"] ** 2
    variance = variance * _share_asked_for(given)
    share = np.divide(lead_time, protection, out=np.zeros_like(variance), where=protection > 0)
    lead_time_variance = (demand * given["lead_time_sd_days"]) ** 2
    return _Spread(
        protection_mean=demand * protection,
        lead_time_mean=demand * lead_time,
        demand_variance=variance,
        lead_time_variance=lead_time_variance,
        protection_sd=np.sqrt(variance + lead_time_variance),
        lead_time_sd=np.sqrt(variance * share + lead_time_variance),
    )


def _share_asked_for(given: dict[str, Array]) -> Array:
    """Share of the protection interval before demand ends: what is not asked for cannot err (ADR 0207)."""
    protection = given["lead_time_days"] + given["review_days"]
    ends = given["demand_ends_days"]
    return np.divide(ends, protection, out=np.ones_like(ends), where=ends < protection)


def _statistical_safety(given: dict[str, Array], spread: _Spread, lot: Array) -> Array:
    """Safety stock of the service policies, before floors and caps; 0 for the policies without one."""
    policy, target = given["policy"], given["service_target"]
    distribution: Codes = given["distribution"].astype(np.int8)
    safety = np.zeros_like(spread.protection_mean)
    by_cycle = (policy == Policy.CYCLE_SERVICE) | (policy == Policy.NEVER_RUN_OUT)
    if by_cycle.any():
        chosen = selection(by_cycle)
        safety[chosen] = safety_for_cycle_service(
            target=target[chosen],
            mean=spread.protection_mean[chosen],
            sd=spread.protection_sd[chosen],
            distribution=distribution[chosen],
        )
    by_fill = policy == Policy.FILL_RATE
    if by_fill.any():
        chosen = selection(by_fill)
        problem = _fill_problem(given, spread, lot).where(chosen)
        safety[chosen] = safety_for_fill_rate(problem, distribution=distribution[chosen])
    return safety


def _factor(policy: Array, statistical: Array, spread: _Spread) -> Array:
    """Safety stock of the service policies in sds of demand over the protection interval."""
    factor = np.full_like(statistical, np.nan)
    served = np.isin(policy, SERVICE_POLICIES) & (spread.protection_sd > 0)
    np.divide(statistical, spread.protection_sd, out=factor, where=served)
    return factor


def _fill_problem(given: dict[str, Array], spread: _Spread, lot: Array) -> FillProblem:
    review_demand = given["demand_per_day"] * given["review_days"]
    # Orders go out at most once a day, so none is below the demand of a day unless its quantity is fixed.
    free = (given["review_days"] == 0) & (given["order_quantity"] == 0)
    least = np.where(free, given["demand_per_day"], 0.0)
    return FillProblem(
        target=given["service_target"],
        protection_mean=spread.protection_mean,
        protection_sd=spread.protection_sd,
        lead_time_mean=spread.lead_time_mean,
        lead_time_sd=spread.lead_time_sd,
        quantity=np.maximum(lot, least),
        review_demand=review_demand,
    )


def _split_statistical(parts: Array, given: dict[str, Array], spread: _Spread, statistical: Array) -> None:
    """Write who contributes what to the statistical safety stock: each source its share of the variance."""
    total = spread.demand_variance + spread.lead_time_variance
    share = np.divide(spread.demand_variance, total, out=np.zeros_like(total), where=total > 0)
    demand = statistical * share
    parts[PARTS.index("lead_time_variability")] = statistical - demand
    if (given["error_scale"] != 1).any():
        uncalibrated = demand / given["error_scale"] ** 2
        parts[PARTS.index("calibration")] = demand - uncalibrated
        demand = uncalibrated
    parts[PARTS.index("demand_variability")] = demand


def _add_floors_and_caps(
    parts: Array, given: dict[str, Array], spread: _Spread, cycle_quantity: Array
) -> Array:
    """Add what each rule raises or lowers the safety stock by to `parts`; return the running total."""
    parts[PARTS.index("fixed")] = _fixed(given)
    total: Array = parts.sum(axis=0)
    for name, floor in _floors(given, spread):
        total = _raise(parts, name, total, floor)
    for name, cap in (("maximum", given["maximum"]), ("shelf_life", _shelf_life_cap(given, cycle_quantity))):
        total = _lower(parts, name, total, cap)
    cut = given["storage_cut"]
    return _lower(parts, "storage", total, np.maximum(total - cut, 0.0)) if cut.any() else total


def _fixed(given: dict[str, Array]) -> Array:
    """What the policies without statistics ask for."""
    policy, target = given["policy"], given["service_target"]
    quantity = np.where(policy == Policy.FIXED_QUANTITY, target, 0.0)
    return np.where(policy == Policy.DAYS_OF_SUPPLY, target * given["demand_per_day"], quantity)


def _floors(given: dict[str, Array], spread: _Spread) -> Iterator[tuple[str, Array]]:
    """What the safety stock must not be below, by part; -inf where a rule does not speak."""
    never_out = given["policy"] == Policy.NEVER_RUN_OUT
    if never_out.any():
        seen = given["largest_demand"] * _share_asked_for(given)
        for name, asked in (("largest_demand", seen), ("simulated_demand", given["simulated_demand"])):
            yield name, np.where(never_out, asked - spread.protection_mean, -np.inf)
        until_recovery = given["time_to_recover_days"] * given["demand_per_day"]
        yield "time_to_recover", np.where(never_out, until_recovery, -np.inf)
    if given["reserve"].any():
        yield "reserve", np.where(given["reserve"] > 0, given["reserve"], -np.inf)
    yield "minimum", given["minimum"]


def _raise(parts: Array, name: str, total: Array, floor: Array) -> Array:
    if not (floor > total).any():
        return total
    raised = np.maximum(total, floor)
    parts[PARTS.index(name)] = raised - total
    return raised


def _lower(parts: Array, name: str, total: Array, cap: Array) -> Array:
    if not (cap < total).any():
        return total
    lowered = np.minimum(total, cap)
    parts[PARTS.index(name)] = lowered - total
    return lowered


def _shelf_life_cap(given: dict[str, Array], cycle_quantity: Array) -> Array:
    """The most safety stock that is still sold, first in first out, before what arrived with it expires."""
    limited = np.isfinite(given["shelf_life_days"])
    if not limited.any():
        return given["shelf_life_days"]
    life = np.where(limited, given["shelf_life_days"], 0.0)
    cap = np.maximum(given["demand_per_day"] * life - cycle_quantity, 0.0)
    return np.where(limited, cap, np.inf)


def _rounded(given: dict[str, Array], unrounded: Array, cap: Array) -> Array:
    """Up to the next step, so that service is never rounded away, unless a cap lies in between."""
    up = round_up(unrounded, given["step"])
    beyond = up > cap
    if not beyond.any():
        return up
    return np.where(beyond, round_down(unrounded, given["step"]), up)
