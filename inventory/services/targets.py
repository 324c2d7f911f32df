"""Safety stock, reorder point and order-up-to level of every item-location, with parts and reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from inventory.engine import (
    PARTS,
    SEED,
    ClassPolicy,
    Experience,
    Lines,
    Policy,
    PublishedMisses,
    TargetInputs,
    Targets,
    abc_classes,
    class_names,
    days_until_end,
    demand_after,
    demand_ahead,
    demand_shape,
    experienced,
    largest_demand,
    level_by_paths,
    policy_name,
    promised_together,
    reasons,
    storage_cut,
    targets,
    xyz_classes,
)
from inventory.engine.arrays import Array, BoolArray, IntArray
from inventory.engine.codes import SERVICE_POLICIES
from inventory.frames import NO_POLICY, StockSettings
from inventory.models import InventoryTarget
from siop import bulk
from siop.plans.models import PlanVersion

from .errors import (
    ClassLessons,
    PastErrors,
    at_buckets,
    error_by_span,
    error_over,
    spread_of_demand,
)

COLUMNS_AT_ONCE = 10_000
NEVER_RUN_OUT_SERVICE = 0.999
PART_LABELS = {
    "demand_variability": "Forecast error",
    "lead_time_variability": "Lead time spread",
    "calibration": "Calibration by replay",
    "fixed": "Set by policy",
    "largest_demand": "Largest demand seen",
    "simulated_demand": "Simulated demand",
    "time_to_recover": "Until the supplier recovers",
    "reserve": "Reserve ashore",
    "minimum": "Minimum of the policy",
    "maximum": "Maximum of the policy",
    "shelf_life": "Shelf life",
    "storage": "Storage limit",
    "rounding": "Rounding to the step",
}


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """What a target guards against, by item-location.

    `demand` (T, N) expected requirements of each period, of which `own_demand` is sold and the rest asked for by
    items above; `bucket_days` (T,); `past` of what is sold, in buckets of `error_bucket_days`; `dependent_rmse` (P, N)
    of what items above ask for over 1, 2, ... buckets; `published` what plans missed the requirements by; `lessons`
    of the classes over the whole plan; `assemblies` say what is needed together with what.
    """

    demand: Array
    own_demand: Array
    bucket_days: Array
    past: PastErrors
    dependent_rmse: Array
    published: PublishedMisses
    error_bucket_days: float
    lessons: ClassLessons
    assemblies: Lines

    @property
    def error_sd(self) -> Array:
        """Of one bucket, from both sources (N,)."""
        return np.asarray(np.hypot(self.past.error_sd, self.dependent_rmse[0]))


@dataclass(frozen=True, kw_only=True)
class Replenishment:
    """How item-locations are refilled, (N,): by the lane that comes first.

    `measured_receipts`: how many receipts have a say in the lead time's sd, 0 where it was typed.
    """

    lead_time_days: Array
    lead_time_sd_days: Array
    measured_receipts: Array
    moq: Array
    recover_days: Array


@dataclass(frozen=True, kw_only=True)
class ClassLimits:
    """Yearly value from which an item-location is an A or a B; found over all, used for some."""

    a: float
    b: float


@dataclass(frozen=True, kw_only=True)
class PriceOfSpace:
    """What a m3 is worth a year at the location of each item-location (N,), 0 where all fits; capital cost a year."""

    per_m3: Array
    capital_rate: float


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Targets as computed: `classes` (N,), `by_period` (T, N) safety stock plus reserve of each period."""

    classes: list[str]
    answer: Targets
    by_period: Array


def target_levels(
    *,
    settings: StockSettings,
    uncertainty: Uncertainty,
    replenishment: Replenishment,
    limits: ClassLimits,
    starts: Mapping[str, ClassPolicy],
    space: PriceOfSpace,
) -> Levels:
    """The targets of item-locations (N,); nothing is stored. `limits` part those of the whole plan into A, B, C,
    `starts` says what each class follows where neither the place nor the item says otherwise."""
    classes = classify(settings, uncertainty, limits)
    start = [starts[name] for name in classes]
    settings = _reviewed_by_class(settings, start)
    inputs = _inputs(settings, uncertainty, replenishment, start)
    inputs = _needed_together(inputs, settings, uncertainty, start, capital_rate=space.capital_rate)
    inputs = _confirmed_by_paths(inputs)
    inputs = _fitted(inputs, settings, space)
    answer = targets(inputs)
    by_period = np.concatenate(
        [
            _by_period(inputs, uncertainty, slice(low, low + COLUMNS_AT_ONCE))
            for low in range(0, len(classes), COLUMNS_AT_ONCE)
        ],
        axis=1,
    )
    goes_on = np.isinf(np.asarray(inputs.demand_ends_days))
    by_period[0] = np.where(goes_on, answer.safety_stock, np.minimum(by_period[0], answer.safety_stock))
    by_period = _from_first_demand_on(by_period, inputs, uncertainty.demand)
    return Levels(classes=classes, answer=answer, by_period=by_period)


