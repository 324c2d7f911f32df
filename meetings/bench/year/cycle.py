"""The company lives with SIOP for a year: imports, cycles, releases; what it releases is what the world delivers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from meetings.demo.clock import told_on
from meetings.enums import StageKind
from meetings.models import Cycle
from meetings.selectors import cycles as selectors
from meetings.selectors import gates
from meetings.services import agenda, approvals, assumptions, cycles, decisions, packs, reviews
from siop.accounts.enums import Role
from siop.accounts.models import Person
from siop.accounts.services import create_person, grant_role
from siop.gather.services import load_tables
from siop.jobs import minutely, registry
from siop.jobs import services as jobs
from siop.plans.selectors import working_plan
from siop.web import audit
from supply.enums import OrderStatus
from supply.services.orders import release_orders

from . import brand, files, records
from .world import World, begin

CAST: dict[str, list[tuple[Role, str | None]]] = {
    "ada": [(Role.ADMINISTRATOR, None)],
    "dana": [(Role.DEMAND_PLANNER, None)],
    "sam": [(Role.SUPPLY_PLANNER, None)],
    "hal": [
        (Role.DEPARTMENT_HEAD, name) for name in ("sales", "operations", "purchasing", "finance", "quality")
    ],
    "erin": [(Role.EXECUTIVE, None)],
}
WEEK = timedelta(days=7)
Step = Callable[["Year", Cycle], None]


@dataclass
class Year:
    """The company in SIOP; `seconds` of each kind of work by month."""

    world: World
    people: dict[str, Person]
    lanes: dict[tuple[str, str, str], brand.Lane]
    seconds: dict[tuple[int, str], float] = field(default_factory=dict)

    @contextmanager
    def by(self, name: str, at: str = "09:00") -> Iterator[Person]:
        with told_on(self.world.day, at), audit.acting(self.people[name].pk, reason="the month's work"):
            yield self.people[name]

    @contextmanager
    def timed(self, number: int, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[number, what] = self.seconds.get((number, what), 0.0) + time.perf_counter() - began


def tell(seed: int) -> None:
    """The whole year as JSON on the last line, what happens on lines before it."""
    year, months = start(seed), []
    for number in range(1, brand.CYCLES + 1):
        months.append(live(year, number))
        print(f"{brand.month(number):%B %Y}", flush=True)  # noqa: T201
    print(json.dumps({"months": months, "world": records.of_world(year.world)}))  # noqa: T201


def start(seed: int) -> Year:
    people = {}
    with told_on(brand.month(1), "07:00"):
        for name, roles in CAST.items():
            people[name] = create_person(email=f"{name}@ridgeway.example", name=name.title())
            for role, department in roles:
                grant_role(people[name], role, department=department)
    lanes = {(lane.item, "" if lane.is_made else lane.source, lane.mode): lane for lane in brand.lanes()}
    return Year(begin(seed), people, lanes)


def live(year: Year, number: int) -> dict[str, Any]:
    """One month: gather, review, meet, publish, release week by week while the world goes on."""
    if number == brand.FAILS:
        year.world.fail(brand.FAILING, brand.FAILURE_DAYS)
    _minute(year)
    with year.by("ada", "08:00") as ada, year.timed(number, "import"):
        cycle = selectors.open_cycle() or cycles.open_cycle(person=ada, period=brand.month(number))
        load_tables(files.tables(year.world, number), person=ada, source_name=f"month end {number}")
    with year.by("ada", "08:30"), year.timed(number, "plan"):
        compute()
    lost, after = records.differences(year.world), brand.month(number + 1)
    while year.world.day < after:
        _minute(year)
        with year.timed(number, "cycle"):
            _walk(year, cycle)
        with year.timed(number, "release"):
            _release(year)
        year.world.live_through(min(year.world.day + WEEK, after))
    return {
        "number": number,
        "differences": lost,
        "changed": records.changed(cycle),
        "seconds": {what: spent for (month, what), spent in year.seconds.items() if month == number},
        "megabytes": records.megabytes(),
    }


def compute_at_once() -> None:
    """What the workers do first: everything that people wait for."""
    kinds = [kind.name for kind in registry.all_kinds() if not kind.background]
    while job := jobs.open_jobs().filter(kind__in=kinds).order_by("id").first():
        jobs.run_now(job.pk)


def compute() -> None:
    """What the workers do, background work too."""
    while job := jobs.open_jobs().order_by("id").first():
        jobs.run_now(job.pk)


def _minute(year: Year) -> None:
    """What beat does each minute."""
    with told_on(year.world.day, "06:00"):
        minutely.run_each()
        compute_at_once()


def _walk(year: Year, cycle: Cycle) -> None:
    """Close each stage in the week in which it is due."""
    cycle.refresh_from_db()
    for stage in selectors.stages_of(cycle):
        if stage.due < year.world.day + WEEK and stage.kind == cycle.stage and cycle.closed is None:
            STEPS[StageKind(stage.kind)](year, cycle)
            cycle.refresh_from_db()


def _gather(year: Year, cycle: Cycle) -> None:
    with year.by("ada") as ada:
        cycles.advance(person=ada, of_cycle=cycle)


def _review(name: str) -> Step:
    def step(year: Year, cycle: Cycle) -> None:
        with year.by(name, "10:00") as person:
            reviews.review(person=person, family="all", note="looked at")
            cycles.advance(person=person, of_cycle=cycle)

    return step


def _reconcile(year: Year, cycle: Cycle) -> None:
    with year.by("hal", "11:00") as hal:
        assumptions.note(person=hal, kind="assumption", text="The budget stands as it was set in autumn")
        cycles.advance(person=hal, of_cycle=cycle)


def _meet(year: Year, cycle: Cycle) -> None:
    with year.by("erin", "13:00") as erin:
        packs.generate(person=erin, cycle=cycle)
        for item in cycle.agenda.filter(dropped=False, done=False).exclude(key=selectors.APPROVE):
            options = item.facts.get("options", [])
            if not options:
                agenda.set_done(person=erin, pk=item.pk, version=item.version, done=True)
                continue
            chosen = 1 if item.key == gates.HARD_POLICY else item.facts.get("proposed") or 0
            effect = item.facts.get("effect")
            decisions.decide(person=erin, cycle=cycle, question=item.title, options=options, chosen=chosen, agenda_item=item,
                             effects=[effect] if effect else [])  # fmt: skip
    with year.by("hal", "14:00") as hal:
        approvals.approve(person=hal)
    with year.by("erin", "15:00") as erin:
        approvals.publish(person=erin)
        cycles.advance(person=erin, of_cycle=cycle)


def _implement(year: Year, cycle: Cycle) -> None:
    with year.by("erin", "16:00") as erin:
        cycles.advance(person=erin, of_cycle=cycle, force=True, reason="the rest goes on")


STEPS: dict[StageKind, Step] = {
    StageKind.GATHER: _gather,
    StageKind.DEMAND_REVIEW: _review("dana"),
    StageKind.SUPPLY_REVIEW: _review("sam"),
    StageKind.RECONCILIATION: _reconcile,
    StageKind.EXECUTIVE_MEETING: _meet,
    StageKind.IMPLEMENTATION: _implement,
}


def _release(year: Year) -> None:
    """Sam releases what is to be placed this week; the world takes it."""
    plan = working_plan()
    with year.by("sam", "17:00") as sam:
        this_week = (
            plan.orders.filter(order_by__lt=year.world.day + WEEK).exclude(status=OrderStatus.RELEASED)
            if plan
            else []
        )
        receipts = release_orders(person=sam, orders=list(this_week)) if this_week else []
        compute_at_once()
    for receipt in receipts:
        lane = year.lanes[
            receipt.item.code,
            receipt.supplier.code if receipt.supplier else "",
            receipt.mode.code if receipt.mode else "",
        ]
        year.world.place(
            receipt.order, lane, float(receipt.quantity), wanted=receipt.due_date or year.world.day
        )
