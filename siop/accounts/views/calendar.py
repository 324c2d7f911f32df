"""The fiscal calendar, and the days on which the company, a location or a supplier is closed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from siop.catalog import calendar as planning_calendar
from siop.catalog import closures
from siop.catalog.models import Closure, Period

from ..access import person_of, requires
from ..enums import Permission
from ..forms import ClosureForm
from .common import settings_page

PERIODS_SHOWN = 18


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    form = ClosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        added = closures.close(person=person_of(request), **form.cleaned_data)
        messages.success(
            request, f"{form.cleaned_data['calendar']} is closed on {added} days. The plan follows."
        )
        return redirect("accounts:calendar")
    today, found = timezone.localdate(), planning_calendar.load()
    context = {
        "form": form,
        "closures": closures.spans(since=today),
        "periods": [
            {"start": start, "end": found.end_of(start)} for start in found.periods(today, PERIODS_SHOWN)
        ],
        "own_periods": Period.objects.exists(),
    }
    return settings_page(request, "accounts/calendar.html", context, form=form)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def open_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a closure: the day itself, or the whole run of days that it begins."""
    first = get_object_or_404(Closure, pk=pk)
    days = closures.open_again(person=person_of(request), first=first)
    messages.success(request, f"{first.calendar} works again on {days} days. The plan follows.")
    return redirect("accounts:calendar")
