"""What each role may do. Roles are code (ADR 5), so this page explains and does not change them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from .. import selectors
from ..access import requires
from ..enums import Permission
from .common import settings_page


@requires(Permission.MANAGE_PEOPLE)
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    return settings_page(request, "accounts/roles.html", selectors.role_matrix())
