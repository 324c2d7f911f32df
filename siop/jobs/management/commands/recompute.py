"""Ask the workers for a new plan, and wait for it where that is wanted."""

import json
import sys
import time
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from siop.commands import MachineCommand, day
from siop.jobs import services
from siop.jobs.enums import JobState
from siop.jobs.models import Job
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion

STEPS = {"forecast": "forecast", "inventory": "inventory_targets", "supply": "supply_plan"}
POLL_S = 0.2
READY = (PlanStatus.CURRENT, PlanStatus.SUPERSEDED)


class Command(MachineCommand):
    help = "Ask the workers to compute history, forecasts, targets, plan and exceptions anew."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", type=day, metavar="DATE", help="the planning date")
        parser.add_argument("--wait", action="store_true", help="return when all is published")
        parser.add_argument("--wait-all", action="store_true", help="return after the backtest too")
        parser.add_argument(
            "--only",
            choices=list(STEPS),
            help="start at this step from the current plan; what follows is computed too",
        )
        parser.add_argument(
            "--timeout", type=float, default=3600, metavar="S", help="give up waiting after S seconds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only"] and options["as_of"]:
            raise CommandError("--as-of moves the whole plan; give it without --only.")
        started = time.monotonic()
        job = _request(only=options["only"], as_of=options["as_of"])
        if not (options["wait"] or options["wait_all"]):
            self._say({"job": job.pk, "data_version": job.version, "state": "asked"}, options)
            return
        try:
            job = self._follow(job, end=started + options["timeout"], quiet=options["json"])
            if options["wait_all"]:
                self._rest(job, end=started + options["timeout"])
        except RuntimeError as error:
            self._say(
                {"job": job.pk, "data_version": job.version, "state": "failed", "error": str(error)}, options
            )
            sys.exit(1)
        self._say(_outcome(job, seconds=time.monotonic() - started), options)

    def _follow(self, job: Job, *, end: float, quiet: bool) -> Job:
        """Until the plan of the job is published; a job that newer data overtook hands over to the newest one."""
        shown = ""
        while True:
            job.refresh_from_db()
            if job.state == JobState.CANCELLED:
                job = Job.objects.filter(kind=services.FIRST).latest("version")
                continue
            steps = _steps(job)
            failed = next((step for step in steps if step.state == JobState.FAILED), None)
            if failed:
                raise RuntimeError(f"{failed.kind} failed: {failed.message}")
            line = _line(steps)
            if line != shown and not quiet:
                self.stdout.write(line)
            shown = line
            if _is_published(job):
                return job
            if any(step.state == JobState.CANCELLED for step in steps):
                job = Job.objects.filter(kind=services.FIRST).latest("version")
            _nap(end)

    def _rest(self, job: Job, *, end: float) -> None:
        """Until nothing is open: the backtest, and the forecasts that it changes."""
        while services.open_jobs().exists():
            _nap(end)
        failed = Job.objects.filter(version=job.version, state=JobState.FAILED).first()
        if failed:
            raise RuntimeError(f"{failed.kind} failed: {failed.message}")

    def _say(self, facts: dict[str, Any], options: dict[str, Any]) -> None:
        text = json.dumps(facts) if options["json"] else _sentence(facts)
        self.stdout.write(text)


def _request(*, only: str | None, as_of: date | None) -> Job:
    with transaction.atomic():
        if only:
            return services.request_recomputation(first=STEPS[only], only=only)
        if as_of:
            return services.request_recomputation(as_of=as_of.isoformat())
        return services.request_recomputation()


def _steps(job: Job) -> list[Job]:
    """The job and those that followed it on the same plan."""
    if job.plan_id is None:
        return [job]
    return list(Job.objects.filter(plan_id=job.plan_id).order_by("id"))


def _is_published(job: Job) -> bool:
    if job.plan_id is None:
        return job.state == JobState.DONE
    return PlanVersion.objects.filter(pk=job.plan_id, status__in=READY).exists()


def _line(steps: list[Job]) -> str:
    return ", ".join(f"{step.kind} {step.done}/{step.total}" for step in steps)


def _nap(end: float) -> None:
    if time.monotonic() > end:
        raise RuntimeError("the workers are not done in time; is one running? The work goes on when one is.")
    time.sleep(POLL_S)


def _outcome(job: Job, *, seconds: float) -> dict[str, Any]:
    job.refresh_from_db()
    facts = {"job": job.pk, "data_version": job.version, "seconds": round(seconds, 1)}
    if job.plan is None:
        return facts | {"state": "nothing to plan", "message": job.message}
    newest = PlanVersion.objects.filter(status=PlanStatus.CURRENT, kind=job.plan.kind).first() or job.plan
    return facts | {
        "state": "published",
        "plan": newest.pk,
        "as_of": newest.as_of.isoformat(),
        "totals": newest.totals,
    }


def _sentence(facts: dict[str, Any]) -> str:
    texts = {
        "asked": "The workers are asked for data version {data_version} (job {job}).",
        "failed": "Data version {data_version} failed: {error}",
        "nothing to plan": "{message}",
        "published": "Plan v{plan} as of {as_of} is published after {seconds} s.",
    }
    return texts[facts["state"]].format(**facts)
