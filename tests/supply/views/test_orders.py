"""Orders from the pages: firmed, released, taken back, and made again meanwhile."""

import re
from copy import copy
from typing import Any

from planning import Planned

from supply.models import PlannedOrder, ScheduledReceipt

ITEMS = 1


def test_firming_from_the_page_says_what_it_costs(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    data = {"version": str(order.version), "quantity": str(order.quantity + 100), "reason": "Promised"}
    answer = sams.post(f"/supply/orders/{order.pk}/firm/", data, follow=True)
    assert PlannedOrder.objects.get(pk=order.pk).status == "firm"
    assert "+100 on the plan, +1,240 in money" in answer.content.decode()


def test_stale_firm_answers_409_and_can_be_saved_again(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    url, data = f"/supply/orders/{order.pk}/firm/", {"quantity": "60", "reason": "Promised"}
    sams.post(url, data | {"version": "1"})
    answer = sams.post(url, data | {"version": "1", "quantity": "70"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert 'name="version" value="2"' in answer.content.decode()
    assert sams.post(url, data | {"version": "2", "quantity": "70"}).status_code == 302
    assert PlannedOrder.objects.get(pk=order.pk).quantity == 70


def test_release_from_the_page(sams: Any, made: Planned) -> None:
    chosen = [str(order.pk) for order in made.orders[:2]]
    answer = sams.post("/supply/orders/release/", {"order": chosen}, follow=True)
    assert "2 orders released" in answer.content.decode()
    assert ScheduledReceipt.objects.filter(order__startswith="P-").count() == 2


def test_release_of_nothing_and_of_others_orders(client: Any, person: Any, made: Planned) -> None:
    elsewhere = next(place for place in made.locations if place.pk != made.orders[0].location_id)
    client.force_login(person("lou", "supply_planner", location=elsewhere))
    answer = client.post("/supply/orders/release/", {"order": [str(made.orders[0].pk), "x"]}, follow=True)
    assert "No order is chosen" in answer.content.decode()
    assert not PlannedOrder.objects.filter(status="released").exists()


def test_release_leads_only_to_our_own_pages(sams: Any, made: Planned) -> None:
    data = {"order": str(made.orders[0].pk), "next": "https://elsewhere.example/"}
    assert sams.post("/supply/orders/release/", data).url == "/supply/"


def _undo_token(answer: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', answer.content.decode())
    assert found, "no Undo beside the message"
    return found[1]


def test_firming_is_taken_back_beside_the_message(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    url, data = f"/supply/orders/{order.pk}/firm/", {"version": "1", "quantity": "60", "reason": "Promised"}
    first = _undo_token(sams.post(url, data, follow=True))
    second = _undo_token(sams.post(url, data | {"version": "2", "quantity": "70"}, follow=True))
    unknown = sams.post("/supply/orders/undo-firm/", {"token": "x"}, follow=True).content.decode()
    assert "can no longer be taken back" in unknown
    sams.post("/supply/orders/undo-firm/", {"token": second})
    again = PlannedOrder.objects.get(pk=order.pk)
    assert (again.status, again.quantity, again.reason) == ("firm", 60, "Promised")
    refused = sams.post("/supply/orders/undo-firm/", {"token": first}, follow=True).content.decode()
    assert "changed order" in refused
    assert PlannedOrder.objects.get(pk=order.pk).quantity == 60


def _made_again(order: PlannedOrder, **changed: Any) -> PlannedOrder:
    """As a run does it: the old row goes, a new one takes its number."""
    PlannedOrder.objects.filter(pk=order.pk).delete()
    fresh = copy(order)
    fresh.pk = None
    for name, value in changed.items():
        setattr(fresh, name, value)
    fresh.save(force_insert=True)
    return fresh


def test_an_order_made_again_since_the_page_was_read_is_shown_before_it_is_firmed(
    sams: Any, made: Planned
) -> None:
    order = made.orders[0]
    url = f"/supply/orders/{order.pk}/firm/"
    data = {"version": "1", "quantity": "60", "reason": "Promised", "number": order.number}
    now = _made_again(order, quantity=90)
    answer = sams.post(url, data, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{order.number} is 90 by" in page
    assert f'action="/supply/orders/{now.pk}/firm/"' in page
    assert PlannedOrder.objects.get(number=order.number).status == "planned"
    assert sams.post(url, data | {"number": "P-gone"}).status_code == 404


def test_an_open_order_link_outlives_a_plan_made_again(sams: Any, made: Planned) -> None:
    order = made.orders[0]
    _made_again(order)
    assert sams.get(f"/supply/?order={order.number}").context["order"].number == order.number
    gone = sams.get("/supply/?order=P-GONE-1")
    assert gone.status_code == 200
    assert "P-GONE-1</b> is not in the plan any more" in gone.content.decode()


def test_release_of_orders_some_of_which_are_gone_releases_none(sams: Any, made: Planned) -> None:
    first, second = made.orders[:2]
    _made_again(second)
    answer = sams.post("/supply/orders/release/", {"order": [str(first.pk), str(second.pk)]}, follow=True)
    assert "choose again" in answer.content.decode()
    assert not ScheduledReceipt.objects.filter(order__startswith="P-").exists()
