"""What the system says to people: once, and to those who can do something about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from siop.jobs import services as jobs
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.web.models import Notification
from siop.web.services import tell_of_parked_work


def _failed(person: Any = None) -> Job:
    return Job.objects.create(
        kind="supply_plan", version=7, person=person, state=JobState.FAILED, message="ValueError: no lane",
        finished=timezone.now(),
    )  # fmt: skip


def test_who_asked_and_the_administrators_are_told_of_parked_work_once(dana: Any, ada: Any, sam: Any) -> None:
    _failed(dana)
    tell_of_parked_work()
    tell_of_parked_work()
    told = Notification.objects.values_list("person__name", "text")
    assert sorted(name for name, _ in told) == ["Ada", "Dana"]
    assert all("supply plan" in text and "ValueError: no lane" in text for _, text in told)


def test_work_that_fails_again_is_told_again(ada: Any) -> None:
    job = _failed()
    tell_of_parked_work()
    job.finished = timezone.now() + timedelta(seconds=5)
    job.save()
    tell_of_parked_work()
    assert Notification.objects.filter(person=ada).count() == 2


@pytest.mark.parametrize("days", [-2, 2])
def test_work_parked_by_a_worker_whose_clock_is_days_off_is_told_all_the_same(
    ada: Any, clock_off: Callable[[int], None], days: int
) -> None:
    job = jobs.request(kind="history", version=7)
    clock_off(days)
    for _ in range(jobs.MAX_ATTEMPTS):
        jobs.stumble(job.pk, error="ValueError: no lane")
    clock_off(0)
    tell_of_parked_work()
    assert Notification.objects.get(person=ada).text.startswith("The work history stopped")
