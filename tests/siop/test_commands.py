"""Every command of the public contract: its exit code, what it says to people, and what to machines."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import ManagementUtility
from factories import company, cycle_in, heads, live_plan, sourced

from siop.catalog.models import Item
from siop.gather.models import ImportBatch
from siop.jobs.models import Job
from siop.web import exports

pytestmark = pytest.mark.django_db(transaction=True)


class Answer:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def facts(self) -> dict[str, Any]:
        """The one JSON object that a command with --json prints."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Manage = Callable[..., Answer]


@pytest.fixture
def manage(capfd: pytest.CaptureFixture[str]) -> Manage:
    """`manage("import_data", file)` as from a shell."""

    def run(*words: Any) -> Answer:
        argv = ["manage.py", *map(str, words)]
        capfd.readouterr()
        code = 0
        try:
            ManagementUtility(argv).fetch_command(argv[1]).run_from_argv(argv)
        except SystemExit as end:
            code = int(end.code or 0)
        return Answer(code, *capfd.readouterr())

    return run


@pytest.fixture
def items(tmp_path: Path) -> Path:
    file = tmp_path / "items.csv"
    file.write_text("item,description,unit_cost\nA-1,First,2.5\nA-2,Second,3\n")
    return file


@pytest.fixture
def with_a_bad_row(tmp_path: Path) -> Path:
    file = tmp_path / "items.csv"
    file.write_text("item,description,unit_cost\nA-1,First,2.5\nA-2,Second,-3\n")
    return file


def test_a_file_is_applied_and_the_recomputation_asked_for(manage: Manage, items: Path) -> None:
    first = manage("import_data", items, "--json")
    assert first.code == 0
    assert {key: first.facts[key] for key in ("read", "applied", "unchanged", "rejected", "errors")} == {
        "read": 2, "applied": 2, "unchanged": 0, "rejected": 0, "errors": [],
    }  # fmt: skip
    assert first.facts["excluded"] == {}
    assert ImportBatch.objects.filter(pk=first.facts["import_id"]).exists()
    assert Job.objects.exists()


def test_the_same_file_again_is_nothing_new(manage: Manage, items: Path) -> None:
    manage("import_data", items)
    again = manage("import_data", items, "--json")
    assert (again.code, again.facts["applied"]) == (0, 0)


def test_a_bad_row_is_named_and_nothing_is_applied(manage: Manage, with_a_bad_row: Path) -> None:
    refused = manage("import_data", with_a_bad_row, "--json")
    assert (refused.code, refused.facts["applied"], refused.facts["rejected"]) == (1, 0, 1)
    (error,) = refused.facts["errors"]
    assert (error["row"], error["column"], error["value"]) == (3, "unit_cost", "-3")
    assert error["reason"]
    assert not Item.objects.exists()
    told = manage("import_data", with_a_bad_row)
    assert "--valid-rows-only" in told.err
    assert error["reason"] in told.out


def test_the_good_rows_load_where_that_is_wanted(manage: Manage, with_a_bad_row: Path) -> None:
    partly = manage("import_data", with_a_bad_row, "--valid-rows-only", "--json")
    assert (partly.code, partly.facts["applied"], partly.facts["rejected"]) == (0, 1, 1)
    assert list(Item.objects.values_list("code", flat=True)) == ["A-1"]


def test_a_dry_run_counts_and_writes_nothing(manage: Manage, items: Path) -> None:
    dry = manage("import_data", items, "--dry-run", "--json")
    assert (dry.code, dry.facts["read"]) == (0, 2)
    assert not Item.objects.exists()
    assert not ImportBatch.objects.exists()


def test_replace_removes_what_the_file_lacks_and_undo_brings_it_back(
    manage: Manage, items: Path, tmp_path: Path
) -> None:
    manage("import_data", items)
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("item,description,unit_cost\nA-1,First,2.5\n")
    replaced = manage("import_data", shorter, "--table", "items", "--replace", "--json")
    assert (replaced.code, replaced.facts["removed"], Item.objects.count()) == (0, 1, 1)
    undone = manage("undo_import", replaced.facts["import_id"], "--json")
    assert (undone.code, undone.facts["undone"], undone.facts["restored"]) == (0, True, 1)
    assert Item.objects.count() == 2
    again = manage("undo_import", replaced.facts["import_id"], "--json")
    assert (again.code, again.facts["undone"]) == (1, False)
    assert again.facts["reasons"]


