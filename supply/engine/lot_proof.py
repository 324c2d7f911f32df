"""How far above the best possible a plan of lots can be: aims that rise, each proven where nothing is found below it.

To show that no plan costs less than some aim is far less work than to find the cheapest: whatever part of the tree
costs more than the aim falls away at once, and most set-ups are decided by what they would add. So the proof climbs
from aim to aim towards the best plan known, as far each time as what is left of the time should suffice for, and
where it ends it has the last aim, or the solver's own bound.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic

import numpy as np

from .lot_model import LotModel
from .shapes import Array
from .solver import Solver

_STEPS = (0.25, 0.4)  # an aim lies at least and at most so much of the way to the best plan known
_SHARE = 0.4  # of the time left, that an aim is meant to take
_LAST = 2e-3  # within this share of the best plan known it is the aim itself
_CLOSED = 1e-5
_LEAST_SECONDS = 0.05


@dataclass
class Known:
    """What search and proofs, side by side, tell each other: the cost of the cheapest plan that fits, and its bound.

    `aims` are those that somebody is about to show; `effort` the last that was shown, and the seconds that it took.
    """

    bound: float
    cost: float
    aims: list[float] = field(default_factory=list)
    effort: tuple[float, float] | None = None
    _telling: Lock = field(default_factory=Lock, init=False, repr=False)

    def tell(self, *, cost: float = np.inf, bound: float = -np.inf) -> None:
        """A plan that fits was found, or no plan that fits costs less than `bound`."""
        with self._telling:
            self.cost, self.bound = min(self.cost, cost), max(self.bound, bound)

    @property
    def closed(self) -> bool:
        """Is the plan known to be the best?"""
        return bool((1 - _CLOSED) * self.cost <= self.bound < np.inf)

    def wants(self, aim: float) -> bool:
        """Has nobody shown as much yet?"""
        return self.bound < aim and not self.closed

    @contextmanager
    def aimed(self, *, left: float) -> Iterator[float]:
        """An aim for somebody with so many seconds left, beyond those of others or on the way to them."""
        with self._telling:
            aim = self._next_aim(left)
            self.aims.append(aim)
        try:
            yield aim
        finally:
            with self._telling:
                self.aims.remove(aim)

    def _next_aim(self, left: float) -> float:
        if self.cost == np.inf:
            return np.inf
        within = np.inf
        if self.effort is not None:
            shown, took = self.effort
            within = _within_reach(self.cost - shown, took=took, left=left)
        others = [aim for aim in self.aims if aim > self.bound]
        return next_aim(self.bound, self.cost, within=within, others=others)


def prove(solver: Solver, whole: LotModel, known: Known, *, until: float) -> Array | None:
    """Raise the bound until it meets the best plan known or time (of `monotonic`) is out.

    Several may do so at once, each with a process of its own. The cheapest plan that was met on the way, (T, N), if any.
    """
    met = None
    if until - monotonic() > _LEAST_SECONDS:
        solver.ready()  # so that no aim pays for the start
    while known.bound < np.inf and not known.closed and (left := until - monotonic()) > _LEAST_SECONDS:
        cost = known.cost
        with known.aimed(left=left) as aim:
            answer = solver.solve(seconds=left, gap=_CLOSED, below=aim, go_on=partial(known.wants, aim))
            known.tell(bound=answer.bound)
        if answer.bound >= aim:
            known.effort = aim, left - (until - monotonic())
        if answer.x is not None and answer.objective < cost:
            met = whole.lots(answer.x)
            known.tell(cost=answer.objective)
    return met


def _within_reach(distance: float, *, took: float, left: float) -> float:
    """How near to the best plan known an aim may lie, when the last, so far from it, took so many seconds.

    Half the distance takes some four times as long, as measured on sets of 6 to 12 items.

    >>> _within_reach(100.0, took=1.0, left=10.0), _within_reach(100.0, took=4.0, left=2.5)
    (50.0, 200.0)
    """
    return distance * float(np.sqrt(took / (_SHARE * max(left, _LEAST_SECONDS))))


def next_aim(bound: float, cost: float, *, within: float, others: Sequence[float] = ()) -> float:
    """The next aim between a proven bound and the cost of a plan, at `within` of that cost if steps allow.

    Beside `others`, who are about to show theirs, it lies beyond them; where time does not suffice for that, it lies
    on the way to them, in case they fail.

    >>> next_aim(900.0, 1000.0, within=70.0), next_aim(900.0, 1000.0, within=10.0), next_aim(998.0, 1000.0, within=1.0)
    (930.0, 940.0, 1000.0)
    >>> next_aim(900.0, 1000.0, within=50.0, others=[940.0]), next_aim(900.0, 1000.0, within=90.0, others=[940.0])
    (950.0, 920.0)
    """
    least, most = _STEPS
    furthest = max([bound, *others])
    if others and within >= cost - furthest:
        return (bound + min(others)) / 2
    near = max(within, (1 - most) * (cost - furthest))
    aim = cost - (near if others else min(near, (1 - least) * (cost - bound)))
    return cost if cost - aim <= _LAST * cost else aim
