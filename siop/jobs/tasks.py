"""Celery entry points. They take ids and delegate; what is lost or doubled here has no effect on results."""

import logging
import time

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from . import minutely, services
from .models import Chunk

log = logging.getLogger(__name__)
CHUNKS_AT_ONCE = 8
BUDGET_S = 20.0


@shared_task(
    autoretry_for=(OperationalError, InterfaceError), retry_backoff=2, retry_backoff_max=30, max_retries=20
)
def drain(job_id: int) -> None:
    """Work on one job for up to twenty seconds, then give way to others by sending itself again."""
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
            services.close(job_id)
            return
        if not helped:
            services.wake(job_id)
            helped = True
        for position, chunk in enumerate(chunks):
            _work(chunk)
            services.keep(chunks[position + 1 :])
    services.wake(job_id)


def _work(chunk: Chunk) -> None:
    try:
        services.work(chunk)
    except (OperationalError, InterfaceError, SoftTimeLimitExceeded):
        raise
    except Exception as error:
        log.exception("chunk %s of job %s failed", chunk.number, chunk.job_id)
        services.fail(chunk, error=f"{type(error).__name__}: {error}")


@shared_task
def sweep() -> None:
    """Each 15 seconds: open jobs are sent again, so lost messages and dead workers cost seconds, not work."""
    services.park_poisonous()
    for job in services.open_jobs():
        services.wake(job.pk)


@shared_task
def every_minute() -> None:
    minutely.run_each()
