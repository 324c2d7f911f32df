"""The pages of drivers, events and cleansed months: what they show, what they take, and what they refuse."""

import re
from datetime import date
from typing import Any

import pytest
from chain import plan_now, work_all
from django.urls import reverse

from forecasting.explanations.cleansing import mark_url, of_mark
from forecasting.models import CleansingMark, DemandSeries, DriverEffect, DriverValue, Event
from forecasting.selectors.demand_cube import forget_all
from siop.gather.services import load_tables

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 1, 1)
PAGES = ("drivers", "events", "cleansing")


@pytest.fixture(scope="module")
def company_once(kept_rows: None) -> None:
    load_tables(
        {
            "categories": [{"category": "Caps"}],
            "items": [{"item": "CAP", "category": "Caps"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [
                {"date": date(2024 + m // 12, m % 12 + 1, 9), "item": "CAP", "location": "NJ", "segment": "WEB",
                 "order": "1", "quantity": 900 if m == 19 else 100}
                for m in range(24)
            ],
            "drivers": [
                {"driver": "ads", "category": "Caps", "month": date(2024 + m // 12, m % 12 + 1, 1), "value": 50}
                for m in range(26)
            ],
            "driver_effects": [{"driver": "ads", "category": "Caps", "elasticity": 0.2, "sd": 0.1}],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


@pytest.fixture
def company(company_once: None, db: None) -> None:
    forget_all()


@pytest.mark.usefixtures("company")
def test_a_value_typed_changes_the_forecast_and_the_page_tells_by_how_much(client: Any, dana: Any) -> None:
    client.force_login(dana)
    category = DriverValue.objects.values_list("category_id", flat=True).first()
    field = f":0-{category}-0:{AS_OF}"
    answer = client.post(
        reverse("forecasting:set_driver_values"),
        {"driver": "ads", f"v{field}": "100", f"was{field}": "50"},
        follow=True,
    )
    assert "1 value is saved" in answer.content.decode()
    work_all()
    row = client.get(reverse("forecasting:drivers")).context["rows"][0]
    assert row["units"] == pytest.approx(100 * (2**0.2 - 1), abs=0.1)
    assert row["was"] == 0


@pytest.mark.usefixtures("company")
def test_a_value_that_is_no_number_is_refused(client: Any, dana: Any) -> None:
    client.force_login(dana)
    answer = client.post(
        reverse("forecasting:set_driver_values"), {"driver": "ads", f"v:0-0-0:{AS_OF}": "much"}, follow=True
    )
    assert "is no number" in answer.content.decode()
    assert not DriverValue.objects.filter(category=None).exists()


@pytest.mark.usefixtures("company")
def test_an_elasticity_is_changed_on_the_version_that_was_read(client: Any, dana: Any) -> None:
    client.force_login(dana)
    form = {"driver": "ads", "category": "Caps", "elasticity": "0.3", "sd": "0.05", "reason": "agency study"}
    url = reverse("forecasting:set_driver_effect")
    assert client.post(url, form).status_code == 428
    assert client.post(url, form | {"version": 1}).status_code == 302
    assert client.post(url, form | {"version": 1}).status_code == 409
    assert client.post(url, form | {"version": 2, "elasticity": "much"}).status_code == 422
    assert DriverEffect.objects.get().elasticity == 0.3


@pytest.mark.usefixtures("company")
def test_an_event_is_added_and_removed(client: Any, dana: Any) -> None:
    client.force_login(dana)
    form = {
        "event": "PROMO",
        "kind": "promotion",
        "item": "CAP",
        "start": AS_OF,
        "end": "2026-01-31",
        "uplift_pct": 20,
    }
    url = reverse("forecasting:save_event")
    assert client.post(url, form | {"end": "2025-12-31"}).status_code == 422
    assert client.post(url, form | {"item": "NONE"}).status_code == 422
    assert client.post(url, form).status_code == 302
    work_all()
    (row,) = client.get(reverse("forecasting:events")).context["rows"]
    assert row["units"] == pytest.approx(20, abs=0.5)
    client.post(reverse("forecasting:remove_event", args=[row["event"].pk]))
    assert not Event.objects.exists()


@pytest.mark.usefixtures("company")
def test_a_cleansed_month_is_undone_on_the_page(client: Any, dana: Any) -> None:
    client.force_login(dana)
    mark = CleansingMark.objects.get()
    page = client.get(reverse("forecasting:cleansing"), {"item": "CAP"}).content.decode()
    assert "Outlier" in page
    assert "Mark a month of CAP" in page
    url = reverse("forecasting:set_mark_undone", args=[mark.pk])
    assert client.post(url, {"undone": 1}).status_code == 428
    assert client.post(url, {"undone": 1, "version": mark.version}).status_code == 302
    assert client.post(url, {"undone": 0, "version": mark.version}).status_code == 409
    assert CleansingMark.objects.get().undone


@pytest.mark.usefixtures("company")
def test_readers_see_and_change_nothing(client: Any, erin: Any) -> None:
    client.force_login(erin)
    for page in PAGES:
        assert (
            '<button class="btn pri">Save' not in client.get(reverse(f"forecasting:{page}")).content.decode()
        )
    assert client.post(reverse("forecasting:set_driver_values"), {"driver": "ads"}).status_code == 403


def event(**changes: Any) -> dict[str, Any]:
    form = {"event": "PROMO", "kind": "promotion", "item": "CAP", "start": "2026-01-01", "end": "2026-01-31"}
    return form | {"uplift_pct": "20", "note": "end cap"} | changes


def _token(client: Any, page: str) -> str:
    """What the Undo of the newest toast would send."""
    shown = client.get(reverse(f"forecasting:{page}")).content.decode()
    return str(re.findall(r'name="token" value="([^"]+)"', shown)[-1])


@pytest.mark.usefixtures("company")
def test_an_event_opens_in_its_form_as_it_stands(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_event"), event())
    page = client.get(reverse("forecasting:events"), {"event": "PROMO"})
    form = page.context["form"]
    assert [form[name].value() for name in ("item", "uplift_pct", "note")] == ["CAP", "20", "end cap"]
    assert client.post(reverse("forecasting:save_event"), event(seen=form["seen"].value())).status_code == 302


@pytest.mark.usefixtures("company")
def test_two_people_at_one_event_see_base_mine_and_theirs(client: Any, dana: Any) -> None:
    client.force_login(dana)
    url = reverse("forecasting:save_event")
    client.post(url, event())
    seen = client.get(reverse("forecasting:events"), {"event": "PROMO"}).context["form"]["seen"].value()
    Event.objects.update(uplift_pct=35)
    answer = client.post(url, event(uplift_pct="25", seen=seen))
    assert answer.status_code == 409
    (row,) = answer.context["conflict"]
    assert (row.label, row.base, row.mine, row.theirs) == ("Uplift, %", "20", "25", "35")
    assert Event.objects.get().uplift_pct == 35
    again = client.post(url, event(uplift_pct="25", seen=answer.context["form"]["seen"].value()))
    assert again.status_code == 302
    assert Event.objects.get().uplift_pct == 25


@pytest.mark.usefixtures("company")
def test_a_new_event_does_not_write_over_one_of_the_same_code(client: Any, dana: Any) -> None:
    client.force_login(dana)
    blank = client.get(reverse("forecasting:events")).context["form"]["seen"].value()
    url = reverse("forecasting:save_event")
    assert client.post(url, event(seen=blank)).status_code == 302
    assert client.post(url, event(uplift_pct="90", seen=blank)).status_code == 409
    assert Event.objects.get().uplift_pct == 20


@pytest.mark.usefixtures("company")
def test_events_come_and_go_and_come_back(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_event"), event())
    client.post(reverse("forecasting:save_event"), event(uplift_pct="-5", item="", category="Caps"))
    undo = reverse("forecasting:undo_event")
    client.post(undo, {"token": _token(client, "events")})
    assert (Event.objects.get().uplift_pct, Event.objects.get().category) == (20, None)
    client.post(reverse("forecasting:remove_event", args=[Event.objects.get().pk]))
    removed = _token(client, "events")
    client.post(undo, {"token": removed})
    assert Event.objects.get().note == "end cap"
    assert "changed event PROMO since" in client.post(undo, {"token": removed}, follow=True).content.decode()


@pytest.mark.usefixtures("company")
def test_an_event_without_uplift_is_listed_and_moves_nothing(client: Any, dana: Any) -> None:
    client.force_login(dana)
    client.post(reverse("forecasting:save_event"), event(uplift_pct=""))
    work_all()
    (row,) = client.get(reverse("forecasting:events")).context["rows"]
    assert (row["event"].uplift_pct, row["units"]) == (None, 0)


def _cell(month: date = AS_OF) -> str:
    category = DriverValue.objects.values_list("category_id", flat=True).first()
    return f"0-{category}-0:{month}"


@pytest.mark.usefixtures("company")
def test_what_was_typed_beside_a_wrong_value_still_stands(client: Any, dana: Any) -> None:
    client.force_login(dana)
    first, second = _cell(), _cell(date(2026, 2, 1))
    typed = {f"v:{first}": "70", f"was:{first}": "50", f"v:{second}": "-4", f"was:{second}": "50"}
    answer = client.post(reverse("forecasting:set_driver_values"), typed | {"driver": "ads"})
    assert answer.status_code == 422
    (node,) = answer.context["nodes"]
    assert [(cell["text"], cell["problem"]) for cell in node["cells"][:2]] == [
        ("70", ""),
        ("-4", "Feb 2026: '-4'; enter 0 or more."),
    ]
    assert not DriverValue.objects.filter(value=70).exists()


@pytest.mark.usefixtures("company")
def test_a_value_that_somebody_else_set_meanwhile_is_asked_about(client: Any, dana: Any) -> None:
    client.force_login(dana)
    url, cell = reverse("forecasting:set_driver_values"), _cell()
    DriverValue.objects.filter(month=AS_OF).update(value=65.5)
    answer = client.post(url, {"driver": "ads", f"v:{cell}": "80", f"was:{cell}": "50"})
    assert answer.status_code == 409
    shown = answer.context["nodes"][0]["cells"][0]
    assert (shown["text"], shown["stored"]) == ("80", "65.5")
    assert "somebody set 65.5 meanwhile" in shown["problem"]
    assert client.post(url, {"driver": "ads", f"v:{cell}": "80", f"was:{cell}": "65.5"}).status_code == 302
    assert DriverValue.objects.get(month=AS_OF).value == 80


@pytest.mark.usefixtures("company")
def test_what_others_set_in_cells_not_touched_stands(client: Any, dana: Any) -> None:
    client.force_login(dana)
    mine, other = _cell(), _cell(date(2026, 2, 1))
    DriverValue.objects.filter(month=date(2026, 2, 1)).update(value=99)
    typed = {f"v:{mine}": "80", f"was:{mine}": "50", f"v:{other}": "50", f"was:{other}": "50"}
    assert client.post(reverse("forecasting:set_driver_values"), typed | {"driver": "ads"}).status_code == 302
    assert DriverValue.objects.get(month=date(2026, 2, 1)).value == 99


@pytest.mark.usefixtures("company")
def test_values_saved_are_taken_back_from_their_toast(client: Any, dana: Any) -> None:
    client.force_login(dana)
    changed, taken, added = _cell(), _cell(date(2026, 2, 1)), _cell(date(2026, 3, 1))
    typed = {f"v:{changed}": "80", f"v:{taken}": "", f"v:{added}": "7"}
    client.post(reverse("forecasting:set_driver_values"), typed | {"driver": "ads"})
    ahead = DriverValue.objects.filter(month__gte=AS_OF).order_by("month")
    assert list(ahead.values_list("month", "value")) == [(AS_OF, 80), (date(2026, 3, 1), 7)]
    token = _token(client, "drivers")
    client.post(reverse("forecasting:undo_driver_values"), {"token": token})
    assert list(ahead.values_list("month", "value")) == [(AS_OF, 50), (date(2026, 2, 1), 50)]
    again = client.post(reverse("forecasting:undo_driver_values"), {"token": token}, follow=True)
    assert "Somebody changed these values" in again.content.decode()


@pytest.mark.usefixtures("company")
def test_two_people_at_one_elasticity_see_base_mine_and_theirs(client: Any, dana: Any) -> None:
    client.force_login(dana)
    seen = client.get(reverse("forecasting:drivers")).context["effects"][0].seen
    DriverEffect.objects.update(elasticity=0.4, version=2)
    form = {"driver": "ads", "category": "Caps", "elasticity": "0.3", "sd": "0.1", "reason": "study"}
    url = reverse("forecasting:set_driver_effect")
    answer = client.post(url, form | {"version": 1, "seen": seen})
    assert answer.status_code == 409
    (row,) = answer.context["conflict"]
    assert (row.base, row.mine, row.theirs) == ("0.2", "0.3", "0.4")
    again = answer.context["form"]
    sent = form | {"version": again["version"].value(), "seen": again["seen"].value()}
    assert client.post(url, sent).status_code == 302
    assert DriverEffect.objects.get().elasticity == 0.3


@pytest.mark.usefixtures("company")
def test_what_a_driver_and_an_event_add_opens_by_item_and_month(client: Any, dana: Any) -> None:
    client.force_login(dana)
    DriverValue.objects.filter(month=AS_OF).update(value=100)
    client.post(reverse("forecasting:save_event"), event(event="A/B 10 %", uplift_pct="20"))
    work_all()
    for page in ("drivers", "events"):
        (row,) = client.get(reverse(f"forecasting:{page}")).context["rows"]
        panel = client.get(row["why"]).context["why"]
        assert panel["total"]["value"] == f"{row['units']:.0f}"
        assert [part["label"] for part in panel["parts"]] == ["CAP"]
        assert panel["groups"][0]["parts"][0]["label"] == "Jan 26"


@pytest.mark.usefixtures("company")
def test_the_first_value_of_a_new_item_is_typed_on_the_page_and_taken_back(client: Any, dana: Any) -> None:
    load_tables({"items": [{"item": "CAP-2", "category": "Caps"}]})
    client.force_login(dana)
    url = reverse("forecasting:add_driver_value")
    form = {"driver": "ads", "item": "CAP-2", "month": "2026-02-17", "value": "80"}
    page = client.post(url, form, follow=True)
    added = DriverValue.objects.get(item__code="CAP-2")
    assert (added.month, added.value, added.category, added.segment) == (date(2026, 2, 1), 80, None, None)
    assert [row["node"].label for row in page.context["nodes"]] == ["Caps", "CAP-2"]
    token = re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]
    client.post(reverse("forecasting:undo_driver_values"), {"token": token})
    assert not DriverValue.objects.filter(item__code="CAP-2").exists()


@pytest.mark.usefixtures("company")
def test_a_value_that_stands_already_is_not_overwritten_by_adding_one(client: Any, dana: Any) -> None:
    client.force_login(dana)
    form = {"driver": "ads", "category": "Caps", "month": "2026-02-17", "value": "80"}
    answer = client.post(reverse("forecasting:add_driver_value"), form)
    assert answer.status_code == 422
    assert "change it in the table" in answer.content.decode()
    assert DriverValue.objects.get(month=date(2026, 2, 1)).value == 50
    wrong = client.post(reverse("forecasting:add_driver_value"), form | {"value": "-1", "item": "NONE"})
    assert {"value", "item"} <= set(wrong.context["value_form"].errors)


@pytest.mark.usefixtures("company")
def test_two_people_who_mark_one_month_see_each_other(client: Any, dana: Any) -> None:
    client.force_login(dana)
    url = reverse("forecasting:mark_month") + "?item=CAP"
    blank = client.get(reverse("forecasting:cleansing"), {"item": "CAP"}).context["form"]["seen"].value()
    series = DemandSeries.objects.get(item__code="CAP")
    form = {"series": series.pk, "month": "2025-03-10", "imputed": "90", "reason": "fair", "seen": blank}
    assert client.post(url, form).status_code == 302
    answer = client.post(url, form | {"imputed": "120", "reason": "strike"})
    assert answer.status_code == 409
    told = [(row.label, row.base, row.mine, row.theirs) for row in answer.context["conflict"]]
    assert told == [("Use instead", "", "120", "90"), ("Reason", "", "strike", "fair")]
    seen = answer.context["form"]["seen"].value()
    assert client.post(url, form | {"imputed": "120", "reason": "strike", "seen": seen}).status_code == 302
    assert CleansingMark.objects.get(month=date(2025, 3, 1)).imputed == 120


@pytest.mark.usefixtures("company")
def test_a_cleansed_month_says_what_was_sold_and_what_stands_in_for_it(client: Any, dana: Any) -> None:
    client.force_login(dana)
    mark = CleansingMark.objects.get()
    page = client.get(reverse("forecasting:cleansing")).content.decode()
    assert mark_url(mark) in page
    why = of_mark(dana, str(mark.pk))
    assert [part.value for part in why.parts] == pytest.approx([900, mark.imputed - 900])
    why.check()
    CleansingMark.objects.update(undone=True, person=dana)
    back = of_mark(dana, str(mark.pk))
    assert [part.value for part in back.parts] == [900]
    assert "Dana brought the sale back" in "".join(text for text, _ in back.sentence)
    assert client.get(mark_url(mark)).status_code == 200
