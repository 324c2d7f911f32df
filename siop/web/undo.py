"""A saved change says so with an Undo beside it, which works without scripts too."""

from django.contrib import messages
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html

BUTTON = (
    '{} <form class="inline" method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    '<input type="hidden" name="token" value="{}"><button>Undo</button></form>'
)


def saved_with_undo(request: HttpRequest, text: str, *, url: str, token: str) -> None:
    """`token` says what is taken back; the view at `url` reads it from the POST."""
    messages.success(request, format_html(BUTTON, text, url, get_token(request), token))
