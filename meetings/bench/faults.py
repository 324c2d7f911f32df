"""`bench faults`: kill -9 of each server at seeded moments of each thing that people wait for.

What was acknowledged is there, once; what was not is sent again, as people do; and the plan of it all is the one that
a product makes which nothing ever befell.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from forecasting.bench.server import Visitor
from siop.embedded.supervisor import healthy
from siop.embedded.trial import TrialError

from .struck import Struck, running, sales, send

Figure = dict[str, Any]
SEED, ITEMS = 20_261_129, 300
VICTIMS = ("worker", "web", "redis", "postgres")
PLANNING = ("import", "edit", "recomputation")
MEETING = ("approval", "publishing")
POINTS = 5  # of each victim in each action: 25 a victim, 20 an action
EDITS, FIRST_VALUE, COLUMN = 10, 900, 1
PATIENCE_S = 120
OK, FOUND, UNAVAILABLE = 200, 302, 500


@dataclass(frozen=True)
class Point:
    """Where the blow falls: on whom, in what, after which share of the time it takes undisturbed."""

    action: str
    victim: str
    share: float


@dataclass
class Campaign:
    """The product that is struck, and what went in: the same is given to another one, undisturbed."""

    stack: Struck
    token: str
    files: list[bytes] = field(default_factory=list)
    cells: dict[int, int] = field(default_factory=dict)  # the last value typed, by row

    def asked(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query, once the database answers again."""
        rows: list[tuple[Any, ...]] = self.stack.wait_for(
            lambda: self.stack.query(sql, *parameters), what="an answer"
        )
        return rows


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """Five points x scale of each of four servers in each of five actions, in a seeded order."""
    with running("faults-bench", items=ITEMS) as stack:
        campaign = Campaign(stack, stack.call("token"))
        struck = strike_all(campaign, PLANNING, each=POINTS * scale)
        result, _ = stack.settled()
        struck |= strike_all(campaign, MEETING, each=POINTS * scale)
        published, as_signed = stack.call("published_as_signed").split()
    same = result == undisturbed(campaign)
    return [
        *tally(struck),
        _figure("the plan of it all, beside an undisturbed product's", "equal" if same else "other", "equal", same),
        _figure("published plans that hold what was signed", as_signed, published, as_signed == published),
    ]  # fmt: skip


def points(action: str, *, each: int) -> list[Point]:
    """`each` points of every victim, in a seeded order."""
    chance = random.Random(f"{SEED} {action}")  # noqa: S311 - seeded, so that a campaign can be fought again
    made = [Point(action, victim, chance.random()) for victim in VICTIMS for _ in range(each)]
    chance.shuffle(made)
    return made


def tally(struck: dict[Point, str]) -> Iterator[Figure]:
    """A figure for each victim in each action; what was lost stands beside it. `struck`: point -> what was lost."""
    for action in ACTIONS:
        for victim in VICTIMS:
            losses = {at: lost for at, lost in struck.items() if (at.action, at.victim) == (action, victim)}
            lost = [f"at {point.share:.3f}: {loss}" for point, loss in losses.items() if loss]
            value = f"{len(losses) - len(lost)} of {len(losses)}"
            yield _figure(f"{action}, {victim} killed", value, "all kept", not lost, "; ".join(lost))


def strike_all(campaign: Campaign, actions: tuple[str, ...], *, each: int) -> dict[Point, str]:
    """What was lost at each point, empty where all was kept; each action is once timed undisturbed before."""
    return {
        point: _struck(campaign, point, within=seconds)
        for action in actions
        for seconds in [_undisturbed_seconds(campaign, action)]
        for point in points(action, each=each)
    }


def _undisturbed_seconds(campaign: Campaign, action: str) -> float:
    began: list[float] = []
    ACTIONS[action](campaign, lambda: began.append(time.monotonic()))
    return time.monotonic() - began[0]


def _struck(campaign: Campaign, point: Point, *, within: float) -> str:
    stack, delay = campaign.stack, point.share * within
    blow = threading.Timer(delay, stack.strike, [point.victim])
    try:
        stack.wait_for(lambda: healthy(stack.children.port), what="a healthy product")
        lost = ACTIONS[point.action](campaign, blow.start)
    except (TrialError, OSError, HTTPException) as error:
        lost = f"{type(error).__name__}: {error}"
    if blow.ident is not None:
        blow.join()
    print(f"{point.action}, {point.victim} killed after {delay:.2f} s: {lost or 'kept'}", flush=True)  # noqa: T201
    return lost


