"""People and roles: who may do what, where, and until when."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from siop.accounts import access, services
from siop.accounts.enums import Permission, Role
from siop.accounts.errors import AccountError
from siop.accounts.models import Person
from siop.catalog.models import Category

pytestmark = pytest.mark.django_db


def test_several_roles_add_up(person: Callable[..., Any]) -> None:
    person("kim", "demand_planner")
    kim = person("kim", "executive")
    assert access.may(kim, Permission.EDIT_DEMAND)
    assert access.may(kim, Permission.DECIDE)


def test_a_guest_sees_until_the_date_and_edits_nothing(person: Callable[..., Any]) -> None:
    guest = person("gus", "guest", expires=date(2026, 12, 1))
    assert list(access.active_grants(guest, today=date(2026, 11, 30)))
    assert not list(access.active_grants(guest, today=date(2026, 12, 1)))
    assert access.GRANTS[Role.GUEST] == {Permission.VIEW, Permission.COMMENT}


def test_a_scope_limits_a_role_to_its_category(person: Callable[..., Any]) -> None:
    bottles = Category.objects.create(code="Bottles")
    kim = person("kim", "demand_planner", category=bottles)
    assert access.scopes_of(kim, Permission.EDIT_DEMAND) == ({bottles.pk}, None)


def test_nobody_may_anything_without_a_role(omar: Any) -> None:
    assert not any(access.may(omar, permission) for permission in Permission)


def test_the_last_administrator_stays(ada: Any) -> None:
    with pytest.raises(AccountError, match="last administrator"):
        services.set_active(ada, active=False)
    with pytest.raises(AccountError, match="last administrator"):
        services.revoke_role(ada.grants.get())


def test_guessing_passwords_is_slowed_down(client: Client, person: Any) -> None:
    guessed = person("gil")  # nobody else's tests sign in as Gil
    for _ in range(services.ATTEMPTS):
        client.post("/login/", {"username": guessed.email, "password": "wrong"})
    answer = client.post("/login/", {"username": guessed.email, "password": "a long password"})
    assert "Too many wrong passwords" in answer.content.decode()
    services.forget_failed_attempts(guessed.email)


def test_the_right_password_forgives_the_wrong_ones_before(client: Client, person: Any) -> None:
    guessed = person("gil")
    for password in (*["wrong"] * (services.ATTEMPTS - 1), "a long password", "wrong", "a long password"):
        answer = client.post("/login/", {"username": guessed.email, "password": password})
    assert answer.status_code == 302


def test_a_token_stands_for_its_person_and_the_next_one_ends_it(dana: Any) -> None:
    first = services.new_token(dana)
    assert services.person_of_token(first) == dana
    second = services.new_token(dana)
    assert services.person_of_token(first) is None
    assert services.person_of_token(second) == dana


def test_create_person_gives_roles_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    Category.objects.create(code="Bottles")
    arguments = [
        "kim@example.com",
        "--role",
        "department_head",
        "--department",
        "finance",
        "--category",
        "Bottles",
        "--json",
    ]
    call_command("create_person", *arguments)
    assert json.loads(capsys.readouterr().out) == {
        "email": "kim@example.com",
        "role": "department_head",
        "created": True,
    }
    assert Person.objects.get(email="kim@example.com").grants.get().department.code == "finance"


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("demand_planner@example.com", "Demand Planner"),
        ("anna.de-vries@example.com", "Anna De Vries"),
        ("_@example.com", "_@example.com"),
    ],
)
def test_who_is_made_without_a_name_is_called_after_the_address(email: str, name: str) -> None:
    assert services.create_person(email=email).name == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--role", "department_head"], "needs a department"),
        (["--role", "guest"], "needs a last day"),
        (["--role", "demand_planner", "--category", "Botles"], "There is no category Botles"),
    ],
)
def test_create_person_says_what_is_missing_and_makes_nobody(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("create_person", "kim@example.com", *arguments)
    assert not Person.objects.exists()


def test_what_a_role_lacks_is_said_at_its_field(client: Any, ada: Any, dana: Any) -> None:
    client.force_login(ada)
    url = f"/settings/people/{dana.pk}/"
    head = client.post(url, {"role": "department_head"})
    assert head.context["form"].errors == {
        "department": ["Choose the department they head; Settings > Departments adds one."]
    }
    assert client.post(url, {"role": "guest"}).context["form"].errors == {
        "expires": ["A guest needs a last day."]
    }
    assert client.post(url, {"role": ""}).context["form"].errors == {"role": ["Choose a role."]}


def test_a_new_company_chooses_a_usual_department_and_the_head_makes_it(
    client: Any, ada: Any, dana: Any
) -> None:
    client.force_login(ada)
    url = f"/settings/people/{dana.pk}/"
    assert b'<option value="quality">Quality</option>' in client.get(url).content
    client.post(url, {"role": "department_head", "department": "quality"})
    assert dana.grants.get(role="department_head").department.name == "Quality"
    assert client.get(url).content.count(b"Quality</option>") == 1
    unknown = client.post(url, {"role": "department_head", "department": "qualms"})
    assert "department" in unknown.context["form"].errors


@pytest.mark.django_db
def test_the_first_sign_in_page_names_the_command_for_the_very_data_it_shows(
    client: Client, settings: Any
) -> None:
    settings.COMMAND_OPTIONS = " --data-dir '/srv/two words'"
    page = client.get("/login/").content.decode()
    assert "create_person" in page
    assert "--data-dir &#x27;/srv/two words&#x27;" in page


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_not_to_where_it_was_sent(
    client: Client,
) -> None:
    sent = client.post("/settings/people/add/", headers={"referer": "http://testserver/settings/?q=dana"})
    assert sent["Location"] == "/login/?next=/settings/%3Fq%3Ddana"
    assert client.post("/settings/people/add/")["Location"] == "/login/?next=/"


def test_a_piece_of_a_page_asked_for_after_the_session_ended_takes_the_whole_page_to_the_sign_in(
    client: Client,
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/supply/exceptions/?line=3"}
    answer = client.get("/supply/exceptions/", headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/login/?next=/supply/exceptions/%3Fline%3D3")
