"""Counts of actions open the actions that they count."""

from datetime import date, timedelta
from typing import Any

import pytest

from meetings.enums import ActionStatus
from meetings.models import ActionItem
from meetings.selectors import cycles
from meetings.services import actions
from siop.web.explanations import explain

pytestmark = pytest.mark.django_db


def created(world: Any, title: str, due: date) -> ActionItem:
    return actions.create(person=world.erin, cycle=world.cycle, title=title, owner=world.dana, due=due)


def test_open_overdue_and_due_soon_are_counted_one_by_one(client: Any, world: Any) -> None:
    """One is late already; one is due today, one in many years."""
    created(world, "Today", cycles.today())
    created(world, "Later", date(2099, 1, 1))
    found = {name: explain(world.sam, "actions", name) for name in ("open", "overdue", "soon", "returning")}
    assert [float(one.total) for one in found.values()] == [3, 1, 1, 0]
    assert "Second source for part 37" in found["overdue"].parts[0].label
    assert "Today" in found["soon"].parts[0].label
    client.force_login(world.sam)
    shown = {kpi.why: kpi.value for kpi in client.get("/actions/").context["kpis"]}
    for name, one in found.items():
        assert shown[f"/web/why/actions/{name}"] == f"{one.total}"


def test_each_action_not_done_by_its_day_takes_its_share_away(client: Any, world: Any) -> None:
    """Four were due by now: one was done in time, one a day late, two are open: 25 %."""
    ActionItem.objects.all().delete()
    for number, (status, late) in enumerate(
        [(ActionStatus.DONE, 0), (ActionStatus.DONE, 1), (ActionStatus.OPEN, 0), (ActionStatus.DOING, 0)]
    ):
        item = created(world, f"Action {number}", cycles.today() - timedelta(days=3))
        closed = item.created - timedelta(days=3 - late) if status == ActionStatus.DONE else None
        ActionItem.objects.filter(pk=item.pk).update(status=status, closed=closed)
    client.force_login(world.sam)
    card = next(
        kpi for kpi in client.get("/actions/").context["kpis"] if kpi.label.startswith("Done on time")
    )
    assert card.value == "25.0 %"
    found = explain(world.sam, *card.why.removeprefix("/web/why/").split("/"))
    assert [float(part.value) for part in found.parts] == [1, -0.25, -0.25, -0.25]
