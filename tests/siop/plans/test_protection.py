# ruff: noqa: E501 - one statement a line reads better than wrapped ones
"""Thirty ways to change a published plan, as the application and with raw SQL: each is refused by the database."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from factories import company, live_plan, plan_exception, plan_version

from siop.plans import hashing
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.freezing import freeze
from siop.plans.models import PlanDigest, PlanVersion
from siop.plans.protection import ROLE
from siop.plans.publishing import publish
from supply.models import CapacityLoad, Peg, Supplier, SupplierRisk

WAYS = {
    "demand of a line": "UPDATE forecasting_consensusline SET quantity[1] = 1 WHERE plan_id = {plan}",
    "all demand": "UPDATE forecasting_consensusline SET quantity = '{{}}'",
    "a line less": "DELETE FROM forecasting_consensusline WHERE id IN (SELECT id FROM forecasting_consensusline WHERE plan_id = {plan} LIMIT 1)",
    "a line moved away": "UPDATE forecasting_consensusline SET plan_id = {empty} WHERE plan_id = {plan}",
    "a line moved in": "UPDATE forecasting_consensusline SET plan_id = {plan} WHERE plan_id = {draft} AND series_id = {extra}",
    "a line more": "INSERT INTO forecasting_consensusline (plan_id, series_id, quantity, overridden, reviewed, touched, version) SELECT {plan}, series_id, quantity, overridden, reviewed, 0, 1 FROM forecasting_consensusline WHERE plan_id = {draft} AND series_id = {extra}",
    "a safety stock": "UPDATE inventory_inventorytarget SET safety_stock = 0 WHERE plan_id = {plan}",
    "a policy": "UPDATE inventory_inventorytarget SET service_policy = 'fill_rate' WHERE plan_id = {plan}",
    "a target less": "DELETE FROM inventory_inventorytarget WHERE plan_id = {plan}",
    "a target's reason": "UPDATE inventory_inventorytarget SET reason = '' WHERE plan_id = {plan}",
    "a projection": "UPDATE supply_planline SET closing = array_fill(9::float8, ARRAY[12]) WHERE plan_id = {plan}",
    "on hand": "UPDATE supply_planline SET on_hand = 9 WHERE plan_id = {plan}",
    "a projection less": "DELETE FROM supply_planline WHERE plan_id = {plan}",
    "an order's quantity": "UPDATE supply_plannedorder SET quantity = 9 WHERE plan_id = {plan}",
    "an order's date": "UPDATE supply_plannedorder SET due_date = '2030-01-01' WHERE plan_id = {plan}",
    "an order's cost": "UPDATE supply_plannedorder SET unit_landed_cost = 9 WHERE plan_id = {plan}",
    "an order released with another quantity": "UPDATE supply_plannedorder SET status = 'released', quantity = 9 WHERE plan_id = {plan}",
    "an order less": "DELETE FROM supply_plannedorder WHERE plan_id = {plan}",
    "an order moved away": "UPDATE supply_plannedorder SET plan_id = {draft}, number = 'P-9' || id WHERE plan_id = {plan}",
    "an order moved in": "UPDATE supply_plannedorder SET plan_id = {plan}, number = 'P-9' || id WHERE plan_id = {draft}",
    "an order more": "INSERT INTO supply_plannedorder (plan_id, number, item_id, location_id, kind, source, mode, quantity, needed_quantity, overhang, overhang_value, need_date, order_by, ship_date, due_date, status, reason, parts, run, version, improved) SELECT {plan}, 'P-9', item_id, location_id, kind, source, mode, 9, 9, 0, 0, need_date, order_by, ship_date, due_date, status, reason, parts, run, 1, false FROM supply_plannedorder WHERE plan_id = {draft} LIMIT 1",
    "a peg": "UPDATE supply_peg SET quantity = 9 WHERE plan_id = {plan}",
    "a load": "UPDATE supply_capacityload SET required = '{{9}}' WHERE plan_id = {plan}",
    "a risk": "DELETE FROM supply_supplierrisk WHERE plan_id = {plan}",
    "an exception's money": "UPDATE supply_planexception SET avoidable_loss = 0 WHERE plan_id = {plan}",
    "an exception less": "DELETE FROM supply_planexception WHERE plan_id = {plan}",
    "a digest": "UPDATE plans_plandigest SET sha256 = 'x' WHERE plan_id = {plan}",
    "the content hash": "UPDATE plans_planversion SET content_hash = 'x' WHERE id = {plan}",
    "the parameters": "UPDATE plans_planversion SET parameters = '{{}}' WHERE id = {plan}",
    "back to draft": "UPDATE plans_planversion SET status = 'draft' WHERE id = {plan}",
    "the whole plan": "DELETE FROM plans_planversion WHERE id = {plan}",
    "all lines at once": "TRUNCATE forecasting_consensusline CASCADE",
    "the trigger itself": "ALTER TABLE supply_planline DISABLE TRIGGER ALL",
    "the trigger dropped": "DROP TRIGGER siop_published_update ON supply_planline",
    "triggers left out": "SET LOCAL session_replication_role = replica",
}


def sign_and_publish(plan):
    return publish(plan, signed={"Sales": hashing.content(plan).content_hash})


@pytest.fixture
def plans(db):
    live = live_plan(company())
    plan_exception(live)
    place = live.lines.first()
    Peg.objects.create(plan=live, demand_item=place.item, demand_location=place.location, demand_month="2027-01-01", order="P-000001", quantity=1)  # fmt: skip
    CapacityLoad.objects.create(plan=live, kind="resource", code="LINE", required=[1.0], available=[2.0])
    SupplierRisk.objects.create(plan=live, supplier=Supplier.objects.create(code="ACME"), survive_days=9)
    plan = freeze(live, name="December")
    return plan, names_of(plan, live)


def names_of(plan, live):
    """What the statements name: the plan, one still open, one that is empty, and a series in the open one alone."""
    from forecasting.models import ConsensusLine

    extra = company(("Kits",), items=1).series[0]
    ConsensusLine.objects.create(plan=live, series=extra, quantity=[1.0] * 12)
    empty = plan_version(kind=PlanKind.SCENARIO)
    return {"plan": plan.pk, "draft": live.pk, "empty": empty.pk, "extra": extra.pk}


def as_application(statement):
    """Rows that a statement of the application touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
        cursor.execute(statement)
        return cursor.rowcount


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_published_plan_cannot_be_changed(plans, way):
    plan, names = plans
    published = sign_and_publish(plan)
    with pytest.raises(DatabaseError, match=r"published|permission denied|must be owner"):
        as_application(way.format(**names))
    assert hashing.content(published).content_hash == published.content_hash


