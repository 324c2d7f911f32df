"""`bench edit`: one cell typed in one browser, until another shows its plan, stock and exception (acceptance S05).

500 items x 18 months, planned by the product itself; every edit asks for more than can come in time, so each makes a
shortage. Seen is what the second browser's pages say, each asked for anew behind the edit.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from siop.embedded import trial
from siop.embedded.state import ROOT

from .company import PASSWORD
from .web import browser, sign_in

Figure = dict[str, Any]
ITEMS, MONTHS, EDITS = 500, 18, 20
AS_OF, PLACE = date(2026, 1, 1), "NJ"
FIRST_UNITS = 2601  # of 1,000 before: with 2,000 on hand and 45 days to wait, February comes short
GOAL_MS = 1000
PEOPLE = {"dana": "demand_planner", "sam": "supply_planner"}
Pages = dict[str, Any]


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """`scale` multiplies the edits, not the items."""
    with _planned() as url, browser() as chromium:
        pages = {name: _signed_in(chromium, url, name) for name in PEOPLE}
        times = sorted(
            [_edit(pages, number) for number in range(EDITS * scale + 1)][1:]
        )  # the first one loads
    p95 = times[int(0.95 * (len(times) - 1))]
    return [
        {
            "name": f"one cell at {ITEMS} items x {MONTHS} months to stock and exception elsewhere, 95 %",
            "value": f"{p95:,.0f} ms", "goal": f"<= {GOAL_MS:,} ms", "met": p95 <= GOAL_MS,
            "peer": f"median {statistics.median(times):,.0f} ms of {len(times)} edits",
        }
    ]  # fmt: skip


def seed() -> None:
    """The company's tables and its two planners; run inside of the product."""
    from siop.accounts.models import Person, RoleGrant
    from siop.gather.services import load_tables

    for name, role in PEOPLE.items():
        person = Person.objects.create_person(
            email=f"{name}@bench.example", name=name.title(), password=PASSWORD
        )
        RoleGrant.objects.create(person=person, role=role)
    load_tables(_tables([_code(number) for number in range(ITEMS)]))


def _tables(codes: list[str]) -> dict[str, list[dict[str, Any]]]:
    months = [date(AS_OF.year + k // 12, 1 + k % 12, 1) for k in range(MONTHS)]
    place = {"location": PLACE}
    lane = place | {"source": "MOULD", "kind": "buy", "lead_time_days": 45, "unit_cost": "12"}
    return {
        "items": [{"item": code, "unit_cost": "12", "unit_price": "30"} for code in codes],
        "locations": [place],
        "suppliers": [{"supplier": "MOULD"}],
        "sourcing": [{"item": code} | lane for code in codes],
        "on_hand": [{"date": AS_OF, "item": code, "quantity": 2000} | place for code in codes],
        "demand": [
            {"item": code, "date": month, "quantity": 1000} | place for code in codes for month in months
        ],
    }


def _code(number: int) -> str:
    return f"CAP-{number:03d}"


@contextmanager
def _planned() -> Iterator[str]:
    """The address of a product with the company in it, planned."""
    with trial.running("edit") as product:
        env = os.environ | product.servers.variables()
        for command in (
            ["shell", "-c", "from forecasting.bench.balance import seed; seed()"],
            ["recompute", "--as-of", AS_OF.isoformat(), "--wait"],
        ):
            subprocess.run([sys.executable, "manage.py", *command], env=env, cwd=ROOT, check=True)
        yield product.url


def _signed_in(chromium: Any, url: str, name: str) -> Any:
    page = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
    sign_in(page, f"{name}@bench.example")
    return page


def _edit(pages: Pages, number: int) -> float:
    """Milliseconds from Dana's Enter until Sam has read the item's new numbers and its exception."""
    code, units = _code(number), FIRST_UNITS + number
    grid, watching = pages["dana"], pages["sam"]
    place = _address(watching, code)
    grid.goto(f"/demand/?group=none&q={code}")
    grid.wait_for_function("() => document.querySelectorAll('plan-grid .pg-c').length > 10", polling="raf")
    grid.locator("plan-grid .pg-scroll").focus()
    grid.evaluate("() => document.querySelector('plan-grid').selection.moveTo(0, 1)")
    grid.keyboard.type(str(units))
    started = time.monotonic()
    with grid.expect_response("**/demand/follow"):
        grid.keyboard.press("Enter")
    _require(watching, place, f"{units:,}")
    _require(watching, f"/supply/exceptions/?each=1&q={code}", code)
    return 1000 * (time.monotonic() - started)


def _address(page: Any, code: str) -> str:
    """Of the item's plan and stock, as the search gives it."""
    found: str = page.request.get("/web/search/", params={"q": code}).json()["results"][0]["url"]
    return found


def _require(page: Any, address: str, words: str) -> None:
    page.goto(address, wait_until="domcontentloaded")
    if words not in page.evaluate("() => document.querySelector('main').innerText"):
        raise RuntimeError(f"{address} does not show {words}, which the edit leads to")
