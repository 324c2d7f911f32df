"""The departments' word on the plan, given in the meeting: approve, object, publish."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from ..services import approvals as signing
from ..words import listed
from .common import done
from .meeting import BACK, meeting_page


@requires(Permission.APPROVE)
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Sign for the departments one heads, bound to the content that was looked at."""

    def work() -> str:
        given = signing.approve(
            person=person_of(request),
            department=request.POST.get("department", ""),
            part=_part(request),
            seen=request.POST.get("seen", ""),
            reservation=request.POST.get("reservation", ""),
        )
        names = listed([row.department.name for row in given], 5)
        said = ", with your reservation" if given[0].reason else ""
        return f"Approved for {names}{said}: content {given[0].content_hash[:8]}."

    def again(why: str) -> HttpResponse:
        return meeting_page(request, notice=why, status=409, reservation=request.POST.get("reservation", ""))

    return done(request, work, back=BACK, stale=again)


def _part(request: HttpRequest) -> str:
    part = request.POST.get("part", "")
    return part if part in ("demand", "inventory", "supply") else ""


@requires(Permission.APPROVE)
@require_POST
def reject(request: HttpRequest) -> HttpResponse:
    def work() -> str:
        stage = signing.reject(
            person=person_of(request),
            reason=request.POST.get("reason", ""),
            department=request.POST.get("department", ""),
            part=_part(request),
        )
        return f"Rejected. {stage.label} is open again, and every other approval is voided."

    return done(request, work, back=BACK)


@requires(Permission.DECIDE)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    def work() -> str:
        plan = signing.publish(person=person_of(request))
        return f"Published {plan}, content {plan.content_hash[:8]}."

    return done(request, work, back=BACK)
