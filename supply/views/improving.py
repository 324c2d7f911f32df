"""Improve the plan by cost: ask for it, stop it, and see how far it is."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.plans.locks import PartLocked
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan

from ..errors import SupplyError
from ..services import improving as services

STOP_POLLING = 286


@requires(Permission.EDIT_SUPPLY)
@require_POST
def improve(request: HttpRequest) -> HttpResponse:
    """Ask the workers to look for cheaper lots, suppliers and modes in the plan that people work on."""
    return _act(request, lambda plan: services.ask(person=person_of(request), plan=plan))


@requires(Permission.EDIT_SUPPLY)
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """End the search; the plan stays as it is."""
    return _act(request, lambda plan: services.stop(person=person_of(request), plan=plan))


@requires(Permission.VIEW)
@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    """The line above the orders while the plan is improved; afterwards it says what came of it."""
    plan = working_plan()
    job = services.running_job(plan) if plan else None
    status = 200 if job else STOP_POLLING
    return render(
        request,
        "supply/_improving.html",
        {"improving": job, "ended": job is None, **_rights(request)},
        status=status,
    )


def _rights(request: HttpRequest) -> dict[str, bool]:
    return {"may_improve": may(person_of(request), Permission.EDIT_SUPPLY)}


def _act(request: HttpRequest, change: Callable[[PlanVersion], object]) -> HttpResponse:
    plan = working_plan()
    try:
        if plan is None:
            raise SupplyError("There is no plan to improve yet; import demand first.")
        change(plan)
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
    return redirect(reverse("supply:plan"))
