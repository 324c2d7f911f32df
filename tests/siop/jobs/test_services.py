"""The work ledger: whatever is lost, doubled, late or killed, each chunk takes effect once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from siop.catalog.models import Parameter
from siop.jobs import registry, services
from siop.jobs.enums import ChunkState, JobState
from siop.jobs.models import Chunk, Job
from siop.plans.enums import PlanStatus
from siop.plans.services import create_live_plan, finish_live_plan

pytestmark = pytest.mark.django_db(transaction=True)


def _add(name: str) -> None:
    """The effect of a chunk in these tests: a counter in the database goes up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_parameter (name, value) VALUES (%s, '1') "
            "ON CONFLICT (name) DO UPDATE SET value = (catalog_parameter.value::int + 1)::text",
            [name],
        )


def _count(name: str) -> int:
    row = Parameter.objects.filter(name=name).first()
    return int(row.value) if row else 0


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of job: `count` with five chunks, and `report` after it."""
    monkeypatch.setattr(registry, "_kinds", {})
    monkeypatch.setattr(services, "FIRST", "count")
    monkeypatch.setattr(services, "wake", lambda job_id: None)
    registry.job_kind("count", label="Count", split=lambda job: [{"n": n} for n in range(5)])(
        lambda chunk: _add("counted")
    )
    registry.job_kind("report", label="Report", after="count")(lambda chunk: _add("reported"))


def _drain(job: Job) -> None:
    services.start(job.pk)
    while chunks := services.claim(job.pk, limit=2):
        for chunk in chunks:
            services.work(chunk)
    services.close(job.pk)


def test_a_job_runs_each_chunk_once_and_requests_what_follows() -> None:
    job = services.request_recomputation()
    _drain(job)
    job.refresh_from_db()
    assert (_count("counted"), job.state, job.done) == (5, JobState.DONE, 5)
    assert Job.objects.get(kind="report").state == JobState.QUEUED


def test_the_same_request_twice_is_one_job() -> None:
    assert services.request_recomputation().pk == services.request_recomputation().pk


def test_work_on_what_is_written_joins_what_covers_it_and_has_not_begun() -> None:
    plan = create_live_plan(data_version=services.current_data_version(), as_of=date(2026, 1, 1))

    def ask(*items: int) -> int:
        with transaction.atomic():
            return services.request_after(kind="report", plan=plan, parameters={"items": list(items)}).pk

    first = ask(1, 2)
    assert [ask(1, 2), ask(2)] == [first, first]
    assert ask(2, 3) != first
    services.start(first)
    assert ask(1, 2) != first


def test_work_that_is_joined_begins_after_the_transaction_that_joined_it() -> None:
    plan = create_live_plan(data_version=services.current_data_version(), as_of=date(2026, 1, 1))
    with transaction.atomic():
        job = services.request_after(kind="report", plan=plan, parameters={"items": [1]})
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.request_after(kind="report", plan=plan, parameters={"items": [1]})
            begun = pool.submit(_beside, lambda: services.start(job.pk))
            with pytest.raises(TimeoutError):
                begun.result(timeout=0.3)
        assert begun.result(timeout=10) is not None


def test_a_job_that_waits_is_not_opened_and_stays_queued() -> None:
    rests: list[bool] = []
    registry.job_kind("late", label="Late", waits=lambda job: not rests)(lambda chunk: None)
    job = services.request(kind="late", version=services.current_data_version())
    assert services.start(job.pk) is None
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    rests.append(True)
    assert services.start(job.pk) is not None


def test_a_chunk_delivered_three_times_takes_effect_once() -> None:
    job = services.request_recomputation()
    services.start(job.pk)
    (chunk, *_) = services.claim(job.pk, limit=1)
    for _ in range(3):
        services.work(chunk)
    assert _count("counted") == 1


def test_a_lease_given_back_is_no_attempt_and_taken_up_at_once() -> None:
    job = services.request_recomputation()
    services.start(job.pk)
    chunks = services.claim(job.pk, limit=5)
    services.work(chunks[0])
    services.give_back(chunks)
    again = services.claim(job.pk, limit=5)
    assert [(chunk.number, chunk.attempts) for chunk in again] == [(n, 1) for n in range(1, 5)]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_worker_whose_clock_is_a_day_off_keeps_its_leases_and_parks_nothing(
    clock_off: Callable[[int], None], days: int
) -> None:
    job = services.request_recomputation()
    services.start(job.pk)
    mine = services.claim(job.pk, limit=5)
    Chunk.objects.update(attempts=services.MAX_ATTEMPTS - 1)
    clock_off(days)
    services.keep(mine)
    services.park_poisonous()
    assert services.claim(job.pk, limit=5) == []
    assert {chunk.state for chunk in Chunk.objects.all()} == {ChunkState.RUNNING}


def test_a_worker_that_comes_back_after_its_lease_was_taken_over_changes_nothing() -> None:
    job = services.request_recomputation()
    services.start(job.pk)
    (late,) = services.claim(job.pk, limit=1)
    Chunk.objects.filter(pk=late.pk).update(heartbeat=timezone.now() - timedelta(minutes=5))
    (again,) = services.claim(job.pk, limit=1)
    assert again.pk == late.pk
    services.work(again)
    services.work(late)
    assert _count("counted") == 1


def _beside(work: Callable[[], Any]) -> Any:
    """What another worker finds, on a connection of its own."""

    def on_its_own() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(on_its_own).result(timeout=10)


def test_a_chunk_that_is_computed_for_longer_than_its_lease_is_not_taken_over() -> None:
    def slowly(chunk: Chunk) -> None:
        long_ago = timezone.now() - timedelta(minutes=5)
        _beside(lambda: Chunk.objects.filter(pk=chunk.pk).update(heartbeat=long_ago))
        found.append(_beside(lambda: services.claim(chunk.job_id, limit=5)))

    found: list[list[Chunk]] = []
    registry.job_kind("count", label="Count")(slowly)
    job = services.request_recomputation()
    _drain(job)
    assert found == [[]]
    assert Chunk.objects.get(job=job).state == ChunkState.DONE


def test_what_is_computed_of_a_chunk_that_was_given_up_meanwhile_is_not_kept() -> None:
    def given_up(chunk: Chunk) -> None:
        _add("counted")
        _beside(lambda: services.reopen(chunk.job))

    registry.job_kind("count", label="Count")(given_up)
    job = services.request_recomputation()
    services.start(job.pk)
    services.work(*services.claim(job.pk, limit=1))
    assert _count("counted") == 0


def test_readers_of_the_grid_read_nothing_again_while_a_chunk_is_computed() -> None:
    def only_reading(chunk: Chunk) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned()")
            numbers.append(cursor.fetchone()[0])

    numbers: list[str | None] = []
    registry.job_kind("count", label="Count")(only_reading)
    _drain(services.request_recomputation())
    assert numbers == [None]


def test_what_fails_leaves_nothing_behind_and_is_parked_after_three_attempts() -> None:
    def half_way(chunk: Chunk) -> None:
        _add("counted")
        raise ValueError("broken input")

    registry.job_kind("count", label="Count")(half_way)
    job = services.request_recomputation()
    services.start(job.pk)
    for _ in range(3):
        (chunk,) = services.claim(job.pk, limit=1)
        with pytest.raises(ValueError, match="broken input"):
            services.work(chunk)
        services.fail(chunk, error="ValueError: broken input")
    job.refresh_from_db()
    assert (_count("counted"), job.state, job.message) == (0, JobState.FAILED, "ValueError: broken input")
    assert services.claim(job.pk, limit=1) == []


def test_a_chunk_whose_worker_died_three_times_is_parked() -> None:
    job = services.request_recomputation()
    services.start(job.pk)
    long_ago = timezone.now() - timedelta(hours=1)
    Chunk.objects.filter(job=job, number=0).update(state=ChunkState.RUNNING, attempts=3, heartbeat=long_ago)
    services.park_poisonous()
    assert Job.objects.get(pk=job.pk).state == JobState.FAILED


def test_work_that_newer_data_overtook_ends_without_alarm_where_it_fails() -> None:
    older = services.request_recomputation()
    services.start(older.pk)
    (chunk, *_) = services.claim(older.pk, limit=1)
    services.raise_data_version()
    services.request_recomputation()
    services.fail(chunk, error="DoesNotExist: what it read is gone")
    older.refresh_from_db()
    assert (older.state, older.message) == (JobState.CANCELLED, services.OVERTAKEN)


def test_the_plan_of_overtaken_work_ends_with_the_last_of_it() -> None:
    plan = create_live_plan(data_version=services.current_data_version(), as_of=date(2026, 1, 1))
    older, beside = (
        services.request(kind=kind, version=plan.data_version, plan_id=plan.pk)
        for kind in ("count", "report")
    )
    services.raise_data_version()
    services.request_recomputation()
    statuses = []
    for job in (older, beside):
        assert services.start(job.pk) is None
        plan.refresh_from_db()
        statuses.append(plan.status)
    assert statuses == [PlanStatus.COMPUTING, PlanStatus.ABANDONED]


def test_a_finished_plan_is_not_ended_by_overtaken_work_on_it() -> None:
    plan = create_live_plan(data_version=services.current_data_version(), as_of=date(2026, 1, 1))
    finish_live_plan(plan=plan)
    late = services.request(kind="report", version=plan.data_version, plan_id=plan.pk)
    services.raise_data_version()
    services.request_recomputation()
    services.start(late.pk)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.CURRENT


@pytest.mark.parametrize(("background", "worked_on"), [(True, False), (False, True)])
def test_what_stands_behind_a_plan_that_another_has_replaced_is_not_computed(
    background: bool, worked_on: bool
) -> None:
    registry.job_kind("stress", label="Stress", after="report", background=background)(lambda chunk: None)
    plan = create_live_plan(data_version=services.current_data_version(), as_of=date(2026, 1, 1))
    finish_live_plan(plan=plan)
    behind = services.request(kind="stress", version=plan.data_version, plan_id=plan.pk)
    finish_live_plan(
        plan=create_live_plan(data_version=services.raise_data_version(), as_of=date(2026, 1, 1))
    )
    assert (services.start(behind.pk) is not None) == worked_on


def test_a_job_that_cannot_be_opened_is_parked_after_three_attempts() -> None:
    job = services.request_recomputation()
    states = []
    for _ in range(3):
        services.stumble(job.pk, error="ValueError: no calendar")
        job.refresh_from_db()
        states.append(job.state)
    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED]
    assert job.message == "ValueError: no calendar"
    services.reopen(job)
    assert job.stumbles == 0


def test_newer_data_makes_waiting_work_of_older_data_pointless() -> None:
    older = services.request_recomputation()
    services.raise_data_version()
    services.request_recomputation()
    assert services.start(older.pk) is None
    older.refresh_from_db()
    assert older.state == JobState.CANCELLED


def test_two_workers_share_a_job_without_doing_anything_twice() -> None:
    registry.job_kind("count", label="Count", split=lambda job: [{"n": n} for n in range(60)])(
        lambda chunk: _add("counted")
    )
    job = services.request_recomputation()

    def worker() -> None:
        try:
            _drain(job)
        finally:
            connection.close()

    workers: list[Any] = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    services.close(job.pk)
    job.refresh_from_db()
    assert (_count("counted"), job.state) == (60, JobState.DONE)
    assert Job.objects.filter(kind="report").count() == 1


def test_progress_lists_the_chain_in_its_order() -> None:
    services.request_recomputation()
    assert [line["kind"] for line in services.progress(services.current_data_version())] == [
        "count",
        "report",
    ]


def test_a_worker_that_hangs_keeps_its_locks_little_longer_than_a_task_may_take():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)"
        )
        (seconds,) = cursor.fetchone()
    limit = settings.CELERY["task_time_limit"]
    assert limit < seconds <= limit + 60
