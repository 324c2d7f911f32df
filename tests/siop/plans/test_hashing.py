"""The content hash says whether two plans hold the same, down to the thousandth."""

import time

import pytest
from django.db import connection
from factories import company, live_plan, plan_version

from forecasting.models import ConsensusLine
from inventory.models import InventoryTarget
from siop.plans import hashing
from siop.plans.enums import PlanPart
from supply.models import CapacityLoad, PlanLine, PlannedOrder


@pytest.fixture
def plan(db):
    return live_plan(company())


def test_the_same_content_has_the_same_hash(plan):
    assert hashing.content(plan) == hashing.content(plan)


def test_tree_has_a_digest_for_each_family_and_part(plan):
    tree = hashing.content(plan)
    assert set(tree.digests) == {(f, p) for f in ("Bottles", "Capsules") for p in PlanPart}
    assert all(len(sha) == 64 for sha in [*tree.digests.values(), tree.content_hash])


def test_row_ids_and_order_of_writing_do_not_matter(plan):
    before = hashing.content(plan)
    rows = list(ConsensusLine.objects.filter(plan=plan))
    ConsensusLine.objects.filter(plan=plan).delete()
    for row in reversed(rows):
        row.pk = None
        row.save(force_insert=True)
    assert hashing.content(plan) == before


def test_noise_below_a_thousandth_is_no_change(plan):
    before = hashing.content(plan)
    line = ConsensusLine.objects.filter(plan=plan).first()
    line.quantity = [value + 1e-9 for value in line.quantity]
    line.save()
    assert hashing.content(plan) == before


def change(model, **values):
    """Changes the rows of one bottle in the plan."""
    where = "series__item__code" if model is ConsensusLine else "item__code"
    return lambda plan: model.objects.filter(plan=plan, **{where: "BOT-1"}).update(**values)


CHANGES = {
    "demand": change(ConsensusLine, quantity=[100.0] * 11 + [100.001]),
    "target": change(InventoryTarget, safety_stock=41),
    "policy": change(InventoryTarget, service_target=0.9501),
    "closing": change(PlanLine, closing=[40.0] * 11 + [39.0]),
    "order date": change(PlannedOrder, order_by="2026-12-02"),
    "order quantity": change(PlannedOrder, quantity=101),
    "another horizon": change(ConsensusLine, quantity=[100.0] * 11),
    "a line less": lambda plan: ConsensusLine.objects.filter(plan=plan, series__item__code="BOT-1").delete(),
}


