"""Walk the product by its links, as people do: each kind of page once."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

NOT_PAGES = re.compile(r"^/(logout|static|api)/|\.(csv|xlsx|json|gz|txt)$|/export|/download|/template")
LINKS = (
    "() => [...document.querySelectorAll('a[href^=\"/\"]:not([download])')].map(a => a.getAttribute('href'))"
)
MOST = 150


def kind_of(link: str) -> str:
    """What a link leads to, whichever of its like it is: numbers and codes left out, the tab kept."""
    parts = urlsplit(link)
    tab = parse_qs(parts.query).get("tab", [""])[0]
    return re.sub(r"\d[\w.-]*", "N", parts.path) + (f"?tab={tab}" if tab else "")


def walk(page: Page, seen: set[str], *, start: str = "/") -> Iterator[str]:
    """Open each kind of page that is not in `seen` yet; yields its link once it is there."""
    waiting, opened = [start], 0
    while waiting and opened < MOST:
        link = waiting.pop(0)
        if kind_of(link) in seen or NOT_PAGES.search(urlsplit(link).path):
            continue
        seen.add(kind_of(link))
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, f"{link}: {answer.status}"
        page.wait_for_load_state("networkidle")
        opened += 1
        waiting += page.evaluate(LINKS)
        yield link


def with_each_dialog(page: Page, look: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    """What `look` finds on the page as it is, and with each of its dialogs open in turn."""
    yield "", look()
    names = page.evaluate("() => [...document.querySelectorAll('dialog')].map(d => d.id)")
    for name in names:
        opened = page.evaluate(
            "id => { const d = document.getElementById(id); if (!d || d.open) return false; d.showModal(); return true; }",
            name,
        )
        if opened:
            yield name, look()
            page.evaluate("id => document.getElementById(id).close()", name)
