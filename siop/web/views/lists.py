"""A list as it is filtered and sorted, as a file: the rows of all its pages, in the columns that it shows."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission

from .. import exports, list_pages
from ..plan_choice import plan_shown

FORMATS = ("csv", "xlsx")


@requires(Permission.VIEW)
@require_GET
def sheet(request: HttpRequest, name: str, format: str) -> HttpResponseBase:
    """What the page finds under the same address; `?plan=` names the plan."""
    page, plan = list_pages.get(name), plan_shown(request)
    if format not in FORMATS or plan is None:
        raise Http404(f"{page.label} is given as {' or '.join(FORMATS)}, once there is a plan.")
    headers, rows = list_pages.sheet(page, person=person_of(request), plan=plan, given=request.GET)
    try:
        content = exports.written(page.label, headers, rows, format=format)
    except exports.ExportError as error:
        raise Http404(str(error)) from error
    return exports.attachment(content, name=f"{page.name}-v{plan.pk}", format=format)
