"""Work through the ledger in this process: the same start, claim, work and close that the workers call."""

from siop.jobs import services
from siop.jobs.enums import JobState
from siop.jobs.models import Job


def work_all(*, background: bool = False) -> None:
    """Finish every open job and what comes after it; the backtest only where it is asked for."""
    for _ in range(50):
        waiting = [
            job
            for job in services.open_jobs().order_by("id")
            if background or not services.registry.get(job.kind).background
        ]
        if not waiting:
            return
        for job in waiting:
            _work(job.pk)
    raise AssertionError("the jobs do not end")


def _work(job_id: int) -> None:
    if services.start(job_id) is None:
        return
    while chunks := services.claim(job_id, limit=8):
        for chunk in chunks:
            services.work(chunk)
    services.close(job_id)


def failures() -> list[str]:
    return [f"{job.kind}: {job.message}" for job in Job.objects.filter(state=JobState.FAILED)]
