"""Which plan people look at."""

from datetime import date

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from siop.catalog import calendar
from siop.reading import once
from siop.statements import rows_of

from .enums import UNFINISHED, PlanKind, PlanStatus
from .models import PlanVersion

LIVE = f"t.kind = '{PlanKind.LIVE}' AND t.status = '{PlanStatus.CURRENT}'"
DRAFT = f"t.kind = '{PlanKind.CYCLE}' AND t.status = '{PlanStatus.DRAFT}'"


def current_live_plan() -> PlanVersion | None:
    """The newest finished live plan; None before the first import was computed."""
    return once("current_live_plan", lambda: _newest(LIVE))


def newer_live_plan_is_computed(*, than: PlanVersion) -> bool:
    """Is a live plan under way that will take the place of this one?"""
    under_way = PlanVersion.objects.filter(kind=PlanKind.LIVE, status=PlanStatus.COMPUTING)
    return under_way.filter(pk__gt=than.pk).exists()


def open_cycle_plan() -> PlanVersion | None:
    """The cycle plan that is being worked on."""
    return once("open_cycle_plan", lambda: _newest(DRAFT))


def _newest(which: str) -> PlanVersion | None:
    return next(iter(rows_of(PlanVersion, f"WHERE {which} ORDER BY t.id DESC LIMIT 1")), None)


def plan_by_number(pk: int) -> PlanVersion | None:
    """Whatever became of it; None where there never was one."""
    return next(iter(rows_of(PlanVersion, "WHERE t.id = %s", [pk])), None)


def working_plans() -> list[PlanVersion]:
    """The versions that follow what people edit: the open cycle's draft and the current live plan."""
    rows = rows_of(PlanVersion, f"WHERE ({LIVE}) OR ({DRAFT}) ORDER BY t.id")
    return list({PlanKind(plan.kind): plan for plan in rows}.values())


def working_plan() -> PlanVersion | None:
    """What people edit: the open cycle's plan while it is a draft, else the current live plan."""
    return open_cycle_plan() or current_live_plan()


def published_plan() -> PlanVersion | None:
    return PlanVersion.objects.filter(status=PlanStatus.PUBLISHED).order_by("-published").first()


def plans() -> QuerySet[PlanVersion]:
    """Finished versions, newest first, for lists and comparisons; a scenario holds no plan of its own."""
    finished = PlanVersion.objects.exclude(status__in=UNFINISHED)
    return finished.exclude(kind=PlanKind.SCENARIO)


def plan_named(name: str) -> PlanVersion:
    """A version by its number, or by `live`, `cycle`, `working`, `published`.

    Raises LookupError that lists what there is.
    """
    named = {
        "live": current_live_plan,
        "cycle": open_cycle_plan,
        "working": working_plan,
        "published": published_plan,
    }
    plan = named[name]() if name in named else None
    if plan is None and name.lstrip("v").isdigit():
        plan = plans().filter(pk=int(name.lstrip("v"))).first()
    if plan is None:
        known = ", ".join(str(pk) for pk in plans().values_list("pk", flat=True)[:10]) or "none yet"
        raise LookupError(
            f"There is no plan version {name!r}; give live, cycle, working, published or one of: {known}."
        )
    return plan


def planned_months(plan: PlanVersion) -> list[date]:
    """First days of the planned periods, one for each entry of the plan's arrays."""
    return calendar.load().periods(plan.as_of, plan.horizon)


def history_months(plan: PlanVersion) -> list[date]:
    return calendar.load().periods(plan.origin, plan.history_periods)


def planning_day(plan: PlanVersion) -> date:
    """The day that is today for the plan; inside its first period where `--as-of` named such a day."""
    stored = plan.parameters.get("planning_date")
    return date.fromisoformat(stored) if stored else plan.as_of


def bucket_edges(plan: PlanVersion) -> NDArray[np.int64]:
    """The horizon + 1 day ordinals between which the planned periods lie; the first is the planning date."""
    edges = calendar.load().edges(plan.as_of, plan.horizon)
    edges[0] = planning_day(plan).toordinal()
    return edges


def remaining_share(plan: PlanVersion) -> NDArray[np.float64]:
    """Part of each planned period from the planning date on; 1 but for a first period in progress."""
    whole = calendar.load().days(plan.as_of, plan.horizon)
    return np.asarray(np.diff(bucket_edges(plan)) / whole)
