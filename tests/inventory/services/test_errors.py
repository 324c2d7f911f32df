"""What a target guards against, from sales to the stored reason: spread of demand, lessons of a class, receipts."""

from datetime import date, timedelta

import numpy as np
import pytest
from chain import exported, plan_now

from inventory.engine import DEMAND_CLASSES, ClassSpread, PublishedMisses
from inventory.models import InventoryTarget
from inventory.services.errors import ClassLessons, PastErrors, error_over, learn_classes
from siop.gather.services import load_tables
from supply.services.planning import recompute_items

AS_OF = date(2026, 1, 1)
MONTHS = [date(2023 + k // 12, k % 12 + 1, 15) for k in range(36)]


def past(history: np.ndarray, **fields: np.ndarray) -> PastErrors:
    count = history.shape[1]
    given = {
        "error_sd": np.full(count, 5.0),
        "cumulative_rmse": np.full((6, count), np.nan),
        "origins": np.zeros(count),
        "given": np.zeros(count, dtype=bool),
    }
    return PastErrors(history=history, **(given | fields))


def test_an_error_that_came_with_the_demand_is_neither_shrunk_nor_replaced():
    wild = np.array([[0.0], [90.0], [0.0], [3.0]])
    lessons = ClassLessons(spread=ClassSpread(dispersion=np.full(4, 9.0), power=np.ones(4)))
    ask = {"buckets": np.array([2.0]), "demand": np.array([50.0]), "lessons": lessons}
    assert np.isnan(error_over(past(wild, given=np.array([True])), **ask)[0])
    assert error_over(past(wild), **ask)[0] > np.sqrt(9.0 * 50)


def test_intervals_between_whole_buckets_and_beyond_the_measured_ones():
    calm, table = np.full((12, 3), 100.0), np.tile(np.arange(1.0, 7.0)[:, None], (1, 3))
    answer = error_over(
        past(calm, cumulative_rmse=table),
        buckets=np.array([0.5, 2.5, 12.0]),
        demand=np.full(3, 100.0),
        lessons=ClassLessons(),
    )
    assert answer**2 == pytest.approx([0.5, (4 + 9) / 2, 36 * 2])


def test_lessons_survive_storage_with_the_classes_that_have_nothing_to_say():
    calm, table = np.full((12, 2), 100.0), np.tile(np.arange(1.0, 7.0)[:, None], (1, 2))
    lessons = learn_classes(past(calm, cumulative_rmse=table), PublishedMisses.none(6, 2))
    again = ClassLessons.from_stored(lessons.stored())
    np.testing.assert_array_equal(again.spread.power, lessons.spread.power)
    assert DEMAND_CLASSES[0] == "smooth"


def company(*, receipts: int = 1) -> None:
    """One steady and four wild items, bought from one supplier; `receipts` of the steady one took 20 or 40 days."""
    generator = np.random.default_rng(3)
    items = ["CALM", *(f"WILD{k}" for k in range(4))]
    sold = {name: np.round(generator.gamma(0.7, 90.0, 36)) for name in items[1:]}
    sold["CALM"] = np.round(200 + 8 * generator.standard_normal(36))
    load_tables(
        {
            "items": [
                {"item": name, "unit_cost": 2, "service_policy": "cycle_service", "service_target": "0.95"}
                for name in items
            ],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "ALL"}],
            "suppliers": [{"supplier": "MOULD"}],
            "sourcing": [
                {"item": name, "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 60,
                 "lead_time_sd_days": 3}
                for name in items
            ],
            "sales": [
                {"date": day, "item": name, "location": "NJ", "segment": "ALL", "quantity": quantity}
                for name, values in sold.items()
                for day, quantity in zip(MONTHS, values.tolist(), strict=True)
            ],
            "scheduled_receipts": [
                {"order": f"PO-{k}", "line": "1", "item": "CALM", "location": "NJ", "supplier": "MOULD",
                 "quantity": 100, "order_date": day, "received_date": day + timedelta(days=20 + 20 * (k % 2)),
                 "received_quantity": 100, "status": "received"}
                for k, day in enumerate(date(2025, 1, 5) + timedelta(days=20 * k) for k in range(receipts))
            ],
        }
    )  # fmt: skip


@pytest.mark.django_db
def test_wild_items_are_guarded_by_the_spread_of_their_demand_and_an_edit_finds_the_same() -> None:
    company()
    plan = plan_now(as_of=AS_OF)
    reasons = {row["item"]: row["reason"] for row in exported("safety_stock")}
    assert "spread of demand" in reasons["WILD0"]
    assert "error" in reasons["CALM"]
    whole = dict(InventoryTarget.objects.filter(plan=plan).values_list("item__code", "safety_stock"))
    target = InventoryTarget.objects.get(plan=plan, item__code="WILD1")
    assert target.protection_sd**2 > target.daily_demand * target.protection_days, "never below a Poisson"

    recompute_items(plan=plan, item_ids=[target.item_id])
    alone = InventoryTarget.objects.get(plan=plan, item__code="WILD1")
    assert alone.safety_stock == whole["WILD1"], "what the classes teach was found over the whole plan"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("receipts", "sd", "words"),
    [(14, ((12 * 9 + 14 * 1400 / 13) / 26) ** 0.5, "+- 7.88 with 14 receipts"), (1, 3, "+- 3,")],
)
def test_the_spread_of_the_lead_time_leans_on_the_typed_one_as_long_as_receipts_are_few(
    receipts, sd, words
) -> None:
    company(receipts=receipts)
    plan_now(as_of=AS_OF)
    target = InventoryTarget.objects.get(item__code="CALM", plan__status="current")
    assert target.lead_time_sd_days == pytest.approx(sd, abs=0.001)
    assert words in target.reason
