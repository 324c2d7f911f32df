"""Orders of rows are those of a stable argsort, however large the keys."""

import numpy as np
import pytest

from supply.engine.sorting import stable_order


@pytest.mark.parametrize("largest", [0, 3, 65_535, 65_536, 2**40, 2**62], ids=str)
def test_rows_are_ordered_as_by_a_stable_argsort(largest: int) -> None:
    key = np.random.default_rng(1).choice([0, largest // 2, largest], 999)
    key[-1] = largest
    assert stable_order(key).tolist() == np.argsort(key, kind="stable").tolist()


def test_no_rows_have_no_order() -> None:
    assert stable_order(np.zeros(0, np.int64)).tolist() == []
