"""A failure that passes is answered with 503 and "again", any other with 500; scripts get it as JSON."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from siop.accounts.services import new_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def strange(request: pytest.FixtureRequest, client: Client) -> Iterator[Client]:
    """Whatever is written into the comments or catalog ends with the error of the test's parameter."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{request.param}'; END $$;
            CREATE TRIGGER strike AFTER INSERT ON web_comment EXECUTE FUNCTION strike();
            CREATE TRIGGER strike AFTER INSERT ON catalog_segment EXECUTE FUNCTION strike()
        """)
    yield Client(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION strike CASCADE")


DISK_FULL, OF_OURS = "53100", "P0001"


@pytest.mark.parametrize(("strange", "status"), [(DISK_FULL, 503), (OF_OURS, 500)], indirect=["strange"])
def test_a_page_says_whether_to_send_it_again(strange: Client, dana: Any, status: int) -> None:
    strange.force_login(dana)
    comment = {"place": "page:home", "text": "Why?"}
    answer = strange.post("/web/comments/", comment)
    assert (answer.status_code, answer.get("Retry-After")) == (status, "1" if status == 503 else None)
    assert ("send it again" in answer.content.decode()) is (status == 503)


@pytest.mark.parametrize(("strange", "status"), [(DISK_FULL, 503), (OF_OURS, 500)], indirect=["strange"])
def test_a_script_is_told_in_json(strange: Client, ada: Any, status: int, tmp_path: Any) -> None:
    file = tmp_path / "segments.csv"
    file.write_text("segment,description\nRETAIL,Shops\n")
    with file.open("rb") as content:
        answer = strange.post(
            "/api/v1/imports", {"file": content}, headers={"Authorization": f"Bearer {new_token(ada)}"}
        )
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert json.loads(answer.content)["error"]


def test_the_address_of_a_form_opened_by_hand_is_a_page_that_leads_back(client: Client, dana: Any) -> None:
    client.force_login(dana)
    answer = client.get("/actions/new/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Go back to the page that the form stands on" in answer.content.decode()
