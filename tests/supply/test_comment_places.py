"""Whoever plans a place, and whoever spoke there, hears of a comment; others and its author do not."""

from typing import Any

import pytest
from scenario_company import planned_company

from forecasting.overrides_book import EVERYTHING
from forecasting.selectors.demand_cube import forget_all
from siop.accounts.enums import Role
from siop.catalog.models import Category, Item
from siop.plans.models import PlanVersion
from siop.web.models import Notification
from siop.web.services import add_comment
from supply.models import PlanException, PlanLine, PlannedOrder

pytestmark = pytest.mark.django_db
PLACE = "item-location:CAP/NJ"


@pytest.fixture(scope="module")
def planned_once(kept_rows: None) -> Any:
    return planned_company()


@pytest.fixture(autouse=True)
def plan(planned_once: Any, db: None) -> Any:
    forget_all()
    return PlanVersion.objects.get(pk=planned_once.pk)


def heard(comment: Any) -> dict[str, str]:
    told = Notification.objects.filter(key=f"comment:{comment.pk}").select_related("person")
    return {one.person.name: one.url for one in told}


def test_the_supply_planner_hears_of_a_comment_at_an_item_location(person: Any, sam: Any, dana: Any) -> None:
    gwen = person("gwen", Role.GUEST)
    line = PlanLine.objects.get(item__code="CAP", location__code="NJ")
    asked = add_comment(person=gwen, place=PLACE, text="Is the line free in May?")
    assert heard(asked) == {"Sam": f"/supply/items/{line.item_id}/{line.location_id}/"}
    assert Notification.objects.get().text == "Gwen on CAP at NJ: “Is the line free in May?”"
    answered = add_comment(person=sam, place=PLACE, text="Yes")
    assert set(heard(answered)) == {"Gwen"}


def test_who_plans_other_categories_hears_nothing(person: Any) -> None:
    other = Category.objects.create(code="Elsewhere")
    person("sue", Role.SUPPLY_PLANNER, category=other)
    person("dave", Role.DEMAND_PLANNER, category=other)
    gwen, item = person("gwen", Role.GUEST), Item.objects.get(code="CAP")
    assert not heard(add_comment(person=gwen, place=PLACE, text="Hm"))
    assert not heard(add_comment(person=gwen, place=f"demand:0.{item.pk}.0.0", text="Hm"))


def test_the_demand_planner_hears_of_a_comment_in_the_grid(person: Any, dana: Any, sam: Any) -> None:
    gwen, item = person("gwen", Role.GUEST), Item.objects.get(code="CAP")
    said = add_comment(person=gwen, place=EVERYTHING._replace(item=item.pk).place, text="Too high")
    assert heard(said) == {"Dana": "/demand/?q=CAP&only=comments"}
    assert set(heard(add_comment(person=gwen, place=EVERYTHING.place, text="All of it"))) == {"Dana"}


def test_an_exception_is_told_with_its_title_and_places_that_are_gone_tell_nobody(
    person: Any, sam: Any, plan: Any
) -> None:
    gwen, threat = person("gwen", Role.GUEST), PlanException.objects.first()
    assert threat is not None
    said = add_comment(person=gwen, place=f"exception:{threat.key}", text="We can fly")
    assert heard(said) == {"Sam": f"/supply/exceptions/?exception={threat.pk}"}
    for place in ("exception:gone", "item-location:NONE/NJ", "demand:x.y", "nowhere:1"):
        assert not heard(add_comment(person=gwen, place=place, text="Lost"))


def test_a_comment_stands_at_an_order_its_planner_hears_of_it_and_its_row_shows_it(
    client: Any, person: Any, sam: Any
) -> None:
    order = PlannedOrder.objects.order_by("order_by", "pk").first()
    assert order is not None
    gwen = person("gwen", Role.GUEST)
    asked = add_comment(person=gwen, place=f"order:{order.number}", text="Can it wait for the vessel?")
    assert heard(asked) == {"Sam": f"/supply/?order={order.number}"}
    client.force_login(sam)
    page = client.get(f"/supply/?order={order.number}").content.decode()
    assert f"place=order%3A{order.number}" in page
    row = next(row for row in page.split("<tr ") if f">{order.number}</a>" in row)
    assert "commented" in row
