"""Hold until it has recovered: two parts of one maker go into two cups; their stock lasts 20 and 25 days, it recovers in 35."""

import re
from datetime import date
from typing import Any

import pytest
from chain import days_in, demand_rows, plan_now
from django.urls import reverse

from inventory.models import InventoryTarget, Policy
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from supply.errors import SupplyError
from supply.models import Supplier, SupplierRisk
from supply.selectors.pages.ways_out import failure
from supply.services.bridging import hold_until_recovery

AS_OF = date(2026, 1, 1)
A_DAY = 100
CUPS, DAYS_OF = ("SMALL", "LARGE"), {"RIM": 20, "BASE": 25}


def company(*, missing: dict[str, float] | None = None) -> PlanVersion:
    """With what is `missing` in stock, too."""
    place = {"location": "NJ"}
    make = {**place, "source": "NJ", "kind": "make", "lead_time_days": 0}
    buy = {**place, "source": "MOULD", "kind": "buy", "lead_time_days": 5, "unit_cost": 1}
    each = [A_DAY * days for days in days_in(AS_OF, 12)]
    load_tables(
        {
            "items": [
                *({"item": cup, "unit_price": 5, "unit_cost": 2} for cup in CUPS),
                *({"item": part, "unit_cost": 1, "holding_cost_pct": 20} for part in DAYS_OF),
            ],
            "locations": [place],
            "suppliers": [{"supplier": "MOULD", "time_to_recover_days": 35}],
            "sourcing": [
                *({"item": cup, **make} for cup in CUPS),
                *({"item": part, **buy} for part in DAYS_OF),
            ],
            "bom": [
                {"parent": cup, "component": part, "quantity_per": 1} for cup in CUPS for part in DAYS_OF
            ],
            "on_hand": [
                {
                    "date": AS_OF,
                    "item": part,
                    **place,
                    "quantity": days * len(CUPS) * A_DAY + (missing or {}).get(part, 0.0),
                }
                for part, days in DAYS_OF.items()
            ],
            "demand": [row for cup in CUPS for row in demand_rows(cup, "NJ", AS_OF, each)],
        }
    )
    return plan_now(as_of=AS_OF, background=True)


def risk_of(plan: PlanVersion) -> SupplierRisk:
    return SupplierRisk.objects.select_related("first_short_item").get(plan=plan)


@pytest.mark.django_db
def test_each_part_lacks_what_all_products_ask_of_it_until_the_supplier_is_back(sam: Person) -> None:
    plan = company()
    found = failure(sam, plan, Supplier.objects.get(), risk_of(plan))
    assert found is not None
    missing = {one.line.item.code: one.units for one in found.parts}
    assert missing == pytest.approx({"RIM": 15 * 200, "BASE": 10 * 200}, rel=0.02)
    hold = found.ways[0]
    assert (hold.label, hold.holds) == ("Hold more stock", True)
    assert hold.words.startswith(f"{missing['RIM']:,.0f} more RIM and as long a cover of 1 other part at NJ")
    assert hold.cost == pytest.approx(0.2 * sum(missing.values()))


@pytest.mark.django_db
def test_with_that_much_more_every_part_lasts_until_the_supplier_is_back(sam: Person) -> None:
    """The cup that is second in line is short after nine days: the first takes the parts of its whole month. In stock for
    35 days, they leave it four days of February that the first one takes for later days of that month."""
    before = risk_of(company())
    assert (before.survive_days, before.gap_days) == (9, 26)
    after = risk_of(company(missing={"RIM": 3000, "BASE": 2000}))
    assert (after.gap_days, after.exposure) == (4, 4 * 2 * A_DAY * 3)


@pytest.mark.django_db
def test_what_is_held_stands_in_the_policies_with_its_reason_and_in_the_targets(
    client: Any, sam: Person
) -> None:
    company()
    client.force_login(sam)
    page = client.get(reverse("supply:suppliers")).content.decode()
    assert "Hold it" in page
    told = client.post(reverse("supply:hold_until_recovery", args=[Supplier.objects.get().pk]), follow=True)
    assert "Held from now on, at least:" in told.content.decode()
    for policy in Policy.objects.select_related("item"):
        target = InventoryTarget.objects.get(plan=working_plan(), item=policy.item)
        assert target.safety_stock >= float(policy.min_qty or 0) > 0
        assert policy.person == sam
        assert policy.reason == "outlasts a failure of MOULD, which recovers in 35 days; stock lasted 9"
    held = dict(Policy.objects.values_list("item__code", "min_qty"))
    assert held == {part: pytest.approx(35 * 2 * A_DAY, rel=0.01) for part in DAYS_OF}, (
        "4,000 and 5,000 in stock, 3,000 and 2,000 more"
    )
    hold_until_recovery(person=sam, plan=working_plan(), supplier=Supplier.objects.get())
    assert dict(Policy.objects.values_list("item__code", "min_qty")) == held, "once more changes nothing"


@pytest.mark.django_db
def test_what_is_held_is_taken_back_with_one_press_unless_somebody_changed_it_since(
    client: Any, sam: Person
) -> None:
    company()
    load_tables({"policies": [{"item": "RIM", "location": "NJ", "min_qty": 70}]})
    client.force_login(sam)
    address = reverse("supply:hold_until_recovery", args=[Supplier.objects.get().pk])

    def pressed() -> str:
        page = client.post(address, follow=True).text
        sent = dict(re.findall(r'<input type="hidden" name="(token|next)" value="([^"]+)">', page))
        return str(client.post(reverse("supply:undo_hold"), sent, follow=True).text)

    assert "Taken back: 2 parts held as before." in pressed()
    assert dict(Policy.objects.values_list("item__code", "min_qty")) == {"RIM": 70, "BASE": None}
    assert {target.safety_stock for target in InventoryTarget.objects.filter(plan=working_plan())} == {0, 70}

    page = client.post(address, follow=True).text
    sent = dict(re.findall(r'<input type="hidden" name="(token|next)" value="([^"]+)">', page))
    Policy.objects.filter(item__code="BASE").update(version=99, reason="Agreed with the maker")
    refused = client.post(reverse("supply:undo_hold"), sent, follow=True).text
    assert "changed this policy meanwhile: “Agreed with the maker”" in refused
    assert all(policy.min_qty > 70 for policy in Policy.objects.all()), "nothing is half taken back"
    assert "Held already, at least:" in client.post(address, follow=True).text
    Item.objects.get(code="RIM").delete()
    gone = client.post(reverse("supply:undo_hold"), sent, follow=True).text
    assert "is there no longer: nothing was taken back" in gone


@pytest.mark.django_db
def test_a_most_that_people_set_stands_in_the_way_and_nothing_is_half_held(sam: Person) -> None:
    plan = company()
    load_tables({"policies": [{"item": "BASE", "location": "NJ", "max_qty": 500}]})
    with pytest.raises(SupplyError, match="BASE at NJ is to hold 500 at most"):
        hold_until_recovery(person=sam, plan=plan, supplier=Supplier.objects.get())
    assert not Policy.objects.filter(min_qty__isnull=False).exists()


@pytest.mark.django_db
def test_where_stock_outlasts_the_recovery_nothing_is_to_be_held(sam: Person) -> None:
    plan = company(missing={"RIM": 9000, "BASE": 9000})
    with pytest.raises(SupplyError, match="Stock outlasts a failure of MOULD"):
        hold_until_recovery(person=sam, plan=plan, supplier=Supplier.objects.get())