@pytest.mark.parametrize("make", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_moves_its_family_and_the_plan_only(plan, make):
    before = hashing.content(plan)
    make(plan)
    after = hashing.content(plan)
    moved = {key for key in before.digests if after.digests.get(key) != before.digests[key]}
    assert len(moved) == 1
    assert moved.pop()[0] == "Bottles"
    assert after.content_hash != before.content_hash


def test_capacity_is_shared_and_moves_the_plan_alone(plan):
    CapacityLoad.objects.create(plan=plan, kind="resource", code="LINE", required=[1.0], available=[2.0])
    before = hashing.content(plan)
    CapacityLoad.objects.filter(plan=plan).update(required=[1.5])
    after = hashing.content(plan)
    assert after.digests == before.digests
    assert after.content_hash != before.content_hash


def test_parameters_and_units_are_part_of_it(plan):
    before = hashing.content(plan)
    plan.parameters = {"currency": "EUR"}
    plan.save()
    assert hashing.content(plan).content_hash != before.content_hash
    plan.parameters = {"currency": "USD"}
    plan.save()
    plan.consensus_lines.first().series.item.__class__.objects.filter(code="BOT-1").update(unit="box")
    after = hashing.content(plan)
    assert after.digests["Bottles", PlanPart.DEMAND] != before.digests["Bottles", PlanPart.DEMAND]
    assert after.digests["Capsules", PlanPart.DEMAND] == before.digests["Capsules", PlanPart.DEMAND]


def test_items_without_category_are_a_family_of_their_own(plan):
    plan.consensus_lines.first().series.item.__class__.objects.filter(code="BOT-1").update(category=None)
    assert (hashing.NO_FAMILY, PlanPart.DEMAND) in hashing.content(plan).digests


def test_a_missing_number_is_refused(plan):
    ConsensusLine.objects.filter(plan=plan, series__item__code="BOT-1").update(quantity=[float("nan")] * 12)
    with pytest.raises(hashing.HashingError, match="missing or an impossible number"):
        hashing.content(plan)


def test_an_empty_plan_has_a_hash(db):
    assert len(hashing.content(plan_version()).content_hash) == 64


def test_cached_tree_follows_each_write(plan):
    first = hashing.current(plan)
    assert hashing.current(plan) == first
    ConsensusLine.objects.filter(plan=plan, series__item__code="BOT-1").update(quantity=[7.0] * 12)
    assert hashing.current(plan) == hashing.content(plan) != first
    ConsensusLine.objects.filter(plan=plan, series__item__code="BOT-1").update(quantity=[8.0] * 12)
    assert hashing.current(plan) == hashing.content(plan)


def test_cached_tree_follows_each_part_and_what_lines_are_called_by(plan):
    first = hashing.current(plan)
    InventoryTarget.objects.filter(plan=plan, item__code="BOT-1").update(safety_stock=43)
    second = hashing.current(plan)
    assert second == hashing.content(plan) != first
    item = plan.consensus_lines.first().series.item
    item.__class__.objects.filter(pk=item.pk).update(code="BOT-1B")
    assert hashing.current(plan) == hashing.content(plan) != second


def test_versions_of_a_part_stay_while_another_is_written(plan):
    demand, stock = (hashing.row_versions(plan, part) for part in (PlanPart.DEMAND, PlanPart.INVENTORY))
    whole = hashing.row_versions(plan)
    InventoryTarget.objects.filter(plan=plan, item__code="BOT-1").update(safety_stock=44)
    assert hashing.row_versions(plan, PlanPart.DEMAND) == demand
    assert hashing.row_versions(plan, PlanPart.INVENTORY) != stock
    assert hashing.row_versions(plan) != whole


def test_part_hash_moves_with_its_part_only(plan):
    before = hashing.content(plan)
    InventoryTarget.objects.filter(plan=plan, item__code="BOT-1").update(safety_stock=41)
    after = hashing.content(plan)
    assert hashing.part_hash(after, PlanPart.DEMAND) == hashing.part_hash(before, PlanPart.DEMAND)
    assert hashing.part_hash(after, PlanPart.INVENTORY) != hashing.part_hash(before, PlanPart.INVENTORY)


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_hashed_within_seconds(db):
    plan = plan_version()
    made = company(("Bottles",), items=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_item (code, description, unit, step, priority, service_policy, category_id) "
            "SELECT 'X' || n, '', '', 1, 5, '', %s FROM generate_series(1, 100000) n",
            [made.categories["Bottles"].pk],
        )
        arrays = next(lines.arrays for lines in hashing.TABLES if lines.model == "supply.PlanLine")
        filled = ", ".join(["array_fill(i.id::float8, ARRAY[18])"] * 9)
        cursor.execute(
            "INSERT INTO supply_planline "
            "(plan_id, item_id, location_id, on_hand, past_due_release, excess, obsolete, expiring, expired, expiring_by_period, "
            f"{', '.join(arrays)}) "
            f"SELECT %s, i.id, %s, 1, 0, 0, 0, 0, 0, '{{}}', {filled} FROM catalog_item i WHERE i.code LIKE 'X%%'",
            [plan.pk, made.location.pk],
        )
    start = time.process_time()
    tree = hashing.content(plan)
    assert time.process_time() - start < 6, "CPU seconds of this process"
    assert ("Bottles", PlanPart.SUPPLY) in tree.digests
