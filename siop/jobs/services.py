"""The work ledger: request, claim, store, close. The broker is a hint; these tables are the truth.

Leases are told by the clock of the database, which all workers share; their own may be a day off.
"""

import hashlib
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import Error, connection, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from siop.accounts.models import Person
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.services import abandon_live_plan
from siop.transactions import repeatable

from . import registry
from .enums import ChunkState, JobState
from .models import Chunk, DataVersion, Job

DRAIN = "siop.jobs.tasks.drain"  # sent by its name: tasks know services, not the other way
FIRST = "history"
MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(seconds=30)
OVERTAKEN = "newer data came in"
IMPATIENT = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
}  # seconds: whoever asks is waited for by a person
# With the number of a chunk: whoever computes it holds this lock meanwhile. A lock of the row would number the transaction
# from its start, as one that may write, and every reader of the grid would read again what was written since.
AT_WORK = 7_340_003
CLAIM = """
UPDATE jobs_chunk SET state = 'running', heartbeat = now(), attempts = attempts + 1
WHERE id IN (
    SELECT id FROM jobs_chunk
    WHERE job_id = %s AND (state = 'todo' OR (
        state = 'running' AND heartbeat < now() - %s * interval '1 second' AND attempts < %s AND NOT EXISTS (
            SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
            WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = (jobs_chunk.id %% 2147483647)::oid)))
    ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""
GO_TO_WORK = "SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::int)"


def raise_data_version() -> int:
    """Call inside the transaction that applies data: the row lock makes the order of versions commit order."""
    DataVersion.objects.get_or_create(id=1)
    DataVersion.objects.filter(id=1).update(version=F("version") + 1)
    return DataVersion.objects.get(id=1).version


def current_data_version() -> int:
    row = DataVersion.objects.filter(id=1).first()
    return row.version if row else 0


def request_recomputation(
    *, person: Person | None = None, first: str | None = None, **parameters: Any
) -> Job:
    """Ask for everything from `first` on, of the newest data; joins one that waits for the same.

    Written in the caller's transaction and sent after commit; the sweeper sends it again if that is lost.
    """
    return request(kind=first or FIRST, version=current_data_version(), person=person, parameters=parameters)


def request(
    *,
    kind: str,
    version: int,
    plan_id: int | None = None,
    person: Person | None = None,
    parameters: dict[str, Any] | None = None,
) -> Job:
    registry.get(kind)
    inputs = json.dumps([plan_id, parameters or {}], sort_keys=True, default=str)
    job, created = Job.objects.get_or_create(
        kind=kind,
        version=version,
        input_hash=hashlib.sha256(inputs.encode()).hexdigest(),
        defaults={"plan_id": plan_id, "person": person, "parameters": parameters or {}},
    )
    if not created and job.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
        reopen(job)
    transaction.on_commit(lambda: wake(job.pk))
    return job


def request_after(
    *, kind: str, plan: PlanVersion, parameters: dict[str, Any], person: Person | None = None
) -> Job:
    """Ask for work on what the caller's transaction writes; joins one that covers it and has not begun.

    That one is held until the transaction ends, so it begins after it; one that another holds is not waited for.
    """
    waiting = Job.objects.select_for_update(skip_locked=True).filter(
        kind=kind, plan=plan, state=JobState.QUEUED
    )
    if job := waiting.filter(parameters__contains=parameters).first():
        return job
    asked = parameters | {"asked": timezone.now().isoformat()}
    return request(kind=kind, version=plan.data_version, plan_id=plan.pk, person=person, parameters=asked)


def reopen(job: Job) -> None:
    """Compute a finished job again from the start."""
    job.chunks.all().delete()
    job.state, job.total, job.done, job.stumbles, job.message = JobState.QUEUED, 0, 0, 0, ""
    job.started = job.finished = None
    job.save()


def wake(job_id: int) -> None:
    """Tell the workers that a job has work. Losing or doubling the message is harmless."""
    with (
        suppress(
            OperationalError
        ),  # the broker is away or silent: the sweeper sends it again when it answers
        current_app.connection_for_write(transport_options=IMPATIENT) as broker,
    ):
        current_app.send_task(DRAIN, (job_id,), retry=False, connection=broker)


def open_jobs() -> QuerySet[Job]:
    return Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])


@repeatable
def start(job_id: int) -> Job | None:
    """Cut a queued job into chunks, once; None where there is nothing to do any more, or not yet."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.state not in (JobState.QUEUED, JobState.RUNNING):
            return None
        if job.state == JobState.RUNNING:
            return job
        if _outdated(job):
            _end_as_overtaken(job)
            return None
        kind = registry.get(job.kind)
        if kind.waits(job):
            return None
        payloads = kind.split(job)
        Chunk.objects.bulk_create(
            [Chunk(job=job, number=n, payload=payload) for n, payload in enumerate(payloads)], batch_size=5000
        )
        job.state, job.total, job.started = JobState.RUNNING, len(payloads), timezone.now()
        job.save()
        return job


