"""The policy of an item at a location: typed, refused, taken back."""

import re
from typing import Any

import pytest
from planning import Planned

from inventory.models import InventoryTarget, Policy
from siop.plans import locks
from siop.web.models import AuditEvent

ITEMS = 1


def _policy_url(made: Planned) -> str:
    return f"/supply/policies/{made.items[0].pk}/{made.locations[0].pk}/"


VALUES = {"service_policy": "cycle_service", "service_target": "0.97", "reason": "More returns at Easter"}


def test_policy_is_saved_with_reason_and_audit(sams: Any, sam: Any, made: Planned) -> None:
    answer = sams.post(_policy_url(made), VALUES | {"version": "0"})
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert answer.status_code == 302
    assert (policy.service_policy, float(policy.service_target), policy.person) == (
        "cycle_service",
        0.97,
        sam,
    )
    event = AuditEvent.objects.get(table="inventory_policy", key=str(policy.pk))
    assert (event.person_id, event.reason) == (sam.pk, "More returns at Easter")


def _field(text: str, name: str) -> str:
    (found,) = re.findall(
        rf'<input[^>]* name="{name}".*?>|<select name="{name}".*?</select>', text, re.DOTALL
    )
    return str(found)


def test_a_policy_that_is_blank_shows_what_the_plan_computed_and_whose_it_is(
    sams: Any, made: Planned
) -> None:
    item = made.items[0]
    text = sams.get(_policy_url(made)).text
    assert "As the item: cycle service" in _field(text, "service_policy")
    assert 'placeholder="0.95"' in _field(text, "service_target")
    assert 'placeholder="0"' in _field(text, "review_days")
    item.service_policy, item.service_target = "", None
    item.save()
    InventoryTarget.objects.update(service_policy="never_run_out", service_target=0.999)
    for path in (_policy_url(made), _item_location(made, "policy")):
        text = sams.get(path).text
        assert "As class AX: never run out" in _field(text, "service_policy")
        assert 'placeholder="0.999"' in _field(text, "service_target")


def test_a_policy_of_its_own_follows_nobody(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    for path in (_policy_url(made), _item_location(made, "policy")):
        text = sams.get(path).text
        assert "As the item or its class" in _field(text, "service_policy")
        assert "placeholder" not in _field(text, "service_target")


def _item_location(made: Planned, tab: str) -> str:
    return f"/supply/items/{made.items[0].pk}/{made.locations[0].pk}/?tab={tab}"


def test_the_trail_of_an_item_location_speaks_as_the_audit_page_does(sams: Any, made: Planned) -> None:
    """Names of things, not numbers of rows."""
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    line = sams.get(_item_location(made, "audit")).context["lines"][0]
    assert (line.who, line.what, line.reason) == ("Sam", "Added", "More returns at Easter")
    assert made.items[0].code in line.row
    assert not [change.column for change in line.changes if change.column.endswith("_id")]


def _take_back(sams: Any, made: Planned) -> Any:
    token = re.search(r'name="token" value="([^"]+)"', sams.get(_item_location(made, "policy")).text)
    assert token is not None
    return sams.post(f"{_policy_url(made)}undo/", {"token": token[1]}, follow=True)


def test_a_policy_is_taken_back_to_what_it_was_before(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0", "min_qty": "40"})
    sams.get(_item_location(made, "policy"))  # the message of the first is read
    sams.post(_policy_url(made), VALUES | {"version": "1", "service_target": "0.99"})
    assert "is as it was" in _take_back(sams, made).text
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert (float(policy.service_target), float(policy.min_qty), policy.version) == (0.97, 40, 3)


def test_the_first_policy_taken_back_follows_the_item_again(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    _take_back(sams, made)
    policy = Policy.objects.get(item=made.items[0], location=made.locations[0])
    assert (policy.service_policy, policy.service_target, policy.lot_sizing) == ("", None, "")


def test_a_policy_that_somebody_changed_since_is_not_taken_back(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    Policy.objects.update(version=2, service_target=0.9)
    assert "changed this policy meanwhile" in _take_back(sams, made).text
    assert float(Policy.objects.get(item=made.items[0]).service_target) == 0.9


def test_a_policy_that_is_closed_cannot_be_saved_from_the_item_location(
    sams: Any, made: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Save policy" in sams.get(_item_location(made, "policy")).content.decode()
    monkeypatch.setattr(locks, "closed_because", lambda part: f"{part.label} are closed.")
    page = sams.get(_item_location(made, "policy")).content.decode()
    assert "Save policy" not in page
    assert "Inventory targets are closed." in page


def test_stale_policy_shows_what_stands_there_and_keeps_what_was_typed(sams: Any, made: Planned) -> None:
    sams.post(_policy_url(made), VALUES | {"version": "0"})
    answer = sams.post(_policy_url(made), VALUES | {"version": "0", "service_target": "0.99"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "changed this policy meanwhile" in text
    assert "Policy Cycle service · Target 0.97" in text
    assert 'value="0.99"' in text
    again = sams.post(_policy_url(made), VALUES | {"version": "1", "service_target": "0.99"})
    assert again.status_code == 302
    assert float(Policy.objects.get().service_target) == 0.99


def test_edit_without_a_version_is_refused(sams: Any, made: Planned) -> None:
    assert sams.post(_policy_url(made), VALUES).status_code == 428
    assert sams.post(f"/supply/orders/{made.orders[0].pk}/firm/", {"quantity": "5"}).status_code == 428
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"reason": ""}, "Say why"),
        ({"service_target": ""}, "needs a target"),
        ({"service_target": "95"}, "is no share"),
        ({"min_qty": "50", "max_qty": "20"}, "At most 20 is less than at least 50"),
        ({"lot_sizing": "fixed_order_quantity"}, "needs a quantity"),
        ({"service_target": "1e400"}, "errors"),
        ({"review_days": "-1"}, "errors"),
    ],
)
def test_wrong_policies_are_told_at_the_field(
    sams: Any, made: Planned, wrong: dict[str, str], says: str
) -> None:
    answer = sams.post(_policy_url(made), VALUES | {"version": "0"} | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Policy.objects.exists()
