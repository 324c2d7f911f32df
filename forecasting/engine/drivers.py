"""Regression on outside factors: elasticities of each series, shrunk to its group and to all.

log demand = level + sum of coefficient x driver, with drivers given as logs (price, spend) or as 0/1 flags
(advertised, promoted). Regression per item on short history does worse than none, so each item's coefficients
lean on its group's and the group's on all series: ridge towards the mean, as in a random-coefficient model.
"""

from dataclasses import dataclass, replace

import numpy as np

from .arrays import Array, BoolArray, IntArray

ITEM_PRIOR_PERIODS = 24.0  # the group counts as much as this many periods of an item
GROUP_PRIOR_ITEMS = 5.0
MEMORY_PERIODS = 64.0
LARGEST_OVER_SEEN = 1.5
CLEAR_LOSS = 1.25
TINY = 1e-9


@dataclass(frozen=True)
class DriverModel:
    """Coefficients (D, N) and their standard errors ``sd``, log level (N,) at the ``usual`` drivers (D, N).

    ``highest`` (N,) is the highest demand seen; ``kept`` (N,) is true where drivers lowered the WAPE of the
    newest quarter.
    """

    coefficients: Array
    sd: Array
    usual: Array
    level: Array
    highest: Array
    kept: BoolArray

    def forecast(self, future: Array, *, baseline: Array | None = None) -> Array:
        """Demand (H, N) at known future drivers (D, H, N).

        Where a future value is missing, or drivers are not kept, it is ``baseline`` (H, N), or else the level.
        """
        known = np.isfinite(future).all(axis=0)
        change = np.where(known, future - self.usual[:, None], 0.0)
        effect = (self.coefficients[:, None] * change).sum(axis=0)
        driven = np.minimum(np.exp(self.level + effect), LARGEST_OVER_SEEN * self.highest)
        plain = np.exp(self.level)[None] * np.ones_like(driven) if baseline is None else baseline
        return np.where(known & self.kept, driven, plain)


def fit_drivers(
    demand: Array, drivers: Array, groups: IntArray, *, lower: Array, upper: Array
) -> DriverModel:
    """Fit N series at once.

    ``demand`` (T, N) in units, NaN or 0 where unknown; ``drivers`` (D, T, N) as logs or flags; ``groups``
    (N,) category ids; ``lower`` and ``upper`` (D,) bound each coefficient by sign and size (an own price
    elasticity lies between -6 and 0, say). Drivers are centred on the history, so a constant one is nil.
    Raises ValueError where shapes do not fit.
    """
    if drivers.ndim != 3 or drivers.shape[1:] != demand.shape:
        raise ValueError(
            f"drivers have shape {drivers.shape}; pass (drivers, {demand.shape[0]}, {demand.shape[1]})"
        )
    limits = lower[:, None], upper[:, None]
    cut = len(demand) - max(len(demand) // 4, 1)
    early = _fit(demand[:cut], drivers[:, :cut], groups, limits)
    kept = _lowers_wape(early, demand[cut:], drivers[:, cut:], groups)
    return replace(_fit(demand, drivers, groups, limits), kept=kept)


def _fit(demand: Array, drivers: Array, groups: IntArray, limits: tuple[Array, Array]) -> DriverModel:
    rows = len(demand)
    known = np.isfinite(demand) & (demand > 0) & np.isfinite(drivers).all(axis=0)
    fade = np.exp(-(rows - 1 - np.arange(rows)) / MEMORY_PERIODS)[:, None]
    weight = np.where(known, fade, 0.0)
    logs = np.log(np.where(known, demand, 1.0))
    values = np.where(known, drivers, 0.0)
    mass = np.maximum(weight.sum(axis=0), TINY)
    mean_log, mean_value = (weight * logs).sum(axis=0) / mass, (weight * values).sum(axis=1) / mass
    centred = np.where(known, values - mean_value[:, None], 0.0)
    gram = np.einsum("itn,jtn->nij", centred * weight, centred)
    moment = np.einsum("itn,tn->ni", centred * weight, np.where(known, logs - mean_log, 0.0))
    coefficients = np.clip(_shrunk(gram, moment, groups, periods=mass).T, *limits)
    highest = np.where(known, demand, 0.0).max(axis=0, initial=0.0)
    left = np.where(known, logs - mean_log - (coefficients[:, None] * centred).sum(axis=0), 0.0)
    variance = (weight * left**2).sum(axis=0) / mass
    own = np.diagonal(gram, axis1=1, axis2=2).T * (1 + ITEM_PRIOR_PERIODS / mass)  # its group lends the rest
    return DriverModel(
        coefficients=coefficients,
        sd=np.sqrt(variance / np.maximum(own, TINY)),
        usual=mean_value,
        level=mean_log,
        highest=highest,
        kept=highest > 0,
    )


def _shrunk(gram: Array, moment: Array, groups: IntArray, *, periods: Array) -> Array:
    """Coefficients (N, D): all series' first, then each group's leaning on them, then each item's on its group."""
    size = gram.shape[1]
    typical = np.diagonal(gram, axis1=1, axis2=2).mean(axis=0) + TINY
    everyone = np.linalg.solve(gram.sum(axis=0) + TINY * np.eye(size), moment.sum(axis=0))
    result = np.empty_like(moment)
    for group in np.unique(groups):
        member = groups == group
        prior = np.diag(GROUP_PRIOR_ITEMS * typical)
        shared = np.linalg.solve(
            gram[member].sum(axis=0) + prior, moment[member].sum(axis=0) + prior @ everyone
        )
        own = np.diag(np.diagonal(gram[member], axis1=1, axis2=2).mean(axis=0) + TINY)
        lean = own[None] * (ITEM_PRIOR_PERIODS / np.maximum(periods[member], 1.0))[:, None, None]
        right = moment[member] + lean @ shared
        result[member] = np.linalg.solve(gram[member] + lean, right[..., None])[..., 0]
    return result


def _lowers_wape(early: DriverModel, demand: Array, drivers: Array, groups: IntArray) -> BoolArray:
    """Where drivers beat the plain level (N,) on periods that the model ``early`` has not seen.

    The group decides, for a few periods of one item tell little; an item is left out where it clearly loses.
    """
    known = np.isfinite(demand) & np.isfinite(drivers).all(axis=0)
    actual = np.where(known, demand, 0.0)
    driven = np.where(known, np.abs(early.forecast(drivers) - actual), 0.0).sum(axis=0)
    plain = np.where(known, np.abs(np.exp(early.level) - actual), 0.0).sum(axis=0)
    kept: BoolArray = early.kept & (driven <= CLEAR_LOSS * plain)
    for group in np.unique(groups):
        member = groups == group
        kept[member] &= driven[member].sum() < plain[member].sum()
    return kept
