"""Purchases brought forward must find room until the day they would have come anyway."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from .shapes import TOLERANCE, Array, Calendar, IntArray
from .shipping import months_between
from .threat_rows import NOTICEABLE


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Orders (K,) brought forward together, the next first: units, the bucket in which each is due, months early.

    They are split in whole steps, no part below `least`. All come by the day before the `rise`, in bucket `arrives`,
    instead; `saving` and `holding` the money of them all.
    """

    quantity: Array
    due: IntArray
    months_early: Array
    step: float
    least: float
    rise: int
    arrives: int
    saving: float
    holding: float

    @classmethod
    def of_next(
        cls,
        calendar: Calendar,
        *,
        units: float,
        quantity: Array,
        due_day: IntArray,
        rise: int,
        **terms: float,
    ) -> Self:
        """The first of the orders (K,) due after the rise, in order of their days, that come to so many `units`."""
        mine = np.cumsum(quantity) - quantity < units - NOTICEABLE
        due = due_day[mine]
        return cls(
            quantity=quantity[mine],
            due=np.minimum(calendar.bucket_of(due), calendar.buckets - 1),
            months_early=np.array([months_between(rise, day) for day in due.tolist()]),
            rise=rise,
            arrives=calendar.inside(rise - 1),
            **terms,
        )


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """What of it fits: units, and the money that these save and cost to hold; `takes` (T,) are units it adds in stock."""

    quantity: float
    saving: float
    holding: float
    takes: Array


def fit_forward(forward: Forward, *, room: Array) -> Fitting:
    """Of each order as many units as `room` (T,), at the end of each bucket, has left until it is due.

    >>> two = Forward(quantity=np.array([60.0, 50.0]), due=np.array([2, 3]), months_early=np.array([1.0, 2.0]),
    ...     step=1.0, least=0.0, rise=0, arrives=0, saving=220.0, holding=16.0)
    >>> answer = fit_forward(two, room=np.array([80.0, 90.0, 30.0, 0.0]))
    >>> answer.quantity, answer.saving, answer.holding, answer.takes.tolist()
    (80.0, 160.0, 10.0, [80.0, 80.0, 20.0, 0.0])
    """
    takes, taken = np.zeros(len(room)), np.zeros(len(forward.quantity))
    for k, (units, due) in enumerate(zip(forward.quantity.tolist(), forward.due.tolist(), strict=True)):
        until = slice(forward.arrives, max(due, forward.arrives))
        left = max(float((room[until] - takes[until]).min(initial=np.inf)), 0.0)
        part = np.floor(left / forward.step + TOLERANCE) * forward.step
        taken[k] = units if left >= units else part if part >= forward.least else 0.0
        takes[until] += taken[k]
    weight = float((forward.quantity * forward.months_early).sum())
    held = float((taken * forward.months_early).sum())
    return Fitting(
        quantity=float(taken.sum()),
        saving=forward.saving * float(taken.sum() / forward.quantity.sum()),
        holding=forward.holding * held / weight if weight else 0.0,
        takes=takes,
    )


def fit_in_turn(asked: Iterable[tuple[str, float, Forward]], free: Mapping[str, Array]) -> list[Fitting]:
    """What fits of each (place, cubic metres a unit, orders), where those before it took their room first.

    `free`: cubic metres (T,) left at the end of each bucket, by place.
    """
    left, found = dict(free), []
    for place, volume, forward in asked:
        fitting = fit_forward(forward, room=left[place] / volume)
        left[place] = np.maximum(left[place] - fitting.takes * volume, 0.0)
        found.append(fitting)
    return found
