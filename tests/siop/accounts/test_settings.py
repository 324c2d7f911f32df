"""Settings as an administrator uses them: departments, parameters, calendar, tokens."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from siop.accounts.models import Department
from siop.accounts.services import new_token, person_of_token
from siop.catalog import parameter_book, parameters
from siop.catalog.models import Closure, Parameter
from siop.jobs.models import Job
from siop.web.models import AuditEvent

PARAMETERS = "/settings/parameters/"


@pytest.fixture
def adas(client: Any, ada: Any) -> Any:
    client.force_login(ada)
    return client


def test_every_tab_opens_and_marks_itself(adas: Any) -> None:
    for path in ("", "departments/", "roles/", "parameters/", "calendar/", "tokens/"):
        answer = adas.get(f"/settings/{path}")
        assert answer.status_code == 200, path
        assert f'href="/settings/{path}" aria-current="page"' in answer.content.decode(), path


def test_a_parameter_is_stored_with_its_reason_and_the_plan_follows(adas: Any) -> None:
    answer = adas.post(PARAMETERS, {"capital_cost_pct": "14.5", "reason": "the bank raised its rate"})
    assert answer.status_code == 302
    assert parameters.load().capital_cost_pct == 14.5
    assert Job.objects.filter(kind="history").exists()
    event = AuditEvent.objects.get(table="catalog_parameter")
    assert event.reason == "the bank raised its rate"


def test_an_empty_parameter_means_the_default(adas: Any) -> None:
    Parameter.objects.create(name="reminder_days", value="3")
    adas.post(PARAMETERS, {"reminder_days": "", "reason": "back to usual"})
    assert parameters.load().reminder_days == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [("capital_cost_pct", "-1"), ("capital_cost_pct", "cheap"), ("reminder_days", "2.5"), ("bucket", "day"),
     ("stage_owner_gather", "nobody"), ("horizon", "100000")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_at_its_field_and_nothing_is_stored(
    adas: Any, name: str, value: str
) -> None:
    answer = adas.post(PARAMETERS, {name: value, "currency": "USD", "reason": "try"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {name}
    assert not Parameter.objects.exists()


def test_two_people_at_the_parameters_keep_what_the_other_set(adas: Any) -> None:
    seen = adas.get(PARAMETERS).context["form"].initial["seen"]
    Parameter.objects.create(name="currency", value="USD")
    Parameter.objects.create(name="reminder_days", value="3")
    mine = {"currency": "", "capital_cost_pct": "12", "reminder_days": "", "seen": seen, "reason": "the bank"}
    assert adas.post(PARAMETERS, mine).status_code == 302
    assert dict(Parameter.objects.values_list("name", "value")) == {
        "currency": "USD", "reminder_days": "3", "capital_cost_pct": "12",
    }  # fmt: skip


def test_a_parameter_that_both_set_is_said_at_its_field_and_saved_when_sent_again(adas: Any) -> None:
    seen = adas.get(PARAMETERS).context["form"].initial["seen"]
    Parameter.objects.create(name="reminder_days", value="3")
    answer = adas.post(PARAMETERS, {"reminder_days": "5", "seen": seen, "reason": "holidays"})
    assert answer.status_code == 409
    form = answer.context["form"]
    assert "Somebody set “3” here meanwhile" in str(form.errors["reminder_days"])
    assert Parameter.objects.get().value == "3"
    adas.post(PARAMETERS, {"reminder_days": "5", "seen": form.data["seen"], "reason": "holidays"})
    assert Parameter.objects.get().value == "5"


def test_a_change_without_a_reason_is_refused(adas: Any) -> None:
    assert adas.post(PARAMETERS, {"currency": "USD"}).status_code == 422
    assert not Parameter.objects.exists()


def test_the_book_holds_every_parameter_that_plans_read() -> None:
    known = {entry.name for _, entries in parameter_book.entries() for entry in entries}
    assert set(parameters.Parameters.__dataclass_fields__) <= known
    assert {"stage_days_gather", "kpi_fill_rate_target", "budget_gap_limit_pct"} <= known


def test_days_are_closed_in_a_run_and_opened_again_together(adas: Any) -> None:
    first = timezone.localdate() + timedelta(days=30)
    days = {"first": first, "last": first + timedelta(days=4), "note": "Holiday week", "calendar": "company"}
    adas.post("/settings/calendar/", days)
    assert Closure.objects.count() == 5
    page = adas.get("/settings/calendar/")
    assert [span.days for span in page.context["closures"]] == [5]
    adas.post(f"/settings/calendar/{page.context['closures'][0].pk}/open/")
    assert not Closure.objects.exists()


def test_a_closure_that_ends_before_it_begins_is_refused(adas: Any) -> None:
    first = timezone.localdate()
    given = {"first": first, "last": first - timedelta(days=1), "note": "x", "calendar": "company"}
    answer = adas.post("/settings/calendar/", given)
    assert answer.status_code == 422
    assert "ends before it begins" in answer.content.decode()


def test_a_department_is_added_once_and_may_stop_signing(adas: Any) -> None:
    adas.post("/settings/departments/", {"code": "legal", "name": "Legal", "signs": "on"})
    legal = Department.objects.get(code="legal")
    assert adas.post("/settings/departments/", {"code": "Legal", "name": "Legal"}).status_code == 422
    adas.post(f"/settings/departments/{legal.pk}/signing/", {"signs": "no"})
    legal.refresh_from_db()
    assert not legal.signs


def test_an_ended_token_opens_nothing(adas: Any, dana: Any) -> None:
    token = new_token(dana)
    assert "Dana" in adas.get("/settings/tokens/").content.decode()
    adas.post(f"/settings/tokens/{dana.pk}/end/")
    assert person_of_token(token) is None


def test_people_are_found_by_name_and_state(adas: Any, dana: Any, omar: Any) -> None:
    assert [one.name for one in adas.get("/settings/?q=dan").context["people"]] == ["Dana"]
    assert omar in adas.get("/settings/?show=none").context["people"]


def closed(first: date, days: int, note: str = "Holiday week") -> dict[str, Any]:
    return {"first": first, "last": first + timedelta(days=days - 1), "note": note, "calendar": "company"}


def _undo_of(page: Any) -> dict[str, str]:
    """What the Undo of the newest toast would send."""
    return {"token": re.findall(r'name="token" value="([^"]+)"', page.content.decode())[-1]}


def test_closures_come_and_go_and_come_back(adas: Any) -> None:
    first = timezone.localdate() + timedelta(days=40)
    closing = adas.post("/settings/calendar/", closed(first, 5), follow=True)
    page = adas.get("/settings/calendar/")
    opening = adas.post(f"/settings/calendar/{page.context['closures'][0].pk}/open/", follow=True)
    assert not Closure.objects.exists()
    adas.post("/settings/calendar/undo/", _undo_of(opening))
    assert Closure.objects.count() == 5
    adas.post("/settings/calendar/undo/", _undo_of(closing))
    assert not Closure.objects.exists()
    again = adas.post("/settings/calendar/undo/", _undo_of(closing), follow=True)
    assert "Somebody changed these days of company since" in again.content.decode()


def test_days_that_grew_meanwhile_are_not_taken_away_unseen(adas: Any) -> None:
    first = timezone.localdate() + timedelta(days=40)
    adas.post("/settings/calendar/", closed(first, 2))
    (seen,) = adas.get("/settings/calendar/").context["closures"]
    adas.post("/settings/calendar/", closed(first, 4))
    answer = adas.post(f"/settings/calendar/{seen.pk}/open/", {"seen": seen.seen})
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.content.decode()
    assert Closure.objects.count() == 4


def test_days_closed_for_another_reason_are_asked_about(adas: Any) -> None:
    first = timezone.localdate() + timedelta(days=40)
    adas.post("/settings/calendar/", closed(first + timedelta(days=1), 2, "Inventory"))
    blank = adas.get("/settings/calendar/").context["form"]["seen"].value()
    answer = adas.post("/settings/calendar/", closed(first, 6) | {"seen": blank})
    assert answer.status_code == 409
    (row,) = answer.context["conflict"]
    assert (row.label, row.mine, row.theirs) == (
        f"{first + timedelta(days=1)} to {first + timedelta(days=2)}", "Holiday week", "Inventory",
    )  # fmt: skip
    assert Closure.objects.count() == 2
    sent = closed(first, 6) | {"seen": answer.context["form"]["seen"].value()}
    assert adas.post("/settings/calendar/", sent).status_code == 302
    assert set(Closure.objects.values_list("note", flat=True)) == {"Holiday week"}


def test_nobody_is_signed_out_and_no_department_stops_signing_because_of_a_garbled_answer(
    adas: Any, dana: Any
) -> None:
    legal = Department.objects.create(code="legal", name="Legal", signs=True)
    for answer in ({}, {"active": "maybe", "signs": "1e400"}):
        assert adas.post(f"/settings/people/{dana.pk}/activate/", answer).status_code == 400
        assert adas.post(f"/settings/departments/{legal.pk}/signing/", answer).status_code == 400
    dana.refresh_from_db()
    legal.refresh_from_db()
    assert (dana.is_active, legal.signs) == (True, True)
