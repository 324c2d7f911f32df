"""A saved change says so with an Undo beside it, which works without scripts too.

What it would take back rides along as a signed note of the row before and after, which opens only in the room that
wrote it.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import models
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html

A_DAY = 24 * 3600
Row = dict[str, str | None]
BUTTON = (
    '{} <form class="inline" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    '<input type="hidden" name="token" value="{}"><input type="hidden" name="next" value="{}">'
    "<button>Undo</button></form>"
)


class TooOld(Exception):
    """The note is not ours, or older than a day."""


def saved_with_undo(request: HttpRequest, text: str, *, url: str, token: str, back: str = "") -> None:
    """`token` says what is taken back, `back` where people go from there; the view at `url` reads both from the POST."""
    messages.success(request, format_html(BUTTON, text, url, get_token(request), token, back))


def note(room: str, content: dict[str, Any]) -> str:
    return signing.dumps(content, salt=room)


def opened(room: str, token: str) -> dict[str, Any]:
    """What a note of this room holds; raises TooOld."""
    try:
        found = signing.loads(token, salt=room, max_age=A_DAY)
    except signing.BadSignature:
        raise TooOld("This can no longer be taken back; change it on the page.") from None
    return dict(found)


def kept(row: models.Model, names: Sequence[str]) -> Row:
    """Columns of a row as text, for a note."""
    found = {name: getattr(row, name) for name in names}
    return {name: None if value is None else str(value) for name, value in found.items()}


def read(model: type[models.Model], row: Row) -> dict[str, Any]:
    """The columns of a note as the model has them."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in row.items()}
