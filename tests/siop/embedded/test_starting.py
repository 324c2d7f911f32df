"""Where and how people start it: odd folders, a strict umask, a wrong or a taken port; each says what to do."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis as client

from siop.embedded import commands, postgres, processes, redis, supervisor
from siop.embedded.state import AS_ROOT, data_dir, data_dir_option

only_as_root = pytest.mark.skipif(not AS_ROOT, reason="only root's servers run as somebody else")


@pytest.mark.parametrize("name", ["two words", 'a "quoted" name', "back\\slash"])
def test_redis_keeps_its_data_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    port = processes.free_port()
    process = redis.start(folder, port=port, password="secret")
    try:
        with client.Redis(port=port, password="secret", decode_responses=True) as connection:
            assert connection.config_get("dir")["dir"] == str(folder / "redis")
    finally:
        redis.stop(process)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@only_as_root
@pytest.mark.usefixtures("strict_umask")
def test_servers_can_pass_through_folders_made_under_a_strict_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIOP_DATA_DIR", str(tmp_path / "made" / "here"))
    folder = data_dir()
    assert [stat.S_IMODE(one.stat().st_mode) & 0o001 for one in (folder, folder.parent)] == [1, 1]


@only_as_root
def test_a_folder_that_postgres_cannot_reach_is_named_with_the_way_out(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(postgres.PostgresError, match=r"cannot pass through .*closed.*chmod o\+x"):
        postgres.start(closed, port=1, password="secret")


@pytest.mark.parametrize("word", ["99999", "0", "-1", "http", ""])
def test_a_port_that_is_none_is_refused(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        supervisor.up([f"--port={word}"])
    assert "1 to 65535" in capsys.readouterr().err


def test_a_port_that_another_program_has_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIOP_DATA_DIR", str(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is taken by another program; choose one"):
            supervisor.up([f"--port={port}"])


def test_a_command_names_the_data_folder_only_where_it_is_not_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIOP_DATA_DIR", str(tmp_path / "two words"))
    assert data_dir_option() == f" --data-dir '{tmp_path}/two words'"
    monkeypatch.delenv("SIOP_DATA_DIR")
    assert data_dir_option() == ""


def test_any_command_takes_the_data_folder_and_passes_the_rest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIOP_DATA_DIR", "/elsewhere")
    said = ["manage.py", "import_data", "a.csv", "--data-dir", "/srv/siop", "--table", "items"]
    assert commands.in_data_dir(said) == ["manage.py", "import_data", "a.csv", "--table", "items"]
    assert os.environ["SIOP_DATA_DIR"] == "/srv/siop"


def _priority(pid: int) -> tuple[int, str]:
    """Niceness of a process, and what Linux says of its session where it shares the processor between these."""
    autogroup = Path(f"/proc/{pid}/autogroup")
    return os.getpriority(os.PRIO_PROCESS, pid), autogroup.read_text().split()[
        -1
    ] if autogroup.exists() else ""


def test_the_worker_gives_way_to_people_and_the_web_server_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = ["http.server", "--bind", "127.0.0.1", "0"]
    monkeypatch.setattr(supervisor, "commands", lambda **_: {"web": waiting, "worker": waiting})
    servers = SimpleNamespace(variables=lambda: {}, folder=tmp_path)
    with supervisor.Children(servers, port=1, names=("web", "worker")) as children:  # type: ignore[arg-type]
        (web, of_web), (worker, of_worker) = (_priority(children.pid(name)) for name in ("web", "worker"))
    assert worker - web == 5
    assert (of_web, of_worker) in {("0", "5"), ("", "")}