def undisturbed(campaign: Campaign) -> Any:
    """The plan that another product makes of the same files and the same numbers."""
    with running("undisturbed", items=ITEMS) as stack, stack.visit("dana") as dana:
        token = stack.call("token")
        for number, content in enumerate(campaign.files):
            send(stack.url, token, f"file-{number}.csv", content)
        stack.published()
        for at, value in campaign.cells.items():
            (row,) = dana.rows(at, 1)
            dana.edit(dana.plan(), [_cell(row, value)])
        dana.follow()
        return stack.settled()[0]


# What is struck: each does its work, lets the blow fall meanwhile, and says what was lost of it.
Blow = Callable[[], None]


def _import(campaign: Campaign, blow: Blow) -> str:
    number = len(campaign.files)
    content = sales(items=ITEMS, order=f"F{number}-")
    campaign.files.append(content)
    blow()
    insist(lambda: send(campaign.stack.url, campaign.token, f"file-{number}.csv", content)[0])
    ((kept, sum_kept),) = campaign.asked(
        """SELECT count(*), sum(quantity) FROM forecasting_salesline WHERE "order" LIKE %s""", f"F{number}-%"
    )
    quantities = [int(line.split(b",")[5]) for line in content.splitlines()[1:]]
    whole = (kept, sum_kept) == (len(quantities), sum(quantities))
    return "" if whole else f"{kept} lines of {len(quantities)}"


def _edit(campaign: Campaign, blow: Blow) -> str:
    """Ten edits of one cell, each on the version of the one before; a newer plan in their midst would refuse them."""
    campaign.stack.published()
    at = len(campaign.cells)
    with campaign.stack.visit("dana") as dana:
        (row,), plan = dana.rows(at, 1), dana.plan()
        blow()
        for number in range(EDITS):
            _type(dana, plan, row | {"v": row["v"] + number}, FIRST_VALUE + number)
        campaign.cells[at] = FIRST_VALUE + EDITS - 1
        insist(dana.follow)
        (after,) = dana.rows(at, 1)
    seen = (after["v"] - row["v"], after["c"][COLUMN])
    return "" if seen == (EDITS, campaign.cells[at]) else f"edits and value are {seen}"


def _type(dana: Visitor, plan: str, row: dict[str, Any], value: int) -> None:
    key = str(uuid4())
    insist(lambda: dana.edit(plan, [_cell(row, value)], key=key)[0])


def _recompute(campaign: Campaign, blow: Blow) -> str:
    before, plan = campaign.stack.published()
    campaign.stack.run("recompute")
    blow()
    after, _ = campaign.stack.published(than=plan)
    return "" if after == before else "another plan"


def _approve(campaign: Campaign, blow: Blow) -> str:
    plan = campaign.stack.call("next_meeting")
    _submit(campaign, "hal", "/meeting/approve/", blow)
    ((signed,),) = campaign.asked(
        "SELECT count(*) FROM meetings_approval a JOIN plans_planversion p ON p.id = a.plan_id "
        "WHERE p.id = %s AND a.verdict = 'approved' AND a.content_hash = p.content_hash",
        plan,
    )
    return "" if signed else "not signed"


def _publish(campaign: Campaign, blow: Blow) -> str:
    plan = campaign.stack.call("next_meeting")
    _submit(campaign, "hal", "/meeting/approve/", lambda: None)
    _submit(campaign, "erin", "/meeting/publish/", blow)
    published = campaign.asked("SELECT array_agg(id) FROM plans_planversion WHERE status = 'published'")
    return "" if published == [([int(plan)],)] else f"published are {published}"


ACTIONS: dict[str, Callable[[Campaign, Blow], str]] = {
    "import": _import,
    "edit": _edit,
    "recomputation": _recompute,
    "approval": _approve,
    "publishing": _publish,
}


def _submit(campaign: Campaign, name: str, path: str, blow: Blow) -> None:
    with campaign.stack.visit(name) as visitor:
        blow()
        insist(lambda: visitor.submit(path, {}))


def insist(ask: Callable[[], int]) -> None:
    """Ask again, as people and scripts do, until the answer is no failure of the server."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            status = ask()
        except (OSError, HTTPException):
            status = UNAVAILABLE
        if status in (OK, FOUND):
            return
        if status < UNAVAILABLE:
            raise TrialError(f"refused with {status}")
        time.sleep(0.2)
    raise TrialError("no answer")


def _cell(row: dict[str, Any], value: int) -> dict[str, Any]:
    return {"id": row["id"], "v": row["v"], "set": {str(COLUMN): str(value)}}


def _figure(name: str, value: str, goal: str, met: bool, peer: str = "") -> Figure:
    return {"name": name, "value": value, "goal": goal, "met": met, "peer": peer}
