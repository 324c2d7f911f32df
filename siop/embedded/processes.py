"""Child processes that never outlive the command that started them."""

import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `sig` when the parent dies, even by kill -9."""
    libc = ctypes.CDLL(None)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, sig)

    return ask_kernel


def give_way(process: subprocess.Popen[bytes], *, niceness: int) -> None:
    """Let others go first where the processor is short: a process that leads a session of its own, and all it starts."""
    os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, process.pid) + niceness)
    # Where Linux shares the processor between sessions, niceness counts within each only; elsewhere there is no such file.
    with suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text(str(niceness))


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server with its output in `log`; `user` is (uid, gid) to drop to."""
    drop = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
    with log.open("ab") as out:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [str(part) for part in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=die_with_parent(death_signal),
            **drop,
        )


def stop(process: subprocess.Popen[bytes], *, sig: signal.Signals, patience_s: float) -> None:
    stop_all([process], sig=sig, patience_s=patience_s)


def stop_all(running: Iterable[subprocess.Popen[bytes]], *, sig: signal.Signals, patience_s: float) -> None:
    """Ask all politely and at once, then end the whole process group of each that is still there."""
    asked = [process for process in running if process.poll() is None]
    for process in asked:
        process.send_signal(sig)
    deadline = time.monotonic() + patience_s
    for process in asked:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def on_stop_signals(event: threading.Event) -> None:
    """Ctrl-C, a service manager's TERM and a closed terminal all mean: stop in order."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda *_: event.set())
