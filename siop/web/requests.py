"""What views ask of a request."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_address(request: HttpRequest, wanted: str, *, default: str) -> str:
    """Where a form asks to be led, if it is a page of ours."""
    hosts = {request.get_host()}
    ours = url_has_allowed_host_and_scheme(wanted, hosts, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else default


def yes_or_no(request: HttpRequest, name: str) -> bool:
    """What a button says; BadRequest for anything else, so that nothing is done that nobody asked for."""
    said = request.POST.get(name)
    if said not in ("yes", "no"):
        raise BadRequest(f"Say yes or no in {name}.")
    return said == "yes"
