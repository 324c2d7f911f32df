"""What the tool's targets are worth: real history replayed under them and under common rules.

Every policy has one dial, the same for all items of a demand class: a service level, months of cover, a
growth on last year, a factor on the sd. Each dial is turned until the class fills the same share of
demand, and the stock that this took is compared. Nothing is used before it was known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.engine import backtest
from inventory.engine import (
    Policy,
    Replay,
    TargetInputs,
    demand_shape,
    demand_spread,
    intermittent,
    protection_error,
    replay,
    scale_for_fill,
    steady,
    targets,
)
from inventory.engine.arrays import Array, Codes, Mask

DEMAND_CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
TOOL = "the tool's targets"
ERROR_ORIGINS = 24
FEWEST_ITEMS = 30
"""Classes of fewer items are left out: their interval would say nothing."""
_MOST_VARIATION = 0.49

SERVICE_LEVELS = np.concatenate(
    [np.arange(0.3, 0.9, 0.1), np.arange(0.9, 0.99, 0.01), 1.0 - np.geomspace(0.01, 1e-5, 12)]
)
MULTIPLES = np.concatenate([np.arange(0.25, 4, 0.125), np.arange(4, 12, 0.5), np.arange(12, 61, 3)])
SD_FACTORS = np.concatenate([np.arange(-2, 4, 0.25), np.arange(4, 10, 0.5), np.arange(10, 31, 2.5)])


@dataclass(frozen=True)
class Panel:
    """Real demand of N items and how it is replayed.

    demand: (T, N), units, floored at zero, end-aligned; first: (N,), row of the first real bucket.
    season: buckets of a year, 1 where the history is too short to know one. whole: ordered in whole units.
    tested: buckets at the end that are counted. lead_time: buckets; review is every bucket.
    """

    name: str
    demand: Array
    first: NDArray[np.intp]
    season: int
    whole: bool
    tested: int
    lead_time: int = 2

    @property
    def protection(self) -> int:
        """Lead time and review, in buckets."""
        return self.lead_time + 1

    @property
    def warm_up(self) -> int:
        """Buckets run before counting, until the first position is forgotten."""
        return self.protection


class History:
    """A panel with everything that was known at the start of each bucket that is run."""

    def __init__(self, panel: Panel, *, run: int) -> None:
        """`run`: buckets at the end of the history that are run, warm-up included."""
        self.panel = panel
        self.run = run
        self.rows = len(panel.demand)
        self.moments = list(range(self.rows - run, self.rows))
        result = backtest(
            panel.demand,
            panel.first,
            season=panel.season,
            origins=run + ERROR_ORIGINS,
            lags=panel.protection,
        )
        self._forecasts, self._errors = result.pool, result.actual - result.pool

    def past(self, *, until: int) -> Array:
        """Demand before bucket `until`."""
        earlier: Array = self.panel.demand[:until]
        return earlier

    @cached_property
    def forecast(self) -> Array:
        """Demand over the protection interval as forecast at each moment (run, N)."""
        origins = [self.rows - moment - 1 for moment in self.moments]
        forecast: Array = np.maximum(self._forecasts[origins].sum(axis=1), 0.0)
        return forecast

    def errors_before(self, moment: int) -> Array:
        """Errors known at the start of bucket `moment`: (ERROR_ORIGINS, P, N), NaN where not yet known."""
        newest = self.rows - moment
        known = self._errors[newest : newest + ERROR_ORIGINS].copy()
        for origin in range(min(len(known), self.panel.protection)):
            known[origin, origin + 1 :] = np.nan
        return known

    @cached_property
    def classes(self) -> NDArray[np.intp]:
        """Position in DEMAND_CLASSES of each item, from what came before the counted buckets.

        Source: Syntetos and Boylan (2005): long intervals, or squared variation of sizes above 0.49.
        """
        before = self.past(until=self.first_tested)
        rows = np.arange(len(before))[:, None]
        lived = rows >= self.panel.first
        sold = lived & (before > 0)
        times = np.maximum(sold.sum(axis=0), 1)
        size = before.sum(axis=0) / times
        variance = (np.where(sold, before - size, 0.0) ** 2).sum(axis=0) / times
        varied = variance > _MOST_VARIATION * np.maximum(size, 1e-9) ** 2
        classes: NDArray[np.intp] = 2 * intermittent(before, first=self.panel.first) + varied
        return classes

    @cached_property
    def shapes(self) -> Codes:
        """Distribution code of each item."""
        before = self.past(until=self.first_tested)[-36:]
        return demand_shape(before, np.full(before.shape[1], float(self.panel.protection)))

    @cached_property
    def errors(self) -> Array:
        """Sd of demand over the protection interval as known at each moment (run, N)."""
        items = self.panel.demand.shape[1]
        buckets = np.full(items, float(self.panel.protection))
        calm = steady(self.past(until=self.first_tested), first=self.panel.first)
        rows = []
        for position, moment in enumerate(self.moments):
            level = self.forecast[position] / buckets
            measured = protection_error(
                self.errors_before(moment), protection_buckets=buckets, level=level, group=self.classes
            ).rmse
            spread = demand_spread(
                self.past(until=moment),
                protection_demand=self.forecast[position],
                group=self.classes,
                first=self.panel.first,
            )
            rows.append(np.where(calm, measured, spread))
        return np.stack(rows)

    def recent(self, *, buckets: int) -> tuple[Array, Array]:
        """Mean and sd of demand of the last `buckets` before each moment (run, N)."""
        windows = [self.past(until=moment)[-buckets:] for moment in self.moments]
        return np.stack([w.mean(axis=0) for w in windows]), np.stack([w.std(axis=0) for w in windows])

    def last_year(self) -> Array:
        """Demand of the same buckets a year before each moment's protection interval (run, N)."""
        starts = [moment - self.panel.season for moment in self.moments]
        return np.stack([self.panel.demand[at : at + self.panel.protection].sum(axis=0) for at in starts])

    def tool_levels(self, *, policy: Policy, levels: Array, error_scale: Array) -> Array:
        """Order-up-to levels (K, run, N) of the tool at K service levels or K error scales."""
        answer = targets(
            TargetInputs(
                policy=int(policy),
                service_target=levels,
                demand_per_day=self.forecast / self.panel.protection,
                lead_time_days=self.panel.lead_time,
                review_days=1,
                error_rmse=self.errors,
                error_scale=error_scale,
                distribution=self.shapes,
                minimum=-np.inf,
                step=0,
            )
        )
        levels_up_to: Array = answer.protection_demand + answer.safety_stock
        return levels_up_to

    def replayed(self, levels: Array, *, start: int, counted: int) -> Replay:
        """`counted` buckets of the run under these order-up-to levels, after a warm-up from `start` on.

        Levels are whole units where the item is sold so.
        """
        ordered = np.ceil(levels - 1e-9) if self.panel.whole else levels
        rows = slice(start, start + self.panel.warm_up + counted)
        return replay(
            self.panel.demand[self.moments][rows],
            np.maximum(ordered[:, rows], 0.0),
            lead_time_buckets=self.panel.lead_time,
            warm_up=self.panel.warm_up,
        )

    def weight(self, *, before: int) -> Array:
        """What a unit counts (N,) when judged from bucket `before` on: each item's demand the same.

        0 where nothing was sold in the two years before: such an item would not be planned yet.
        """
        mean = self.past(until=before)[-24:].mean(axis=0)
        value: Array = np.divide(1.0, mean, out=np.zeros_like(mean), where=mean > 0)
        return value

    @property
    def first_tested(self) -> int:
        """The first counted bucket."""
        return self.rows - self.panel.tested


