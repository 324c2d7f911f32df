"""Every day lies in exactly one period, whatever the calendar."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.catalog import calendar

FOUR_FOUR_FIVE = (28, 28, 35) * 4
WITH_A_53RD_WEEK = (*FOUR_FOUR_FIVE[:-1], 42)
DAYS = st.dates(date(2000, 1, 1), date(2050, 12, 31))


def fiscal(*years: tuple[int, ...]) -> calendar.PlanningCalendar:
    """Years of 4-4-5 from 29 December 2025; the rest of time goes on as they do."""
    given_periods, start = [], date(2025, 12, 29)
    for length in (length for year in years for length in year):
        given_periods.append((start, start + timedelta(days=length - 1)))
        start += timedelta(days=length)
    return calendar.build(bucket="month", given=given_periods)


CALENDARS = {
    "months": calendar.build(bucket="month"),
    "weeks": calendar.build(bucket="week"),
    "4-4-5": fiscal(FOUR_FOUR_FIVE, FOUR_FOUR_FIVE),
    "4-4-5 with a 53rd week": fiscal(WITH_A_53RD_WEEK, FOUR_FOUR_FIVE),
    "4-4-5 that ends on a 53rd week": fiscal(FOUR_FOUR_FIVE, WITH_A_53RD_WEEK),
}


@pytest.mark.parametrize("name", CALENDARS)
@given(day=DAYS)
def test_a_day_lies_in_its_period_and_in_no_other(name: str, day: date) -> None:
    periods = CALENDARS[name]
    start, end = periods.start_of(day), periods.end_of(day)
    assert start <= day <= end
    assert periods.shift(day, 1) == end + timedelta(days=1)
    assert periods.start_of(end) == start
    assert periods.between(periods.shift(day, -3), day) == 3


def test_weeks_start_on_monday() -> None:
    assert CALENDARS["weeks"].start_of(date(2026, 11, 22)) == date(2026, 11, 16)


def test_a_fiscal_year_goes_on_as_it_was() -> None:
    days = CALENDARS["4-4-5"].days(date(2027, 12, 27), 6)
    assert days.tolist() == [28, 28, 35, 28, 28, 35]
    assert CALENDARS["4-4-5"].days(date(2024, 12, 30), 3).tolist() == [28, 28, 35]


def test_the_53rd_week_lengthens_the_last_period_of_its_year() -> None:
    """371 days from 29 December 2025: the last period is six weeks from 23 November 2026, the next year starts on time."""
    periods = CALENDARS["4-4-5 with a 53rd week"]
    assert periods.days(date(2025, 12, 29), 13).tolist() == [*WITH_A_53RD_WEEK, 28]
    assert (periods.start_of(date(2026, 12, 31)), periods.end_of(date(2026, 12, 31))) == (
        date(2026, 11, 23),
        date(2027, 1, 3),
    )


def test_a_53rd_week_is_not_repeated_each_year() -> None:
    periods = CALENDARS["4-4-5 that ends on a 53rd week"]
    assert periods.days(date(2026, 12, 28), 24).tolist() == [*WITH_A_53RD_WEEK, *FOUR_FOUR_FIVE]


def test_fiscal_months_that_are_calendar_months_go_on_as_months() -> None:
    given_periods = [(date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28))]
    assert calendar.build(bucket="month", given=given_periods).start_of(date(2028, 2, 29)) == date(2028, 2, 1)


def test_a_gap_between_fiscal_periods_is_named() -> None:
    given_periods = [(date(2026, 1, 1), date(2026, 1, 28)), (date(2026, 2, 1), date(2026, 2, 28))]
    with pytest.raises(calendar.CalendarError, match="ends on 2026-01-28, the next starts on 2026-02-01"):
        calendar.build(bucket="month", given=given_periods)


def test_planning_date_follows_the_rule() -> None:
    months = CALENDARS["months"]
    sale, cycle, named = date(2026, 3, 20), date(2026, 2, 1), date(2026, 1, 10)
    assert calendar.planning_date(months, as_of=named, cycle_start=cycle, latest_sale=sale) == named
    assert calendar.planning_date(months, as_of=None, cycle_start=cycle, latest_sale=sale) == cycle
    assert calendar.planning_date(months, as_of=None, cycle_start=None, latest_sale=sale) == date(2026, 3, 1)
    with pytest.raises(calendar.CalendarError, match="import sales"):
        calendar.planning_date(months, as_of=None, cycle_start=None, latest_sale=None)


@pytest.mark.parametrize(
    ("periods", "quarters"),
    [
        (calendar.build(bucket="month"), {"Q1 2026": [1, 2, 3], "Q2 2026": [4, 5, 6]}),
        (calendar.build(bucket="week"), {}),
        (fiscal(FOUR_FOUR_FIVE), {}),
    ],
    ids=["months have those of the year", "weeks have none", "fiscal periods without names"],
)  # fmt: skip
def test_only_quarters_that_are_there_as_a_whole_are_summed(
    periods: calendar.PlanningCalendar, quarters: dict[str, list[int]]
) -> None:
    """From December to July."""
    assert periods.quarters(periods.periods(date(2025, 12, 30), 8)) == quarters


def test_named_quarters_are_as_long_as_their_names_say() -> None:
    """A first quarter of three periods, and a rest of the year of nine of which one is left out."""
    periods = fiscal(FOUR_FOUR_FIVE)
    months = periods.periods(date(2025, 12, 29), 12)
    names = tuple((month, "Start" if place < 3 else "Rest") for place, month in enumerate(months))
    named = replace(periods, named=names)
    assert named.quarters(months) == {"Start": [0, 1, 2], "Rest": list(range(3, 12))}
    assert named.quarters(months[:11]) == {"Start": [0, 1, 2]}
    assert named.quarters([*months[:5], *months[6:]]) == {"Start": [0, 1, 2]}
