"""The fiscal calendar, and the days on which the company, a location or a supplier is closed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from siop.catalog import calendar as planning_calendar
from siop.catalog import closures
from siop.catalog.models import Closure, Period
from siop.web.seen import Difference, conflict, made_on
from siop.web.undo import TooOld, note, opened, saved_with_undo

from ..access import person_of, requires
from ..enums import Permission
from ..forms import ClosureForm
from .common import settings_page

PERIODS_SHOWN = 18


@requires(Permission.MANAGE_PEOPLE)
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    form = ClosureForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    given = {**form.cleaned_data}
    seen, theirs = given.pop("seen"), closures.otherwise_closed(**form.days())
    if found := conflict(seen, mine=dict.fromkeys(theirs, given["note"]), theirs=theirs):
        made_on(form, theirs)
        return _page(request, form, differences=found, status=409)
    days = {name: given[name] for name in ("calendar", "first", "last")}
    before = closures.reasons(**days)
    added = closures.close(person=person_of(request), **given)
    _saved(request, f"{given['calendar']} is closed on {_count(added)}.", days, before)
    return redirect("accounts:calendar")


def _page(
    request: HttpRequest,
    form: ClosureForm,
    *,
    differences: Sequence[Difference] = (),
    status: int | None = None,
) -> HttpResponse:
    today, found = timezone.localdate(), planning_calendar.load()
    context = {
        "form": form,
        "conflict": differences,
        "closures": closures.spans(since=today),
        "periods": [
            {"start": start, "end": found.end_of(start)} for start in found.periods(today, PERIODS_SHOWN)
        ],
        "own_periods": Period.objects.exists(),
    }
    response = settings_page(request, "accounts/calendar.html", context, form=form)
    response.status_code = status or response.status_code
    return response


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _saved(request: HttpRequest, text: str, days: dict[str, Any], before: closures.Reasons) -> None:
    """Say what was done; its Undo carries the days before and after."""
    after = closures.reasons(**days)
    token = note("calendar", {"calendar": days["calendar"], "before": before, "after": after})
    saved_with_undo(request, f"{text} The plan follows.", url=reverse("accounts:undo_closure"), token=token)


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def open_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a closure: the day itself, or the whole run of days that it begins, as it was seen."""
    span = closures.span_from(get_object_or_404(Closure, pk=pk))
    if conflict(request.POST.get("seen", ""), mine={}, theirs=span.as_read):
        now = f"{span.first} to {span.last}, {span.note}"
        messages.error(
            request,
            f"Nothing was taken away: these days were changed meanwhile, now {now}. Look at them again.",
        )
        return _page(request, ClosureForm(), status=409)
    days: dict[str, Any] = {"calendar": span.calendar, "first": span.first, "last": span.last}
    before = closures.reasons(**days)
    opened_days = closures.open_again(person=person_of(request), span=span)
    _saved(request, f"{span.calendar} works again on {_count(opened_days)}.", days, before)
    return redirect("accounts:calendar")


@requires(Permission.MANAGE_PEOPLE)
@require_POST
def undo_closure(request: HttpRequest) -> HttpResponse:
    """Take back days that were closed or opened on this page."""
    try:
        found = opened("calendar", request.POST.get("token", ""))
        closures.restore(person=person_of(request), **found)
        messages.success(request, f"Taken back: {found['calendar']} is as it was. The plan follows.")
    except (TooOld, closures.ChangedSince) as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect("accounts:calendar")
