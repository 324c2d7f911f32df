"""`bench web`: the demand plan in a real browser at 10,000 and 100,000 rows, beside the goals of the interface.

Servers, data folder and company are of the benchmark's own and are gone afterwards.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siop.embedded import chromium

from .company import PASSWORD
from .server import running

if TYPE_CHECKING:  # only a development environment has a browser to drive
    from playwright.sync_api import Browser, BrowserContext, Page, Response

Figure = dict[str, Any]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = (10_000, 100_000)
EDITS = 30
PAUSE_MS = 900  # a person looks at the next cell; stock and orders follow meanwhile
SETTLED = (
    "() => { const g = document.querySelector('plan-grid');"
    " return g && g.model.pending.size === 0 && g.transport.waiting === 0 && !g.loading; }"
)


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """All figures; `scale` multiplies the smaller number of rows, for a quick look use the default."""
    figures = []
    for rows in [size * scale for size in SIZES]:
        with running(rows) as (url, _), browser() as started:
            figures += _measure(started, url, rows)
    return figures


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window; benchmarks that need one say so where it is missing."""
    from playwright.sync_api import sync_playwright

    path = chromium.installed()
    if path is None:
        raise SystemExit("This benchmark needs chromium on this machine; install it and run again.")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory():
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def sign_in(page: Page, email: str) -> None:
    """With the password of the benchmarks' own people."""
    page.goto("/login/?next=/healthz")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/healthz")


