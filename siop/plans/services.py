"""Versions of the live plan: one is computed beside the current one and takes its place when all is there."""

from contextlib import suppress
from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from siop.catalog import calendar, parameters
from siop.catalog.enums import Bucket

from .enums import UNFINISHED, PlanKind, PlanStatus
from .models import PlanVersion
from .planning_date import planning_date
from .selectors import current_live_plan

LIVE_PLANS_KEPT = 10


def create_live_plan(
    *, data_version: int, first_sale: date | None = None, as_of: date | None = None, **inputs: Any
) -> PlanVersion:
    """A live plan to be computed; nobody sees it before it is finished.

    `first_sale` bounds its history; `as_of` is the planning date where one was named. `inputs` are the ids
    and versions that it is computed from.
    """
    settings, periods = parameters.load(), calendar.load()
    today = planning_date(periods, as_of=as_of)
    start = periods.start_of(today)
    origin = min(
        start, max(periods.start_of(first_sale or start), periods.shift(start, -settings.history_periods))
    )
    return PlanVersion.objects.create(
        kind=PlanKind.LIVE,
        status=PlanStatus.COMPUTING,
        data_version=data_version,
        as_of=start,
        bucket=Bucket(settings.bucket),
        origin=origin,
        history_periods=periods.between(origin, start),
        horizon=settings.horizon_periods,
        parameters=asdict(settings) | {"planning_date": today.isoformat(), "season": settings.season},
        inputs={"data_version": data_version} | inputs,
    )


def derive_live_plan(*, source: PlanVersion, data_version: int) -> PlanVersion:
    """A live plan with the calendar of another one, to compute a later step anew from its earlier ones."""
    return PlanVersion.objects.create(
        kind=PlanKind.LIVE,
        status=PlanStatus.COMPUTING,
        base=None,
        data_version=data_version,
        as_of=source.as_of,
        bucket=source.bucket,
        origin=source.origin,
        history_periods=source.history_periods,
        horizon=source.horizon,
        parameters=source.parameters,
        inputs=source.inputs | {"data_version": data_version, "refines": _asked(source)},
    )


def derive_from_current(*, data_version: int) -> PlanVersion | None:
    """For a recomputation that starts at a later step; None where there is no plan yet to start from."""
    current = current_live_plan()
    return derive_live_plan(source=current, data_version=data_version) if current else None


def note_inputs(*, plan: PlanVersion, **inputs: Any) -> None:
    """Remember what a step read, so that the plan explains itself later."""
    plan.inputs |= inputs
    plan.save(update_fields=["inputs"])


@transaction.atomic
def finish_live_plan(*, plan: PlanVersion) -> None:
    """Let people see a computed plan; a live one takes the place of the older one, unless it was overtaken."""
    plan.computed = timezone.now()
    if plan.kind != PlanKind.LIVE:
        plan.save(update_fields=["computed", "totals", "inputs"])
        return
    current = (
        PlanVersion.objects.select_for_update().filter(kind=PlanKind.LIVE, status=PlanStatus.CURRENT).first()
    )
    overtaken = current is not None and _overtaken(plan, by=current)
    if current is not None and not overtaken:
        current.status = PlanStatus.SUPERSEDED
        current.save(update_fields=["status"])
    plan.status = PlanStatus.SUPERSEDED if overtaken else PlanStatus.CURRENT
    plan.save(update_fields=["status", "computed", "totals", "inputs"])
    forget_old_live_plans()


def abandon_live_plan(*, plan: PlanVersion) -> None:
    """Newer data overtook it before all was there: it ends unfinished, and nobody ever saw it."""
    PlanVersion.objects.filter(pk=plan.pk, kind=PlanKind.LIVE, status=PlanStatus.COMPUTING).update(
        status=PlanStatus.ABANDONED
    )


def _overtaken(plan: PlanVersion, *, by: PlanVersion) -> bool:
    """Between plans of one day newer data win, then the later plan; between days, what was asked for later.

    A plan that refines another one was asked for with that one.
    """
    day = "planning_date"
    if by.parameters.get(day) != plan.parameters.get(day):
        return _asked(by) > _asked(plan)
    return (by.data_version, by.pk) > (plan.data_version, plan.pk)


def _asked(plan: PlanVersion) -> int:
    return int(plan.inputs.get("refines", plan.pk))


def forget_old_live_plans() -> None:
    """Keep the ten newest, and what another version, a cycle or an edit refers to."""
    kept = (
        PlanVersion.objects.filter(kind=PlanKind.LIVE)
        .exclude(status__in=UNFINISHED)
        .order_by("-id")
        .values_list("pk", flat=True)[:LIVE_PLANS_KEPT]
    )
    old = PlanVersion.objects.filter(
        kind=PlanKind.LIVE,
        pk__lt=min(kept, default=0),
        status__in=[PlanStatus.SUPERSEDED, *UNFINISHED],
    )
    for plan in old:
        with suppress(ProtectedError), transaction.atomic():
            plan.delete()