def set_targets(
    *,
    plan: PlanVersion,
    item: IntArray,
    location: IntArray,
    settings: StockSettings,
    uncertainty: Uncertainty,
    replenishment: Replenishment,
    limits: ClassLimits,
    starts: Mapping[str, ClassPolicy],
    space: PriceOfSpace,
) -> Array:
    """Compute and store the targets of item-locations (N,) in a plan; returns them by period (T, N)."""
    if not len(item):
        return np.zeros((plan.horizon, 0))
    found = target_levels(
        settings=settings,
        uncertainty=uncertainty,
        replenishment=replenishment,
        limits=limits,
        starts=starts,
        space=space,
    )
    bulk.execute(
        "DELETE FROM inventory_inventorytarget t USING unnest(%s::bigint[], %s::bigint[]) AS p (item_id, location_id) "
        "WHERE t.plan_id = %s AND t.item_id = p.item_id AND t.location_id = p.location_id",
        [item.tolist(), location.tolist(), plan.pk],
    )
    bulk.copy_in(
        InventoryTarget,
        {"plan_id": plan.pk, "item_id": item, "location_id": location, "klass": found.classes}
        | _columns(found.answer, uncertainty, found.by_period),
    )
    return found.by_period


def copy_targets(*, source: PlanVersion, target: PlanVersion) -> None:
    columns = ", ".join(
        f'"{f.column}"' for f in InventoryTarget._meta.concrete_fields if f.column not in ("id", "plan_id")
    )
    bulk.execute(
        f"INSERT INTO inventory_inventorytarget (plan_id, {columns}) "  # noqa: S608 - columns of the model
        f"SELECT %s, {columns} FROM inventory_inventorytarget WHERE plan_id = %s",
        [target.pk, source.pk],
    )


def class_limits(yearly_value: Array) -> ClassLimits:
    """The smallest values that are still A and B among all item-locations (N,)."""
    classes = abc_classes(yearly_value)
    smallest = [yearly_value[classes <= k].min(initial=np.inf) for k in (0, 1)]
    return ClassLimits(a=float(smallest[0]), b=float(smallest[1]))


def classify(settings: StockSettings, uncertainty: Uncertainty, limits: ClassLimits) -> list[str]:
    """ABC by a year's demand in money, XYZ by how much history varies."""
    yearly = uncertainty.demand.sum(axis=0) * 365.0 / max(float(uncertainty.bucket_days.sum()), 1.0)
    worth = np.where(np.isfinite(settings.unit_cost), settings.unit_cost, settings.unit_price)
    value = yearly * np.where(np.isfinite(worth), worth, 1.0)
    abc = np.where(value >= limits.a, 0, np.where(value >= limits.b, 1, 2)).astype(np.int8)
    history = uncertainty.past.sales if len(uncertainty.past.history) else uncertainty.demand
    return class_names(abc, xyz_classes(history))


def _reviewed_by_class(settings: StockSettings, start: list[ClassPolicy]) -> StockSettings:
    """Days between reviews (N,): those of the policy, else of the class."""
    days = np.array([policy.review_days for policy in start], dtype=np.float64)
    return replace(settings, review_days=np.where(np.isnan(settings.review_days), days, settings.review_days))


def _inputs(
    settings: StockSettings, uncertainty: Uncertainty, replenishment: Replenishment, start: list[ClassPolicy]
) -> TargetInputs:
    protection = np.maximum(replenishment.lead_time_days + settings.review_days, 1.0)
    buckets = protection / uncertainty.error_bucket_days
    policy, target = _policies(
        settings, uncertainty, start, exposed=replenishment.lead_time_days + settings.review_days > 0
    )
    rate = demand_ahead(uncertainty.demand, uncertainty.bucket_days, protection)[0] / protection
    error = _over_protection(uncertainty, protection)
    history = uncertainty.past.sales
    never = policy == Policy.NEVER_RUN_OUT
    seen = np.zeros(len(policy))
    if never.any() and len(history):
        seen[never] = largest_demand(
            history[:, never],
            bucket_days=uncertainty.error_bucket_days,
            protection_days=protection[never],
        )
    return TargetInputs(
        policy=policy,
        service_target=target,
        demand_per_day=rate,
        lead_time_days=replenishment.lead_time_days,
        lead_time_sd_days=replenishment.lead_time_sd_days,
        review_days=settings.review_days,
        lead_time_receipts=replenishment.measured_receipts,
        error_sd=uncertainty.error_sd,
        error_bucket_days=uncertainty.error_bucket_days,
        error_rmse=error.error,
        error_expected=error.expected,
        error_published=error.published,
        published_plans=error.plans,
        error_by_demand=spread_of_demand(uncertainty.past),
        error_scale=_calibrated(policy, target, uncertainty),
        distribution=_shape(history, buckets),
        moq=replenishment.moq,
        order_quantity=np.where(settings.lot_rule == 1, settings.lot_parameter, 0.0),
        step=settings.step,
        reserve=settings.reserve_ashore,
        minimum=settings.min_qty,
        maximum=settings.max_qty,
        shelf_life_days=settings.shelf_life_days,
        largest_demand=seen,
        time_to_recover_days=replenishment.recover_days,
        demand_ends_days=days_until_end(uncertainty.demand, uncertainty.bucket_days)[0],
    )


