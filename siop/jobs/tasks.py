"""Celery entry points. They take ids and delegate; what is lost or doubled here has no effect on results."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from . import minutely, services

log = logging.getLogger(__name__)
CHUNKS_AT_ONCE = 8
BUDGET_S = 20.0


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
    while time.monotonic() < end:
        chunks = services.claim(job_id, limit=limit)
        if not chunks:
            with _judged(f"closing job {job_id}", partial(services.stumble, job_id)):
                services.close(job_id)
            return
        if not helped:
            services.wake(job_id)
            helped = True
        for position, chunk in enumerate(chunks):
            with _judged(f"chunk {chunk.number} of job {job_id}", partial(services.fail, chunk)):
                services.work(chunk)
            services.keep(chunks[position + 1 :])
    services.wake(job_id)


@contextmanager
def _judged(what: str, give_up: Callable[..., None]) -> Iterator[None]:
    """What the database or the clock cut off is taken up again; any other error counts, through `give_up`."""
    try:
        yield
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
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
