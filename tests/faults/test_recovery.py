"""A backup on an empty data folder: everything is back, and a recomputation there makes the same plan."""

from pathlib import Path

import pytest

from meetings.bench.struck import Struck
from siop.embedded.trial import running

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("settled")]


def test_a_restored_state_is_the_saved_one_and_recomputes_to_the_same(stack: Struck, tmp_path: Path) -> None:
    plan, number = stack.published()
    file = tmp_path / "state.siop"
    saved, content = stack.json("backup", str(file)), content_hash(stack, tmp_path)
    with running("restored", demo=False, names=()) as empty:
        other = Struck(empty.url, empty.servers, empty.children)
        restored = other.json("restore", str(file))
        assert restored == {"tables": saved["tables"], "verified": True}
        assert other.published() == (plan, number)
        assert content_hash(other, tmp_path) == content

        for name in ("worker", "beat"):
            other.children.start(name)
        other.run("recompute")
        again, newer = other.published(than=number)
        assert again == plan
        assert content_hash(other, tmp_path) == content
    assert newer > number


def content_hash(stack: Struck, folder: Path) -> str:
    """What every export of the current plan carries."""
    file = folder / "safety_stock.csv"
    return str(stack.json("export_data", "safety_stock", "--out", str(file))["content_hash"])
