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


def _product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *installers: str) -> Path:
    """A checkout whose installers are these shell commands."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / "requirements.lock").touch()
    commands = [["sh", "-c", command] for command in installers]
    monkeypatch.setattr(environment, "_installers", lambda root: iter(commands))
    return tmp_path


def test_where_one_installer_fails_the_next_one_serves(tmp_path, monkeypatch):
    root = _product(tmp_path, monkeypatch, "exit 2", 'echo "$UV_SYSTEM_CERTS" > told')
    environment._install(root, development=False)
    assert (root / "told").read_text() == "1\n"
    assert environment._stamp(root).read_text().startswith("run ")


def test_where_none_serves_the_message_says_what_to_look_at(tmp_path, monkeypatch):
    root = _product(tmp_path, monkeypatch, "exit 2", "exit 1")
    with pytest.raises(SystemExit, match="package index within reach"):
        environment._install(root, development=False)
    assert not environment._stamp(root).exists()
