"""What the minimum of an order's source costs, found by planning again with a smaller one as the data stand now.

Nothing is stored. Safety stocks stay as they are, and both plans are made by one rule, without lots chosen by cost.
"""

from dataclasses import dataclass, replace

import numpy as np

from supply import engine
from supply.engine import PlanInputs
from supply.engine.figures import Worth, figures, receipts_of, stock_of
from supply.engine.minimums import minimum_of, with_smaller_minimum
from supply.errors import SupplyError
from supply.expiry import outliving
from supply.frames import Problem, linked_items, read_problem
from supply.frames.figures import read_worth
from supply.models import PlannedOrder

from . import planning

MOST_ITEMS = 2_000  # linked items planned again while somebody waits


@dataclass(frozen=True, kw_only=True)
class Money:
    """Over the horizon and all linked items, costs negative: margin of what is served in time, costs beyond the unit
    cost of orders, stock carried, lots that expire unsold."""

    served: float
    ordering: float
    carrying: float
    expiring: float

    def beside(self, other: "Money") -> "Money":
        """What this is more than another."""
        return Money(**{name: value - getattr(other, name) for name, value in vars(self).items()})

    @property
    def total(self) -> float:
        return self.served + self.ordering + self.carrying + self.expiring


@dataclass(frozen=True, kw_only=True)
class MinimumValue:
    """A minimum in units, the smallest `step` in which it can fall, and what that and having none saves."""

    minimum: float
    step: float
    of_a_step: Money
    of_all: Money


def value_of_minimum(order: PlannedOrder) -> MinimumValue:
    """Price the minimum behind an order; raises SupplyError where there is none, or too much is linked to it."""
    items = linked_items([order.item_id])
    if len(items) > MOST_ITEMS:
        raise SupplyError(
            f"{order.item} is linked with {len(items):,} items; they are not planned again for this."
        )
    problem = read_problem(order.plan, items=items)
    (terms,) = np.nonzero(problem.network.term_id == (order.lane_id or -1))
    if not len(terms):
        raise SupplyError(f"The source of {order} is no longer among those of {order.item}.")
    inputs = problem.inputs(planning.stored_targets(problem))
    lanes, term = inputs.lanes, int(terms[0])
    lane = int(lanes.term_lane[term])
    minimum, step = minimum_of(lanes, lane=lane, term=term), float(lanes.multiple[term]) or 1.0
    if not minimum:
        raise SupplyError(f"{order.source} asks for no minimum of {order.item}.")
    worth = read_worth(order.plan, problem.places)
    before = _money(problem, inputs, worth)

    def saved(less: float) -> Money:
        lower = replace(inputs, lanes=with_smaller_minimum(lanes, lane=lane, less=less))
        return _money(problem, lower, worth).beside(before)

    return MinimumValue(minimum=minimum, step=step, of_a_step=saved(step), of_all=saved(minimum))


def _money(problem: Problem, inputs: PlanInputs, worth: Worth) -> Money:
    plan = engine.plan_supply(inputs)
    receipts = receipts_of(inputs, plan, cost=worth.cost)
    found = figures(stock_of(plan), receipts, worth, calendar=inputs.calendar)
    lost = outliving(inputs, plan, problem.lots)
    return Money(
        served=float((found.revenue + found.goods).sum()),
        ordering=float(found.beyond.sum()),
        carrying=float(found.carrying.sum()),
        expiring=-float((lost * worth.cost[plan.orders.item]).sum()),
    )