def _measure(chromium: Browser, url: str, rows: int) -> list[Figure]:
    context = chromium.new_context(
        base_url=url,
        viewport={"width": 1440, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else foreign.append(r.url))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    sign_in(page, "dana@bench.example")
    for _ in range(6):  # both web processes load their arrays on the first visit; that one is not measured
        _first_rows(page)
    name = f"{rows:,} rows"
    figures = [_figure(f"first rows, {name}", statistics.median(_first_rows(page) for _ in range(5)), 800)]
    if rows == SIZES[0]:
        figures += _weight(chromium, page)
    figures.append(_figure(f"first rows, CPU slowed 4x, {name}", _slowed(context, page), 2000))
    figures += _editing(page, name)
    figures.append(_figure(f"paste of 1,080 cells to saved, {name}", _paste(page), 300))
    figures.append(_figure(f"filter, after debounce, {name}", _filter(page), 250))
    figures.append(_figure(f"JS heap after a full scroll, {name}", _heap(context, page), 20, unit="MB"))
    figures.append(
        _figure(f"page errors and foreign requests, {name}", len(errors) + len(foreign), 0, unit="")
    )
    context.close()
    return figures


def _figure(name: str, value: float, goal: float, *, unit: str = "ms") -> Figure:
    text = f"{value:,.0f} {unit}" if unit != "MB" else f"{value:,.1f} {unit}"
    return {
        "name": name, "value": text.strip(), "goal": f"<= {goal:,.0f} {unit}".strip(), "met": value <= goal, "unit": unit,
    }  # fmt: skip


def _first_rows(page: Page) -> float:
    """From the start of the navigation to the frame that shows the first rows."""
    page.goto("/demand/", wait_until="commit")
    page.wait_for_function("() => document.querySelectorAll('plan-grid .pg-c').length > 100", polling="raf")
    return float(page.evaluate("() => performance.now()"))


def _slowed(context: BrowserContext, page: Page) -> float:
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        return statistics.median(_first_rows(page) for _ in range(3))
    finally:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def _weight(chromium: Browser, page: Page) -> list[Figure]:
    """Compressed size of the scripts and styles that the page loads before anything is asked for."""
    context = chromium.new_context(
        base_url=page.url.rsplit("/demand", 1)[0], storage_state=page.context.storage_state()
    )
    fresh = context.new_page()
    responses: list[Response] = []
    fresh.on("response", lambda response: responses.append(response))
    fresh.goto("/demand/", wait_until="load")
    sizes = {"script": 0.0, "stylesheet": 0.0}
    for response in responses:
        if response.request.resource_type in sizes and "/vendor/" not in response.url:
            sizes[response.request.resource_type] += response.request.sizes()["responseBodySize"]
    context.close()
    return [
        _figure("eager JS, compressed", sizes["script"] / 1000, 60, unit="kB"),
        _figure("eager CSS, compressed", sizes["stylesheet"] / 1000, 20, unit="kB"),
    ]


def _editing(page: Page, name: str) -> list[Figure]:
    """A number typed and confirmed by Enter, to the cell that is no longer dimmed."""
    _open(page, "?group=none")
    times = []
    for k in range(EDITS):
        page.evaluate(f"() => document.querySelector('plan-grid').selection.moveTo({3 + k % 12}, {k % 10})")
        page.keyboard.type(str(100 + k))
        times.append(_timed(page, "() => {}", lambda: page.keyboard.press("Enter")))
        page.wait_for_timeout(PAUSE_MS)
    times.sort()
    p95 = times[int(0.95 * (len(times) - 1))]
    return [
        _figure(f"edit to saved, p50, {name}", statistics.median(times), 60),
        _figure(f"edit to saved, p95, {name}", p95, 150),
    ]


def _timed(page: Page, prepare: str, act: Callable[[], None]) -> float:
    """Milliseconds from the key to the settled model, measured inside the page."""
    page.evaluate(prepare)
    page.evaluate(
        "() => { const g = document.querySelector('plan-grid'); window.benchDone = new Promise((resolve) => {"
        " g.addEventListener('keydown', () => { const from = performance.now(); const look = () => {"
        " if (g.model.pending.size === 0 && g.transport.waiting === 0 && !g.transport.busy) resolve(performance.now() - from);"
        " else setTimeout(look, 1); }; setTimeout(look, 2); }, { once: true, capture: true }); }); }"
    )
    act()
    return float(page.evaluate("() => window.benchDone"))


def _paste(page: Page) -> float:
    _open(page, "?group=none")
    times = []
    for k in range(5):
        rows = "\n".join("\t".join(str((r * 18 + c + k) % 500 + 1) for c in range(18)) for r in range(60))
        page.evaluate("text => navigator.clipboard.writeText(text)", rows)
        page.evaluate(f"() => document.querySelector('plan-grid').selection.moveTo({k * 3}, 0)")
        page.evaluate(
            "() => { const g = document.querySelector('plan-grid'); window.benchDone = new Promise((resolve) => {"
            " g.addEventListener('paste', () => { const from = performance.now(); const look = () => {"
            " if (g.model.pending.size === 0 && g.transport.waiting === 0 && !g.transport.busy) resolve(performance.now() - from);"
            " else setTimeout(look, 1); }; setTimeout(look, 5); }, { once: true, capture: true }); }); }"
        )
        page.keyboard.press("Control+v")
        times.append(float(page.evaluate("() => window.benchDone")))
        page.wait_for_timeout(PAUSE_MS)
    return statistics.median(times)


def _filter(page: Page) -> float:
    """From the query that the page sends to the rows that match it."""
    _open(page)
    script = (
        "async (word) => { const g = document.querySelector('plan-grid'); const from = performance.now();"
        " await g.setQuery({ q: word, figures: '1' }); return performance.now() - from; }"
    )
    words = ["pump brass", "valve", "1004", "stainless 2", "web gasket", "heavy", "10 mm"]
    return statistics.median(float(page.evaluate(script, word)) for word in words)


def _heap(context: BrowserContext, page: Page) -> float:
    """Used heap in MB after the whole list has been scrolled through."""
    _open(page, "?group=none")
    total = page.evaluate("() => document.querySelector('plan-grid .pg-scroll').scrollHeight")
    for step in range(60):
        page.evaluate(
            f"() => document.querySelector('plan-grid .pg-scroll').scrollTo(0, {total * step / 59})"
        )
        time.sleep(0.05)
    page.wait_for_function(SETTLED)
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _open(page: Page, search: str = "") -> None:
    page.goto(f"/demand/{search}")
    page.wait_for_function("() => document.querySelectorAll('plan-grid .pg-c').length > 100", polling="raf")
    page.wait_for_function(SETTLED)
    page.locator("plan-grid .pg-scroll").focus()
