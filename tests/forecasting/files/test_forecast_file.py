import json
import time
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from forecasting.files import UnusableFile, forecast_file
from tests.shared_data import shared


def write(folder: Path, text: str, name: str = "in.csv") -> Path:
    source = folder / name
    source.write_text(text, encoding="utf-8")
    return source


def table_of(path: Path) -> pa.Table:
    return pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)


def series_csv(lengths, *, start="2020-01", seed=0):
    rng = np.random.default_rng(seed)
    lines = ["unique_id,ds,y"]
    for name, length in lengths.items():
        months = np.datetime64(start) + np.arange(length)
        lines += [
            f"{name},{m}-01,{v:.2f}" for m, v in zip(months, 100 + rng.normal(0, 5, length), strict=True)
        ]
    return "\n".join(lines) + "\n"


def test_columns_rows_and_bounds_of_the_contract(tmp_path):
    source = write(tmp_path, series_csv({"A": 40, "B": 7}))
    summary = forecast_file(source, tmp_path / "out.parquet", horizon=6, levels=(80, 95))
    table = table_of(tmp_path / "out.parquet")
    assert table.column_names == [
        "unique_id", "ds", "forecast", "lo-80", "hi-80", "lo-95", "hi-95", "method",
    ]  # fmt: skip
    assert (summary.series, summary.rows_read, summary.rows_written) == (2, 47, 12)
    numbers = {name: table[name].to_numpy() for name in table.column_names[2:7]}
    assert all(np.isfinite(column).all() and (column >= 0).all() for column in numbers.values())
    assert (numbers["lo-95"] <= numbers["lo-80"]).all()
    assert (numbers["hi-80"] <= numbers["hi-95"]).all()
    assert table["method"].to_pylist() == ["combination"] * 6 + ["level"] * 6


def test_each_series_goes_on_after_its_own_last_row(tmp_path):
    source = write(tmp_path, series_csv({"A": 14, "B": 3}))
    forecast_file(source, tmp_path / "out.parquet", horizon=2)
    dates = table_of(tmp_path / "out.parquet")["ds"].to_pylist()
    assert dates == [date(2021, 3, 1), date(2021, 4, 1), date(2020, 4, 1), date(2020, 5, 1)]


def test_order_of_rows_gaps_and_empty_values_do_not_disturb(tmp_path):
    text = "unique_id,t,y\nA,5,10\nB,1,3\nA,1,10\nA,3,\nA,2,NaN\nB,4,3\n"
    forecast_file(write(tmp_path, text), tmp_path / "out.csv", horizon=1)
    table = table_of(tmp_path / "out.csv")
    assert table["t"].to_pylist() == [6, 5]
    assert table["forecast"].to_pylist() == [10.0, 3.0]


def test_codes_stay_text_and_semicolons_with_decimal_commas_are_read(tmp_path):
    text = "unique_id;t;y;category\n00123;1;1,5;x\n00123;2;1,5;x\n1E5;1;2;y\n"
    forecast_file(write(tmp_path, text), tmp_path / "out.parquet", horizon=1)
    table = table_of(tmp_path / "out.parquet")
    assert table["unique_id"].to_pylist() == ["00123", "1E5"]
    assert table["forecast"].to_pylist() == [1.5, 2.0]


def test_parquet_and_csv_of_the_same_series_give_the_same_forecasts(tmp_path):
    source = write(tmp_path, series_csv({"A": 50, "B": 30, "C": 14}))
    pq.write_table(pa_csv.read_csv(source), tmp_path / "in.parquet")
    forecast_file(source, tmp_path / "one.parquet")
    forecast_file(tmp_path / "in.parquet", tmp_path / "two.parquet")
    assert table_of(tmp_path / "one.parquet").equals(table_of(tmp_path / "two.parquet"))


