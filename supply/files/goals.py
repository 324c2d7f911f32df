"""What the policies of a folder come to: targets, confirmed by seeded paths and fitted into the space there is."""

from dataclasses import dataclass, replace

import numpy as np

from inventory.engine import (
    SEED,
    Policy,
    StorageFit,
    TargetInputs,
    Targets,
    demand_after,
    fit_storage,
    level_by_paths,
    targets,
)
from supply.engine import Calendar
from supply.engine.basics import Array, IntArray

from .columns import amount
from .tables import PlanFilesError


@dataclass(frozen=True, kw_only=True)
class Space:
    """The m3 of each location that has a limit, where each item-location (N,) lies, and what a unit takes and costs."""

    limit_m3: dict[str, float]
    locations: list[str]
    unit_m3: Array
    unit_holding_cost: Array


@dataclass(frozen=True, kw_only=True)
class Goals:
    """Targets (N,) as of today, the level that stock is held to in each bucket (T, N), and what is said of both.

    `price_of_space`: money that one more m3 saves a year, by location where targets gave way to fit.
    """

    targets: Targets
    levels: Array
    price_of_space: dict[str, float]
    notes: list[str]


def find_goals(given: TargetInputs, *, asked: Array, calendar: Calendar, space: Space) -> Goals:
    """Targets of what is `given`, for what is `asked` (T, N); PlanFilesError where a policy makes no sense."""
    by_days = np.flatnonzero(np.asarray(given.policy) == Policy.DAYS_OF_SUPPLY)
    rates = _rates_ahead(asked, calendar, given, by_days)
    try:
        given = _confirmed_by_paths(_at_the_first_rate(given, rates, by_days))
        answer, prices, notes = _fitted(given, space)
    except ValueError as error:
        raise PlanFilesError(f"policies: {error}") from error
    levels = np.broadcast_to(answer.safety_stock, asked.shape).copy()
    if len(by_days):
        levels[:, by_days] = _days_ahead(given, rates, by_days)
    return Goals(targets=answer, levels=levels, price_of_space=prices, notes=notes)


def _rates_ahead(asked: Array, calendar: Calendar, given: TargetInputs, columns: IntArray) -> Array:
    """Demand a day (T, n) of the days of supply of `columns` that follow each bucket."""
    window = np.maximum(np.asarray(given.service_target)[columns], 1.0)
    return np.asarray(demand_after(asked[:, columns], calendar.days.astype(np.float64), window) / window)


def _at_the_first_rate(given: TargetInputs, rates: Array, columns: IntArray) -> TargetInputs:
    """Days of supply are told at the rate that sets the first bucket's level, so their reason adds up to it."""
    demand_per_day = np.array(given.demand_per_day, np.float64)
    demand_per_day[columns] = rates[0]
    return replace(given, demand_per_day=demand_per_day)


def _confirmed_by_paths(given: TargetInputs) -> TargetInputs:
    """Never run out asks seeded paths too: what they ask for beyond the formula raises the target."""
    if not (np.asarray(given.policy) == Policy.NEVER_RUN_OUT).any():
        return given
    return replace(given, simulated_demand=level_by_paths(targets(given), seed=SEED))


def _fitted(given: TargetInputs, space: Space) -> tuple[Targets, dict[str, float], list[str]]:
    """Targets of a location whose average stock does not fit give way, all at one price on volume."""
    answer, limited = targets(given), sorted(space.limit_m3)
    place = {location: k for k, location in enumerate(limited)}
    fit = fit_storage(
        answer,
        location=np.array([place.get(location, len(limited)) for location in space.locations], np.int64),
        limit_m3=np.array([*(space.limit_m3[location] for location in limited), np.inf]),
        unit_m3=space.unit_m3,
        unit_holding_cost=space.unit_holding_cost,
    )
    crowded = [k for k in range(len(limited)) if fit.price_per_m3[k] > 0]
    if not crowded:
        return answer, {}, []
    notes = [_price_of_space(limited[k], fit, k) for k in crowded]
    prices = {limited[k]: float(fit.price_per_m3[k]) for k in crowded if not fit.over_m3[k] > 0}
    return targets(replace(given, storage_cut=fit.storage_cut)), prices, notes


def _price_of_space(location: str, fit: StorageFit, k: int) -> str:
    over = float(fit.over_m3[k])
    if over > 0:
        more = amount(round(over, 2))
        return f"storage of {location}: the average stock is {more} m³ over the limit without any safety stock that may give way."
    price = amount(round(float(fit.price_per_m3[k]), 2))
    return f"storage of {location}: targets give way until their average stock fits; one more m³ would save {price} a year."


def _days_ahead(given: TargetInputs, rates: Array, columns: IntArray) -> Array:
    """Days of supply (T, n) of `columns` at the rate of each bucket, within the same bounds and shelf life."""
    arrays = {name: np.asarray(value) for name, value in vars(given).items()}
    own = {name: value[columns] for name, value in arrays.items() if value.ndim}
    return targets(replace(given, **own | {"demand_per_day": rates})).safety_stock
