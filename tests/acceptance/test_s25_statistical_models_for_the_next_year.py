"""S25: at least 12 months ahead, with method and backtest error beside every forecast."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from chain import exported, plan_now

from forecasting.models import DemandSeries
from siop.gather.services import load_tables


@pytest.mark.django_db
def test_every_future_month_names_its_method_and_its_backtest_error(client: Any, dana: Any) -> None:
    noise = np.random.default_rng(7)
    sales = [
        {
            "date": date(2023 + month // 12, month % 12 + 1, 15),
            "item": item,
            "location": "NJ",
            "segment": "WEB",
            "order": "1",
            "quantity": int(1000 * level * (2 if month % 12 == 11 else 1) + noise.integers(-40, 40)),
        }
        for item, level in (("CAP", 1), ("BTL", 3))
        for month in range(37)
    ]
    load_tables(
        {
            "items": [{"item": "CAP"}, {"item": "BTL"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": sales,
        }
    )
    plan_now(background=True)

    for item in ("CAP", "BTL"):
        future = [row for row in exported("forecast") if row["item"] == item and row["history"] is None]
        assert len(future) >= 12
        assert all(row["method"] and row["backtest_wape"] > 0 for row in future)
        assert future[0]["month"] == "2026-01-01"  # the month in progress is planned, never history
        by_month = {row["month"]: row["statistical"] for row in future}
        assert by_month["2026-12-01"] > 1.5 * by_month["2026-11-01"]  # December doubled in each year

    for item in ("CAP", "BTL"):
        tested = [row for row in exported("accuracy") if row["item"] == item]
        assert [row["lag"] for row in tested] == [1, 2, 3, 4, 5, 6]  # as far ahead as supply may have to look
        assert all(0 < row["wape"] < 0.2 for row in tested)

    client.force_login(dana)
    for series in DemandSeries.objects.select_related("item"):
        page = client.get(
            f"/supply/items/{series.item_id}/{series.location_id}/?tab=forecast"
        ).content.decode()
        row = next(
            row for row in exported("forecast") if row["item"] == series.item.code and row["history"] is None
        )
        assert row["method"] in page
        assert f"{100 * row['backtest_wape']:.1f} %" in page