def test_chunks_do_not_change_order_or_content(tmp_path, monkeypatch):
    source = write(tmp_path, series_csv({f"S{k}": 20 + 3 * k for k in range(9)}))
    forecast_file(source, tmp_path / "whole.parquet")
    monkeypatch.setattr("forecasting.files.CHUNK", 4)
    forecast_file(source, tmp_path / "parts.parquet")
    whole, parts = table_of(tmp_path / "whole.parquet"), table_of(tmp_path / "parts.parquet")
    assert parts["unique_id"].equals(whole["unique_id"])
    assert np.allclose(parts["forecast"].to_numpy(), whole["forecast"].to_numpy(), rtol=0.05)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("unique_id,t,y\n", "no rows"),
        ("unique_id,t\nA,1\n", "column y is missing"),
        ("unique_id,y\nA,1\n", "neither a column t"),
        ("unique_id,t,y\nA,1,5\nA,2,many\n", "row 3: y is 'many'"),
        ("unique_id,t,y\nA,1,5\nA,1,6\n", "row 3: series A has this period twice"),
        ("unique_id,t,y\nA,1,5\nA,2.5,6\n", "row 3: t is '2.5'; count periods in whole numbers"),
        ("unique_id,t,y\nA,1,5\nA,two,6\n", "row 3: t is 'two'"),
        ("unique_id,t,y\nA,1,5\nA,inf,6\n", "row 3: t is 'inf'"),
        ("unique_id,t,y\nA,1,5\nA,99999999999999999999,6\n", "row 3: t is '9999"),
        ("unique_id,ds,y\nA,tomorrow,5\n", "row 2: ds is 'tomorrow'"),
        ("unique_id,ds,y\nA,2024-05-01,1\nA,3/4/2024,5\n", "row 3: ds is '3/4/2024'.*day or month first"),
        ("unique_id,t,y\n,1,5\n", "row 2: unique_id is empty"),
        ("unique_id,t,y,y\nA,1,5,6\n", "column y is there 2 times"),
        ("unique_id,t,y\nA,1,5\nA,2,1e300\n", "row 3: y is beyond"),
        ("unique_id,t,y\nA,1,5\nA,2,inf\n", "row 3: y is beyond"),
        ('unique_id,t,y\nA,1,950\nA,2,"1,050"\n', "row 3: y is '1,050': 1,050 may be 1.05 or 1050"),
        ('unique_id,t,y\nA,1,"1,234"\nA,2,"2,345"\n', "row 2: y is '1,234': 1,234 may be 1.234 or 1234"),
        (
            "unique_id,ds,y\nA,2024-01-01,1\nA,2024-02-01,1\nA,2024-02-09,1\nA,2024-03-01,1\nA,2024-04-01,1\n"
            "A,2024-05-01,1\n",
            "row 4: series A has this period .one 1 month long, as the file shows. twice",
        ),
        ("unique_id,t,y\nA,1,5\nA,2\n", "Row #3: Expected 3 columns, got 2"),
    ],
)
def test_unusable_files_say_where_what_and_what_next(tmp_path, text, reason):
    with pytest.raises(UnusableFile, match=reason):
        forecast_file(write(tmp_path, text), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("t", [1.0, 2.5], "row 3: t is 2.5"),
        ("t", [1.0, np.inf], "row 3: t is inf"),
        ("t", [date(2024, 1, 1), date(2024, 2, 1)], "column t holds date.*dates are called ds"),
        ("t", [True, False], "column t holds bool, not whole numbers"),
        ("unique_id", [["A"], ["A"]], "column unique_id holds list.*one value"),
    ],
)
def test_columns_of_the_wrong_type_are_refused(tmp_path, column, values, reason):
    table = pa.table({"unique_id": ["A", "A"], "t": [1, 2], "y": [5, 6]} | {column: values})
    pq.write_table(table, tmp_path / "in.parquet")
    with pytest.raises(UnusableFile, match=reason):
        forecast_file(tmp_path / "in.parquet", tmp_path / "out.csv")


def test_growth_that_only_all_series_together_show_goes_on(tmp_path):
    rng, month = np.random.default_rng(4), np.arange(24)
    season = 1 + 0.15 * np.cos(month * np.pi / 6)
    sold = 900 * 1.2 ** (month / 12)[:, None] * season[:, None] * rng.normal(1, 0.07, (24, 40))
    rows = [f"S{k},{t},{sold[t, k]:.2f}" for k in range(40) for t in range(18)]
    forecast_file(write(tmp_path, "\n".join(["unique_id,t,y", *rows])), tmp_path / "out.csv", horizon=6)
    found = table_of(tmp_path / "out.csv")["forecast"].to_numpy()
    assert found.sum() / sold[18:].sum() == pytest.approx(1, abs=0.04)


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(UnusableFile, match="no such file"):
        forecast_file(tmp_path / "absent.csv", tmp_path / "out.csv")
    with pytest.raises(UnusableFile, match=r"in\.parquet: cannot be read"):
        forecast_file(write(tmp_path, "no parquet", "in.parquet"), tmp_path / "out.csv")


