"""Purchases brought forward find room: two orders of 60 and 50 come in January instead of March and April."""

from typing import Any

import numpy as np
import pytest

from supply.engine.room import Forward, fit_forward

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
