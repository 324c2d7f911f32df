"""Lots on several levels chosen together: fewer, larger lots above are fewer, larger lots of all that goes into them.

Level by level an item sizes its lots without the set-ups that they cause below it. Here what a family's lots require of
each other follows from them, in one model of multi-level lot sizing (Billington, McClain and Thomas 1983). It starts
from a plan made lot for lot: lots may come earlier than there, never later, so whatever that plan keeps to is kept.
The rows that make it tight are those of Wagner and Whitin on echelon stock (Pochet and Wolsey 1991).
"""

from collections.abc import Iterator
from itertools import pairwise
from time import monotonic

import numpy as np

from .explosion import Explosion
from .lanes import lane_table, release_days, ship_days
from .lotsizing import add_wagner_whitin_rows
from .planner import requirement_edges
from .shapes import TOLERANCE, Array, BoolArray, DependentDemand, FirmOrders, IntArray, PlanInputs, SupplyPlan
from .solver import Model, Rows, Solver
from .sourcing import holding_rates

_LARGEST = 120  # item-locations in one model; a larger family is improved level by level alone
_SPAN = 12  # buckets that a row of Wagner and Whitin reaches over
_GAP = 1e-3
_NEAR = 0.5  # share of the time left for the buckets that the relaxation leaves open


def families(inputs: PlanInputs, plan: SupplyPlan, items: IntArray) -> Iterator[IntArray]:
    """Those of `items` that require each other, directly or through others of them; at most `_LARGEST` at once.

    Members get their orders on one lane; none uses a limited capacity, and none expires.
    """
    free = np.zeros(inputs.count, bool)
    free[items] = np.isinf(inputs.shelf_life_days[items])
    free[inputs.lanes.item[inputs.capacities.lane]] = False
    free[plan.orders.item[plan.orders.lane != _lanes_of(plan, inputs.count)[plan.orders.item]]] = False
    above, below = requirement_edges(inputs.lanes, inputs.bom)
    inside = free[above] & free[below]
    if not inside.any():
        return
    from scipy.sparse import coo_array  # loads slowly, so only where it is used
    from scipy.sparse.csgraph import connected_components

    shape = (inputs.count, inputs.count)
    edges = coo_array((np.ones(int(inside.sum())), (above[inside], below[inside])), shape=shape)
    _, family = connected_components(edges, directed=False)
    members = np.flatnonzero(free)
    members = members[np.argsort(family[members], kind="stable")]
    borders = np.flatnonzero(np.diff(family[members])) + 1
    yield from (group for group in np.split(members, borders) if 2 <= len(group) <= _LARGEST)


def family_lots(inputs: PlanInputs, plan: SupplyPlan, *, members: IntArray, seconds: float) -> FirmOrders:
    """The cheapest lots of `members` found within `seconds`, as orders for `PlanInputs.chosen`.

    `plan` is one made lot for lot: without such orders for them, and without their minimums. What others require of
    them stays as planned.
    """
    family = _Family(inputs, plan, members)
    start = family.point(family.lots(family.planned > TOLERANCE))
    lots = family.lots(family.setups(_cheapest(family, start=start, until=monotonic() + seconds)))
    bucket, member = np.nonzero(lots)
    return FirmOrders(
        lane=family.lane[member], quantity=lots[bucket, member], due_day=family.due_day[bucket, member]
    )


def _cheapest(family: "_Family", *, start: Array, until: float) -> Array:
    """Values of all columns of the cheapest plan found from `start` on until then (of `monotonic`).

    Buckets in which the relaxation leaves a set-up open are settled first, the others kept (a neighbourhood like that
    of RENS, Berthold 2014): the rows are so tight that there are few, and the plan found is close to the best long
    before the solver's tree gets there.
    """
    model = family.model()
    with Solver(model) as solver:
        relaxed = solver.solve(seconds=until - monotonic(), relaxed=model.integer)
        if relaxed.x is not None:
            lower, upper = family.settled(relaxed.x)
            near = solver.solve(seconds=_NEAR * (until - monotonic()), gap=_GAP, lower=lower, upper=upper)
            start = start if near.x is None else near.x
        found = solver.solve(seconds=until - monotonic(), gap=_GAP, start=start)
    return start if found.x is None else found.x


def _lanes_of(plan: SupplyPlan, count: int) -> IntArray:
    """The lane (N,) that the last order of each item-location is on, -1 without orders."""
    lane = np.full(count, -1, np.int64)
    lane[plan.orders.item] = plan.orders.lane
    return lane