def test_command_writes_the_file_and_a_summary_for_machines(tmp_path):
    from django.core.management import call_command

    from forecasting.management.commands.forecast_file import Command

    source = write(tmp_path, series_csv({"A": 30}))
    out = StringIO()
    options = ["--out", str(tmp_path / "o.csv"), "--horizon", "3", "--json"]
    call_command(Command(), str(source), *options, stdout=out)
    assert json.loads(out.getvalue())["rows_written"] == 3
    assert table_of(tmp_path / "o.csv").num_rows == 3


def test_car_parts_with_unknown_months_end_finite(tmp_path):
    source = shared("forecast/carparts.parquet")
    forecast_file(source, tmp_path / "out.parquet", horizon=3)
    table = table_of(tmp_path / "out.parquet")
    assert table.num_rows == 2674 * 3
    assert np.isfinite(table["hi-95"].to_numpy()).all()


def test_every_oddity_in_one_file_ends_finite_and_in_order(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    odd = {
        "one point": [7.0],
        "constant": [5.0] * 40,
        "zeros": [0.0] * 40,
        "negative": [-3.0] * 40,
        "returns": rng.normal(0, 5, 40),
        "huge": 1e12 * rng.random(40),
        "tiny": 1e-12 * rng.random(40),
        "break": [0.0] * 20 + [1e6] * 20,
        "spike": [1.0] * 39 + [1e9],
        "empty": [np.nan] * 40,
        "gappy": np.where(rng.random(40) < 0.5, np.nan, 100.0),
        "long": 100 + np.arange(700) % 12 + rng.random(700),
    }
    rows = [(name, t, y) for name, values in odd.items() for t, y in enumerate(values)]
    ids, times, values = zip(*rows, strict=True)
    pq.write_table(pa.table({"unique_id": ids, "t": times, "y": values}), tmp_path / "in.parquet")
    monkeypatch.setattr("forecasting.files.reading.LONGEST", 100)
    for season in (1, 4, 12, 52):
        forecast_file(tmp_path / "in.parquet", tmp_path / "out.parquet", season=season)
        table = table_of(tmp_path / "out.parquet")
        lower, low, mean, high, upper = (
            table[name].to_numpy() for name in ("lo-95", "lo-80", "forecast", "hi-80", "hi-95")
        )
        assert table.num_rows == 18 * len(odd)
        assert np.isfinite(upper).all()
        assert (lower >= 0).all()
        assert (np.diff([lower, low, mean, high, upper], axis=0) >= 0).all()


@pytest.mark.slow
def test_thousands_of_short_series_of_all_lengths_are_forecast_in_seconds(tmp_path):
    rng = np.random.default_rng(2)
    length = rng.integers(1, 30, 20_000)
    ids = np.repeat(np.arange(len(length)), length)
    times = np.concatenate([np.arange(n) for n in length])
    table = {"unique_id": ids, "t": times, "y": rng.gamma(4, 25, len(ids)), "category": ids % 7}
    pq.write_table(pa.table(table), tmp_path / "in.parquet")
    began = time.process_time()
    summary = forecast_file(tmp_path / "in.parquet", tmp_path / "out.parquet", horizon=6)
    assert summary.series == 20_000
    assert time.process_time() - began < 30


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"season": 0}, "season is 0"), ({"horizon": 0}, "horizon is 0"), ({"levels": (80, 80)}, "levels are")],
)
def test_settings_without_sense_are_refused_before_anything_is_read(tmp_path, settings, reason):
    with pytest.raises(ValueError, match=reason):
        forecast_file(tmp_path / "absent.csv", tmp_path / "out.csv", **settings)


def test_folder_to_write_to_must_exist_and_its_format_be_known(tmp_path):
    source = write(tmp_path, series_csv({"A": 3}))
    with pytest.raises(UnusableFile, match=r"files end in \.csv or \.parquet"):
        forecast_file(source, tmp_path / "out.xlsx")
    with pytest.raises(UnusableFile, match="no folder"):
        forecast_file(source, tmp_path / "absent" / "out.csv")
