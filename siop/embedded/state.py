"""The data folder: where embedded servers keep their files, secrets and the note of who is running."""

import fcntl
import hashlib
import json
import os
import secrets
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0


class ServerError(RuntimeError):
    """A server that comes along cannot run here; the message says why and what to do."""


@dataclass(frozen=True)
class Secrets:
    postgres: str
    redis: str
    django: str


def data_dir(name: str = "") -> Path:
    """`SIOP_DATA_DIR`, else `var` in the checkout; for root under /var/lib, because root's home is closed to
    the unprivileged user that Postgres has to run as. With a name, a folder inside it."""
    folder = (_named_dir() or _usual_dir()) / name
    _make(folder)
    return folder


def data_dir_option() -> str:
    """What a command needs after it to work on the same data as this process; nothing for the usual folder."""
    folder = _named_dir()
    return f" --data-dir {shlex.quote(str(folder))}" if folder and folder != _usual_dir() else ""


def _named_dir() -> Path | None:
    given = os.environ.get("SIOP_DATA_DIR")
    return Path(given).expanduser().resolve() if given else None


def _usual_dir() -> Path:
    if AS_ROOT:
        return Path("/var/lib") / f"siop-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}" / "var"
    return ROOT / "var"


def _make(folder: Path) -> None:
    """Where root makes it, others may pass through whatever the umask: the servers run as somebody else."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemExit(
            f"The data folder {folder} cannot be made: {error.strerror}. Name another by --data-dir or SIOP_DATA_DIR."
        ) from None
    for one in missing if AS_ROOT else []:
        one.chmod(0o711)


def load_secrets(folder: Path) -> Secrets:
    path = folder / "secrets.json"
    if not path.exists():
        made = Secrets(secrets.token_hex(16), secrets.token_hex(16), secrets.token_hex(32))
        write_private(path, json.dumps(asdict(made)))
    return Secrets(**json.loads(path.read_text()))


def write_private(path: Path, text: str) -> None:
    """Readable by its owner only, and complete or absent: never half written."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.chmod(0o600)
    partial.write_text(text)
    partial.replace(path)


def try_lock(folder: Path) -> IO[str] | None:
    """The data folder's lock, held until the file is closed; None where another command holds it."""
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
