"""Every page and endpoint against every role: a committed table, and a URL absent from it fails."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from addresses import addresses
from django.test import Client

from siop.accounts.access import GRANTS
from siop.accounts.enums import Permission, Role
from siop.accounts.services import new_token

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "role_matrix.json"
EVERYBODY = {"public", "signed in"}
ALL = list(addresses(number=999_999))


def test_every_url_is_in_the_committed_matrix_with_its_permission() -> None:
    actual = {name: str(getattr(view, "permission", "UNGUARDED")) for name, _, view in ALL}
    assert "UNGUARDED" not in actual.values(), {name for name, p in actual.items() if p == "UNGUARDED"}
    committed = json.loads(GOLDEN.read_text())
    assert actual == committed["urls"], "update tests/golden/role_matrix.json on purpose"


def test_what_each_role_may_do_is_the_committed_table() -> None:
    committed = json.loads(GOLDEN.read_text())["roles"]
    assert {role.value: sorted(p.value for p in granted) for role, granted in GRANTS.items()} == committed


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_no_role_gets_further_than_its_row_allows(role: Role | None, person: Callable[..., Any]) -> None:
    """Each URL by each method: 403 where the permission is not granted, and only there."""
    department = {"department": "finance"} if role == Role.DEPARTMENT_HEAD else {}
    probe = person("probe", role, **department)
    bearer = {
        "authorization": f"Bearer {new_token(probe)}"
    }  # the API knows people by token, pages by session
    client = Client(raise_request_exception=False, headers=bearer)
    client.force_login(probe)
    granted = GRANTS[role] if role else frozenset()
    for name, path, view in ALL:
        needed = view.permission
        if name in ("logout", "accounts:account") or needed in EVERYBODY:
            continue
        for method in ("get", "post"):
            status = getattr(client, method)(path).status_code
            if Permission(needed) in granted:
                assert status not in (401, 500), f"{method} {name} as {role}: {status}"
            else:
                assert status in (403, 405), f"{method} {name} as {role}: {status}"


@pytest.mark.django_db
def test_no_url_answers_to_methods_it_does_not_know(client: Client, ada: Any) -> None:
    client.force_login(ada)
    for name, path, view in ALL:
        if view.permission not in EVERYBODY:
            for method in ("put", "delete"):
                assert getattr(client, method)(path).status_code in (401, 403, 405), f"{method} {name}"


@pytest.mark.django_db
def test_without_sign_in_only_public_urls_answer(client: Client) -> None:
    for name, path, view in ALL:
        if view.permission == "public":
            continue
        answer = client.get(path)
        refused = answer.status_code in (401, 405) or (
            answer.status_code == 302 and "/login/" in answer["Location"]
        )
        assert refused, f"{name}: {answer.status_code}"


@pytest.mark.django_db
def test_deactivation_ends_a_session_at_once(client: Client, dana: Any) -> None:
    client.force_login(dana)
    assert client.get("/settings/me/").status_code == 200
    dana.is_active = False
    dana.save()
    assert client.get("/settings/me/").status_code == 302
