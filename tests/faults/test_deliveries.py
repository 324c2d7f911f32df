"""Messages that come three times, and results that come after newer ones: neither has an effect.

Over the real broker and real workers; one of them is frozen in the middle of its work, as a machine that hangs.
"""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery

from meetings.bench.struck import Struck
from siop.embedded.supervisor import Children
from siop.jobs.services import DRAIN
from siop.settings.base import TASK_SECONDS

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("settled")]
QUEUE = "celery"
LOCKS_END_S = TASK_SECONDS + 10  # the database ends the transaction of a machine that hangs
TRIES = 5


def test_a_task_delivered_three_times_is_applied_once(stack: Struck) -> None:
    before, plan = stack.published()
    broker = redis.Redis.from_url(stack.servers.variables()["REDIS_URL"])
    log = stack.servers.folder / "worker.log"
    read = log.stat().st_size
    with _no_worker(stack):
        stack.run("recompute")
        messages = [one for one in broker.lrange(QUEUE, 0, -1) if DRAIN.encode() in one]
        broker.rpush(QUEUE, *messages, *messages)  # the very message, twice more
    _send_twice_more(stack, than=plan)
    after, newer = stack.published(than=plan)

    assert after == before
    assert log.read_text()[read:].count(f"Task {DRAIN}[{_id_of(messages[0])}] received") == 3
    assert stack.query("SELECT count(*) FROM plans_planversion WHERE id > %s", plan) == [(1,)]
    jobs = "SELECT kind, done, total, (SELECT coalesce(max(attempts), 1) FROM jobs_chunk WHERE job_id = j.id) FROM jobs_job j"
    for kind, done, total, attempts in stack.query(f"{jobs} WHERE plan_id = %s", newer):
        assert (done, attempts) == (total, 1), kind


@pytest.mark.parametrize("kind", ["forecast", "supply_plan"])
def test_a_result_that_arrives_after_one_of_newer_data_changes_nothing(
    stack: Struck, tmp_path: Path, kind: str
) -> None:
    with _frozen_within(stack, kind, tmp_path) as older:
        newer = _import(stack, tmp_path, order=f"NEWER-{kind}")
        with Children(stack.servers, port=0, names=("worker",)):
            seconds = LOCKS_END_S + 90
            stack.wait_for(lambda: _current_version(stack) == newer, seconds=seconds, what="the newer plan")
            (result, plan), *_ = stack.query(_RESULT_OF_CURRENT)
    stack.published()

    assert older < newer
    assert stack.query(_RESULT_OF_CURRENT) == [(result, plan)]
    late = stack.query(
        "SELECT status FROM plans_planversion WHERE data_version = %s AND kind = 'live'", older
    )
    assert "current" not in {status for (status,) in late}
    failed = "SELECT kind, message FROM jobs_job WHERE state = 'failed' AND version = %s"
    assert stack.query(failed, older) == [], "nobody is alarmed over what is only late"


def test_a_job_that_cannot_be_opened_is_parked_after_three_tries_and_people_are_told(stack: Struck) -> None:
    stack.query("INSERT INTO catalog_parameter (name, value) VALUES ('horizon', 'many')")
    try:
        stack.run("recompute")
        failed = "SELECT id, stumbles, message FROM jobs_job WHERE state = 'failed' AND kind = 'history'"
        _tell(stack, DRAIN, *(job for (job,) in stack.query("SELECT max(id) FROM jobs_job")), times=3)
        ((job, stumbles, message),) = stack.wait_for(lambda: stack.query(failed), what="a parked job")
        _tell(stack, "siop.jobs.tasks.every_minute", times=1)
        told = "SELECT text FROM web_notification n JOIN accounts_person p ON p.id = n.person_id WHERE p.name = 'Ada'"
        ((text,),) = stack.wait_for(lambda: stack.query(told), what="a notification")
    finally:
        stack.query("DELETE FROM catalog_parameter WHERE name = 'horizon'")
    assert stumbles == 3
    assert message in text
    _, plan = stack.published()
    stack.run("recompute")
    stack.published(than=plan)
    assert stack.query("SELECT state FROM jobs_job WHERE id = %s", job) == [("done",)]


