"""Who changed what, when, from what to what and why; and the same as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from siop.accounts.access import requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person

from .. import audit, audit_trail
from ..forms import AuditFilterForm
from ..lists import page_of, query_without
from ..render import render_page

# Checking the whole chain reads every event; on the page only a short one is checked at once.
CHECKED_AT_ONCE = 20_000


@requires(Permission.SEE_AUDIT)
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET or None)
    filters = form.filters()
    found = audit_trail.events(filters)
    page = page_of(request.GET, found)
    context = {
        "page_title": "Audit",
        "form": form,
        "filtered": filters != audit_trail.Filters(),
        "page": page,
        "lines": audit_trail.lines(page.object_list),
        "query": query_without(request.GET, "page"),
        "people": Person.objects.count(),
        **_seal(),
    }
    return render_page(request, "web/audit.html", context)


def _seal() -> dict[str, Any]:
    last = audit_trail.sealed_until()
    if last is None:
        return {"sealed": None}
    checked = last.last_event <= CHECKED_AT_ONCE
    return {"sealed": last, "checked": checked, "broken": audit.broken_seals() if checked else []}
