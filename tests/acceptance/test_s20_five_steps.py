"""S20: 3 of 12 families unreviewed: closing the demand review is refused, or forced with a logged reason."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from factories import company, cycle_in, live_plan

from siop.web.models import AuditEvent

FAMILIES = tuple(f"{number:02d} range" for number in range(1, 13))


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def cycle(db, ada, dana):
    live_plan(company(FAMILIES, items=1))
    cycle = cycle_in("demand_review", ada)
    for family in FAMILIES[:9]:
        run("review", family, "--as", dana.email)
    return cycle


def test_closing_is_refused_with_the_families_named(cycle, dana):
    with pytest.raises(
        CommandError, match=r"3 of 12 families unreviewed \(10 range, 11 range, 12 range\)"
    ) as refused:
        run("advance_cycle", "--as", dana.email)
    assert refused.value.returncode == 1
    cycle.refresh_from_db()
    assert cycle.stage == "demand_review"


def test_forcing_is_logged_with_its_reason(cycle, dana):
    with pytest.raises(CommandError, match="needs a reason"):
        run("advance_cycle", "--force", "--as", dana.email)
    answer = json.loads(
        run("advance_cycle", "--force", "--reason", "sales is at a fair", "--as", dana.email, "--json")
    )
    assert answer["stage"] == "supply_review"
    forced = next(stage for stage in answer["stages"] if stage["stage"] == "demand_review")
    assert forced["forced_reason"] == "sales is at a fair"
    event = AuditEvent.objects.filter(table="meetings_stage", reason__contains="sales is at a fair").first()
    assert event.person_id == dana.pk


def test_with_all_reviewed_it_closes(cycle, dana):
    run("review", "all", "--as", dana.email)
    assert "stands in supply review" in run("advance_cycle", "--as", dana.email)
