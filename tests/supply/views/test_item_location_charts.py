"""What the title over an item-location's coming stock says."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from supply.views.item_location_charts import first_sold, stock_finding


def found(without: list[float], target: list[float]) -> Any:
    """An item-location whose plan holds; `without` is its stock without the planned orders, below 0 where short."""
    return SimpleNamespace(
        line=SimpleNamespace(shortage=[0.0, 0.0], closing=[9.0, 9.0], safety_stock=[0.0, 0.0]),
        item=SimpleNamespace(step=Decimal(1), unit="pcs"),
        months=[date(2026, 11, 1), date(2026, 12, 1)],
        without_planned=np.array(without),
        target_by_period=np.array(target),
        next_order=SimpleNamespace(order_by=date(2026, 11, 1)),
    )


@pytest.mark.parametrize(
    ("without", "target", "said"),
    [
        ([50, -33], [0, 0], "Without the orders from 1 Nov 2026 on, Dec 26 is 33 pcs short"),
        (
            [50, 428],
            [40, 550],
            "Without the orders from 1 Nov 2026 on, stock ends Dec 26 at 428, under the target of 550",
        ),
    ],
)
def test_what_the_orders_prevent_is_a_shortage_or_too_little_stock(
    without: list[float], target: list[float], said: str
) -> None:
    assert stock_finding(found(without, target)) == said


@pytest.mark.parametrize(("history", "start"), [([0, 0, 7, 0, 9], 2), ([5, 0], 0), ([0, 0], 0), ([], 0)])
def test_the_history_of_an_item_begins_with_its_first_sales(history: list[float], start: int) -> None:
    assert first_sold(np.array(history)) == start
