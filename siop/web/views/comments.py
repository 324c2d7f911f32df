"""Remarks at a place: read, written and resolved."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission

from .. import places, services
from ..forms import CommentForm
from ..models import Comment
from ..render import render_page
from ..requests import own_address
from ..selectors import comments_at


@requires(Permission.VIEW)
@require_http_methods(["GET", "POST"])
def comments(request: HttpRequest) -> HttpResponse:
    """What was said at a place; a POST adds to it."""
    given = request.GET if request.method == "GET" else request.POST
    place = given.get("place", "")
    _require_readable(request, place)
    if request.method == "GET" and not place:
        raise Http404("Comments stand at a place.")
    form = CommentForm(request.POST or None, initial={"place": place})
    if request.method == "GET":
        return _panel(request, place, form)
    if not form.is_valid():
        return _panel(request, place, form, status=422)
    services.add_comment(
        person=person_of(request),
        place=form.cleaned_data["place"],
        text=form.cleaned_data["text"],
        month=form.cleaned_data["month"],
    )
    return _answer(request, form.cleaned_data["place"])


@requires(Permission.COMMENT)
@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    comment = get_object_or_404(Comment, pk=pk)
    _require_readable(request, comment.place)
    services.resolve_comment(person=person_of(request), comment=comment)
    return _answer(request, comment.place)


def _require_readable(request: HttpRequest, place: str) -> None:
    """What lies outside of one's categories and locations does not exist."""
    if not places.may_read(person_of(request), place):
        raise Http404


def _answer(request: HttpRequest, place: str) -> HttpResponse:
    """The panel anew for htmx; back to where one came from without JavaScript."""
    if "HX-Request" in request.headers:
        return _panel(request, place, CommentForm(initial={"place": place}))
    return redirect(own_address(request, request.POST.get("next", ""), default="/"))


def _panel(request: HttpRequest, place: str, form: CommentForm, status: int = 200) -> HttpResponse:
    context = {
        "page_title": "Comments",
        "place": place,
        "about": places.described(place),
        "comments": comments_at(place),
        "comment_form": form,
        "may_comment": may(request.user, Permission.COMMENT),
    }
    response = render_page(request, "web/comments.html", context, partial="panel")
    response.status_code = status
    return response