def _needed_together(
    inputs: TargetInputs,
    settings: StockSettings,
    uncertainty: Uncertainty,
    start: list[ClassPolicy],
    *,
    capital_rate: float,
) -> TargetInputs:
    """Components whose service nobody set promise what their assembly needs of all of them together."""
    of_class = [policy.target if policy.policy in SERVICE_POLICIES else 0.0 for policy in start]
    asked = uncertainty.demand.sum(axis=0) > 0
    serves = np.isin(inputs.policy, SERVICE_POLICIES)
    return promised_together(
        inputs,
        uncertainty.assemblies,
        target=np.where(asked, np.where(serves, inputs.service_target, of_class), 0.0),
        unit_holding_cost=holding_cost(settings, capital_rate=capital_rate),
        open_=settings.policy == NO_POLICY,
    )


def _confirmed_by_paths(inputs: TargetInputs) -> TargetInputs:
    """Never run out asks seeded paths too: what they ask for beyond the formula raises the target."""
    if not (np.asarray(inputs.policy) == Policy.NEVER_RUN_OUT).any():
        return inputs
    return replace(inputs, simulated_demand=level_by_paths(targets(inputs), seed=SEED))


def _fitted(inputs: TargetInputs, settings: StockSettings, space: PriceOfSpace) -> TargetInputs:
    """Targets give way to a storage limit at one price on volume."""
    if not space.per_m3.any():
        return inputs
    cut = storage_cut(
        targets(inputs),
        price_per_m3=space.per_m3,
        unit_m3=settings.unit_volume,
        unit_holding_cost=holding_cost(settings, capital_rate=space.capital_rate),
    )
    return replace(inputs, storage_cut=cut)


def holding_cost(settings: StockSettings, *, capital_rate: float) -> Array:
    """Money a unit and year (N,): at the item's rate, else that of capital; a unit of unknown cost counts as 1."""
    cost = np.where(np.isfinite(settings.unit_cost), settings.unit_cost, 1.0)
    return cost * np.where(np.isfinite(settings.holding_rate), settings.holding_rate, capital_rate)


def _shape(history: Array, buckets: Array) -> IntArray:
    """Distribution of demand over the protection interval; what was never sold has the plain one."""
    if not len(history):
        return np.zeros(len(buckets), np.int64)
    return np.where((history > 0).any(axis=0), demand_shape(history, buckets), 0).astype(np.int64)


def _policies(
    settings: StockSettings,
    uncertainty: Uncertainty,
    start: list[ClassPolicy],
    *,
    exposed: BoolArray,
) -> tuple[IntArray, Array]:
    """Policy and target: what is set, else what the class starts with; nothing to guard means a fixed 0.

    `exposed` (N,): some days pass between an order and its receipt, so the error has time to hurt.
    """
    policy, target = settings.policy.copy(), settings.service_target.copy()
    open_ = policy == NO_POLICY
    at_risk = exposed & (uncertainty.demand.sum(axis=0) > 0) & (uncertainty.error_sd > 0)
    for k in np.flatnonzero(open_):
        policy[k] = int(start[k].policy) if at_risk[k] else int(Policy.FIXED_QUANTITY)
        target[k] = start[k].target if at_risk[k] else 0.0
    # "Never run out, 0.1 %" names the risk: the same promise as a service of 99.9 %.
    target = np.where((policy == Policy.NEVER_RUN_OUT) & (target < 0.5), 1.0 - target, target)
    unset = ~np.isfinite(target)
    fraction = np.isin(policy, (Policy.CYCLE_SERVICE, Policy.FILL_RATE))
    target = np.where(unset & fraction, 0.95, target)
    target = np.where(unset & (policy == Policy.NEVER_RUN_OUT), NEVER_RUN_OUT_SERVICE, target)
    return policy, np.where(np.isfinite(target), target, 0.0)