class _Family:
    """Members M: lots, set-ups, stock and echelon stock above what the plan has, (T, M) each."""

    def __init__(self, inputs: PlanInputs, plan: SupplyPlan, members: IntArray) -> None:
        lanes, calendar = inputs.lanes, inputs.calendar
        self.inputs, self.plan, self.members = inputs, plan, members
        self.place = np.full(inputs.count, -1, np.int64)
        self.place[members] = np.arange(len(members))
        self.lane = _lanes_of(plan, inputs.count)[members]
        shape = (calendar.buckets, len(members))
        self.table = lane_table(
            lanes,
            calendar=calendar,
            blocked_until=inputs.blocked_until[lanes.item],
            capital_rate=inputs.capital_rate,
        )
        mine = np.flatnonzero((self.place[plan.orders.item] >= 0) & (plan.orders.bucket < calendar.buckets))
        cells = plan.orders.bucket[mine], self.place[plan.orders.item[mine]]
        self.planned = np.zeros(shape)
        np.add.at(self.planned, cells, plan.orders.quantity[mine])
        self.due_day = np.maximum(self.table.earliest[self.lane], calendar.edges[:-1, None])
        self.due_day[cells] = plan.orders.due_day[mine]
        self.term = self.table.term[:, self.lane]
        self.moq, self.multiple = lanes.moq[self.term], lanes.multiple[self.term]

        self.open = self.table.reachable[:, self.lane] | (self.planned > TOLERANCE)

    def model(self) -> Model:
        """Cheapest lots, none of them later than in the plan."""
        size, lanes = self.planned.size, self.inputs.lanes
        rows = Rows()
        lot, setup, stock, echelon = np.arange(4 * size).reshape(4, *self.planned.shape)
        self._balance(rows, lot, stock, self._asked_by_lots(), self._asked_now())
        self._balance(rows, lot, echelon, DependentDemand(), np.zeros(self.planned.shape))
        self._lot_rows(rows, lot, setup)
        add_wagner_whitin_rows(rows, self.planned, setup=setup, stock=echelon, span=_SPAN)
        landed = self.table.landed[:, self.lane]
        holding = holding_rates(self.inputs, self.members)
        nothing = np.zeros(size)
        columns = (landed, lanes.order_cost[self.term], holding, nothing)
        lower, upper = self.bounds()
        whole = np.zeros(4 * size, bool)
        whole[setup] = True
        return rows.model(
            cost=np.concatenate([column.ravel() for column in columns]),
            lower=lower,
            upper=upper,
            integer=whole,
            offset=-float((landed * self.planned).sum()),  # what is bought anyway would blunt the gap
        )

    def point(self, lots: Array) -> Array:
        """Lots (T, M) as values of all columns."""
        above = lots - self.planned
        asked = self._units(self._asked_by_lots(), lots) - self._asked_now()
        columns = (lots, lots > TOLERANCE, np.cumsum(above - asked, axis=0), np.cumsum(above, axis=0))
        return np.concatenate([column.ravel() for column in columns])

    def setups(self, x: Array) -> BoolArray:
        """Where a solution has set-ups, (T, M)."""
        size = self.planned.size
        return np.asarray(x[size : 2 * size].reshape(self.planned.shape) > 0.5)

    def settled(self, x: Array) -> tuple[Array, Array]:
        """Lower and upper bounds of all columns that keep the set-ups of buckets in which x has all of them whole."""
        lower, upper = self.bounds()
        size = self.planned.size
        value = x[size : 2 * size].reshape(self.planned.shape)
        whole = (np.abs(value - np.rint(value)) < TOLERANCE).all(axis=1)
        for bound in (lower, upper):
            bound[size : 2 * size].reshape(self.planned.shape)[whole] = np.rint(value[whole])
        return lower, upper

    def bounds(self) -> tuple[Array, Array]:
        """Lower and upper bounds of all columns: lots and set-ups where `open`, stock of any size."""
        unlimited = np.full(2 * self.planned.size, np.inf)
        lots = np.where(self.open, np.inf, 0.0).ravel()
        return np.zeros(2 * len(unlimited)), np.concatenate([lots, self.open.ravel(), unlimited])

    def lots(self, made: BoolArray) -> Array:
        """Lots (T, M) under these set-ups, top level first: each lasts until the next, to the unit.

        A solver's own are out by its tolerance, and a component that lacks that much would hold up a lot above it.
        """
        members, asked = len(self.members), self._asked_by_lots()
        needed = self.planned - self._asked_now()
        lots = np.zeros(made.shape)
        for m in np.argsort(self.plan.levels[self.members], kind="stable").tolist():
            lots[:, m] = _lasting(needed[:, m], made[:, m], self.moq[:, m], self.multiple[:, m])
            needed += self._units(_rows_of(asked, asked.order % members == m), lots)
        return lots

    def _units(self, asked: DependentDemand, lots: Array) -> Array:
        """What lots (T, M) ask of members, (T, M), where `asked` is what one unit of each does."""
        total = np.zeros(lots.shape)
        units = asked.quantity * lots.ravel()[asked.order]
        np.add.at(total, (self._served_in(asked), self.place[asked.item]), units)
        return total

    def _balance(
        self, rows: Rows, lot: IntArray, stock: IntArray, asked: DependentDemand, now: Array
    ) -> None:
        """Stock above the plan's: what lots bring and what they ask for, less what they do in the plan."""
        size, members = self.planned.size, len(self.members)
        row, one = np.arange(size), np.ones(size)
        change = (now - self.planned).ravel()
        rows.add(
            change,
            change,
            (row, stock.ravel(), one),
            (row[members:], stock[:-1].ravel(), -one[members:]),
            (row, lot.ravel(), -one),
            (self._served_in(asked) * members + self.place[asked.item], asked.order, asked.quantity),
        )

    def _lot_rows(self, rows: Rows, lot: IntArray, setup: IntArray) -> None:
        """A lot needs a set-up, reaches its minimum, and holds what is still to come and one minimum more at most."""
        size = self.planned.size
        row, one, least = np.arange(size), np.ones(size), self.moq.ravel()
        ahead = np.cumsum(self.planned[::-1], axis=0)[::-1].ravel()
        none, unlimited = np.zeros(size), np.full(size, np.inf)
        most = ahead + least + self.multiple.ravel()
        rows.add(-unlimited, none, (row, lot.ravel(), one), (row, setup.ravel(), -most))
        rows.add(none, unlimited, (row, lot.ravel(), one), (row, setup.ravel(), -least))

    def _asked_by_lots(self) -> DependentDemand:
        """What one unit of each lot (number t * M + member) asks of members, and when."""
        lanes, as_of = self.inputs.lanes, self.inputs.calendar.as_of
        bucket, member = np.nonzero(self.open)
        due, term = self.due_day[bucket, member], self.term[bucket, member]
        asked = Explosion(bom=self.inputs.bom, lanes=lanes, count=self.inputs.count).requirements(
            number=bucket * len(self.members) + member,
            item=self.members[member],
            lane=self.lane[member],
            quantity=np.ones(len(member)),
            release_day=np.maximum(release_days(lanes, due_day=due, rows=term), as_of),
            ship_day=np.maximum(ship_days(lanes, due_day=due, rows=term), as_of),
        )
        return self._of_members(asked)

    def _asked_now(self) -> Array:
        """What the members' own lots in the plan ask of members, (T, M)."""
        asked, orders = self.plan.dependent, self.plan.orders
        within = orders.bucket < len(self.planned)
        own = np.append((self.place[orders.item] >= 0) & within, False)[asked.order]
        asked = self._of_members(_rows_of(asked, own))
        total = np.zeros(self.planned.shape)
        np.add.at(total, (self._served_in(asked), self.place[asked.item]), asked.quantity)
        return total

    def _served_in(self, asked: DependentDemand) -> IntArray:
        """The bucket (K,) whose lots serve what members are asked for: the one before, where its own comes too late."""
        bucket = self.inputs.calendar.bucket_of(asked.day)
        late = asked.day < self.due_day[bucket, self.place[asked.item]]
        return np.maximum(bucket - late, 0)

    def _of_members(self, asked: DependentDemand) -> DependentDemand:
        within = self.inputs.calendar.bucket_of(asked.day) < len(self.planned)
        return _rows_of(asked, (self.place[asked.item] >= 0) & within)


