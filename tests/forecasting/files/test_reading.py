import gzip
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecasting.files.reading import read_series


def series_of(folder, data, name="in.csv"):
    (folder / name).write_bytes(data)
    return read_series(folder / name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_common_encoding_is_read(tmp_path, encoding):
    series = series_of(tmp_path, "unique_id,t,y\nÄ,1,5\n".encode(encoding))
    assert series.ids.to_pylist() == ["Ä"]


@pytest.mark.parametrize(
    "dates",
    [
        ("2024-01", "2024-02", "2024-03"),
        ("202401", "202402", "202403"),
        ("20240101", "20240201", "20240301"),
        ("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2024-01-01 00:00:00", "2024-02-01 00:00:00", "2024-03-01 00:00:00"),
        ("15.01.2024", "15.02.2024", "15.03.2024"),
        ("1/31/2024", "2/29/2024", "3/31/2024"),
        ("Jan 1, 2024", "Feb 1, 2024", "Mar 1, 2024"),
    ],
)
def test_dates_that_leave_no_doubt_are_months_in_a_row(tmp_path, dates):
    text = "unique_id;ds;y\n" + "".join(f"A;{day};5\n" for day in dates)
    assert np.diff(series_of(tmp_path, text.encode()).period).tolist() == [1, 1]


def test_whole_numbers_under_ds_count_periods(tmp_path):
    series = series_of(tmp_path, b"unique_id,ds,y\nA,2001,5\nA,2002,6\n")
    assert (series.period.tolist(), series.clock, series.calendar) == ([2001, 2002], "ds", None)


def test_packed_csv_and_capital_or_padded_headers_are_read(tmp_path):
    data = gzip.compress(b"Unique_ID, T, Y, Price\nA, 1, 5, 9\n\nA, 2, 6, 9\n")
    series = series_of(tmp_path, data, "in.csv.gz")
    assert series.value.tolist() == [5, 6]


@pytest.mark.parametrize("kind", ["category", "string", "large_string[pyarrow]", "int64"])
def test_ids_of_any_type_come_back_in_order_of_appearance(tmp_path, kind):
    frame = pd.DataFrame({"unique_id": pd.Series(["2", "1"]).astype(kind), "t": [1.0, 1.0], "y": [5, 6]})
    frame.to_parquet(tmp_path / "in.parquet")
    assert [str(name) for name in read_series(tmp_path / "in.parquet").ids.to_pylist()] == ["2", "1"]


def test_numbers_of_any_type_become_values(tmp_path):
    for kind in (pa.int8(), pa.uint64(), pa.float32(), pa.decimal128(12, 2), pa.string()):
        y = pa.array([3]).cast(pa.string() if kind == pa.string() else pa.int32()).cast(kind)
        pq.write_table(pa.table({"unique_id": ["A"], "t": [1], "y": y}), tmp_path / "in.parquet")
        assert read_series(tmp_path / "in.parquet").value.tolist() == [3]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        (("1.234,5", "95", ""), [1234.5, 95, np.nan]),
        (("1,234.5", "2,345", "950"), [1234.5, 2345, 950]),
        (("1 234", "1 234,25", "-7"), [1234, 1234.25, -7]),
        (("1,5", "1,234", "0,25"), [1.5, 1.234, 0.25]),
        (("(12)", "1e3", "na"), [-12, 1000, np.nan]),
    ],
)
def test_numbers_as_people_write_them(tmp_path, written, values):
    text = "unique_id;t;y\n" + "".join(f"A;{t};{y}\n" for t, y in enumerate(written))
    assert np.array_equal(series_of(tmp_path, text.encode()).value, values, equal_nan=True)


def test_category_is_that_of_the_newest_row(tmp_path):
    text = "unique_id,t,y,category\nA,1,5,old\nA,2,5,new\nB,1,5,old\nC,1,5,new\n"
    category = series_of(tmp_path, text.encode()).category
    assert category[0] == category[2] != category[1]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kuala_Lumpur"])
def test_instants_of_a_time_zone_are_the_days_of_its_own_calendar(tmp_path, zone):
    """Midnights of months in New York and Kuala Lumpur: in universal time the one is later, the other the day before."""
    days = pd.date_range("2024-01-01", periods=4, freq="MS", tz=zone)
    pd.DataFrame({"unique_id": "A", "ds": days, "y": 5.0}).to_parquet(tmp_path / "in.parquet")
    series = read_series(tmp_path / "in.parquet")
    following = series.calendar.following(np.array([0]), horizon=1)
    assert (np.diff(series.period).tolist(), following.to_pylist()) == ([1, 1, 1], [date(2024, 5, 1)])


def test_series_of_another_step_than_the_file_are_named(tmp_path):
    """Months among weeks have no weekly dates to go on with; a week that is missing is no other step."""
    weeks = pd.date_range("2024-01-01", periods=30, freq="W-MON").delete([4, 9])
    rows = [("W1", day) for day in weeks] + [("W2", day) for day in weeks]
    months = pd.date_range("2024-01-01", periods=8, freq="MS")
    for month_series, notes in (([], []), (["M"], ["1 of the series (M) do not come every 7 days"])):
        every = rows + [(name, day) for name in month_series for day in months]
        text = "unique_id,ds,y\n" + "".join(f"{name},{day:%Y-%m-%d},5\n" for name, day in every)
        told = series_of(tmp_path, text.encode()).notes
        assert [note.split(", as the file")[0] for note in told] == notes