def _calibrated(policy: IntArray, target: Array, uncertainty: Uncertainty) -> Array:
    """Factor on the error (N,) found by replay; only a fill rate promises what a replay can count."""
    past = uncertainty.past
    promised = (policy == Policy.FILL_RATE) & past.sales.any(axis=0) & ~past.given
    if not promised.any():
        return np.ones(len(policy))
    return np.where(promised, uncertainty.lessons.scale_for(target, classes=past.classes), 1.0)


def _over_protection(uncertainty: Uncertainty, protection_days: Array) -> Experience:
    """Error (N,) of what is sold and of what items above ask for, over each protection interval.

    Published plans have no say where the error was given, or is the spread of wild demand.
    """
    past, lessons, published = uncertainty.past, uncertainty.lessons, uncertainty.published
    buckets = protection_days / uncertainty.error_bucket_days
    sold = demand_ahead(uncertainty.own_demand, uncertainty.bucket_days, protection_days)[0]
    own = error_over(past, buckets=buckets, demand=np.maximum(sold, 0.0), lessons=lessons)
    dependent = uncertainty.dependent_rmse
    heard = replace(published, planned=published.planned & ~(past.given | spread_of_demand(past)))
    told = (dependent[0] > 0) | heard.planned.any(axis=0)
    own = np.where(told & np.isnan(own), past.error_sd * np.sqrt(buckets), own)
    return experienced(
        heard,
        np.hypot(error_by_span(past, lessons), dependent),
        error=np.hypot(own, at_buckets(dependent, buckets)),
        buckets=buckets,
        origins=past.origins,
    )


def _by_period(inputs: TargetInputs, uncertainty: Uncertainty, part: slice) -> Array:
    """Safety stock of each period (T, n) for the demand that lies ahead of that period's end."""
    rows = {name: getattr(inputs, name) for name in inputs.__dataclass_fields__}
    cut = {name: value[part] for name, value in rows.items() if isinstance(value, np.ndarray) and value.ndim}
    narrow = replace(inputs, **cut)
    demand, days = uncertainty.demand[:, part], uncertainty.bucket_days
    protection = np.maximum(np.asarray(narrow.lead_time_days) + np.asarray(narrow.review_days), 1.0)
    by_days = np.asarray(narrow.policy) == Policy.DAYS_OF_SUPPLY
    window = np.where(by_days, np.maximum(np.asarray(narrow.service_target), 1.0), protection)
    ahead = demand_after(demand, days, window) / window
    ends = days_until_end(demand, days)[1:]
    # What paths ask for is a margin above the mean; it goes along with a mean that moves, and ends with demand.
    simulated = np.asarray(narrow.simulated_demand)
    margin = simulated - np.asarray(narrow.demand_per_day) * protection
    margin = margin * np.sqrt(np.minimum(ends / protection, 1.0))
    simulated = np.where(simulated > 0, np.maximum(ahead * protection + margin, 0.0), 0.0)
    moved = replace(narrow, demand_per_day=ahead, simulated_demand=simulated, demand_ends_days=ends)
    return targets(moved).safety_stock


def _from_first_demand_on(by_period: Array, inputs: TargetInputs, demand: Array) -> Array:
    """No error can hurt before an item is asked for; what was asked to be held by name is held all along (T, N)."""
    begun = np.maximum.accumulate(demand > 0, axis=0)
    guards_errors = np.isin(inputs.policy, SERVICE_POLICIES)
    by_name = np.maximum(inputs.reserve, inputs.minimum)
    return np.where(guards_errors & ~begun, np.minimum(by_period, by_name), by_period)


def _columns(answer: Targets, uncertainty: Uncertainty, by_period: Array) -> dict[str, object]:
    given = answer.inputs
    labels = [PART_LABELS[name] for name in PARTS]
    parts = [
        [[label, value] for label, value in zip(labels, row, strict=True) if value]
        for row in answer.parts.T.tolist()
    ]
    return {
        "service_policy": [policy_name(int(code)) for code in given["policy"]],
        "service_target": given["service_target"],
        "daily_demand": given["demand_per_day"],
        "error_sd": given["error_sd"] / np.sqrt(given["error_bucket_days"]),
        "lead_time_days": given["lead_time_days"],
        "lead_time_sd_days": given["lead_time_sd_days"],
        "protection_days": answer.protection_days,
        "protection_sd": answer.protection_sd,
        "distribution": given["distribution"].astype(np.int64),
        "lot_quantity": np.maximum(given["moq"], given["order_quantity"]),
        "error_scale": given["error_scale"],
        "safety_stock": answer.safety_stock,
        "reorder_point": answer.reorder_point,
        "order_up_to": answer.order_up_to,
        "by_period": by_period.T,
        "parts": parts,
        "reason": reasons(answer),
    }