def test_each_way_works_on_a_draft(plans):
    """So that the refusals above are about publication, and not about a misspelt statement."""
    beyond = {
        "all lines at once",
        "the trigger itself",
        "the trigger dropped",
        "triggers left out",
        "the whole plan",
    }
    touched = {}
    for name in WAYS.keys() - beyond:
        with transaction.atomic():
            touched[name] = as_application(WAYS[name].format(**plans[1]))
            transaction.set_rollback(True)
    assert {name for name, rows in touched.items() if rows < 1} == {
        "a digest"
    }  # it comes with the signatures


def test_a_superseded_plan_stays_as_it_was(plans):
    plan, names = plans
    first = sign_and_publish(plan)
    sign_and_publish(freeze(PlanVersion.objects.get(pk=names["draft"]), name="January"))
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED
    for name in (
        "demand of a line",
        "a safety stock",
        "an order's quantity",
        "an exception's money",
        "back to draft",
    ):
        with pytest.raises(DatabaseError, match="published"):
            as_application(WAYS[name].format(**names))


def test_orders_of_a_published_plan_are_released_and_exceptions_snoozed(plans):
    published = sign_and_publish(plans[0])
    as_application(
        f"UPDATE supply_plannedorder SET status = 'released', released = now() WHERE plan_id = {published.pk}"
    )
    as_application(
        f"UPDATE supply_planexception SET status = 'snoozed', note = 'n' WHERE plan_id = {published.pk}"
    )
    assert hashing.content(published).content_hash == published.content_hash
    assert published.published <= timezone.now()
    assert PlanDigest.objects.filter(plan=published).count() == 6
