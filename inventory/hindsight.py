"""A history seen from each of its past moments: what was forecast, how far errors went, what a policy would have held.

Nothing is used before it was known. The product calibrates its fill rates with it, the study of value measures with it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecasting.engine import backtest, origin_weight
from inventory.engine import (
    Policy,
    Replay,
    TargetInputs,
    class_spread,
    demand_classes,
    demand_shape,
    demand_spread,
    protection_error,
    replay,
    scale_for_fill,
    steady,
    targets,
)
from inventory.engine.arrays import Array, Codes

FEWEST_ITEMS = 30
"""Classes of fewer items are left out: what they say would be chance."""
ERROR_SCALES = np.geomspace(0.6, 1.6, 15)


@dataclass(frozen=True)
class Panel:
    """Real demand of N items and how it is replayed.

    demand: (T, N), units, floored at zero, end-aligned; first: (N,), row of the first real bucket.
    season: buckets of a year (1: none), be the history too short to know it or not. whole: ordered in whole units.
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

    def __init__(self, panel: Panel, *, run: int, error_origins: int = 24) -> None:
        """`run`: buckets at the end of the history that are run, warm-up included.

        `error_origins`: how many of the newest forecasts before each moment tell the error.
        """
        self.panel = panel
        self.run = run
        self.error_origins = error_origins
        self.rows = len(panel.demand)
        self.moments = list(range(self.rows - run, self.rows))
        result = backtest(
            panel.demand,
            panel.first,
            season=panel.season,
            origins=run + error_origins,
            lags=panel.protection,
        )
        # Before its first sale an item has no forecast: nothing is expected of it, nothing is missed.
        self._forecasts, self._errors = np.nan_to_num(result.pool), result.actual - result.pool

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
        """Errors known at the start of bucket `moment`: (error_origins, P, N), NaN where not yet known."""
        newest = self.rows - moment
        known = self._errors[newest : newest + self.error_origins].copy()
        for origin in range(min(len(known), self.panel.protection)):
            known[origin, origin + 1 :] = np.nan
        return known

    @cached_property
    def classes(self) -> NDArray[np.intp]:
        """Position in DEMAND_CLASSES of each item, from what came before the counted buckets."""
        return demand_classes(self.past(until=self.first_tested), first=self.panel.first)

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
            known = self.errors_before(moment)
            measured = protection_error(
                known,
                weight=origin_weight(np.maximum(moment - self.panel.first, 0), origins=len(known)),
                protection_buckets=buckets,
                level=level,
                group=self.classes,
            ).rmse
            past = self.past(until=moment)
            taught = class_spread(past, group=self.classes, first=self.panel.first)
            spread = demand_spread(
                past,
                protection_demand=self.forecast[position],
                expected=taught.of(self.classes),
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

    @property
    def knows_last_year(self) -> bool:
        """Whether a season is known and the first moment has a year behind it."""
        return 1 < self.panel.season <= self.moments[0]

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


def scales_for_fill(history: History, *, target: float) -> Array:
    """Factor on the error (G,) with which each demand class would have filled `target` of its demand.

    Found in the first `tested` buckets of the run after the warm-up.
    """
    levels = history.tool_levels(
        policy=Policy.FILL_RATE, levels=np.array([target]), error_scale=ERROR_SCALES[:, None, None]
    )
    learned = history.replayed(levels, start=0, counted=history.panel.tested)
    return scale_for_fill(
        learned,
        scales=ERROR_SCALES,
        target=target,
        group=history.classes,
        weight=history.weight(before=history.moments[0]),
    )
