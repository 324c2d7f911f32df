"""Celery entry points. They take ids and delegate; what is lost or doubled here has no effect on results."""

import logging
import mmap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from celery import shared_task, signals
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from siop.transactions import passes

from . import minutely, services
from .models import Chunk

log = logging.getLogger(__name__)
CHUNKS_AT_ONCE = 8
BUDGET_S = 20.0
_stopping = mmap.mmap(-1, 1)  # a byte that the worker's first process shares with those it forks


@signals.worker_shutting_down.connect
def stop_soon(**_: object) -> None:
    """The worker was asked to end: tasks give way after the chunk they are at."""
    _stopping[0] = 1


@shared_task(
    autoretry_for=(OperationalError, InterfaceError), retry_backoff=2, retry_backoff_max=30, max_retries=20
)
def drain(job_id: int) -> None:
    """Work on one job for up to twenty seconds, then give way to others by sending itself again."""
    job = None
    with _judged(f"opening job {job_id}", partial(services.stumble, job_id)):
        job = services.start(job_id)
    if job is None:
        return
    end = time.monotonic() + BUDGET_S
    # Few chunks are long ones: take them singly, and let another worker have the next.
    limit = max(1, min(CHUNKS_AT_ONCE, job.total // CHUNKS_AT_ONCE))
    helped = job.total <= limit
    while time.monotonic() < end and not _stopping[0]:
        chunks = services.claim(job_id, limit=limit)
        if not chunks:
            with _judged(f"closing job {job_id}", partial(services.stumble, job_id)):
                services.close(job_id)
            return
        if not helped:
            services.wake(job_id)
            helped = True
        _work_through(chunks)
    services.wake(job_id)


def _work_through(chunks: list[Chunk]) -> None:
    """Chunk by chunk; the leases of what could not be come to are given back."""
    for position, chunk in enumerate(chunks):
        left = partial(services.give_back, chunks[position:])
        if _stopping[0]:
            return left()
        what = f"chunk {chunk.number} of job {chunk.job_id}"
        with _judged(what, partial(services.fail, chunk), put_off=left):
            services.work(chunk)
        services.keep(chunks[position + 1 :])


@contextmanager
def _judged(
    what: str, give_up: Callable[..., None], *, put_off: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """What the database or the clock cut off is taken up again, after `put_off` where the cause passes by itself; any
    other error counts, through `give_up`."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if passes(error):
            put_off()
        raise
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        log.exception("%s failed", what)
        give_up(error=f"{type(error).__name__}: {error}")


@shared_task
def sweep() -> None:
    """Each 15 seconds: open jobs are sent again, so lost messages and dead workers cost seconds, not work."""
    services.park_poisonous()
    for job in services.open_jobs():
        services.wake(job.pk)


@shared_task
def every_minute() -> None:
    minutely.run_each()
