import shutil
import subprocess
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
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
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


# What `python -m venv --clear FOLDER` leaves, as far as it matters here: a Python that has pip.
MAKES = '#!/bin/sh\nrm -rf "$4"; mkdir -p "$4/bin"; printf "#!/bin/sh\\n" > "$4/bin/python"; chmod +x "$4/bin/python"\n'


@pytest.mark.parametrize("left", ["nothing", "no pip", "no python"])
def test_an_environment_that_was_stopped_half_way_or_lost_its_python_is_made_anew(
    tmp_path, monkeypatch, left
):
    root = _product(tmp_path, monkeypatch, "exit 0")
    environment._install(root, development=False)
    (root / "maker").write_text(MAKES)
    (root / "maker").chmod(0o755)
    monkeypatch.setattr(environment.sys, "executable", str(root / "maker"))
    python = environment._python(root)
    if left == "nothing":
        shutil.rmtree(root / ".venv")
    if left == "no pip":
        environment._stamp(root).unlink()
        python.write_text("#!/bin/sh\nexit 1\n")
    if left == "no python":
        python.unlink()
        python.symlink_to("/usr/bin/python-that-an-upgrade-took-away")
    environment._install(root, development=False)
    assert subprocess.run([python, "-m", "pip", "--version"], check=False).returncode == 0
    assert environment._stamp(root).exists()


def test_a_python_that_cannot_make_environments_is_told_with_the_way_out(tmp_path, monkeypatch):
    (tmp_path / "requirements.lock").touch()
    monkeypatch.setattr(environment.sys, "executable", "/bin/false")
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        environment._install(tmp_path, development=False)
