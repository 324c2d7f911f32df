"""How far above the best possible a plan of lots can be: aims that rise, each proven where nothing is found below it.

To show that no plan costs less than some aim is far less work than to find the cheapest: whatever part of the tree
costs more than the aim falls away at once, and most set-ups are decided by what they would add. So the proof climbs
from aim to aim towards the best plan known, as far each time as what is left of the time should suffice for, and
where it ends it has the last aim, or the solver's own bound.
"""

from dataclasses import dataclass, field
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
    """What search and proof, side by side, tell each other: the cost of the cheapest plan that fits, and its bound."""

    bound: float
    cost: float
    _telling: Lock = field(default_factory=Lock, init=False, repr=False)

    def tell(self, *, cost: float = np.inf, bound: float = -np.inf) -> None:
        """A plan that fits was found, or no plan that fits costs less than `bound`."""
        with self._telling:
            self.cost, self.bound = min(self.cost, cost), max(self.bound, bound)

    @property
    def closed(self) -> bool:
        """Is the plan known to be the best?"""
        return bool((1 - _CLOSED) * self.cost <= self.bound < np.inf)


def prove(solver: Solver, whole: LotModel, known: Known, *, until: float) -> Array | None:
    """Raise the bound until it meets the best plan known or time (of `monotonic`) is out.

    The cheapest plan that was met on the way, (T, N), if any.
    """
    met, step = None, _STEPS[0]
    solver.ready()  # so that no aim pays for the start
    while known.bound < np.inf and not known.closed and (left := until - monotonic()) > _LEAST_SECONDS:
        cost, aim = known.cost, _aim(known.bound, known.cost, step)
        answer = solver.solve(seconds=left, gap=_CLOSED, below=aim)
        known.tell(bound=answer.bound)
        after = until - monotonic()
        step = _next_step(took=left - after, left=after)
        if answer.x is not None and answer.objective < cost:
            met = whole.lots(answer.x)
            known.tell(cost=answer.objective)
    return met


def _next_step(*, took: float, left: float) -> float:
    """Share of the way to the best plan known for the next aim, when the last took so long, in seconds.

    An aim at half the distance to that plan takes some four times as long, as measured on sets of 6 to 12 items.

    >>> round(_next_step(took=0.784, left=4.0), 2), _next_step(took=0.01, left=4.0), _next_step(took=2.0, left=2.0)
    (0.3, 0.4, 0.25)
    """
    least, most = _STEPS
    return float(np.clip(1.0 - np.sqrt(took / (_SHARE * max(left, _LEAST_SECONDS))), least, most))


def _aim(bound: float, cost: float, step: float) -> float:
    """The next aim between a proven bound and the cost of a plan, infinite where none is known.

    >>> _aim(900.0, 1000.0, 0.5), _aim(998.0, 1000.0, 0.5), _aim(900.0, np.inf, 0.5)
    (950.0, 1000.0, inf)
    """
    aim = bound + step * (cost - bound)
    return cost if cost - aim <= _LAST * cost else aim
