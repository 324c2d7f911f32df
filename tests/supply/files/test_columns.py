"""Result tables by column: the CSV reads back as it was meant, and one hash stands for all that it says."""

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from siop.gather.parsing.formulas import restore_formula
from supply.files.columns import number, numbers, said, said_of_pairs, write_tables


@pytest.mark.parametrize(
    "code", ["A,1", 'pipe 2"', "two\nlines", "=1+1", "-A", "00123", "1E5", "", "-3.5", "é"]
)
def test_a_cell_reads_back_as_it_was(tmp_path: Path, code: str) -> None:
    rows, _ = write_tables(tmp_path, {"t": {"item": [code, "B"], "quantity": ["-1", "2"]}}, version="v")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        first, second = csv.DictReader(stream)
    assert restore_formula(first["item"]) == code
    assert (first["quantity"], second["item"], second["version"], rows) == ("-1", "B", "v", {"t": 2})


def test_the_hash_is_over_cells_rows_and_tables_in_the_order_of_their_names(tmp_path: Path) -> None:
    """25,000 rows pass through the digest in runs, and come to the same as one text."""
    many = [str(k) for k in range(25_000)]
    _, found = write_tables(tmp_path, {"b": {"x": many, "y": many}, "a": {"x": ["=1"]}}, version="v")
    text = "a=1\x1eb" + "".join(f"{k}\x1f{k}\x1e" for k in many)
    assert found == hashlib.sha256(text.encode()).hexdigest()


def test_a_table_without_rows_has_its_header(tmp_path: Path) -> None:
    assert write_tables(tmp_path, {"t": {"item": []}}, version="v")[0] == {"t": 0}
    assert (tmp_path / "t.csv").read_text("utf-8") == "item,version,content_hash\n"


def test_each_distinct_value_is_put_into_words_once() -> None:
    values, asked = np.array([2.5, np.nan, 0.0, -0.0, np.inf, 1e15, 0.1 + 0.2, 2.5]), []
    assert numbers(values) == [number(value) for value in values.tolist()]
    assert said(np.array([3, 1, 3, 3]), lambda value: asked.append(value) or f"n{value}") == [
        "n3",
        "n1",
        "n3",
        "n3",
    ]
    assert asked == [3, 1]
    assert said_of_pairs(np.array([0, 2, 0]), np.array([-1, 7, 5]), lambda a, b: f"{a}/{b}") == [
        "0/-1",
        "2/7",
        "0/5",
    ]
