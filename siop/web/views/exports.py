"""Every kind of export for people: the files that the command and the API give, with the same rights."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.plans.selectors import plans, working_plan

from .. import exports
from ..plan_choice import plan_label
from ..render import render_page

PLANS_OFFERED = 12


@requires(Permission.VIEW)
@require_GET
def downloads(request: HttpRequest) -> HttpResponse:
    """The kinds there are, with their columns, of the plan that is chosen."""
    person = person_of(request)
    chosen = request.GET.get("version", "")
    context = {
        "page_title": "Exports",
        "kinds": [kind for kind in exports.kinds() if may(person, kind.permission)],
        "plans": [(str(plan.pk), plan_label(plan)) for plan in plans()[:PLANS_OFFERED]],
        "chosen": chosen if chosen.isdecimal() else "",
        "working": working_plan(),
        "formats": exports.FORMATS,
        "closing": exports.CLOSING_COLUMNS,
    }
    return render_page(request, "web/exports.html", context)


@requires(Permission.VIEW)
@require_GET
def download(request: HttpRequest, kind: str, format: str) -> HttpResponseBase:
    """One file, streamed; `?version=` names the plan."""
    if format not in exports.FORMATS:
        raise Http404(f"There is no format {format!r}; give one of {', '.join(exports.FORMATS)}.")
    try:
        found = exports.extract(kind, person=person_of(request), version=request.GET.get("version", ""))
    except exports.ExportError as error:
        raise Http404(str(error)) from error
    return exports.as_file(found, format=format)
