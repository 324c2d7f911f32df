"""Orders that wait for a component are made when they have it: their days, and room for their work.

An order is worked on from the bucket in which it is placed to the one in which it is shipped.
"""

from dataclasses import dataclass

import numpy as np

from .lanes import ready_days
from .limits import Limits
from .open_orders import open_work
from .shapes import NEVER, TOLERANCE, Array, BoolArray, IntArray, Kind, Orders, PlanInputs, Status, SupplyPlan
from .spans import Spans


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Days that orders (K,) begin later, and days that they take longer from then on."""

    begun: IntArray
    longer: IntArray

    @property
    def moved(self) -> BoolArray:
        """True (K,) for orders that do not keep their days."""
        return np.asarray(self.begun + self.longer > 0)

    def of(self, rows: IntArray) -> "Delay":
        """That of some of the orders, (R,)."""
        return Delay(begun=self.begun[rows], longer=self.longer[rows])


@dataclass(frozen=True, kw_only=True)
class Days:
    """The days of orders, (R,)."""

    order_by: IntArray
    ship: IntArray
    due: IntArray


def delayed_days(inputs: PlanInputs, orders: Orders, rows: IntArray, delay: Delay) -> Days:
    """The days of the orders in `rows` (R,) after their `delay` (R,); on lanes that close, open ones.

    What waits for what never comes is begun behind the horizon: it takes nothing before that.
    """
    lanes, lane, term = inputs.lanes, orders.lane[rows], orders.term[rows]
    order_by, ship, due = orders.order_by[rows], orders.ship_day[rows], orders.due_day[rows]
    taken = np.where(lanes.kind[lane] == Kind.MAKE, order_by, ship)
    shift = np.where(delay.begun >= NEVER, np.maximum(inputs.calendar.edges[-1] - taken, 0), delay.begun)
    done = shift + delay.longer
    later = Days(order_by=order_by + shift, ship=ship + done, due=due + done)
    if not lanes.ever_close:
        return later
    shut, moved = lanes.closures, delay.moved
    source, receiver = lanes.source_calendar[lane], lanes.receiving_calendar[lane]
    order_by = np.where(moved, shut.next_open(source, later.order_by), order_by)
    ready = ready_days(lanes, order_day=order_by, rows=term)
    ship = np.where(moved, shut.next_open(source, np.maximum(later.ship, ready)), ship)
    arrival = np.maximum(later.due, ship + lanes.transit_days[term])
    return Days(order_by=order_by, ship=ship, due=np.where(moved, shut.next_open(receiver, arrival), due))


def with_room(inputs: PlanInputs, plan: SupplyPlan, wait: IntArray, place: IntArray) -> tuple[Delay, Array]:
    """How long orders (K,) wait until their capacities have room for them too, and the load (T, C) that leaves.

    What waits, `wait` (K,) days for its components, gives up the work that it had booked. By `place` (N,) in line each
    order takes what those that stay where they are leave free, in the first buckets from its components on.
    """
    orders, anew = plan.orders, _booked_anew(plan.orders, wait)
    begun, longer = wait.copy(), np.zeros_like(wait)
    workload = _Workload(inputs, orders, anew)
    if not len(workload.columns):
        return Delay(begun=begun, longer=longer), plan.load
    rows = np.flatnonzero(anew)
    for k in rows[np.lexsort((orders.due_day[rows], place[orders.item[rows]]))].tolist():
        begun[k], longer[k] = workload.book(k, int(wait[k]))
    load = plan.load.copy()
    load[:, workload.columns] = workload.load()
    return Delay(begun=begun, longer=longer), load


def _booked_anew(orders: Orders, wait: IntArray) -> BoolArray:
    """What waits (K,), and the other parts of its run: since they were parted each has its own month."""
    run = np.where(orders.run >= 0, orders.run, np.arange(orders.count))
    waits = np.bincount(run, weights=wait > 0, minlength=orders.count) > 0
    return np.asarray(waits[run])


class _Workload:
    """Work on the capacities `columns` that the orders which are booked `anew` (K,) use."""

    def __init__(self, inputs: PlanInputs, orders: Orders, anew: BoolArray) -> None:
        self.inputs, self.orders = inputs, orders
        limits = Limits(
            calendar=inputs.calendar, lanes=inputs.lanes, capacities=inputs.capacities, material=None
        )
        self.owner, row = limits.usage.rows(orders.lane)
        self.columns = np.unique(limits.usage.column[row][anew[self.owner]])
        if not len(self.columns):
            return
        place = np.full(limits.remaining.shape[1], -1, np.int64)
        place[self.columns] = np.arange(len(self.columns))
        self.column = place[limits.usage.column[row]]
        self.amount = orders.quantity[self.owner] * limits.usage.per_unit[row]
        self.available = limits.remaining[:, self.columns].copy()
        limits.book_open_orders(open_work(inputs))
        self.promised = limits.load[:, self.columns]
        self.spans = self._of_others(anew)

    def _of_others(self, anew: BoolArray) -> Spans:
        """The work that stays where it is; what a person fixed may be made in any bucket up to its own."""
        orders, buckets = self.orders, self.inputs.calendar.buckets
        order_by = np.where(orders.status == Status.FIRM, self.inputs.calendar.as_of, orders.order_by)
        first, last = self._span(np.arange(orders.count), order_by, orders.due_day)
        rows = np.flatnonzero(~anew[self.owner] & (self.column >= 0) & (orders.bucket[self.owner] < buckets))
        work = np.zeros((len(self.columns), buckets, buckets))
        owner = self.owner[rows]
        np.add.at(work, (self.column[rows], first[owner], last[owner]), self.amount[rows])
        return Spans(work, room=self.available - self.promised)

    def _span(self, rows: IntArray, order_by: IntArray, due: IntArray) -> tuple[IntArray, IntArray]:
        """First and last bucket (R,) in which orders of such days may be worked on."""
        calendar, transit = self.inputs.calendar, self.inputs.lanes.transit_days[self.orders.term[rows]]
        last = calendar.bucket_of(calendar.last_days(calendar.bucket_of(due)) - transit)
        return np.minimum(calendar.bucket_of(order_by), last), last

    def book(self, k: int, wait: int) -> tuple[int, int]:
        """Book an order that waits so many days for its components where there is room first: its delay.

        It begins as late as it would without the capacity or, where that is too late for what it takes, at once.
        Behind the horizon it takes nothing.
        """
        edges, row = self.inputs.calendar.edges, np.array([k])
        more, due = 0, 0
        while True:
            for begun, longer in ((wait + more, 0), (wait, more)):
                delay = Delay(begun=np.array([begun]), longer=np.array([longer]))
                days = delayed_days(self.inputs, self.orders, row, delay)
                due = int(days.due[0])
                if due >= edges[-1] or self._booked(k, days):
                    return begun, longer
            more += int(edges[self.inputs.calendar.inside(due) + 1]) - due

    def _booked(self, k: int, days: Days) -> bool:
        """Book an order of such days if there is room."""
        mine = slice(*np.searchsorted(self.owner, [k, k + 1]))
        column, amount = self.column[mine], self.amount[mine]
        first, last = (int(bucket[0]) for bucket in self._span(np.array([k]), days.order_by, days.due))
        if self.spans.without_room(column, amount, first=first, last=last).any():
            return False
        if (amount > self._made_from(int(days.order_by[0]), last)[column] * (1 + TOLERANCE)).any():
            return False
        self.spans.add(column, amount, first=first, last=last)
        return True

    def _made_from(self, day: int, last: int) -> Array:
        """What each capacity of `columns` makes from a day on: its last bucket counts as a whole."""
        edges = self.inputs.calendar.edges
        share = np.clip(edges[1:] - np.maximum(day, edges[:-1]), 0, None) / np.diff(edges)
        share[last + 1 :] = 0.0
        share[last] = 1.0
        return np.asarray(share @ self.available)

    def load(self) -> Array:
        """What is made in each bucket, (T, C) of `columns`."""
        return self.promised + self.spans.done()
