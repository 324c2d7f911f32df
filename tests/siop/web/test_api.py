"""The API as scripts meet it: every answer is JSON, and a word it does not know changes nothing."""

import io
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siop.accounts.services import new_token
from siop.catalog.models import Item
from siop.gather.models import ImportBatch

pytestmark = pytest.mark.django_db
IMPORTS = "/api/v1/imports"


@pytest.fixture
def script(ada: Any) -> Client:
    """A client that holds the token of an administrator."""
    return Client(headers={"Authorization": f"Bearer {new_token(ada)}"})


def sent(text: str, name: str = "items.csv", **fields: str) -> dict[str, Any]:
    file = io.BytesIO(text.encode())
    file.name = name
    return {"file": file, **fields}


ITEMS = "item,description,unit_cost\nA-1,First,2\n"


@pytest.mark.parametrize("path", ["forecast/", "fruit/pear", "imports/7", "fruit"])
def test_where_nothing_is_the_answer_is_json_too(script: Client, path: str) -> None:
    answer = script.get(f"/api/v1/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert answer.json()["error"]


@pytest.mark.parametrize(("method", "path"), [("post", "forecast"), ("delete", ""), ("get", "imports")])
def test_another_method_is_refused_with_the_one_that_works(script: Client, method: str, path: str) -> None:
    answer = getattr(script, method)(f"/api/v1/{path}")
    assert answer.status_code == 405
    assert answer["Allow"] in answer.json()["error"]


@pytest.mark.parametrize("path", ["", "tables/items"])
def test_who_answers_get_answers_head_without_a_body(script: Client, path: str) -> None:
    answer = script.head(f"/api/v1/{path}")
    assert (answer.status_code, answer.content if not answer.streaming else b"") == (200, b"")


@pytest.mark.parametrize("query", ["formt=csv", "version=live&item=A-1"])
def test_a_misspelt_word_of_the_query_is_named_and_no_other_plan_answers(script: Client, query: str) -> None:
    answer = script.get(f"/api/v1/forecast?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("there are version, format.")


def test_without_a_token_the_answer_says_how_to_send_one() -> None:
    answer = Client().post(IMPORTS, sent(ITEMS))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "Authorization: Bearer" in answer.json()["error"]


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_a_dry_run_writes_nothing_however_yes_is_written(script: Client, word: str) -> None:
    answer = script.post(IMPORTS, sent(ITEMS, dry_run=word))
    assert (answer.status_code, answer.json()["applied"], answer.json()["dry_run"]) == (200, 1, True)
    assert not Item.objects.exists()
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("word", ["0", "False", "no", "off", ""])
def test_what_says_no_is_applied(script: Client, word: str) -> None:
    answer = script.post(IMPORTS, sent(ITEMS, dry_run=word)).json()
    assert (answer["applied"], answer["dry_run"]) == (1, False)
    assert Item.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"dry_run": "perhaps"}, "dry_run"),
        ({"dryrun": "1"}, "dryrun"),
        ({"date_order": "backwards"}, "date_order"),
        ({"decimal_mark": ";"}, "decimal_mark"),
        ({"table": "fruit"}, "fruit"),
        ({"profile": "sap"}, "sap"),
    ],
)
def test_a_word_that_means_nothing_is_named_and_nothing_is_written(
    script: Client, fields: dict[str, str], named: str
) -> None:
    answer = script.post(IMPORTS, sent(ITEMS, **fields))
    assert answer.status_code == 400
    assert named in answer.json()["error"]
    assert not Item.objects.exists()


def test_fields_may_stand_in_the_query(script: Client) -> None:
    answer = script.post(f"{IMPORTS}?table=items&dry_run=1", sent(ITEMS, name="nightly.csv"))
    assert (answer.status_code, answer.json()["applied"]) == (200, 1)
    assert not Item.objects.exists()


def test_several_files_are_loaded_together_whatever_their_order(script: Client) -> None:
    bottles, groups = "item,category\nA-1,BOTTLES\n", "category\nBOTTLES\n"
    both = [sent(bottles)["file"], sent(groups, name="categories.csv")["file"]]
    answer = script.post(IMPORTS, {"file": both})
    assert answer.status_code == 200, answer.json()
    assert [one["table"] for one in answer.json()["imports"]] == ["categories", "items"]
    assert Item.objects.get().category.code == "BOTTLES"  # type: ignore[union-attr]


def test_of_several_files_the_one_that_cannot_be_used_is_named_and_none_is_loaded(script: Client) -> None:
    answer = script.post(IMPORTS, {"file": [sent(ITEMS)["file"], sent("x\n1\n", name="fruit.csv")["file"]]})
    assert answer.status_code == 400
    assert "fruit.csv" in answer.json()["error"]
    assert not Item.objects.exists()


def test_a_script_says_which_way_dates_and_numbers_are_written(script: Client) -> None:
    items = "item;unit_cost;launch_date\nA-1;1,250;01/02/2026\n"
    refused = script.post(IMPORTS, sent(items))
    assert refused.status_code == 422
    applied = script.post(IMPORTS, sent(items, date_order="dmy", decimal_mark=","))
    assert applied.status_code == 200, applied.json()
    item = Item.objects.get()
    assert (str(item.unit_cost), str(item.launch_date)) == ("1.2500", "2026-02-01")


def test_a_file_that_cannot_be_read_is_an_error_with_its_reason(script: Client) -> None:
    answer = script.post(IMPORTS, sent("", table="items"))
    assert answer.status_code == 400
    assert answer.json()["error"] == answer.json()["errors"][0]["reason"]


FIELDS = ("version", "format", "table", "profile", "date_order", "dry_run", "replace", "valid_rows_only")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(min_size=1, max_size=20),
    words=st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=20), max_size=4),
    content=st.one_of(st.text(max_size=80), st.text("item,01\n\"';\t", max_size=80)),
)
def test_no_words_and_no_file_make_the_api_fail(
    script: Client, path: str, words: dict[str, str], content: str
) -> None:
    for kind in ("forecast", "tables/items", quote(path)):
        assert script.get(f"/api/v1/{kind}", words).status_code < 500
    assert script.post(IMPORTS, sent(content, **words)).status_code < 500
