"""Purchases brought forward find room: two orders of 60 and 50 come in January instead of March and April."""

from typing import Any

import numpy as np
import pytest

from supply.engine import Calendar
from supply.engine.room import Forward, fit_forward, fit_in_turn

TWO = {
    "quantity": np.array([60.0, 50.0]), "due": np.array([2, 3]), "months_early": np.array([1.0, 2.0]),
    "step": 1.0, "least": 0.0, "rise": 1, "arrives": 0, "saving": 220.0, "holding": 16.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "room", "takes"),
    [
        ({}, [200, 200, 200, 0], [110, 110, 50, 0]),
        ({}, [80, 90, 30, 0], [80, 80, 20, 0]),
        ({}, [200, 200, 10, 0], [70, 70, 10, 0]),
        ({"step": 12.0}, [80, 90, 30, 0], [72, 72, 12, 0]),
        ({"least": 30.0}, [80, 90, 30, 0], [60, 60, 0, 0]),
        ({"least": 30.0}, [40, 90, 30, 0], [40, 40, 0, 0]),
        ({}, [0, 90, 30, 0], [0, 0, 0, 0]),
    ],
)
def test_what_fits_stands_until_each_order_would_have_come(
    terms: dict[str, Any], room: list[float], takes: list[float]
) -> None:
    answer = fit_forward(Forward(**TWO | terms), room=np.array(room, float))
    assert answer.takes.tolist() == takes
    assert answer.quantity == takes[0]
    assert answer.saving == pytest.approx(2 * takes[0])


def test_what_needs_no_space_until_it_is_due_always_fits() -> None:
    """It comes a day earlier, in the month in which it was due."""
    answer = fit_forward(Forward(**TWO | {"due": np.array([0, 0])}), room=np.zeros(4))
    assert (answer.quantity, answer.holding) == (110, 16)


def test_what_comes_first_in_turn_takes_the_room_of_what_comes_later() -> None:
    """220 m3 hold the 110 of two m3 each; of 110 more none until April, and all of another warehouse's."""
    two = Forward(**TWO)
    free = {"NJ": np.full(4, 220.0), "TX": np.full(4, 500.0)}
    found = fit_in_turn([("NJ", 2.0, two), ("NJ", 2.0, two), ("TX", 2.0, two)], free)
    assert [fitting.quantity for fitting in found] == [110, 0, 110]
    assert free["NJ"].tolist() == [220.0] * 4


def test_the_next_orders_that_come_to_the_units_are_brought_forward() -> None:
    calendar = Calendar(edges=740_000 + 30 * np.arange(5))
    forward = Forward.of_next(
        calendar, units=100.0, quantity=np.array([60.0, 50.0, 70.0]), due_day=740_000 + np.array([40, 70, 200]),
        rise=740_030, step=1.0, least=0.0, saving=220.0, holding=16.0,
    )  # fmt: skip
    assert (forward.quantity.tolist(), forward.due.tolist(), forward.arrives) == ([60, 50], [1, 2], 0)
