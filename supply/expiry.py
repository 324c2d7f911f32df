"""What expires before its turn to be sold: stock that the plan must not count on, lots too large (ADR 0310)."""

from dataclasses import replace

import numpy as np

from inventory.engine import Lots, demand_until_expiry, expiring_quantities
from supply.engine import DependentDemand, PlanInputs, SupplyPlan, plan_supply
from supply.engine.hazards import Expiring
from supply.engine.planner import requirement_edges
from supply.engine.shapes import NEVER, Array, BoolArray, IntArray, Reason


def without_unsold(inputs: PlanInputs, lots: Lots) -> PlanInputs:
    """The same problem with only that stock on hand that is sold before it expires, the oldest of its `lots` first.

    What orders above take is known from a plan that still counts on all that feeds others, which is made where demand
    from outside alone does not use a lot up in time.
    """
    return planned_without_unsold(inputs, lots)[0]


def planned_without_unsold(inputs: PlanInputs, lots: Lots) -> tuple[PlanInputs, SupplyPlan | None]:
    """As `without_unsold`, with the plan of what it gives where telling what is unsold has made that plan already."""
    units = lots.by_place(unsold(lots, inputs, inputs.outside), count=inputs.count)
    feeding = _feeds_others(inputs)
    sold = _less(inputs, np.where(feeding, 0.0, units))
    if not (units[feeding] > 0).any():
        return sold, None
    plan = plan_supply(sold)
    units = lots.by_place(unsold(lots, sold, plan.dependent), count=inputs.count)
    left = np.where(feeding, units, 0.0)
    return (_less(sold, left), None) if left.any() else (sold, plan)


def _less(inputs: PlanInputs, units: Array) -> PlanInputs:
    """The same problem with so many units (N,) less on hand, as far as there are any."""
    if not units.any():
        return inputs
    return replace(inputs, on_hand=inputs.on_hand - np.minimum(units, np.maximum(inputs.on_hand, 0.0)))


def unsold(lots: Lots, inputs: PlanInputs, taken: DependentDemand) -> Array:
    """Units of each lot (K,) that expire before own demand, even by day, and what is `taken` by others come to them."""
    own = demand_until_expiry(lots, np.maximum(inputs.demand, 0.0), inputs.calendar.edges)
    return expiring_quantities(lots, own + _taken_until_expiry(lots, inputs, taken))


def expiring_soon(lots: Lots, inputs: PlanInputs, plan: SupplyPlan) -> Expiring:
    """What expires unsold within the horizon under a plan, by item-location (N,)."""
    calendar = inputs.calendar
    inside = calendar.as_of + lots.days_left < calendar.edges[-1]
    units = np.where(inside, unsold(lots, inputs, plan.dependent), 0.0)
    first = np.full(inputs.count, np.inf)
    losing = units > 0
    np.minimum.at(first, lots.place[losing], lots.days_left[losing])
    last_day = np.where(np.isfinite(first), calendar.as_of + first - 1.0, 0.0)
    return Expiring(quantity=lots.by_place(units, count=inputs.count), last_day=last_day.astype(np.int64))


def outliving(inputs: PlanInputs, plan: SupplyPlan, lots: Lots) -> Array:
    """Units of each order (K,) beyond its need, by a minimum, lot rule or cost, that expire unsold within the horizon.

    What is on hand (`lots`) and open orders are sold first.
    """
    orders, receipts, as_of = plan.orders, inputs.receipts, inputs.calendar.as_of
    if not np.isfinite(inputs.shelf_life_days[orders.item]).any():
        return np.zeros(orders.count)
    place = np.concatenate([lots.place, receipts.item, orders.item])
    arrival = np.concatenate(
        [np.full(len(lots.place), as_of), np.maximum(receipts.day, as_of), orders.due_day]
    )
    known = np.concatenate([lots.days_left, np.full(len(receipts.item) + orders.count, np.inf)])
    supply = Lots(
        place=place,
        days_left=np.minimum(known, arrival - as_of + inputs.shelf_life_days[place]),
        quantity=np.concatenate([lots.quantity, receipts.quantity, orders.quantity]),
    )
    left = unsold(supply, inputs, plan.dependent)[-orders.count :]
    inside = as_of + supply.days_left[-orders.count :] < inputs.calendar.edges[-1]
    larger = (orders.moq_raise + orders.lot_raise > 0) | (orders.reason == Reason.COST)
    return np.where(inside & larger, left, 0.0)


def _taken_until_expiry(lots: Lots, inputs: PlanInputs, taken: DependentDemand) -> Array:
    """Units (K,) required on days before each lot expires; beyond the horizon as in its mean."""
    calendar = inputs.calendar
    order = np.lexsort((taken.day, taken.item))
    running = np.concatenate([[0.0], np.cumsum(taken.quantity[order])])
    key = taken.item[order] * NEVER + taken.day[order]
    lives = np.isfinite(lots.days_left)
    until = calendar.as_of + np.where(lives, lots.days_left, 0.0).astype(np.int64)

    def before(day: IntArray) -> Array:
        return running[np.searchsorted(key, lots.place * NEVER + day)]

    start, end = before(np.zeros_like(until)), before(np.full_like(until, calendar.edges[-1]))
    within = before(np.minimum(until, calendar.edges[-1])) - start
    a_day = (end - start) / (calendar.edges[-1] - calendar.as_of)
    return np.asarray(within + a_day * np.maximum(until - calendar.edges[-1], 0))


def _feeds_others(inputs: PlanInputs) -> BoolArray:
    """True (N,) where something made or kept elsewhere takes from an item-location."""
    feeds = np.zeros(inputs.count, bool)
    feeds[requirement_edges(inputs.lanes, inputs.bom)[1]] = True
    return feeds
