from datetime import date, datetime

import numpy as np
import pytest

from forecasting.files.calendar import calendar_of


def following(*series, horizon=2):
    """Next dates of series of ISO dates."""
    instants = [np.array(dates, dtype="datetime64[s]").astype(np.int64) for dates in series]
    begin = np.concatenate([[0], np.cumsum([len(part) for part in instants])])
    calendar = calendar_of(np.concatenate(instants), begin)
    return calendar.following(np.arange(len(series)), horizon=horizon).to_pylist()


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2024-01-31", "2024-02-29", "2024-03-31"], [date(2024, 4, 30), date(2024, 5, 31)]),
        (["2024-01-15", "2024-02-15"], [date(2024, 3, 15), date(2024, 4, 15)]),
        (["2023-11-30", "2023-12-30"], [date(2024, 1, 30), date(2024, 2, 29)]),
        (["2024-01-01", "2024-01-08", "2024-01-15"], [date(2024, 1, 22), date(2024, 1, 29)]),
        (["2023-03-31", "2023-06-30", "2023-09-30"], [date(2023, 12, 31), date(2024, 3, 31)]),
        (["2021-12-31", "2022-12-31"], [date(2023, 12, 31), date(2024, 12, 31)]),
        (["2024-02-27", "2024-02-28"], [date(2024, 2, 29), date(2024, 3, 1)]),
        (["2024-06-01"], [date(2024, 7, 1), date(2024, 8, 1)]),
        (
            ["2024-01-01", "2024-01-29", "2024-02-26", "2024-03-25"],  # thirteen periods of four weeks
            [date(2024, 4, 22), date(2024, 5, 20)],
        ),
        (["2024-01-01", "2024-01-31", "2024-03-01", "2024-03-31"], [date(2024, 4, 30), date(2024, 5, 30)]),
        # rows missing: the usual gap is two months, three weeks and two days
        (
            ["2023-01-01", "2023-03-01", "2023-04-01", "2023-06-01", "2023-09-01"],
            [date(2023, 10, 1), date(2023, 11, 1)],
        ),
        (["2024-01-01", "2024-01-22", "2024-01-29", "2024-02-26"], [date(2024, 3, 4), date(2024, 3, 11)]),
        (["2024-01-02", "2024-01-04", "2024-01-05", "2024-01-07"], [date(2024, 1, 8), date(2024, 1, 9)]),
    ],
)
def test_dates_go_on_as_they_came(dates, expected):
    assert following(dates) == expected


def test_hours_go_on_as_instants():
    assert following(["2024-01-01T00", "2024-01-01T01"], horizon=1) == [datetime(2024, 1, 1, 2)]  # noqa: DTZ001


def test_weeks_of_series_that_begin_on_different_days_stay_weeks():
    mondays, fridays = ["2024-01-01", "2024-01-08", "2024-01-15"], ["2024-01-05", "2024-01-12", "2024-01-19"]
    assert following(mondays, fridays, horizon=1) == [date(2024, 1, 22), date(2024, 1, 26)]


def test_month_begins_and_month_ends_may_stand_in_one_file():
    begins, ends = ["2024-01-01", "2024-02-01", "2024-03-01"], ["2024-01-31", "2024-02-29", "2024-03-31"]
    assert following(begins, ends, horizon=1) == [date(2024, 4, 1), date(2024, 4, 30)]


def test_missing_months_leave_gaps_in_the_periods():
    instants = np.array(["2024-01-01", "2024-02-01", "2024-03-01", "2024-06-01"], dtype="datetime64[s]")
    calendar = calendar_of(instants.astype(np.int64), np.array([0, 4]))
    assert np.diff(calendar.periods(instants.astype(np.int64))).tolist() == [1, 1, 3]