@repeatable
def claim(job_id: int, *, limit: int) -> list[Chunk]:
    """Lease up to `limit` chunks that nobody works on, or whose worker went silent."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [job_id, STALE_AFTER.total_seconds(), MAX_ATTEMPTS, AT_WORK, limit])
        ids = [row[0] for row in cursor.fetchall()]
        return list(Chunk.objects.filter(id__in=ids).select_related("job__plan").order_by("number"))


def keep(chunks: list[Chunk]) -> None:
    """Say that leased chunks which wait their turn still have a worker."""
    Chunk.objects.filter(id__in=[chunk.pk for chunk in chunks], state=ChunkState.RUNNING).update(
        heartbeat=Now()
    )


def park_poisonous() -> None:
    """A chunk that took its worker down three times is failed, so that its job ends and people are told."""
    for chunk in Chunk.objects.filter(
        state=ChunkState.RUNNING, attempts__gte=MAX_ATTEMPTS, heartbeat__lt=Now() - 10 * STALE_AFTER
    ).select_related("job"):
        fail(chunk, error="its worker died three times")


@repeatable
def work(chunk: Chunk) -> None:
    """Compute one chunk; its results and its mark are one transaction, fenced by the attempt that leased it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(GO_TO_WORK, [AT_WORK, chunk.pk])
        mine = Chunk.objects.filter(pk=chunk.pk, state=ChunkState.RUNNING, attempts=chunk.attempts)
        if not mine.exists():
            return
        registry.get(chunk.job.kind).run(chunk)
        if not mine.update(state=ChunkState.DONE, heartbeat=Now(), error=""):
            transaction.set_rollback(True)  # given up meanwhile, or to be computed anew
            return
        Job.objects.filter(pk=chunk.job_id).update(done=F("done") + 1)


def give_back(chunks: list[Chunk]) -> None:
    """End leases without counting an attempt: the database could not take the result, whoever had computed it."""
    with suppress(Error):  # where it is away altogether, the leases run out by themselves
        for chunk in chunks:
            Chunk.objects.filter(pk=chunk.pk, state=ChunkState.RUNNING, attempts=chunk.attempts).update(
                state=ChunkState.TODO, attempts=F("attempts") - 1
            )


def fail(chunk: Chunk, *, error: str) -> None:
    """Try again up to three times, then park the chunk and its job, and tell."""
    if _outdated(chunk.job):
        _end_as_overtaken(chunk.job)
        return
    Chunk.objects.filter(pk=chunk.pk, attempts=chunk.attempts).update(
        state=Case(
            When(attempts__gte=MAX_ATTEMPTS, then=Value(ChunkState.FAILED)), default=Value(ChunkState.TODO)
        ),
        error=error,
    )
    if chunk.attempts >= MAX_ATTEMPTS:
        _park(chunk.job_id, error=error)


