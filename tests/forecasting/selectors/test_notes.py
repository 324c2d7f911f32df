"""What stands beside a row of the demand plan: who said or typed what, the newest first."""

from datetime import date

import pytest
from forecasting_plan import Desk, make_plan, row_of

from forecasting.models import Assumption
from forecasting.selectors.notes import last_editor, notes_at
from siop.web.models import Comment

pytestmark = pytest.mark.django_db


def noted(desk, row_id, *, limit=12):
    shown = desk.shown()
    return notes_at(shown.cube, shown.named(row_id).node, limit)


def test_notes_are_comments_then_overrides_then_assumptions(dana):
    plan, made = make_plan(items=2)
    desk, leaf = Desk(plan, dana), row_of("s", made.series[0])
    desk.type(leaf, {0: "120"})
    desk.type(leaf, {0: None})
    place = desk.shown().named(leaf).node.place
    Comment.objects.create(person=dana, place=place, month=desk.shown().cube.months[1], text="<b>late</b>")
    Comment.objects.create(person=dana, place=place, text="of no month")
    Assumption.objects.create(person=dana, kind="risk", category=made.categories["Bottles"], text="Strike")
    Assumption.objects.create(person=dana, category=made.categories["Capsules"], text="not of this family")
    first, second, typed, risk = noted(desk, leaf)
    assert (first.who, first.text, first.own) == (dana.name, "of no month", True)
    assert second.who.startswith(f"{dana.name}, ")
    assert second.text == "<b>late</b>"
    assert typed.said.startswith("set to 120, taken back, ")
    assert (risk.who, risk.text) == ("Risk", "Strike")
    assert risk.said.endswith(", Bottles")


def test_an_override_says_why_and_until_when(dana):
    plan, made = make_plan(items=1)
    desk, leaf = Desk(plan, dana), row_of("s", made.series[0])
    desk.type(leaf, {0: "120"}, reason="Fair", expires=date(2099, 12, 3))
    (note,) = noted(desk, leaf)
    assert (note.text, note.until) == ("Fair", "until 3 Dec 2099")


def test_a_node_has_its_own_notes_only_and_no_more_than_asked(dana):
    plan, made = make_plan(items=1)
    desk, leaf = Desk(plan, dana), row_of("s", made.series[0])
    for column in range(3):
        desk.type(leaf, {column: "120"})
    assert len(noted(desk, leaf, limit=2)) == 2
    assert noted(desk, "all") == []


def test_last_editor_is_who_typed_in_that_month_last(dana):
    plan, made = make_plan(items=1)
    desk, leaf = Desk(plan, dana), row_of("s", made.series[0])
    desk.type(leaf, {0: "120"})
    shown = desk.shown()
    node = shown.named(leaf).node
    assert last_editor(node, shown.cube.months[0])[0] == dana.name
    assert last_editor(node, shown.cube.months[1]) == ("", "")