def replayed_policies(history: History) -> dict[str, Replay]:
    """The tool and the common rules, each over its whole dial."""
    span = history.panel.protection
    year = max(history.panel.season, 12)
    mean, sd = history.recent(buckets=year)
    factors = SD_FACTORS[:, None, None]
    levels = {
        TOOL: history.tool_levels(
            policy=Policy.CYCLE_SERVICE, levels=SERVICE_LEVELS[:, None, None], error_scale=np.ones(1)
        ),
        "months of cover": MULTIPLES[:, None, None] * mean * span,
        "z x sd of demand": mean * span + factors * sd * np.sqrt(span),
    }
    if history.panel.season > 1:
        levels["last year plus"] = MULTIPLES[:, None, None] * history.last_year()
    tested = history.panel.tested
    start = history.run - tested - history.panel.warm_up
    return {name: history.replayed(level, start=start, counted=tested) for name, level in levels.items()}


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Stock saved against a rule at equal fill: point, and a 95 % bootstrap interval over items.

    tool_most, rule_most: the most that each fills at any setting. Where one of them stays below `fill`
    there is nothing to compare, and saving, its limits and the stocks are NaN. tool_stock, rule_stock:
    mean buckets of demand held.
    """

    demand_class: str
    rule: str
    fill: float
    items: int
    saving: float
    low: float
    high: float
    tool_stock: float
    rule_stock: float
    tool_most: float
    rule_most: float


def savings(history: History, *, fill: float, seed: int, resamples: int = 500) -> list[Saving]:
    """The tool against each rule, per demand class of enough items."""
    results = replayed_policies(history)
    weight = history.weight(before=history.first_tested)
    generator = np.random.default_rng(seed)
    answers = []
    for code, name in enumerate(DEMAND_CLASSES):
        members = (history.classes == code) & (weight > 0) & (results[TOOL].demand > 0)
        count = int(members.sum())
        if count < FEWEST_ITEMS:
            continue
        draws = generator.multinomial(count, np.full(count, 1.0 / count), size=resamples).T
        counts = np.concatenate([np.ones((count, 1)), draws], axis=1)
        answers += _class_savings(results, weight, members, counts, fill=fill, name=name)
    return answers


def _class_savings(
    results: Mapping[str, Replay], weight: Array, members: Mask, counts: Array, *, fill: float, name: str
) -> list[Saving]:
    tool = _dial(results[TOOL], weight, members, counts)
    answers = []
    for rule, result in results.items():
        if rule == TOOL:
            continue
        other = _dial(result, weight, members, counts)
        stock, rule_stock = tool.stock_at(fill), other.stock_at(fill)
        saving = 1.0 - stock / rule_stock
        low, high = _interval(saving)
        answers.append(
            Saving(
                demand_class=name,
                rule=rule,
                fill=fill,
                items=int(members.sum()),
                saving=float(saving[0]),
                low=low,
                high=high,
                tool_stock=float(stock[0]),
                rule_stock=float(rule_stock[0]),
                tool_most=float(tool.filled[-1, 0]),
                rule_most=float(other.filled[-1, 0]),
            )
        )
    return answers


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


def _dial(result: Replay, weight: Array, members: Mask, counts: Array) -> _Dial:
    value = weight[members]
    asked = (result.demand[members] * value) @ counts
    filled = (result.filled[:, members] * value) @ counts / asked
    stock = (result.stock[:, members] * value) @ counts / counts.sum(axis=0)
    return _Dial(np.maximum.accumulate(filled, axis=0), stock)


ERROR_SCALES = np.geomspace(0.6, 1.6, 15)


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
    levels = history.tool_levels(
        policy=Policy.FILL_RATE, levels=np.array([target]), error_scale=ERROR_SCALES[:, None, None]
    )
    tested = history.panel.tested
    learned = history.replayed(levels, start=0, counted=tested)
    scale = scale_for_fill(
        learned,
        scales=ERROR_SCALES,
        target=target,
        group=history.classes,
        weight=history.weight(before=history.moments[0]),
    )
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


def _filled_share(result: Replay, weight: Array, members: Mask) -> Array:
    value = weight[members]
    share: Array = (result.filled[:, members] @ value) / (result.demand[members] @ value)
    return share
