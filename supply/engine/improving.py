"""A whole plan improved by money: cluster by cluster, level by level, each change kept only where the plan is sound.

A cluster is a set of item-locations that share capacities. Each is given to `optimise_sourcing` with what the
plan requires of it; its lots go into the whole plan, which is made again and kept only if it costs less, leaves no
item-location shorter than it was, and the independent checker finds nothing. So a plan never gets worse, and the
order of priorities stands, whatever the solver says or does not say.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from .checker import check_plan
from .families import families, family_lots
from .feasibility import plan_supply
from .optimise import optimise_sourcing, sourcing_bound
from .shapes import TOLERANCE, Cause, FirmOrders, IntArray, LotRule, PlanInputs, SupplyPlan
from .sourcing import PlanCosts, plan_costs
from .whatif import below

_CLUSTER = 120  # item-locations solved together: the relaxation of more takes longer than it gains
_LEAST_SECONDS = 0.5
_TOGETHER = 0.5  # share of the time for families of several levels


@dataclass(frozen=True, kw_only=True)
class Improvement:
    """The plan found, and what it costs beside the plan that it started from.

    `chosen` are its lots (`inputs.chosen` of `plan_supply`), `items` (I,) the item-locations that could be looked at;
    costs are of these. `bound`: with what the plan requires of them, and with the capacity that the others leave, no
    orders for them cost less. `looked_at` counts the item-locations that time sufficed for; the bound of the others
    is their own cost.
    """

    chosen: FirmOrders
    plan: SupplyPlan
    items: IntArray
    before: PlanCosts
    after: PlanCosts
    bound: float
    looked_at: int

    @property
    def cost_before(self) -> float:
        return float(self.before.total[self.items].sum())

    @property
    def cost(self) -> float:
        return float(self.after.total[self.items].sum())


def improve_plan(
    inputs: PlanInputs,
    plan: SupplyPlan,
    *,
    seconds: float,
    go_on: Callable[[], bool] = lambda: True,
) -> Improvement:
    """Improve a plan of `inputs` until `seconds` are over or `go_on()` says no; asked before each cluster."""
    begin = monotonic()
    items = improvable(inputs, plan)
    before = best = plan_costs(inputs, plan)
    found, bound, looked_at = plan, 0.0, 0
    left, joined = list(clusters(inputs, plan, items)), _by_set_ups(families(inputs, plan, items), before)
    end = begin + seconds * (1 - _TOGETHER if joined else 1)
    while left and end - monotonic() > _LEAST_SECONDS and go_on():
        cluster = left.pop(0)
        share = (end - monotonic()) / (len(left) + 1)
        answer = optimise_sourcing(inputs, found, items=cluster, seconds=max(share, _LEAST_SECONDS))
        bound, looked_at = bound + max(answer.bound, 0.0), looked_at + len(cluster)
        inputs, found, best = _cheaper(inputs, found, best, _with_lots(inputs, answer.chosen, cluster))
    by_level = found
    while joined and begin + seconds - monotonic() > _LEAST_SECONDS and go_on():
        members = joined.pop(0)
        share = (begin + seconds - monotonic()) / (len(joined) + 1)
        for lots in _family_lots(inputs, members, seconds=share):
            inputs, found, best = _cheaper(inputs, found, best, _with_lots(inputs, lots, members))
    bound += sum(float(best.total[cluster].sum()) for cluster in left)
    if found is not by_level:
        bound, looked_at = _bound(
            inputs, found, items, until=max(begin + seconds, monotonic() + _LEAST_SECONDS)
        )
    return Improvement(
        chosen=inputs.chosen,
        plan=found,
        items=items,
        before=before,
        after=best,
        bound=min(bound, float(best.total[items].sum())),
        looked_at=looked_at,
    )


def measure_plan(inputs: PlanInputs, plan: SupplyPlan, *, seconds: float) -> Improvement:
    """What a plan costs beside its bound, for as many clusters as time suffices for; nothing is changed."""
    items, costs = improvable(inputs, plan), plan_costs(inputs, plan)
    bound, looked_at = _bound(inputs, plan, items, until=monotonic() + seconds)
    return Improvement(
        chosen=inputs.chosen,
        plan=plan,
        items=items,
        before=costs,
        after=costs,
        bound=bound,
        looked_at=looked_at,
    )


def _bound(inputs: PlanInputs, plan: SupplyPlan, items: IntArray, *, until: float) -> tuple[float, int]:
    """What orders for `items` cost at least with what the plan requires of them, and how many time sufficed for."""
    costs, bound, looked_at = plan_costs(inputs, plan), 0.0, 0
    for cluster in clusters(inputs, plan, items):
        own = float(costs.total[cluster].sum())
        if monotonic() < until:
            bound += min(sourcing_bound(inputs, plan, items=cluster), own)
            looked_at += len(cluster)
        else:
            bound += own
    return bound, looked_at


def sound(inputs: PlanInputs, plan: SupplyPlan) -> bool:
    """Is there nothing that the checker finds, and no capacity over its limit, firm orders or not?"""
    capacities = inputs.capacities
    if capacities.count and (plan.load > capacities.available * (1 + 1e-6) + 1e-6).any():
        return False
    return not check_plan(inputs, plan)


def _better(costs: PlanCosts, best: PlanCosts) -> bool:
    """Cheaper in all, and nobody is served worse for it."""
    shorter = costs.short > best.short * (1 + 1e-9) + TOLERANCE
    return bool(costs.total.sum() < best.total.sum() - TOLERANCE and not shorter.any())


def _cheaper(
    inputs: PlanInputs, plan: SupplyPlan, costs: PlanCosts, trial: PlanInputs
) -> tuple[PlanInputs, SupplyPlan, PlanCosts]:
    """The plan of `trial` where it is sound, costs less and serves nobody worse, else the one there is."""
    planned = plan_supply(trial)
    found = plan_costs(trial, planned)
    if _better(found, costs) and sound(trial, planned):
        return trial, planned, found
    return inputs, plan, costs


def _by_set_ups(found: Iterable[IntArray], costs: PlanCosts) -> list[IntArray]:
    """Families whose orders cost something by themselves, the dearest first: what can be saved lies there."""
    dearest = sorted(found, key=lambda members: -float(costs.ordering[members].sum()))
    return [members for members in dearest if costs.ordering[members].any()]


def _family_lots(inputs: PlanInputs, members: IntArray, *, seconds: float) -> Iterator[FirmOrders]:
    """Lots of a family that come no later than lot for lot, and no later than the minimums have lots come.

    The first are cheaper where they can be had: a minimum may ask for more, and sooner, than the levels below can bring.
    """
    lanes = inputs.lanes
    chosen = np.isin(lanes.item[inputs.chosen.lane], members)
    inputs = replace(inputs, chosen=_rows(inputs.chosen, ~chosen))
    free = np.isin(lanes.item[lanes.term_lane], members) & ((lanes.moq > 0) | (lanes.multiple > 0))
    ways = [inputs]
    if free.any():
        moq, multiple = np.where(free, 0.0, lanes.moq), np.where(free, 0.0, lanes.multiple)
        ways.append(replace(inputs, lanes=replace(lanes, moq=moq, multiple=multiple)))
    for way in reversed(ways):
        yield family_lots(inputs, plan_supply(way), members=members, seconds=seconds / len(ways))


def _with_lots(inputs: PlanInputs, lots: FirmOrders, cluster: IntArray) -> PlanInputs:
    """The problem with the lots of a cluster in the place of those it had."""
    kept = ~np.isin(inputs.lanes.item[inputs.chosen.lane], cluster)
    return replace(inputs, chosen=_joined(_rows(inputs.chosen, kept), lots))


def kept_lots(inputs: PlanInputs, *, touched: IntArray) -> PlanInputs:
    """The problem without the chosen lots of `touched` item-locations and of all that these require."""
    open_again = np.isin(inputs.lanes.item[inputs.chosen.lane], below(inputs, touched))
    return replace(inputs, chosen=_rows(inputs.chosen, ~open_again))


def _rows(lots: FirmOrders, kept: np.ndarray) -> FirmOrders:
    return FirmOrders(lane=lots.lane[kept], quantity=lots.quantity[kept], due_day=lots.due_day[kept])


def _joined(one: FirmOrders, other: FirmOrders) -> FirmOrders:
    return FirmOrders(
        lane=np.concatenate([one.lane, other.lane]),
        quantity=np.concatenate([one.quantity, other.quantity]),
        due_day=np.concatenate([one.due_day, other.due_day]),
    )


def improvable(inputs: PlanInputs, plan: SupplyPlan) -> IntArray:
    """Item-locations whose orders leave a choice that nobody has made, sorted.

    There is a choice between lanes, in the size of lots, or under a capacity. People have made it where they firmed
    an order or set a lot size; price breaks and minimums shared by a group are left to the greedy rules. What waits
    for a component or a capacity keeps its orders too: they name the cause of what is late.
    """
    lanes = inputs.lanes
    free = np.zeros(inputs.count, bool)
    free[lanes.item[lanes.term_lane[(lanes.order_cost > 0) | (lanes.moq > 0)]]] = True
    free[lanes.item[inputs.capacities.lane]] = True
    free |= np.bincount(lanes.item, minlength=inputs.count) > 1
    free &= inputs.lot_rule == LotRule.LOT_FOR_LOT
    free[lanes.item[inputs.firm.lane]] = False
    free[lanes.item[lanes.term_lane[lanes.break_term]]] = False
    free[lanes.item[lanes.group >= 0]] = False
    waits = np.isin(plan.orders.cause, (Cause.CAPACITY, Cause.COMPONENT, Cause.BLOCKED))
    free[plan.orders.item[waits]] = False
    asked = (plan.projection.demand + plan.projection.dependent_demand).sum(axis=0) > TOLERANCE
    return np.flatnonzero(free & asked)


def clusters(inputs: PlanInputs, plan: SupplyPlan, items: IntArray) -> Iterator[IntArray]:
    """Items of one level that share capacities, at most `_CLUSTER` at once: upper levels first, then the dearest."""
    part, cost = _capacity_parts(inputs)[items], plan_costs(inputs, plan).total[items]
    worth = np.bincount(part, weights=cost)[part] if len(items) else cost
    order = np.lexsort((-cost, part, -worth, plan.levels[items]))
    ranked = items[order]
    borders = np.flatnonzero((np.diff(plan.levels[ranked]) != 0) | (np.diff(part[order]) != 0)) + 1
    for run in np.split(ranked, borders):
        for first in range(0, len(run), _CLUSTER):
            yield run[first : first + _CLUSTER]


def _capacity_parts(inputs: PlanInputs) -> IntArray:
    """Part of each item-location (N,): those that share a capacity, directly or through others; all without one are 0."""
    from scipy.sparse import coo_array  # loads slowly, so only where it is used
    from scipy.sparse.csgraph import connected_components

    uses, count = inputs.capacities, inputs.count
    item = inputs.lanes.item[uses.lane]
    size = count + uses.count
    edges = coo_array((np.ones(len(item)), (item, count + uses.capacity)), shape=(size, size))
    _, part = connected_components(edges, directed=False)
    limited = np.zeros(count, bool)
    limited[item] = True
    return np.where(limited, part[:count] + 1, 0)
