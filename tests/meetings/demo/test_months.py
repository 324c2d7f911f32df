"""The story is always in the middle of its demand review, on whatever day it is told."""

from datetime import date, timedelta

import pytest

from meetings.demo.clock import told_on
from meetings.demo.months import SEEN_AFTER, Calendar
from meetings.selectors.cycles import today
from meetings.selectors.working_days import add_working_days, first_working_day

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(0, 365, 3)]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_today_is_the_sixth_working_day_of_the_open_cycle(day: date) -> None:
    calendar = Calendar.around(day)
    assert add_working_days(calendar.begins(0), SEEN_AFTER, set()) == first_working_day(day, set())


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_nothing_that_the_story_books_lies_ahead_of_the_day_it_is_imported(day: date) -> None:
    calendar = Calendar.around(day)
    for until in (-1, 0):
        assert calendar.counted(until) <= calendar.begins(until)
        assert calendar.booked(until - 1, 28) <= calendar.begins(until)


def test_a_named_month_is_told_as_the_template_schedules_it() -> None:
    calendar = Calendar.of_month(date(2026, 5, 19))
    assert (calendar.first, calendar.today, calendar.moved) == (date(2026, 5, 1), date(2026, 5, 8), 0)


def test_the_clock_goes_back_and_comes_again() -> None:
    now = today()
    with told_on(date(2020, 2, 3), "10:15"):
        assert today() == date(2020, 2, 3)
    assert today() == now
