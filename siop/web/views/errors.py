"""What is answered where a request failed: people and scripts are told whether to send it again."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader

from siop.transactions import passes

AGAIN = "The database cannot take this at the moment; nothing of it was saved. Send it again in a moment."
FAILED = "The server could not do that; the error is in its log."


def failed(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After where the failure passes by itself, such as a database that starts again; else 500."""
    error = sys.exc_info()[1]
    later = isinstance(error, Exception) and passes(error)
    status = 503 if later else 500
    if "application/json" in request.headers.get("Accept", "") or request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse({"error": AGAIN if later else FAILED}, status=status)
    else:
        answer = HttpResponse(loader.render_to_string(f"{status}.html"), status=status)
    if later:
        answer["Retry-After"] = "1"
    return answer
