from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from siop.accounts.models import Person


def person_of(request: HttpRequest) -> Person:
    """Who asks, in views that let only people in who have signed in."""
    if not isinstance(request.user, Person):
        raise TypeError("This view lets people in who have not signed in; decorate it with `requires`.")
    return request.user


def own_address(request: HttpRequest, wanted: str, *, default: str) -> str:
    """Where a form asks to be led, if it is a page of ours."""
    hosts = {request.get_host()}
    ours = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else default
