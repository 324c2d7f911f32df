"""The virtual environment: made from the hash-checked lock where it is missing or older than the lock.

Standard library only: this runs before anything is installed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVELOPMENT_COMMANDS = {"test", "lint", "bench", "photograph", "makemigrations", "lock"}


def enter(root: Path, argv: list[str]) -> None:
    """Return when running inside the environment that the lock describes; otherwise make it and start again."""
    if os.environ.get("SIOP_ENVIRONMENT") == "given":  # a container image that installed the lock itself
        return
    with _lock(root):
        _install(root, development=_needs_development(root, argv))
    python = _python(root)
    if Path(sys.prefix).resolve() != (root / ".venv").resolve():
        os.execve(python, [str(python), *argv], _keeping_bytecode(root))  # noqa: S606


def _keeping_bytecode(root: Path) -> dict[str, str]:
    """Where Python was told to keep no bytecode, it keeps it in the environment's folder: seconds at every start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if len(kept) < len(os.environ):
        kept["PYTHONPYCACHEPREFIX"] = str(root / ".venv" / "bytecode")
    return kept


def _needs_development(root: Path, argv: list[str]) -> bool:
    if len(argv) > 1 and argv[1] in DEVELOPMENT_COMMANDS:
        return True
    return _stamp(root).exists() and "dev" in _stamp(root).read_text()


def _stamp(root: Path) -> Path:
    return root / ".venv" / "siop-lock"


def _python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Two commands started together must not install into the same folder at once."""
    with (root / "requirements.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(root: Path, *, development: bool) -> None:
    lock = root / ("requirements-dev.lock" if development else "requirements.lock")
    wanted = f"{'dev' if development else 'run'} {hashlib.sha256(lock.read_bytes()).hexdigest()}"
    stamp = _stamp(root)
    if stamp.exists() and stamp.read_text() == wanted and _python(root).exists():
        return
    if not os.access(root, os.W_OK):
        raise SystemExit(
            f"{root} cannot be written to, and the environment is made there: run a copy in a folder of your own."
        )
    print(f"Installing the environment from {lock.name} ...", flush=True)
    _make(root)
    wish = ["--require-hashes", "-q", "-r", str(lock)]
    if not any(_succeeds([*installer, *wish], root) for installer in _installers(root)):
        raise SystemExit("The packages could not be installed, see above: is a package index within reach?")
    stamp.write_text(wanted)


def _make(root: Path) -> None:
    """An environment that can install, made anew where one was stopped half way or its Python is gone."""
    python = _python(root)
    if python.exists() and _ends_well([str(python), "-m", "pip", "--version"]):
        return
    if not _ends_well([sys.executable, "-m", "venv", "--clear", str(root / ".venv")]):
        raise SystemExit(
            f"{sys.executable} cannot make an environment in {root / '.venv'}: it needs the modules venv and ensurepip "
            "(Debian and Ubuntu: apt install python3-venv) and room on the disk."
        )


def _ends_well(command: list[str]) -> bool:
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def _succeeds(command: list[str], root: Path) -> bool:
    """uv trusts the certificates of the system when told so, as pip does with a company's own; both spellings of it."""
    environment = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"} | os.environ
    return subprocess.run(command, check=False, cwd=root, env=environment).returncode == 0


def _installers(root: Path) -> Iterator[list[str]]:
    """uv where it is at hand or can be had, because it is many times faster; then pip, which knows pip's settings."""
    python = str(_python(root))
    own = root / ".venv" / "bin" / "uv"
    if not shutil.which("uv") and not own.exists():
        bootstrap = root / "siop" / "embedded" / "installer.lock"
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(bootstrap)], check=False
        )
    uv = shutil.which("uv") or (str(own) if own.exists() else None)
    if uv:
        yield [uv, "pip", "install", "--python", python]
    yield [python, "-m", "pip", "install", "--disable-pip-version-check"]
