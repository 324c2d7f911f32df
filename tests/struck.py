"""A product that fault tests strike: a company of one file of sales, planned by real workers."""

import csv
import gzip
import http.client
import json
import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from stack import Stack

from siop.gather.mapping import Profile

ITEMS, MONTHS = 3_000, 18
PROFILE = "creates"
PASSWORD = "a long password"
RESULT = """
SELECT (SELECT array_agg(kind || ' ' || coalesce(h, 'none') ORDER BY kind) FROM (
            SELECT 'consensus' AS kind, sum(hashtextextended(series_id || quantity::text, 0))::text AS h
            FROM forecasting_consensusline WHERE plan_id = p.id
            UNION ALL
            SELECT 'targets', sum(hashtextextended(item_id || safety_stock::text, 0))::text
            FROM inventory_inventorytarget WHERE plan_id = p.id
            UNION ALL
            SELECT 'projection', sum(hashtextextended(item_id || closing::text, 0))::text
            FROM supply_planline WHERE plan_id = p.id
            UNION ALL
            SELECT 'orders', sum(hashtextextended(item_id || quantity::text || order_by::text, 0))::text
            FROM supply_plannedorder WHERE plan_id = p.id
        ) parts), p.id
FROM plans_planversion p WHERE p.kind = 'live' AND p.status = 'current'
"""
OPEN = """
SELECT (SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running'))
     + (SELECT count(*) FROM forecasting_editbatch WHERE images ? 'follow')
"""
PEOPLE = f"""
from siop.accounts.enums import Role
from siop.accounts.models import Person, RoleGrant
for name, role in (("dana", Role.DEMAND_PLANNER), ("ada", Role.ADMINISTRATOR)):
    someone = Person.objects.create_person(email=name + "@example.com", name=name.title(), password={PASSWORD!r})
    RoleGrant.objects.create(person=someone, role=role)
"""


TOKEN = """
from siop.accounts.models import Person
from siop.accounts.services import new_token
print(new_token(Person.objects.get(email="ada@example.com")))
"""


class Struck(Stack):
    """A stack whose plans can be compared and whose servers can be killed."""

    def published(self, *, than: int = 0, seconds: float = 240) -> tuple[Any, int]:
        """Hashes and number of the current plan, once one newer than `than` is there and nothing is open.

        An edit that nothing has followed yet is open, too: within a minute or two beat asks for it.
        """

        def newer() -> tuple[Any, int] | None:
            ((waiting,),), rows = self.query(OPEN), self.query(RESULT)
            return (rows[0][0], rows[0][1]) if rows and rows[0][1] > than and not waiting else None

        return self.wait_for(newer, seconds=seconds, what="a newer published plan")

    def strike(self, victim: str) -> None:
        """kill -9 of a server's first process, or of a child with all its own; returns when there is a new one."""
        is_server = victim in ("redis", "postgres")
        holder = self.servers if is_server else self.children
        pid = holder.pid(victim)
        (os.kill if is_server else os.killpg)(pid, signal.SIGKILL)
        self.wait_for(lambda: holder.pid(victim) != pid, what=f"a new {victim}")

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """What dies inside the block is started again, as `up` does it."""
        stop = threading.Event()
        watch = threading.Thread(target=self.children.watch, args=(stop,), kwargs={"say": print})
        watch.start()
        try:
            yield
        finally:
            stop.set()
            watch.join()


def send(url: str, token: str, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
    """One file to `POST /api/v1/imports`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    form = {"file": SimpleUploadedFile(name, content), "table": "sales"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MULTIPART_CONTENT}
    with closing(connection):
        connection.request("POST", "/api/v1/imports", encode_multipart(BOUNDARY, form), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def add_profile(stack: Stack) -> None:
    """A profile that creates missing codes, so that one file is a whole company."""
    profile = Profile(name=PROFILE, table="sales", creates={"items": {}, "locations": {}, "segments": {}})
    stack.query(
        'INSERT INTO gather_mappingprofile (name, "table", definition, updated) VALUES (%s, %s, %s, now())',
        profile.name,
        profile.table,
        json.dumps(profile.as_json()),
    )


def write_sales(file: Path, *, items: int = ITEMS, order: str = "O") -> None:
    """Invented sales of `items` items, one line a month."""
    chance = random.Random(1)
    with gzip.open(file, "wt", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["date", "item", "location", "segment", "order", "quantity", "unit_price"])
        for item in range(items):
            level = chance.randint(5, 500)
            for month in range(MONTHS):
                day = date(2024 + (month + 1) // 12, (month + 1) % 12 + 1, 10)
                sold = chance.randint(1, level)
                writer.writerow([day, f"A-{item:05d}", "UK", "DTC", f"{order}{month}", sold, "2.5"])
