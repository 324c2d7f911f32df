"""Whose role holds for one family finds nothing of another's: on no page, in no export, by no id put into an address."""

from collections.abc import Callable
from typing import Any

import pytest
from addresses import WORD, addresses
from django.core import serializers
from django.test import Client
from planning import Planned

from siop.accounts.enums import Role
from siop.accounts.services import new_token
from siop.catalog.models import Category
from siop.web import exports
from siop.web.models import Comment

pytestmark = pytest.mark.django_db
ITEMS = 1
OWN, FOREIGN = "BOT-101", "CAP-101"  # a bottle and a capsule are planned; who asks may see the bottle
NUMBER = 999_999
SCOPED = [Role.DEMAND_PLANNER, Role.SUPPLY_PLANNER, Role.ACTION_OWNER, Role.GUEST]


def of_bottles(person: Callable[..., Any], role: Role) -> Client:
    """Signed in, and with a token for the API, as somebody whose role holds for bottles."""
    somebody = person(f"bo.{role}", role, category=Category.objects.get(code="Bottles"))
    client = Client(headers={"authorization": f"Bearer {new_token(somebody)}"})
    client.force_login(somebody)
    return client


def text_of(answer: Any) -> str:
    return (b"".join(answer) if answer.streaming else answer.content).decode("utf-8", "replace")


def without_ids() -> list[str]:
    paths = [path for _, path, _ in addresses(number=NUMBER)]
    return [path for path in paths if not any(sample in path for sample in (str(NUMBER), f"/{WORD}"))]


@pytest.mark.parametrize("role", SCOPED, ids=str)
def test_no_page_and_no_export_shows_what_lies_outside_of_ones_families(
    made: Planned, person: Callable[..., Any], role: Role
) -> None:
    client = of_bottles(person, role)
    kinds = [export.kind for export in exports.kinds()]
    out = [f"/api/v1/{kind}" for kind in kinds] + [f"/web/exports/{kind}.csv" for kind in kinds]
    assert OWN in text_of(client.get("/api/v1/forecast"))
    searches = [f"/web/search/?q={FOREIGN}", f"/demand/rows?group=none&q={FOREIGN}&from=0&count=50"]
    shown = [path for path in [*without_ids(), *out] if FOREIGN in text_of(client.get(path))]
    found = [path for path in searches if f'"{FOREIGN}' in text_of(client.get(path))]
    assert [*shown, *found] == []


def by_id(made: Planned, dana: Any) -> list[str]:
    """Addresses of the capsule's things; what is posted there would change or show them."""
    assert made.items[0].code == FOREIGN
    item, place, order, series = made.items[0], made.locations[0], made.orders[0], made.series[0]
    threat = next(each for each in made.exceptions if each.item_id == item.pk)
    comment = Comment.objects.create(
        place=f"item-location:{item.code}/{place.code}", text="secret", person=dana
    )
    assert order.item_id == item.pk
    return [
        f"/supply/items/{item.pk}/{place.pk}/",
        f"/supply/policies/{item.pk}/{place.pk}/",
        f"/supply/orders/{order.pk}/firm/",
        f"/supply/orders/{order.pk}/let-go/",
        f"/supply/exceptions/{threat.pk}/snooze/",
        f"/supply/exceptions/{threat.pk}/reopen/",
        f"/supply/scenarios/from-exception/{threat.pk}/",
        f"/web/comments/{comment.pk}/resolve/",
        f"/web/comments/?place={comment.place}",
        f"/web/comments/?place=exception:{threat.key}",
        f"/web/comments/?place=demand:0.{item.pk}.{place.pk}.{series.segment_id}",
        "/web/comments/?place=demand:1.2",
        f"/web/why/forecast/{series.pk}/0",
    ]


def state() -> str:
    """What people can change of the capsule, as text."""
    from forecasting.models import Override
    from inventory.models import Policy
    from supply.models import PlanException, PlannedOrder, ScenarioChange

    tables = (Override, Policy, PlanException, PlannedOrder, ScenarioChange, Comment)
    return "".join(serializers.serialize("json", table.objects.order_by("pk")) for table in tables)


@pytest.mark.parametrize("role", SCOPED, ids=str)
def test_no_id_of_anothers_family_opens_or_changes_anything(
    made: Planned, dana: Any, person: Callable[..., Any], role: Role
) -> None:
    client = of_bottles(person, role)
    paths, before = by_id(made, dana), state()
    form = {
        "place": "",
        "text": "mine",
        "quantity": "1",
        "reason": "because",
        "version": "1",
        "until": "2027-01-01",
    }
    wrong = []
    for path in paths:
        for answer in (client.get(path), client.post(path, form | {"place": path.partition("place=")[2]})):
            if answer.status_code not in (403, 404, 405):
                wrong.append(f"{answer.request['REQUEST_METHOD']} {path}: {answer.status_code}")
    assert wrong == []
    assert state() == before
