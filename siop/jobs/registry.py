"""Job kinds and what comes after each; every app fills this in from its apps.py by importing its tasks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .models import Chunk, Job

Payload = dict[str, Any]


@dataclass
class JobKind:
    """How one kind of job is cut into chunks, worked on, and closed.

    `split(job)` lists chunk payloads; it runs once, in the worker that opens the job.
    `run(chunk)` computes and stores one chunk; it is called inside the transaction that marks the chunk done,
    so its writes and the mark are one. A repeated run must have the same effect.
    `finish(job)` runs once, in the transaction that closes the job.
    While `waits(job)` is true the job is not opened; the sweep asks again.
    """

    name: str
    label: str
    run: Callable[[Chunk], None]
    split: Callable[[Job], list[Payload]]
    finish: Callable[[Job], None]
    after: str | None = None
    background: bool = False
    chained: bool = True
    waits: Callable[[Job], bool] = lambda job: False


_kinds: dict[str, JobKind] = {}


def job_kind(
    name: str,
    *,
    label: str,
    after: str | None = None,
    split: Callable[[Job], list[Payload]] | None = None,
    finish: Callable[[Job], None] | None = None,
    background: bool = False,
    chained: bool = True,
    waits: Callable[[Job], bool] = lambda job: False,
) -> Callable[[Callable[[Chunk], None]], Callable[[Chunk], None]]:
    """Register the decorated function as `run` of a kind that starts when `after` is done.

    Background kinds (a long backtest) do not hold up "all is published". Kinds that are not chained (loading an
    upload) stand beside the recomputation: newer data does not outdate them.
    """

    def register(run: Callable[[Chunk], None]) -> Callable[[Chunk], None]:
        _kinds[name] = JobKind(
            name, label, run, split or _one_chunk, finish or _nothing, after, background, chained, waits
        )
        return run

    return register


def get(name: str) -> JobKind:
    return _kinds[name]


def all_kinds() -> Iterator[JobKind]:
    """The chain of a recomputation, each kind after the one it follows."""
    placed: set[str | None] = {None}
    waiting = [kind for kind in _kinds.values() if kind.chained]
    while waiting:
        ready = [kind for kind in waiting if kind.after in placed]
        if not ready:
            raise LookupError("Job kinds follow nothing: " + ", ".join(kind.name for kind in waiting))
        yield from ready
        placed |= {kind.name for kind in ready}
        waiting = [kind for kind in waiting if kind.name not in placed]


def following(name: str) -> list[JobKind]:
    return [kind for kind in _kinds.values() if kind.after == name]


def _one_chunk(job: Job) -> list[Payload]:
    return [{}]


def _nothing(job: Job) -> None:
    return None
