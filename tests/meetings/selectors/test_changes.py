"""What changed since the last cycle, beside what that cycle published."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import company, live_plan, override, plan_version

from forecasting.models import Override
from meetings.selectors import changes, comparisons

pytestmark = pytest.mark.django_db


def test_what_was_typed_before_the_last_plan_was_published_counts_for_both(
    dana: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two typed in the last review and one since, one of them of a month gone by: 2 then, 2 now, so nothing changed;
    one more now is 2 -> 3."""
    made = company(items=1)
    plan = live_plan(made)
    published = timezone.now() - timedelta(days=10)
    last = plan_version(
        kind="cycle", status="published", published=published, as_of=date(2026, 11, 1), content_hash="0" * 64
    )
    for month, typed in ((11, 15), (12, 15), (12, 5)):
        one = override(dana, month=date(2026, month, 1), item=made.items[0])
        Override.objects.filter(pk=one.pk).update(created=timezone.now() - timedelta(days=typed))
    monkeypatch.setattr(changes, "previous_plan", lambda cycle: last)
    monkeypatch.setattr(changes, "shown_plan", lambda cycle: plan)

    def overrides() -> list[tuple[str, str]]:
        rows = changes.changes(None, comparisons.compare(plan), "$")
        return [(row.before, row.after) for row in rows if row.what == "Active overrides"]

    assert overrides() == []
    override(dana, month=date(2027, 1, 1), item=made.items[0])
    assert overrides() == [("2", "3")]