def _lasting(needed: Array, made: BoolArray, moq: Array, multiple: Array) -> Array:
    """Lots (T,) that each last until the next set-up, in whole multiples from the minimum on.

    >>> needed, nothing = np.array([30.0, 50.0, 0.0, 20.0]), np.zeros(4)
    >>> _lasting(needed, np.array([True, False, False, True]), nothing, nothing).tolist()
    [80.0, 0.0, 0.0, 20.0]
    >>> _lasting(needed, np.array([True, False, False, True]), nothing, np.full(4, 60.0)).tolist()
    [120.0, 0.0, 0.0, 0.0]
    """
    so_far, total, lots = np.cumsum(needed), 0.0, np.zeros(len(needed))
    for first, after in pairwise([*np.flatnonzero(made), len(needed)]):
        lacking = float(so_far[first:after].max()) - total
        if lacking > TOLERANCE:
            lots[first] = max(lacking, moq[first])
            if multiple[first] > 0:
                lots[first] = np.ceil(lots[first] / multiple[first] - TOLERANCE) * multiple[first]
            total += lots[first]
    return lots


def _rows_of(asked: DependentDemand, chosen: BoolArray) -> DependentDemand:
    return DependentDemand(
        order=asked.order[chosen],
        item=asked.item[chosen],
        day=asked.day[chosen],
        quantity=asked.quantity[chosen],
    )
