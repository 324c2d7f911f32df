"""A product that is struck, by fault tests and by `bench faults`: a company of one file of sales, planned by real workers."""

from __future__ import annotations

import csv
import http.client
import io
import json
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from forecasting.bench.server import Visitor
from siop.accounts.enums import Role
from siop.embedded import trial
from siop.gather.mapping import Profile

ITEMS, MONTHS = 3_000, 18
PROFILE = "creates"
DOMAIN, PASSWORD = "example.com", "a long password"
DEPARTMENT = "sales"
PEOPLE = {
    "dana": Role.DEMAND_PLANNER,
    "ada": Role.ADMINISTRATOR,
    "hal": Role.DEPARTMENT_HEAD,
    "erin": Role.EXECUTIVE,
}
# Codes instead of ids: two products that took the same in, in any order, have the same result.
RESULT = """
SELECT (SELECT array_agg(kind || ' ' || coalesce(h, 'none') ORDER BY kind) FROM (
            SELECT 'consensus' AS kind, sum(hashtextextended(i.code || l.quantity::text, 0))::text AS h
            FROM forecasting_consensusline l JOIN forecasting_demandseries s ON s.id = l.series_id
            JOIN catalog_item i ON i.id = s.item_id WHERE l.plan_id = p.id
            UNION ALL
            SELECT 'targets', sum(hashtextextended(i.code || t.safety_stock::text, 0))::text
            FROM inventory_inventorytarget t JOIN catalog_item i ON i.id = t.item_id WHERE t.plan_id = p.id
            UNION ALL
            SELECT 'projection', sum(hashtextextended(i.code || l.closing::text, 0))::text
            FROM supply_planline l JOIN catalog_item i ON i.id = l.item_id WHERE l.plan_id = p.id
            UNION ALL
            SELECT 'orders', sum(hashtextextended(i.code || o.quantity::text || o.order_by::text, 0))::text
            FROM supply_plannedorder o JOIN catalog_item i ON i.id = o.item_id WHERE o.plan_id = p.id
        ) parts), p.id
FROM plans_planversion p WHERE p.kind = 'live' AND p.status = 'current'
"""
OPEN = """
SELECT (SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running'))
     + (SELECT count(*) FROM forecasting_editbatch WHERE images ? 'follow')
"""


class Struck(trial.Trial):
    """A product whose plans can be compared."""

    def published(self, *, than: int = 0, seconds: float = 240) -> tuple[Any, int]:
        """Hashes and number of the current plan, once one newer than `than` is there and nothing is open.

        An edit that nothing has followed yet is open, too: within a minute or two beat asks for it.
        """

        def newer() -> tuple[Any, int] | None:
            ((waiting,),), rows = self.query(OPEN), self.query(RESULT)
            return (rows[0][0], rows[0][1]) if rows and rows[0][1] > than and not waiting else None

        found: tuple[Any, int] = self.wait_for(newer, seconds=seconds, what="a newer published plan")
        return found

    def settled(self) -> tuple[Any, int]:
        """Hashes and number of a plan of everything that came in, whose targets know the backtest of it."""
        _, plan = self.published()
        self.run("recompute")
        return self.published(than=plan)

    def visit(self, name: str) -> Visitor:
        return Visitor(self.url, name, domain=DOMAIN, password=PASSWORD)

    def call(self, function: str) -> str:
        """What a function of this module says, run inside of the product."""
        code = f"from {__name__} import {function}; print({function}())"
        return self.run("shell", "-v", "0", "-c", code).strip().splitlines()[-1]


@contextmanager
def running(name: str, *, items: int = ITEMS) -> Iterator[Struck]:
    """A product with the company in it, planned; it keeps what it acknowledged, and what dies is started again."""
    with trial.running(name, durable=True) as made:
        stack = Struck(made.url, made.servers, made.children)
        stack.call("seed")
        status, _ = send(stack.url, stack.call("token"), "sales.csv", sales(items=items), profile=PROFILE)
        if status != http.HTTPStatus.OK:
            raise trial.TrialError(f"the company's sales were answered with {status}")
        stack.published()
        with stack.supervised():
            yield stack


def seed() -> None:
    """Its people, and a profile that creates missing codes, so that one file is a whole company; run inside of it."""
    from siop.accounts.models import Department, Person, RoleGrant
    from siop.gather.models import MappingProfile

    department = Department.objects.create(code=DEPARTMENT, name=DEPARTMENT.title())
    for name, role in PEOPLE.items():
        someone = Person.objects.create_person(email=f"{name}@{DOMAIN}", name=name.title(), password=PASSWORD)
        headed = department if role == Role.DEPARTMENT_HEAD else None
        RoleGrant.objects.create(person=someone, role=role, department=headed)
    profile = Profile(name=PROFILE, table="sales", creates={"items": {}, "locations": {}, "segments": {}})
    MappingProfile.objects.create(name=profile.name, table=profile.table, definition=profile.as_json())


def token() -> str:
    """A token of the administrator, for the API; run inside of the product."""
    from siop.accounts.models import Person
    from siop.accounts.services import new_token

    return new_token(Person.objects.get(email=f"ada@{DOMAIN}"))


def send(url: str, token: str, name: str, content: bytes, *, profile: str = "") -> tuple[int, dict[str, Any]]:
    """One file of sales to `POST /api/v1/imports`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    form = {"file": SimpleUploadedFile(name, content), "table": "sales", "profile": profile}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MULTIPART_CONTENT}
    with closing(connection):
        connection.request("POST", "/api/v1/imports", encode_multipart(BOUNDARY, form), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def sales(*, items: int = ITEMS, order: str = "O") -> bytes:
    """A file of invented sales of `items` items, one line a month."""
    chance = random.Random(1)  # noqa: S311 - invented numbers
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["date", "item", "location", "segment", "order", "quantity", "unit_price"])
    for item in range(items):
        level = chance.randint(5, 500)
        for month in range(MONTHS):
            day = date(2024 + (month + 1) // 12, (month + 1) % 12 + 1, 10)
            sold = chance.randint(1, level)
            writer.writerow([day, f"A-{item:05d}", "UK", "DTC", f"{order}{month}", sold, "2.5"])
    return out.getvalue().encode()


def next_meeting() -> int | None:
    """Closes the cycle before and leads the next up to its executive meeting; its plan; run inside of the product."""
    from meetings.enums import StageKind
    from meetings.selectors.cycles import is_published, running_or_none
    from meetings.services import cycles
    from siop.accounts.models import Person

    ada = Person.objects.get(email=f"ada@{DOMAIN}")
    cycle = running_or_none()
    if cycle is not None and is_published(cycle) and cycle.stage == StageKind.EXECUTIVE_MEETING:
        cycles.advance(person=ada, force=True, reason="the next one begins")
        cycle = None
    cycle = cycle or cycles.open_cycle(person=ada)
    while cycle.stage != StageKind.EXECUTIVE_MEETING:
        cycle = cycles.advance(person=ada, force=True, reason="the meeting is what is struck")
    return cycle.plan_id


def published_as_signed() -> str:
    """How many published plans there are, and how many of them hold what was signed; run inside of the product."""
    from meetings.models import Approval
    from siop.plans import hashing
    from siop.plans.models import PlanVersion

    plans = list(PlanVersion.objects.filter(published__isnull=False))
    held = [
        plan
        for plan in plans
        if Approval.objects.filter(plan=plan, content_hash=hashing.content(plan).content_hash).exists()
    ]
    return f"{len(plans)} {len(held)}"
