"""How far demand over the protection interval may miss its forecast: measured, taught by its class, or given."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inventory.engine import (
    DEMAND_CLASSES,
    ClassSpread,
    PublishedMisses,
    class_factors,
    class_spread,
    demand_classes,
    demand_spread,
    steady,
)
from inventory.engine.arrays import Array, BoolArray

MEASURED_BUCKETS = 6
CLASSES = len(DEMAND_CLASSES)


@dataclass(frozen=True, kw_only=True)
class PastErrors:
    """How the sales of item-locations (N,) and their forecasts behaved; without sales, zeros and NaN.

    `error_sd` (N,) of one bucket; `cumulative_rmse` (P, N) of the error summed over 1, 2, ... buckets, NaN where
    not known; `origins` (N,) of the backtest; `given` (N,) where the error came along with a demand made
    elsewhere; `history` (H, N) units of past buckets.
    """

    error_sd: Array
    cumulative_rmse: Array
    origins: Array
    given: BoolArray
    history: Array

    @property
    def sales(self) -> Array:
        return np.maximum(self.history, 0.0)

    @property
    def first(self) -> NDArray[np.intp]:
        """Row of the first sale (N,), 0 where nothing was sold."""
        sold = self.history > 0
        return sold.argmax(axis=0) if len(sold) else np.zeros(sold.shape[1], np.intp)

    @property
    def level(self) -> Array:
        """Mean sales of a bucket since the first one (N,)."""
        lived = np.maximum(len(self.history) - self.first, 1)
        return np.asarray(self.sales.sum(axis=0) / lived)

    @property
    def classes(self) -> NDArray[np.intp]:
        """Positions in DEMAND_CLASSES (N,)."""
        return demand_classes(self.sales, first=self.first)


@dataclass(frozen=True, kw_only=True)
class ClassLessons:
    """What demand classes (G,) teach: how wild demand is, the factor on the error summed over 1, 2, ... buckets that
    published plans ask for (P, G), and the factor on the error (K, G) with which fill targets (K,) would have been met.
    """

    spread: ClassSpread = field(default_factory=lambda: ClassSpread.of_chance(CLASSES))
    published: Array = field(default_factory=lambda: np.ones((MEASURED_BUCKETS, CLASSES)))
    fill_targets: tuple[float, ...] = (1.0,)
    fill_scales: Array = field(default_factory=lambda: np.ones((1, CLASSES)))

    def stored(self) -> dict[str, Any]:
        """For the inputs of a plan."""
        return {
            "dispersion": self.spread.dispersion.tolist(),
            "power": self.spread.power.tolist(),
            "published": self.published.tolist(),
            "fill_targets": list(self.fill_targets),
            "fill_scales": self.fill_scales.tolist(),
        }

    @classmethod
    def from_stored(cls, stored: dict[str, Any] | None) -> "ClassLessons":
        if not stored:
            return cls()
        return cls(
            spread=ClassSpread(
                # a plan of before the power was measured stored the ratio of variance to mean
                dispersion=np.array(stored.get("dispersion", stored.get("ratio"))),
                power=np.array(stored.get("power", [1.0] * CLASSES)),
            ),
            published=np.array(stored.get("published", np.ones((MEASURED_BUCKETS, CLASSES)))),
            fill_targets=tuple(stored["fill_targets"]),
            fill_scales=np.array(stored["fill_scales"]),
        )

    def scale_for(self, target: Array, *, classes: NDArray[np.intp]) -> Array:
        """Factor on the error (N,) for fill targets (N,): in line between those that were replayed."""
        scale = np.ones(len(target))
        for code in range(CLASSES):
            members = classes == code
            scale[members] = np.interp(target[members], self.fill_targets, self.fill_scales[:, code])
        return scale


def learn_classes(past: PastErrors, published: PublishedMisses) -> ClassLessons:
    """Over item-locations that stand for the whole plan; fill rates are calibrated apart."""
    sold = past.sales.any(axis=0)
    if not sold.any():
        return ClassLessons()
    group = past.classes[sold]
    found = ClassLessons(spread=class_spread(past.sales[:, sold], group=group, first=past.first[sold]))
    calm = sold & ~spread_of_demand(past) & ~past.given
    factors = class_factors(
        published.where(calm), error_by_span(past, found)[:, calm], group=past.classes[calm], groups=CLASSES
    )
    return replace(found, published=factors)


def spread_of_demand(past: PastErrors) -> BoolArray:
    """True (N,) where sales are too wild for their past errors to say much (ADR 0202)."""
    return past.sales.any(axis=0) & ~steady(past.sales, first=past.first) & ~past.given


def error_over(past: PastErrors, *, buckets: Array, demand: Array, lessons: ClassLessons) -> Array:
    """Sd (N,) of what demand over protection intervals may differ by; NaN where only `error_sd` is known.

    `buckets` (N,) of each interval, fractions allowed; `demand` (N,) the sales forecast for it.
    """
    measured = at_buckets(_measured(past, lessons), buckets)
    wild = spread_of_demand(past)
    if not wild.any():
        return measured
    expected = lessons.spread.of(past.classes)
    spread = demand_spread(past.sales, protection_demand=demand, expected=expected, first=past.first)
    return np.where(wild, spread, measured)


def error_by_span(past: PastErrors, lessons: ClassLessons) -> Array:
    """RMSE (P, N) of the forecast summed over 1, 2, ... buckets; what is wild or given grows with the root of time."""
    by_root = past.error_sd * np.sqrt(np.arange(1.0, MEASURED_BUCKETS + 1.0))[:, None]
    measured = _measured(past, lessons)
    return np.where(np.isfinite(measured) & ~spread_of_demand(past), measured, by_root)


def _measured(past: PastErrors, lessons: ClassLessons) -> Array:
    """RMSE (P, N) of the error summed over 1, 2, ... buckets of what is steady; NaN where only `error_sd` is known."""
    if not len(past.history):
        return past.cumulative_rmse
    return past.cumulative_rmse * np.where(past.given, 1.0, lessons.published[:, past.classes])


def at_buckets(table: Array, buckets: Array) -> Array:
    """RMSE (N,) over intervals from that over 1, 2, ... buckets (P, N).

    Between whole buckets the variance is taken in line; beyond the longest measured one it grows in proportion.
    """
    longest = len(table)
    variance = np.vstack([np.zeros((1, table.shape[1])), table**2])
    within = np.minimum(buckets, longest)
    low = np.minimum(np.floor(within).astype(np.int64), longest - 1)
    columns = np.arange(table.shape[1])
    part = within - low
    between = variance[low, columns] * (1 - part) + variance[low + 1, columns] * part
    return np.asarray(np.sqrt(between * np.where(buckets > longest, buckets / longest, 1.0)))