_RESULT_OF_CURRENT = """
SELECT (SELECT sum(hashtextextended(item_id || closing::text, 0))::text FROM supply_planline WHERE plan_id = p.id), p.id
FROM plans_planversion p WHERE p.kind = 'live' AND p.status = 'current'
"""


@contextmanager
def _no_worker(stack: Struck) -> Iterator[None]:
    stack.children.stop("worker")
    try:
        yield
    finally:
        stack.children.start("worker")


def _send_twice_more(stack: Struck, *, than: int) -> None:
    """Until the plan is there, whatever is open is told to the workers twice more than the product does."""
    told: set[int] = set()

    def newer_plan() -> Any:
        for (job,) in stack.query("SELECT id FROM jobs_job WHERE state IN ('queued', 'running')"):
            if job not in told:
                told.add(job)
                _tell(stack, DRAIN, job, times=2)
        return stack.query("SELECT 1 FROM plans_planversion WHERE id > %s AND status = 'current'", than)

    stack.wait_for(newer_plan, seconds=240, what="a newer plan")


def _tell(stack: Struck, task: str, *arguments: int, times: int) -> None:
    """Send a task as the product does, so many times."""
    sender = Celery(broker=stack.servers.variables()["REDIS_URL"])
    for _ in range(times):
        sender.send_task(task, arguments)


def _id_of(message: bytes) -> str:
    return str(json.loads(message)["headers"]["id"])


def _import(stack: Struck, folder: Path, *, order: str) -> int:
    """One more sale; the data version it makes."""
    file = folder / f"{order}.csv"
    file.write_text(f"date,item,location,segment,order,quantity\n2025-05-06,A-00007,UK,DTC,{order},900\n")
    stack.run("import_data", str(file), "--table", "sales")
    return int(stack.query("SELECT version FROM jobs_dataversion")[0][0])


@contextmanager
def _frozen_within(stack: Struck, kind: str, folder: Path) -> Iterator[int]:
    """The worker stands still inside a chunk of `kind` of a new data version; after the block it goes on as if nothing was.

    Such a chunk may be over between two looks at it; then the next import gives another.
    """
    group = stack.children.pid("worker")
    for number in range(TRIES):
        version = _import(stack, folder, order=f"OLDER-{kind}-{number}")
        at_work, over = (partial(_chunks, stack, kind, version, state) for state in ("running", "done"))
        frozen = False
        while not frozen and not over():
            frozen = _freeze(group, only_if=at_work)
        if frozen:
            break
        stack.published()
    else:
        pytest.fail(f"{kind} was never seen at work in {TRIES} data versions")
    try:
        yield version
    finally:
        os.killpg(group, signal.SIGCONT)


def _chunks(stack: Struck, kind: str, version: int, state: str) -> int:
    counted = """
        SELECT count(*) FROM jobs_chunk c JOIN jobs_job j ON j.id = c.job_id
        WHERE j.kind = %s AND j.version = %s AND c.state = %s
    """
    return int(stack.query(counted, kind, version, state)[0][0])


def _freeze(group: int, *, only_if: Callable[[], Any]) -> bool:
    """Whether it stands still while the condition holds; it may have passed just before, then all goes on."""
    if not only_if():
        return False
    os.killpg(group, signal.SIGSTOP)
    if only_if():
        return True
    os.killpg(group, signal.SIGCONT)
    return False


def _current_version(stack: Struck) -> int:
    rows = stack.query(
        "SELECT data_version FROM plans_planversion WHERE kind = 'live' AND status = 'current'"
    )
    return int(rows[0][0]) if rows else 0
