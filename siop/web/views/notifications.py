"""What a person was told, and what of it is read."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from siop.accounts.access import person_of, signed_in

from .. import services
from ..models import Notification
from ..render import render_page
from ..requests import own_address
from ..selectors import notifications_of


@signed_in
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    own = notifications_of(person_of(request))
    context = {
        "page_title": "Notifications",
        "page": Paginator(own, 50).get_page(request.GET.get("page")),
        "unread": own.filter(read=None).count(),
    }
    return render_page(request, "web/notifications.html", context, partial="list")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_read(person=person_of(request))
    return redirect("web:notifications")


@signed_in
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's own notification as read and go where it leads."""
    note = get_object_or_404(Notification, pk=pk, person=person_of(request))
    services.mark_read(person=person_of(request), notification_id=pk)
    return redirect(own_address(request, note.url, default=reverse("web:notifications")))
