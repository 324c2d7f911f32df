"""Settings, Item classes: what each class starts with, typed, tried and kept with its reason."""

from typing import Any

import pytest
from planning import Planned

from inventory.models import InventoryTarget
from siop.accounts.enums import Role
from siop.catalog.models import Item, Parameter
from siop.jobs.models import Job
from siop.web.models import AuditEvent

PAGE, SET = "/settings/classes/", "/settings/classes/set/"


ITEMS = 1


@pytest.fixture
def sams(client: Any, sam: Any, made: Planned) -> Any:
    client.force_login(sam)
    return client


def test_the_page_counts_who_follows_each_class(sams: Any) -> None:
    page = sams.get(PAGE)
    by_class = {row["klass"]: row["effect"] for row in page.context["rows"]}
    assert len(by_class) == 9
    assert by_class["AX"].places == sum(effect.places for effect in by_class.values()) > 0
    assert "default: fill rate" in page.content.decode()


def test_defaults_are_kept_with_their_reason_and_the_plan_follows(sams: Any) -> None:
    answer = sams.post(
        SET, {"class_ax_target": "0.99", "class_ax_review_days": "7", "reason": "Key accounts"}
    )
    assert answer.status_code == 302
    assert dict(Parameter.objects.values_list("name", "value")) == {
        "class_ax_target": "0.99",
        "class_ax_review_days": "7",
    }
    assert {event.reason for event in AuditEvent.objects.filter(table="catalog_parameter")} == {
        "Key accounts"
    }
    assert Job.objects.filter(kind="history").exists()


def test_a_preview_says_what_it_ties_up_and_stores_nothing(sams: Any) -> None:
    Item.objects.update(service_policy="", service_target=None)
    InventoryTarget.objects.update(protection_sd=90)
    answer = sams.post(SET, {"class_ax_target": "0.999", "preview": "1"})
    assert answer.status_code == 200
    assert answer.context["sum"].change > 0
    assert "Nothing is saved yet" in answer.content.decode()
    assert not Parameter.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"class_ax_target": "98"}, "class_ax_target", "fraction above 0 and below 1"),
        ({"class_by_policy": "days_of_supply"}, "class_by_target", "needs a target of its own"),
        ({"class_cz_review_days": "-1"}, "class_cz_review_days", "greater than or equal to 0"),
        ({"reason": ""}, "reason", "Say why"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    sams: Any, typed: dict[str, str], field: str, says: str
) -> None:
    answer = sams.post(SET, {"class_ax_review_days": "7", "reason": "try"} | typed)
    assert answer.status_code == 422
    assert says in str(answer.context["form"].errors[field])
    assert not Parameter.objects.exists()


def test_who_covers_a_part_of_the_company_may_look_and_not_set(
    client: Any, person: Any, made: Planned
) -> None:
    client.force_login(person("partly", Role.SUPPLY_PLANNER, category=made.categories["Drinks"]))
    assert client.get(PAGE).status_code == 200
    answer = client.post(SET, {"class_ax_target": "0.99", "reason": "mine"})
    assert answer.status_code == 422
    assert "whole company" in answer.content.decode()


def test_a_demand_planner_reads_what_holds(client: Any, dana: Any, made: Planned) -> None:
    client.force_login(dana)
    assert "Save" not in client.get(PAGE).content.decode().split("</header>")[0]
    assert client.post(SET, {"class_ax_target": "0.99", "reason": "why not"}).status_code == 403
