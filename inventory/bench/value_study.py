"""What the tool's targets are worth: real history replayed under them and under common rules.

Every policy has one dial, the same for all items of a demand class: a service level, months of cover, a
growth on last year, a factor on the sd. Each dial is turned until the class fills the same share of
demand, and the stock that this took is compared. Nothing is used before it was known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inventory.engine import DEMAND_CLASSES, Policy, Replay
from inventory.engine.arrays import Array, BoolArray
from inventory.hindsight import FEWEST_ITEMS, History, scales_for_fill

TOOL = "the tool's targets"
BY_PAST, BY_LATER, BY_UNITS = "weighed by past demand", "weighed by later demand", "weighed by units"
"""What makes a unit of one item comparable with one of another: what the item sold before, what it then sold, nothing.

By past demand an item whose sales grow counts for more, by later demand all count the same.
"""
RULE_BUCKETS = 12
"""How far the common rules look back: a year of months, a quarter of weeks."""

SERVICE_LEVELS = np.concatenate(
    [np.arange(0.3, 0.9, 0.1), np.arange(0.9, 0.99, 0.01), 1.0 - np.geomspace(0.01, 1e-12, 22)]
)
MULTIPLES = np.concatenate([np.arange(0.25, 4, 0.125), np.arange(4, 12, 0.5), np.arange(12, 61, 3)])
SD_FACTORS = np.concatenate([np.arange(-2, 4, 0.25), np.arange(4, 10, 0.5), np.arange(10, 31, 2.5)])


def replayed_policies(history: History) -> dict[str, Replay]:
    """The tool and the common rules, each over its whole dial."""
    span = history.panel.protection
    mean, sd = history.recent(buckets=RULE_BUCKETS)
    factors = SD_FACTORS[:, None, None]
    levels = {
        TOOL: history.tool_levels(
            policy=Policy.CYCLE_SERVICE, levels=SERVICE_LEVELS[:, None, None], error_scale=np.ones(1)
        ),
        "months of cover": MULTIPLES[:, None, None] * mean * span,
        "z x sd of demand": mean * span + factors * sd * np.sqrt(span),
    }
    if history.knows_last_year:
        levels["last year plus"] = MULTIPLES[:, None, None] * history.last_year()
    tested = history.panel.tested
    start = history.run - tested - history.panel.warm_up
    return {name: history.replayed(level, start=start, counted=tested) for name, level in levels.items()}


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Stock saved against a rule at equal fill: point, and a 95 % bootstrap interval over items.

    tool_most, rule_most: the most that each fills at any setting. Where one of them stays below `fill`
    there is nothing to compare, and saving, its limits and the stocks are NaN. tool_stock, rule_stock:
    mean buckets of demand held, or units where items are weighed by them.
    """

    demand_class: str
    rule: str
    weighed: str
    fill: float
    items: int
    saving: float
    low: float
    high: float
    tool_stock: float
    rule_stock: float
    tool_most: float
    rule_most: float


def savings(history: History, *, fills: tuple[float, ...], seed: int, resamples: int = 500) -> list[Saving]:
    """The tool against each rule at each fill, per demand class of enough items, weighed in each way."""
    results = replayed_policies(history)
    past = history.weight(before=history.first_tested)
    generator = np.random.default_rng(seed)
    answers = []
    for code, name in enumerate(DEMAND_CLASSES):
        members = (history.classes == code) & (past > 0) & (results[TOOL].demand > 0)
        count = int(members.sum())
        if count < FEWEST_ITEMS:
            continue
        draws = generator.multinomial(count, np.full(count, 1.0 / count), size=resamples).T
        counts = np.concatenate([np.ones((count, 1)), draws], axis=1)
        for weighed, weight in _weights(past, results[TOOL].demand / history.panel.tested).items():
            answers += _class_savings(
                results, weight, members, counts, fills=fills, name=name, weighed=weighed
            )
    return answers


def _weights(past: Array, later: Array) -> dict[str, Array]:
    """What a unit of each item counts (N,), by way of weighing; `later`: units a bucket sold when judged."""
    by_later = np.divide(1.0, later, out=np.zeros_like(later), where=later > 0)
    return {BY_PAST: past, BY_LATER: by_later, BY_UNITS: np.ones_like(past)}


