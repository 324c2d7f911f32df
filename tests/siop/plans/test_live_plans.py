"""Which live plan people see when several are computed side by side."""

from datetime import date
from typing import Any

import pytest

from siop.plans import services
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.selectors import current_live_plan

pytestmark = pytest.mark.django_db
TODAY, TENTH = date(2026, 1, 1), date(2026, 1, 10)


def _asked(day: date, *, data_version: int = 1) -> PlanVersion:
    return services.create_live_plan(data_version=data_version, as_of=day)


def _refined(source: PlanVersion) -> PlanVersion:
    return services.derive_live_plan(source=source, data_version=source.data_version)


def _finished(*plans: PlanVersion) -> Any:
    for plan in plans:
        services.finish_live_plan(plan=plan)
    return current_live_plan()


def test_newer_data_stay_when_older_ones_finish_later() -> None:
    _finished(_asked(TODAY))
    older, newer = _asked(TODAY), _asked(TODAY, data_version=2)
    assert _finished(newer, older) == newer
    assert older.status == PlanStatus.SUPERSEDED


def test_a_refined_plan_takes_the_place_of_its_source() -> None:
    source = _asked(TODAY)
    _finished(source)
    assert _finished(refined := _refined(source)) == refined


def test_a_backtest_of_yesterdays_plan_does_not_bring_its_day_back() -> None:
    first = _asked(TODAY)
    _finished(first)
    tenth = _asked(TENTH)
    late = _refined(first)  # the backtest of the first plan ends while that of the tenth is computed
    assert _finished(tenth, late) == tenth
    assert late.status == PlanStatus.SUPERSEDED


def test_what_is_refined_for_the_day_that_people_see_comes_in() -> None:
    first, tenth = _asked(TODAY), _asked(TENTH)
    _finished(first, tenth)
    assert _finished(again := _refined(tenth)) == again


def test_a_plan_asked_for_later_comes_in_after_one_that_refines_the_plan_before() -> None:
    first = _asked(TODAY)
    _finished(first)
    tenth = _asked(TENTH)
    refined = _refined(first)  # begun after the tenth, and done before it
    again = _refined(refined)
    assert _finished(refined, tenth, again) == tenth