UNUSABLE = {
    "a file that is not there": ("nowhere.csv", None, "nowhere.csv"),
    "an empty file": ("items.csv", b"", "empty"),
    "a picture": ("items.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), ""),
    "no table of that name": ("fruit.csv", b"fruit\npear\n", "table"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_exit_2_with_the_reason(manage: Manage, tmp_path: Path, name: str) -> None:
    file, content, word = UNUSABLE[name]
    if content is not None:
        (tmp_path / file).write_bytes(content)
    answer = manage("import_data", tmp_path / file, "--json")
    assert answer.code == 2
    assert word in answer.facts["errors"][0]["reason"]
    assert manage("import_data", tmp_path / file).out.strip()


def test_an_unknown_profile_is_told_with_those_there_are(manage: Manage, items: Path) -> None:
    answer = manage("import_data", items, "--profile", "sap", "--json")
    assert answer.code == 2
    assert "online-retail" in answer.facts["errors"][0]["reason"]


def test_a_recomputation_is_asked_for_whole_or_from_a_step(manage: Manage) -> None:
    live_plan(company())
    whole = manage("recompute", "--json")
    assert (whole.code, whole.facts["state"]) == (0, "asked")
    assert Job.objects.get(pk=whole.facts["job"]).kind == "history"
    for step, kind in {
        "forecast": "forecast",
        "inventory": "inventory_targets",
        "supply": "supply_plan",
    }.items():
        part = manage("recompute", "--only", step, "--json")
        assert (part.code, Job.objects.get(pk=part.facts["job"]).kind) == (0, kind)


def test_waiting_without_a_worker_ends_with_a_reason(manage: Manage) -> None:
    answer = manage("recompute", "--wait", "--timeout", "0.3", "--json")
    assert (answer.code, answer.facts["state"]) == (1, "failed")
    assert "is one running?" in answer.facts["error"]


def test_people_are_made_with_role_and_scope(manage: Manage) -> None:
    company()
    made = manage(
        "create_person", "new@example.com", "--role", "demand_planner", "--category", "Bottles", "--json"
    )
    assert (made.code, made.facts) == (
        0, {"email": "new@example.com", "role": "demand_planner", "created": True},
    )  # fmt: skip
    more = manage("create_person", "NEW@example.com", "--role", "supply_planner", "--json")
    assert (more.code, more.facts["created"]) == (0, False)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--role", "guest"], "last day"),
        (["--role", "department_head"], "department"),
        (["--role", "demand_planner", "--category", "Fruit"], "Fruit"),
        (["--role", "demand_planner", "--location", "Moon"], "Moon"),
    ],
)
def test_a_person_without_what_the_role_needs_is_refused(
    manage: Manage, words: list[str], reason: str
) -> None:
    answer = manage("create_person", "new@example.com", *words)
    assert answer.code == 1
    assert reason in answer.err


@pytest.fixture
def meeting(ada: Any, erin: Any, person: Any) -> dict[str, Any]:
    live_plan(company())
    team = heads(person)
    cycle_in("executive_meeting", ada)
    return team


def test_a_cycle_is_opened_reviewed_and_advanced(manage: Manage, ada: Any, dana: Any) -> None:
    live_plan(company())
    opened = manage("open_cycle", "--as", ada.email, "--json")
    assert (opened.code, opened.facts["ok"]) == (0, True)
    assert manage("advance_cycle", "--as", ada.email, "--force", "--reason", "data is in", "--json").code == 0
    refused = manage("advance_cycle", "--as", ada.email, "--json")
    assert (refused.code, refused.facts["ok"]) == (1, False)
    assert refused.facts["reason"]
    reviewed = manage("review", "Bottles", "--as", dana.email, "--json")
    assert (reviewed.code, reviewed.facts["families"]) == (0, ["Bottles"])
    status = manage("cycle_status", "--json")
    assert status.code == 0
    assert manage("cycle_status").out.strip()


def test_forcing_a_gate_needs_a_reason(manage: Manage, ada: Any) -> None:
    live_plan(company())
    manage("open_cycle", "--as", ada.email)
    answer = manage("advance_cycle", "--as", ada.email, "--force")
    assert answer.code == 1
    assert "reason" in answer.err


def test_heads_sign_and_the_executive_publishes(manage: Manage, erin: Any, meeting: dict[str, Any]) -> None:
    early = manage("publish", "--as", erin.email, "--json")
    assert (early.code, early.facts["ok"]) == (1, False)
    for head in meeting.values():
        signed = manage("approve", "--as", head.email, "--reservation", "Too early", "--json")
        assert (signed.code, len(signed.facts["content_hash"])) == (0, 64)
        assert signed.facts["reservation"] == "Too early"
    published = manage("publish", "--as", erin.email, "--json")
    assert published.code == 0
    assert manage("cycle_status", "--json").facts["content_hash"] == signed.facts["content_hash"]


def test_a_rejection_says_why(manage: Manage, meeting: dict[str, Any]) -> None:
    head = next(iter(meeting.values()))
    assert manage("reject", "--as", head.email).code != 0
    assert manage("reject", "--reason", "caps are late", "--as", head.email, "--json").code == 0


def test_rights_hold_on_the_command_line(manage: Manage, omar: Any, meeting: dict[str, Any]) -> None:
    for words in (["approve"], ["publish"], ["advance_cycle"], ["open_cycle"], ["review", "Bottles"]):
        answer = manage(*words, "--as", omar.email, "--json")
        assert (answer.code, answer.facts["ok"]) == (1, False), words
    assert "create_person" in manage("approve", "--as", "nobody@example.com").err
    assert "--as" in manage("approve").err


def test_due_orders_go_out_once(manage: Manage, tmp_path: Path) -> None:
    sourced(live_plan(company()))
    file = tmp_path / "orders.csv"
    released = manage("release_orders", "--out", file, "--json")
    assert released.code == 0
    assert len(file.read_text().splitlines()) == 1 + len(released.facts["released"]) > 1
    again = manage("release_orders")
    assert (again.code, "No planned order is due" in again.err) == (1, True)
    unknown = manage("release_orders", "P-999999")
    assert (unknown.code, "P-999999" in unknown.err) == (1, True)


def test_nothing_is_released_where_its_file_cannot_be_written(manage: Manage, tmp_path: Path) -> None:
    sourced(live_plan(company()))
    answer = manage("release_orders", "--out", tmp_path / "nowhere" / "orders.csv")
    assert answer.code == 1
    assert "nowhere" in answer.err
    assert manage("release_orders").code == 0  # they are still to be released


def test_every_kind_is_exported_in_every_format(manage: Manage, tmp_path: Path) -> None:
    live_plan(company())
    for kind in (one.kind for one in exports.kinds()):
        for format in exports.FORMATS:
            file = tmp_path / f"{kind}.{format}"
            answer = manage("export_data", kind, "--out", file, "--json")
            assert (answer.code, answer.facts["kind"]) == (0, kind)
            assert file.stat().st_size == answer.facts["bytes"]
        header = (tmp_path / f"{kind}.csv").read_text("utf-8-sig").splitlines()[0].split(",")
        assert header[-2:] == ["version", "content_hash"], kind


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "xlsx"])
def test_a_table_taken_out_comes_in_again_as_nothing_new(
    manage: Manage, items: Path, tmp_path: Path, ending: str
) -> None:
    manage("import_data", items)
    file = tmp_path / f"kept.{ending}"
    taken = manage("export_data", "tables/items", "--out", file, "--json")
    assert (taken.code, taken.facts["kind"], taken.facts["bytes"]) == (0, "tables/items", file.stat().st_size)
    back = manage("import_data", file, "--table", "items", "--replace", "--json")
    assert (back.code, back.facts["applied"], back.facts["unchanged"], back.facts["removed"]) == (0, 0, 2, 0)