def _class_savings(
    results: Mapping[str, Replay],
    weight: Array,
    members: BoolArray,
    counts: Array,
    *,
    fills: tuple[float, ...],
    name: str,
    weighed: str,
) -> list[Saving]:
    dials = {rule: _dial(result, weight, members, counts) for rule, result in results.items()}
    tool, items = dials.pop(TOOL), int(members.sum())
    return [
        _saving(tool, other, fill=fill, demand_class=name, rule=rule, weighed=weighed, items=items)
        for fill in fills
        for rule, other in dials.items()
    ]


def _saving(
    tool: "_Dial", other: "_Dial", *, fill: float, demand_class: str, rule: str, weighed: str, items: int
) -> Saving:
    stock, rule_stock = tool.stock_at(fill), other.stock_at(fill)
    saving = 1.0 - stock / rule_stock
    low, high = _interval(saving)
    return Saving(
        demand_class=demand_class,
        rule=rule,
        weighed=weighed,
        fill=fill,
        items=items,
        saving=float(saving[0]),
        low=low,
        high=high,
        tool_stock=float(stock[0]),
        rule_stock=float(rule_stock[0]),
        tool_most=float(tool.filled[-1, 0]),
        rule_most=float(other.filled[-1, 0]),
    )


@dataclass(frozen=True)
class _Dial:
    """Share filled, rising, and stock per item of K positions of a dial in R resamples, each (K, R)."""

    filled: Array
    stock: Array

    def stock_at(self, fill: float) -> Array:
        """Stock (R,) that `fill` takes in each resample; NaN where no setting fills as much."""
        columns = zip(self.filled.T, self.stock.T, strict=True)
        return np.array([np.interp(fill, filled, stock, right=np.nan) for filled, stock in columns])


def _interval(saving: Array) -> tuple[float, float]:
    """Limits of 95 % of the resamples that reach the fill; NaN where the whole sample does not."""
    resamples = saving[1:][np.isfinite(saving[1:])]
    if np.isnan(saving[0]) or not len(resamples):
        return float("nan"), float("nan")
    low, high = np.quantile(resamples, [0.025, 0.975])
    return float(low), float(high)


def _dial(result: Replay, weight: Array, members: BoolArray, counts: Array) -> _Dial:
    value = weight[members]
    asked = (result.demand[members] * value) @ counts
    filled = (result.filled[:, members] * value) @ counts / asked
    stock = (result.stock[:, members] * value) @ counts / counts.sum(axis=0)
    return _Dial(np.maximum.accumulate(filled, axis=0), stock)


@dataclass(frozen=True, kw_only=True)
class AchievedFill:
    """Share of demand filled at a target, as first set and after calibration on the time before."""

    demand_class: str
    items: int
    target: float
    uncalibrated: float
    calibrated: float


def achieved_fills(history: History, *, target: float) -> list[AchievedFill]:
    """Fill-rate targets replayed: the error scale is found in the first half of the run, used in the second.

    history: run over twice its tested buckets and the warm-up.
    """
    tested = history.panel.tested
    scale = scales_for_fill(history, target=target)
    both = np.stack([np.ones(len(history.classes)), scale[history.classes]])
    levels = history.tool_levels(
        policy=Policy.FILL_RATE, levels=np.array([target]), error_scale=both[:, None, :]
    )
    result = history.replayed(levels, start=tested, counted=tested)
    weight = history.weight(before=history.first_tested)
    return [
        AchievedFill(
            demand_class=name,
            items=int(members.sum()),
            target=target,
            uncalibrated=float(fill[0]),
            calibrated=float(fill[1]),
        )
        for code, name in enumerate(DEMAND_CLASSES)
        if (members := (history.classes == code) & (weight > 0)).sum() >= FEWEST_ITEMS
        for fill in [_filled_share(result, weight, members)]
    ]


def _filled_share(result: Replay, weight: Array, members: BoolArray) -> Array:
    value = weight[members]
    share: Array = (result.filled[:, members] @ value) / (result.demand[members] @ value)
    return share
