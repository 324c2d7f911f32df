"""S30: a like item's 1,000 / 1,500 / 2,000 at 0.8 from 1 March: 800 / 1,200 / 1,600."""

from datetime import date

import pytest
from chain import exported, plan_now

from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 2, 1)


def forecast_of(item: str) -> dict[str, float]:
    return {
        row["month"]: row["statistical"]
        for row in exported("forecast")
        if row["item"] == item and row["month"] >= AS_OF.isoformat()
    }


@pytest.mark.parametrize(
    ("curve", "scale", "launch", "expected"),
    [
        ((1000, 1500, 2000), 0.8, date(2026, 3, 1), (0, 800, 1200, 1600)),
        ((300, 200, 400), 1.5, date(2026, 2, 1), (450, 300, 600)),
    ],
)
def test_a_launch_follows_its_like_item(
    curve: tuple[int, ...], scale: float, launch: date, expected: tuple[int, ...]
) -> None:
    sold = {"item": "OLD", "location": "NJ", "segment": "WEB", "order": "1"}
    load_tables(
        {
            "items": [
                {"item": "OLD"},
                {"item": "NEW", "like_item": "OLD", "like_item_scale": scale, "launch_date": launch},
            ],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                sold | {"date": date(2025, 9 + k, 8), "quantity": units}
                for k, units in enumerate((*curve, curve[-1]))
            ],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    months = list(forecast_of("NEW").values())
    assert [round(units) for units in months[: len(expected)]] == list(expected)
    method = {row["item"]: row["method"] for row in exported("forecast") if row["method"]}
    assert method["NEW"] == f"Like OLD x {scale:g}"


@pytest.mark.parametrize("policy", ["cycle_service", "fill_rate"])
def test_a_launch_is_guarded_from_its_first_month_on_and_not_before(policy: str) -> None:
    """Nobody asks for it in February and March: from April on its own uncertainty is held, as for any item."""
    sold = {"item": "OLD", "location": "NJ", "segment": "WEB", "order": "1"}
    new = {"item": "NEW", "like_item": "OLD", "launch_date": date(2026, 4, 1)}
    load_tables(
        {
            "items": [{"item": "OLD"}, new | {"service_policy": policy, "service_target": 0.98}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "suppliers": [{"supplier": "S"}],
            "sourcing": [{"item": "NEW", "location": "NJ", "source": "S", "lead_time_days": 30}],
            "sales": [
                sold | {"date": date(2025 + (6 + k) // 12, (6 + k) % 12 + 1, 8), "quantity": units}
                for k, units in enumerate((900, 1200, 700, 1100, 1000, 1300, 1200))
            ],
        }
    )
    plan_now(as_of=AS_OF)
    held = [row["safety_stock"] for row in exported("projection") if row["item"] == "NEW"]
    assert held[:2] == [0, 0]
    assert min(held[2:12]) > 0


def test_the_economy_is_a_driver_like_any_other() -> None:
    """An index row for all items: 4 % down against last year at an elasticity of 1.5."""
    sold = {"item": "CAP", "location": "NJ", "segment": "WEB", "order": "1", "quantity": 1000}
    load_tables(
        {
            "items": [{"item": "CAP"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [sold | {"date": date(2024 + m // 12, m % 12 + 1, 8)} for m in range(25)],
            "drivers": [{"driver": "economy", "month": date(2025, m, 1), "value": 100} for m in range(1, 13)]
            + [{"driver": "economy", "month": date(2026, 1, 1), "value": 100}]
            + [{"driver": "economy", "month": date(2026, 2, 1), "value": 96}],
            "driver_effects": [{"driver": "economy", "elasticity": 1.5, "sd": 0}],
        }
    )
    plan_now(as_of=AS_OF)
    assert forecast_of("CAP")[AS_OF.isoformat()] == pytest.approx(1000 * 0.96**1.5, abs=0.1)
