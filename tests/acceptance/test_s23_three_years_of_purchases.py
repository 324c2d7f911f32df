"""S23: 36 months learn their season; 12 months take half their own, half their category's, labelled so."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables


def sales(item: str, quantities: Any) -> list[dict[str, Any]]:
    """One line a month, the last in December 2025."""
    first = 36 - len(quantities)
    return [
        {
            "date": date(2023 + (first + k) // 12, (first + k) % 12 + 1, 10),
            "item": item,
            "location": "NJ",
            "segment": "WEB",
            "order": "1",
            "quantity": round(float(quantity)),
        }
        for k, quantity in enumerate(quantities)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("swing", [0.5, 0.3])
def test_twelve_months_lie_halfway_between_their_own_season_and_the_categorys(swing: float) -> None:
    season = 1 + swing * np.cos(2 * np.pi * np.arange(36) / 12)
    noise = np.random.default_rng(23)
    old = {f"OLD{k}": 5000 * season * noise.normal(1, 0.005, 36) for k in range(6)}
    flat = 5000 * noise.normal(1, 0.001, 12)
    load_tables(
        {
            "categories": [{"category": "SUMMER"}],
            "items": [{"item": item, "category": "SUMMER"} for item in [*old, "NEW"]],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [row for item, values in (old | {"NEW": flat}).items() for row in sales(item, values)],
        }
    )
    plan_now(as_of=date(2026, 1, 1))

    future = [row for row in exported("forecast") if row["history"] is None]
    by_item = {item: [row for row in future if row["item"] == item][:12] for item in ("OLD0", "NEW")}
    assert {row["seasonal_weight"] for row in by_item["OLD0"]} == {1.0}
    assert {row["seasonal_weight"] for row in by_item["NEW"]} == {0.5}
    assert {row["method"] for row in by_item["NEW"]} == {"Level with own and category season"}
    swings = {
        item: np.ptp([row["statistical"] for row in rows]) / np.mean([row["statistical"] for row in rows])
        for item, rows in by_item.items()
    }
    assert swings["OLD0"] == pytest.approx(2 * swing, rel=0.06)
    assert swings["NEW"] == pytest.approx(
        swing, rel=0.12
    )  # its own swing is nothing, the category's twice this
