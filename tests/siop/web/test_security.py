"""What reaches the server from outside, every URL of it: forged requests, hostile values, stolen sessions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from addresses import addresses
from django.test import Client
from planning import planned

from siop.accounts.enums import Role

pytestmark = pytest.mark.django_db
PARAMETERS = (
    "q", "family", "location", "segment", "only", "group", "sort", "depth", "toggled", "from", "count", "plan", "page",
    "tab", "show", "item", "month", "id", "col", "cycle", "version", "format", "layout", "owner", "status", "key", "place",
    "text", "name", "value", "title", "due", "reason", "until", "supplier", "kind", "bucket", "lag", "step", "next",
)  # fmt: skip
HOSTILE = (
    "-1",
    "99999999999999999999999",
    "NaN\x00",
    "' OR 1=1 --é😀\u202e%s{}" + "a" * 5000,
    "0001-13-45",
    "１２",
)
BODIES: tuple[Any, ...] = (
    [], {"query": []}, {"rows": [None], "cols": "x", "from": [], "batches": [None, {}]},
    {"query": {"plan": {"a": 1}}, "rows": [{"id": None, "v": "x", "set": []}]},
    {"key": "00000000-0000-0000-0000-000000000000", "rows": [{"id": "s1", "v": 1e300, "set": {"0": "1e999"}}]},
)  # fmt: skip


@pytest.fixture
def almighty(person: Callable[..., Any]) -> Any:
    """Somebody who holds every role, so that what is refused is not refused for want of a right."""
    for role in Role:
        department = {"department": "finance"} if role == Role.DEPARTMENT_HEAD else {}
        somebody = person("alma", role, **department)
    planned(somebody, items=1)
    return somebody


def test_every_unsafe_request_without_a_csrf_token_is_refused(almighty: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(almighty)
    answered = {
        path: status
        for _, path, view in addresses(number=1)
        if not getattr(view, "by_token", False)
        and (status := client.post(path, headers={"HX-Request": "true"}).status_code) not in (403, 405)
    }
    assert answered == {}


@pytest.mark.slow
def test_hostile_values_in_an_address_never_break_the_server(almighty: Any) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(almighty)
    broken = [
        (path, value[:20])
        for _, path, view in addresses(number=1)
        if path != "/logout/" and not getattr(view, "by_token", False)
        for value in HOSTILE
        if client.get(path, dict.fromkeys(PARAMETERS, value)).status_code >= 500
    ]
    assert broken == []


@pytest.mark.slow
def test_hostile_forms_and_bodies_never_break_the_server(almighty: Any) -> None:
    client = Client(raise_request_exception=False)
    broken = []
    for _, path, view in addresses(number=1):
        if path in ("/logout/", "/login/") or getattr(view, "by_token", False):
            continue
        client.force_login(almighty)
        for value in HOSTILE:
            if client.post(path, dict.fromkeys(PARAMETERS, value)).status_code >= 500:
                broken.append((path, value[:20]))
        for body in BODIES:
            if client.post(path, json.dumps(body), content_type="application/json").status_code >= 500:
                broken.append((path, json.dumps(body)))
    assert broken == []


def test_signing_in_gives_the_session_a_new_key(client: Client, dana: Any) -> None:
    client.get("/login/")
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/login/", {"username": dana.email, "password": "a long password"})
    assert client.session.session_key != before


def test_a_new_password_ends_the_sessions_elsewhere(client: Client, dana: Any) -> None:
    elsewhere = Client()
    for one in (client, elsewhere):
        one.post("/login/", {"username": dana.email, "password": "a long password"})
    new = "another long password"
    form = {"old_password": "a long password", "new_password1": new, "new_password2": new}
    client.post("/password/", form)
    assert client.get("/settings/me/").status_code == 200
    assert elsewhere.get("/settings/me/").status_code == 302
