from pathlib import Path

import pytest

from siop.embedded import environment


@pytest.mark.parametrize("told", [True, False])
def test_bytecode_is_kept_in_the_environment_where_python_was_told_to_keep_none(monkeypatch, told):
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    if told:
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    kept = environment._keeping_bytecode(Path("/product"))
    assert "PYTHONDONTWRITEBYTECODE" not in kept
    assert kept.get("PYTHONPYCACHEPREFIX") == ("/product/.venv/bytecode" if told else None)
    assert kept["PATH"]