def stumble(job_id: int, *, error: str) -> None:
    """A job could not be opened or closed: the sweeper sends it again up to three times, then it is parked."""
    job = open_jobs().filter(pk=job_id).select_related("plan").first()
    if job is None:
        return
    if _outdated(job):
        _end_as_overtaken(job)
        return
    Job.objects.filter(pk=job_id).update(stumbles=F("stumbles") + 1, message=error)
    if Job.objects.filter(pk=job_id, stumbles__gte=MAX_ATTEMPTS).exists():
        _park(job_id, error=error)


def _end_as_overtaken(job: Job) -> None:
    """Work that newer data made pointless ends without alarm: what it reads may be gone by now. The last to end ends
    the plan that they computed."""
    cancel(job.pk, reason=OVERTAKEN)
    if job.plan and not open_jobs().filter(plan=job.plan).exists():
        abandon_live_plan(plan=job.plan)


def _park(job_id: int, *, error: str) -> None:
    Job.objects.filter(pk=job_id).update(state=JobState.FAILED, message=error, finished=Now())


@repeatable
def close(job_id: int) -> bool:
    """Close a job with nothing left to do and request what comes after; the row lock makes that happen once."""
    with transaction.atomic():
        job = Job.objects.select_for_update(of=("self",)).select_related("plan").get(pk=job_id)
        if job.state != JobState.RUNNING or job.chunks.exclude(state=ChunkState.DONE).exists():
            return False
        kind = registry.get(job.kind)
        kind.finish(job)
        job.state, job.finished = JobState.DONE, timezone.now()
        job.save()
        for successor in registry.following(job.kind):
            request(
                kind=successor.name,
                version=job.version,
                plan_id=job.plan_id,
                person=job.person,
                parameters=job.parameters,
            )
    return True


def cancel(job_id: int, *, reason: str) -> bool:
    """End an open job before its time; chunks under way find out when they ask. False where it has ended."""
    ended = open_jobs().filter(pk=job_id)
    return bool(ended.update(state=JobState.CANCELLED, finished=timezone.now(), message=reason))


def _outdated(job: Job) -> bool:
    """The live plan of an older data version is not worth computing once a newer one is asked for, nor is what stands
    behind a live plan that another has replaced."""
    kind = registry.get(job.kind)
    if job.plan and job.plan.kind != PlanKind.LIVE:
        return False
    if kind.background and job.plan and job.plan.status == PlanStatus.SUPERSEDED:
        return True
    if not kind.chained:
        return False
    return Job.objects.filter(kind=FIRST, version__gt=job.version).exists()


def run_now(job_id: int) -> None:
    """Compute a job and what follows it here and now, for commands that have no worker; background kinds wait."""
    job = start(job_id)
    if job is None:
        return
    while chunks := claim(job_id, limit=1):
        work(chunks[0])
    close(job_id)
    for successor in open_jobs().filter(version=job.version).order_by("id"):
        if not registry.get(successor.kind).background:
            run_now(successor.pk)


def progress(version: int) -> list[dict[str, Any]]:
    """One line for each kind of the chain at `version`, from the first that was asked for on: label, state, done,
    total, message."""
    jobs = {job.kind: job for job in Job.objects.filter(version=version).order_by("id")}
    kinds = list(registry.all_kinds())
    first = next((at for at, kind in enumerate(kinds) if kind.name in jobs), 0)
    return [
        {
            "kind": kind.name,
            "label": kind.label,
            "background": kind.background,
            "state": jobs[kind.name].state if kind.name in jobs else JobState.QUEUED,
            "done": jobs[kind.name].done if kind.name in jobs else 0,
            "total": jobs[kind.name].total if kind.name in jobs else 0,
            "message": jobs[kind.name].message if kind.name in jobs else "",
        }
        for kind in kinds[first:]
    ]
