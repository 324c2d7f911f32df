"""A product of the benchmark's own, gone afterwards: servers, an invented company, and visitors over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from siop.embedded import trial
from siop.embedded.services import Services
from siop.embedded.state import ROOT

from .company import PASSWORD

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@contextmanager
def running(rows: int, *, people: tuple[str, ...] = ("dana", "dora")) -> Iterator[tuple[str, Services]]:
    """A web server on a company of `rows` series; yields its address and its servers."""
    with trial.running("bench", names=("web",)) as product:
        code = f"from forecasting.bench.company import seed; seed(rows={rows}, people={people!r})"
        env = os.environ | product.servers.variables()
        subprocess.run([sys.executable, "manage.py", "shell", "-c", code], env=env, cwd=ROOT, check=True)
        yield product.url, product.servers


class Visitor:
    """One signed-in person on one kept connection; by default of the invented company."""

    def __init__(
        self, url: str, name: str, *, domain: str = "bench.example", password: str = PASSWORD
    ) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._cookies: dict[str, str] = {}
        self._unfollowed: list[str] = []
        _, page = self.get("/login/")
        found = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
        token = found[1].decode() if found else ""
        form = {"username": f"{name}@{domain}", "password": password, "csrfmiddlewaretoken": token}
        status, _ = self._send("POST", "/login/", urlencode(form), FORM)
        if status != http.HTTPStatus.FOUND:
            raise RuntimeError(f"{name} cannot sign in at {url}: {status}")

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> tuple[int, bytes]:
        return self._send("GET", path, None, {})

    def fragment(self, path: str) -> tuple[int, bytes]:
        """What the page puts into one of its regions."""
        return self._send("GET", path, None, {"HX-Request": "true"})

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and answer of a request of the grid."""
        status, content = self._send("POST", path, json.dumps(body), JSON)
        return status, json.loads(content) if content.startswith(b"{") else {}

    def plan(self) -> str:
        """The plan that the demand page shows."""
        _, page = self.get("/demand/")
        found = re.search(rb'"plan": "(\d+)"', page)
        return found[1].decode() if found else ""

    def rows(self, first: int, count: int) -> list[dict[str, Any]]:
        """Rows of the demand plan without the tree above them."""
        _, content = self.get(f"/demand/rows?plan={self.plan()}&group=none&from={first}&count={count}")
        rows: list[dict[str, Any]] = json.loads(content)["rows"]
        return rows

    def submit(self, path: str, form: dict[str, str]) -> int:
        """Status of a form that is sent off."""
        status, _ = self._send("POST", path, urlencode(form), FORM)
        return status

    def edit(self, plan: str, rows: list[dict[str, Any]], *, key: str = "") -> tuple[int, dict[str, Any]]:
        """Set cells: each row with `id`, the version `v` it was seen at, and `set`; sent again it has the same key."""
        body = {"key": key or str(uuid4()), "query": {"plan": plan}, "rows": rows}
        status, answer = self.post("/demand/edits", body)
        self._unfollowed += [answer["batch"]] if status == http.HTTPStatus.OK else []
        return status, answer

    def follow(self) -> int:
        """Ask for what follows from the edits so far, as the grid does when the hands rest; the status."""
        status, _ = self.post("/demand/follow", {"batches": self._unfollowed})
        if status == http.HTTPStatus.OK:
            self._unfollowed = []
        return status

    def _send(self, method: str, path: str, body: str | None, more: dict[str, str]) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies, "X-CSRFToken": self._cookies.get("csrftoken", "")} | more
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (ConnectionError, http.client.ImproperConnectionState):
            # The server closes what was idle, or was killed at the request before; edits carry a key.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, content
