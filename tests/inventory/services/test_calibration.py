"""Fill rates promised against fill rates kept, from sales to the factor that the targets are set with."""

from datetime import date

import numpy as np
import pytest
from chain import exported, plan_now

from inventory.models import FillCalibration
from inventory.selectors.calibration import calibration_words
from inventory.services.calibration import TARGETS
from inventory.services.errors import ClassLessons
from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
MONTHS = [date(2022 + k // 12, k % 12 + 1, 15) for k in range(48)]


def company(items: int) -> None:
    generator = np.random.default_rng(5)
    names = [f"I{k:02d}" for k in range(items)]
    load_tables(
        {
            "items": [
                {"item": name, "unit_cost": 2, "service_policy": "fill_rate", "service_target": "0.98"}
                for name in names
            ],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "ALL"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": name, "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 60}
                for name in names
            ],
            "sales": [
                {"date": day, "item": name, "location": "NJ", "segment": "ALL", "quantity": quantity}
                for name in names
                for day, quantity in zip(
                    MONTHS, np.round(generator.gamma(12.0, 20.0, 48)).tolist(), strict=True
                )
            ],
        }
    )


@pytest.mark.slow
@pytest.mark.django_db
def test_targets_are_set_once_more_with_what_the_replay_found() -> None:
    company(40)
    plan_now(as_of=AS_OF)
    assert {row["reason"].count("from replay") for row in exported("safety_stock")} == {0}, (
        "nothing replayed yet"
    )

    plan = plan_now(as_of=AS_OF, background=True)
    found = FillCalibration.objects.get()
    assert found.items == [40, 0, 0, 0]
    scale = found.scales[TARGETS.index(0.98)][0]
    assert 0.6 <= scale <= 1.6
    assert scale != 1
    assert set(plan.targets.values_list("error_scale", flat=True)) == {scale}
    assert all("from replay" in row["reason"] for row in exported("safety_stock"))
    for target in plan.targets.all():
        assert sum(value for _, value in target.parts) == pytest.approx(target.safety_stock)


@pytest.mark.django_db
def test_the_page_says_from_when_on_a_replay_counts() -> None:
    company(3)
    plan = plan_now(as_of=AS_OF)
    assert calibration_words(plan).startswith("Fill rates are taken as promised")
    FillCalibration.objects.create(
        data_version=plan.data_version,
        as_of=AS_OF,
        season=12,
        items=[40, 0, 0, 0],
        scales=[[0.9, 1, 1, 1.2]] * 4,
    )
    replayed = "A year of 40 items was replayed under the fill rates: errors count 0.90 to 1.20 times"
    later = f"{replayed}, from the next computation of this plan on; these targets are still without it."
    assert calibration_words(plan) == later
    assert calibration_words(plan_now(as_of=AS_OF)) == f"{replayed}, in these targets too."


@pytest.mark.django_db
def test_too_few_items_calibrate_nothing() -> None:
    company(3)
    plan_now(as_of=AS_OF, background=True)
    assert not FillCalibration.objects.exists()
    assert {row["reason"].count("from replay") for row in exported("safety_stock")} == {0}


def test_a_target_between_two_replayed_ones_takes_a_factor_between_theirs():
    scales = np.ones((2, 4))
    scales[:, 2] = [1.1, 1.3]
    lessons = ClassLessons(fill_targets=(0.95, 0.99), fill_scales=scales)
    found = lessons.scale_for(np.array([0.90, 0.97, 0.999, 0.97]), classes=np.array([2, 2, 2, 0]))
    assert found == pytest.approx([1.1, 1.2, 1.3, 1.0])
