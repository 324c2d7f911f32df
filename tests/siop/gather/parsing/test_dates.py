"""Dates: certain, or asked about."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.gather.parsing.cells import BadValue
from siop.gather.parsing.dates import DAY_FIRST, MONTH_FIRST, date_order, parse_date

FEBRUARY = dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-01", FEBRUARY),
        ("2026/2/1", FEBRUARY),
        ("2026.02.01", FEBRUARY),
        ("20260201", FEBRUARY),
        ("2026-02-01 08:26:00", FEBRUARY),
        ("2026-02-01T23:00:00+03:00", FEBRUARY),
        ("1 Feb 2026", FEBRUARY),
        ("01-FEB-2026", FEBRUARY),
        ("February 1, 2026", FEBRUARY),
        ("Feb 1st, 2026", FEBRUARY),
        ("28/02/2026", dt.date(2026, 2, 28)),
        ("02/28/2026", dt.date(2026, 2, 28)),
        ("05.05.2026", dt.date(2026, 5, 5)),
        ("2024-02-29", dt.date(2024, 2, 29)),
    ],
)
def test_a_certain_date_is_read(text, day):
    assert parse_date(text, order=date_order([text])) == day


@pytest.mark.parametrize(
    ("text", "reason", "suggestion"),
    [
        ("01/02/2026", "day or month first", "which comes first"),
        ("31.11.2026", "November has 30 days", "Use 2026-11-30"),
        ("29.2.1900", "February 1900 has 28 days", "Use 1900-02-28"),
        ("2026-02-29", "February 2026 has 28 days", "Use 2026-02-28"),
        ("13/13/2026", "no month above 12", ""),
        ("2026-13-01", "no month 13", ""),
        ("0026-01-01", "year 26 is outside", ""),
        ("2300-01-01", "year 2300 is outside", ""),
        ("01-Nov-26", "two digits", "four digits"),
        ("3/4/26", "two digits", "four digits"),
        ("45292", "count days from 1900 or from 1904", "YYYY-MM-DD"),
        ("2026-12", "not a date", "YYYY-MM-DD"),
        ("1 Foo 2026", "no month", ""),
        ("tomorrow", "not a date", ""),
        ("2026-00-10", "no month 0", ""),
    ],
)
def test_an_uncertain_date_is_refused_with_a_reason(text, reason, suggestion):
    with pytest.raises(BadValue, match=reason) as refused:
        parse_date(text, order=date_order([text]))
    assert suggestion in refused.value.suggestion


def test_one_day_above_twelve_decides_the_column():
    assert date_order(["01/02/2026", "13/02/2026"]) == DAY_FIRST
    assert date_order(["01/02/2026", "02/13/2026"]) == MONTH_FIRST
    assert parse_date("01/02/2026", order=DAY_FIRST) == FEBRUARY
    assert parse_date("02/01/2026", order=MONTH_FIRST) == FEBRUARY


def test_a_column_with_both_orders_decides_nothing():
    order = date_order(["13/02/2026", "02/13/2026"])
    with pytest.raises(BadValue, match="mixes"):
        parse_date("13/02/2026", order=order)


def test_a_workbook_says_which_calendar_its_serials_count():
    assert parse_date("45292", date_system="1900") == dt.date(2024, 1, 1)
    assert parse_date("43830", date_system="1904") == dt.date(2024, 1, 1)
    with pytest.raises(BadValue, match="29 February 1900 does not exist"):
        parse_date("60", date_system="1900")


def test_a_month_may_stand_without_a_day():
    assert parse_date("2026-12", month=True) == dt.date(2026, 12, 1)
    assert parse_date("202612", month=True) == dt.date(2026, 12, 1)


@given(st.dates(min_value=dt.date(1950, 1, 1), max_value=dt.date(2199, 12, 31)))
def test_every_date_comes_back_in_every_certain_notation(day):
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%d.%m.}{day.year}", order=DAY_FIRST) == day
    assert parse_date(f"{day:%m/%d/}{day.year}", order=MONTH_FIRST) == day
