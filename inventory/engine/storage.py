"""What fits into a warehouse, and one price on volume that makes everything fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from inventory.engine.arrays import Array, as_array, require_at_least_zero
from inventory.engine.codes import Policy
from inventory.engine.targets import Targets

_HALVINGS = 60
# Prices are sought from 1e-12 to 1e12 money per m3 and year, by halving the exponent.
_PRICE_DIGITS = 12.0
# A chance of 1 lies at infinitely many sds; this one lies at eight, where no safety stock is left.
_MOST_MISS = 1.0 - 1e-15


def volume_m3(quantity: Array, *, units_per_carton: Array, carton_m3: Array) -> Array:
    """Space that a quantity takes, in whole cartons, m3.

    >>> volume_m3(np.array([24000.0]), units_per_carton=np.array([12.0]), carton_m3=np.array([0.05])).tolist()
    [100.0]
    """
    require_at_least_zero(quantity=quantity, carton_m3=carton_m3)
    cartons: Array = np.ceil(quantity / units_per_carton - 1e-9)
    return cartons * carton_m3


def quantity_to_split_off(
    over_m3: Array, *, quantity: Array, units_per_carton: Array, carton_m3: Array
) -> Array:
    """The least of `quantity`, in whole cartons, that must wait or go elsewhere to save `over_m3`.

    >>> one = np.array([1.0])
    >>> quantity_to_split_off(
    ...     50 * one, quantity=24000 * one, units_per_carton=12 * one, carton_m3=0.05 * one).tolist()
    [12000.0]
    """
    require_at_least_zero(over_m3=over_m3, quantity=quantity)
    cartons: Array = np.ceil(over_m3 / carton_m3 - 1e-9)
    return np.minimum(cartons * units_per_carton, quantity)


@dataclass(frozen=True, kw_only=True)
class StorageFit:
    """What a storage limit asks for: units to cut per item-location, and per location the price.

    storage_cut: (N,), for `TargetInputs`. price_per_m3: (L,), money per m3 and year that one more m3
    would save. used_m3: (L,), after the cut. over_m3: (L,), what no cut of safety stock can save.
    """

    storage_cut: Array
    price_per_m3: Array
    used_m3: Array
    over_m3: Array


def fit_storage(
    answer: Targets,
    *,
    location: NDArray[np.intp],
    limit_m3: Array,
    unit_m3: Array,
    unit_holding_cost: Array,
) -> StorageFit:
    """Cut safety stocks by one shadow price per location until the average stock fits.

    answer: targets (N,). location: (N,) position in limit_m3 (L,), infinite for no limit. unit_m3,
    unit_holding_cost: (N,), m3 and money a year per unit. A service level of a implies a shortage cost
    of h / (1 - a), so a price p on volume v lowers it to 1 - (1 - a)(1 + p v / h). Never run out, fixed
    quantities and days of supply are promises and are not cut.
    """
    price = _FittingPrice(answer, location, limit_m3, unit_m3, unit_holding_cost)
    crowded = price.used_m3(np.zeros_like(limit_m3)) > limit_m3
    low = np.full_like(limit_m3, -_PRICE_DIGITS)
    high = np.full_like(limit_m3, _PRICE_DIGITS)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        fits = price.used_m3(10.0**middle) <= limit_m3
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
    chosen = np.where(crowded, 10.0**high, 0.0)
    used = price.used_m3(chosen)
    return StorageFit(
        storage_cut=price.cut(chosen),
        price_per_m3=chosen,
        used_m3=used,
        over_m3=np.maximum(used - limit_m3, 0.0),
    )


def storage_cut(answer: Targets, *, price_per_m3: Array, unit_m3: Array, unit_holding_cost: Array) -> Array:
    """Units (N,) that a price on volume takes off each target: what `fit_storage` found, used for some of them.

    answer: targets (N,) before any cut. price_per_m3: (N,), of the item's location, money per m3 and year.
    """
    items = np.arange(len(price_per_m3))
    no_limit = np.full(len(items), np.inf)
    return _FittingPrice(answer, items, no_limit, unit_m3, unit_holding_cost).cut(price_per_m3)


class _FittingPrice:
    """Safety stock as a function of the price on volume."""

    def __init__(
        self,
        answer: Targets,
        location: NDArray[np.intp],
        limit_m3: Array,
        unit_m3: Array,
        unit_holding_cost: Array,
    ) -> None:
        require_at_least_zero(limit_m3=limit_m3, unit_m3=unit_m3, unit_holding_cost=unit_holding_cost)
        policy = answer.inputs["policy"]
        served = (policy == Policy.CYCLE_SERVICE) | (policy == Policy.FILL_RATE)
        self._cuttable = np.where(served, np.maximum(answer.safety_stock, 0.0), 0.0)
        self._factor = np.where(np.isnan(answer.factor), 0.0, answer.factor)
        self._sd = answer.protection_sd
        self._miss = special.ndtr(-self._factor)
        self._space_per_cost = unit_m3 / np.maximum(unit_holding_cost, 1e-9)
        self._unit_m3, self._location, self._count = unit_m3, location, len(limit_m3)
        self._stock = np.maximum(answer.safety_stock, 0.0) + 0.5 * answer.cycle_quantity

    def cut(self, price: Array) -> Array:
        """Units (N,) taken off at a price per location (L,)."""
        miss = np.minimum(self._miss * (1.0 + price[self._location] * self._space_per_cost), _MOST_MISS)
        lowered = self._factor - special.ndtri(1.0 - miss)
        asked = np.where(lowered > 0, lowered * self._sd, 0.0)
        return np.minimum(asked, self._cuttable)

    def used_m3(self, price: Array) -> Array:
        """Average space taken per location (L,) at a price per location."""
        stock = (self._stock - self.cut(price)) * self._unit_m3
        return as_array(np.bincount(self._location, weights=stock, minlength=self._count))