def test_for_machines_a_kind_is_printed_as_json(manage: Manage) -> None:
    live_plan(company())
    answer = manage("export_data", "safety_stock", "--json")
    assert {"item", "safety_stock", "version", "content_hash"} <= set(json.loads(answer.out)[0])
    assert manage("export_data", "safety_stock").out.startswith("item,location,")


REFUSED = {
    "an unknown kind": ["export_data", "fruit"],
    "an unknown table": ["export_data", "tables/fruit"],
    "an unknown role": ["create_person", "new@example.com", "--role", "wizard"],
    "no address": ["create_person", "nobody", "--role", "executive"],
    "a last day that is over": [
        "create_person",
        "g@example.com",
        "--role",
        "guest",
        "--expires",
        "2020-01-31",
    ],
    "a day that is none": ["open_cycle", "--period", "2026-02-30", "--as", "ada@example.com"],
    "an import that is none": ["undo_import", "last"],
    "an order that is none": ["release_orders", "P-999999"],
    "nobody acting": ["approve"],
    "an unknown step": ["recompute", "--only", "sales"],
    "no backup": ["restore", "/nowhere/state.zip"],
    "levels that are none": ["forecast_file", "sales.csv", "--out", "f.csv", "--levels", "80,high"],
    "no file": ["plan_files", "/nowhere", "--out", "/nowhere", "--as-of", "2026-01-01"],
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_exit_1_with_its_reason_for_machines_and_people(manage: Manage, what: str) -> None:
    answer = manage(*REFUSED[what], "--json")
    assert answer.code == 1
    assert not answer.facts["ok"]
    assert answer.facts["reason"] in answer.err
    assert manage(*REFUSED[what]).err.strip()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["fruit"], "fruit"),
        (["forecast", "--version", "999999"], "999999"),
        (["forecast", "--out", "/nowhere/forecast.csv"], "/nowhere"),
    ],
)
def test_an_export_that_cannot_be_made_says_why(manage: Manage, words: list[str], reason: str) -> None:
    live_plan(company())
    answer = manage("export_data", *words)
    assert answer.code == 1
    assert reason in answer.err


@pytest.mark.parametrize("words", [["backup", "/nowhere/state.zip"], ["restore", "/nowhere/state.zip"]])
def test_state_cannot_go_where_nothing_is(manage: Manage, words: list[str]) -> None:
    answer = manage(*words)
    assert answer.code == 1
    assert "/nowhere" in answer.err
