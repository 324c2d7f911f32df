"""One cycle from gather to closed, and the next one up to its demand review, as the cast would do it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from forecasting.models import Assumption
from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides
from forecasting.services.override_changes import Typed
from meetings.enums import ActionKind, ActionStatus, StageKind
from meetings.models import ActionItem, Cycle, Decision
from meetings.selectors.reviews import family_reviews
from meetings.services import actions, approvals, cycles, decisions, reviews
from siop.accounts.models import Person
from siop.catalog.models import Category, Item
from siop.plans.selectors import working_plan
from siop.web import audit
from siop.web.grid import GridQuery
from siop.web.models import Comment

from .months import Calendar

Cast = dict[str, Person]
NAMESPACE = UUID("7f8a0e52-1c0d-4f6e-9d5f-0a51c0de5107")
HEADS = ("Sofia", "Otto", "Petra", "Finn", "Quinn")


def finish(cycle: Cycle, calendar: Calendar, cast: Cast) -> None:
    """Reviews, the meeting, five signatures, a published plan and promises kept."""
    _advance(cast["Ada"], reason="first cycle in the tool; late feeds were checked by hand")
    _override(
        cast["Dana"], "BTL-700", {1: "7400"}, reason="A retail chain lists the bottle in 40 more stores"
    )
    _review(cast["Dana"], cycle)
    _advance(cast["Dana"], reason="all families looked at")
    _review(cast["Sam"], cycle)
    _advance(cast["Sam"], reason="capacity confirmed with the moulder by phone")
    _advance(cast["Erin"], reason="gap to budget discussed with finance")
    promises = _decide(cycle, calendar, cast)
    for head in HEADS:
        with audit.acting(cast[head].pk):
            approvals.approve(person=cast[head])
    with audit.acting(cast["Erin"].pk):
        approvals.publish(person=cast["Erin"])
    _advance(cast["Erin"], reason="the plan is published")
    for promise in promises[:2]:
        with audit.acting(promise.owner_id):
            actions.change(
                person=promise.owner,
                pk=promise.pk,
                version=promise.version,
                status=ActionStatus.DONE,
                evidence="Booked; the forwarder's confirmation is filed with the order.",
            )
    _advance(cast["Erin"], reason="what is open goes on into the next cycle")


def begin(cycle: Cycle, calendar: Calendar, cast: Cast) -> None:
    """Gather is closed, the demand review half done: something to see on every page, something left to do."""
    dana = cast["Dana"]
    _advance(cast["Ada"], reason="one week of marketing spend is an estimate")
    _override(dana, "BTL-700", {2: "9600", 3: "9900"}, reason="Ads doubled, elasticity 0.2")
    _override(
        dana, "CPS-104", {2: "12400"}, reason="Citrus promotion in the web shop", expires=calendar.last_day(4)
    )
    _override(dana, "KIT-310", {1: "700", 2: "700", 3: "700"}, reason="One chain cuts the range")
    _review(dana, cycle, families=("Kits", "Spares"))
    _remarks(calendar, cast)


def _advance(person: Person, *, reason: str) -> None:
    with audit.acting(person.pk, reason=reason):
        cycles.advance(person=person, force=True, reason=reason)


def _override(
    person: Person, item: str, months: dict[int, str], *, reason: str, expires: date | None = None
) -> None:
    """Type values for an item over all its places; months count from the first planned one."""
    plan = working_plan()
    if plan is None:
        raise LookupError("there is no plan to edit yet")
    shown = Shown(cube_of(plan), GridQuery(), person)
    row = shown.named(f"i{Item.objects.get(code=item).pk}")
    typed = Typed(
        row=row,
        version=int(shown.cube.version[row.leaves].sum()),
        cells={month: Decimal(value) for month, value in months.items()},
    )
    key = uuid5(NAMESPACE, f"{plan.pk} {item} {reason}")
    with audit.acting(person.pk, reason=reason):
        overrides.save(
            plan=plan, cube=shown.cube, person=person, key=key, typed=[typed], reason=reason, expires=expires
        )


def _review(person: Person, cycle: Cycle, *, families: Sequence[str] = ()) -> None:
    cycle.refresh_from_db()
    for waiting in family_reviews(cycle, StageKind(cycle.stage)):
        if not families or waiting.family in families:
            with audit.acting(person.pk):
                reviews.review(person=person, family=waiting.family, note="looked at by item")


def _decide(cycle: Cycle, calendar: Calendar, cast: Cast) -> list[ActionItem]:
    erin = cast["Erin"]
    options = [
        {"title": "Ocean only", "money": 0, "figures": {"Air freight": 0, "Bottles at risk": 1_400}},
        {
            "title": "Fly 1,500 bodies",
            "money": 21_300,
            "figures": {"Air freight": 4_650, "Bottles at risk": 0},
        },
    ]
    with audit.acting(erin.pk):
        bottles = decisions.decide(
            person=erin,
            cycle=cycle,
            question="How do we cover the listing in 40 more stores?",
            options=options,
            chosen=1,
            text="Fly 1,500 bodies now; the next ocean order is raised by the same quantity.",
            dissent="A second moulder would cost less over the year.",
            dissenter="Petra",
            effects=[{"kpi": "fill_rate", "expected": 0.98}],
        )
        seats = decisions.decide(
            person=erin,
            cycle=cycle,
            question="One maker for the valve seat: do we accept that?",
            options=[],
            chosen=None,
            text="Qualify a second maker for part 37 within the quarter.",
        )
    return _promises(cycle, calendar, cast, bottles=bottles, seats=seats)


def _promises(
    cycle: Cycle, calendar: Calendar, cast: Cast, *, bottles: Decision, seats: Decision
) -> list[ActionItem]:
    wanted = [
        ("Book 1,500 bodies by air", "Sam", calendar.day(-1, 24), ActionKind.CORRECTIVE, "Forecast raised late", bottles),
        ("Raise the air budget by 4,650", "Finn", calendar.day(-1, 26), ActionKind.CORRECTIVE, "Forecast raised late", bottles),
        ("Qualify a second maker for part 37", "Petra", calendar.day(2, 20), ActionKind.SYSTEMIC, "Single source", seats),
        ("Send the inspection protocol of part 37", "Amir", calendar.day(0, 9), ActionKind.CORRECTIVE, "Single source", seats),
    ]  # fmt: skip
    made = []
    for title, owner, due, kind, cause, decision in wanted:
        with audit.acting(cast["Erin"].pk):
            item = actions.create(
                person=cast["Erin"], cycle=cycle, title=title, owner=cast[owner], due=due, kind=kind, root_cause=cause,
                decision=decision,
            )  # fmt: skip
        made.append(item)
    return made


def _remarks(calendar: Calendar, cast: Cast) -> None:
    """What people said beside the numbers, and what the plan takes for granted."""
    item = Item.objects.get(code="BTL-700")
    with audit.acting(cast["Sofia"].pk):
        Comment.objects.create(
            place=f"demand:i{item.pk}", month=calendar.m(2), person=cast["Sofia"],
            text="The agency confirms the doubled budget from the 4th on.",
        )  # fmt: skip
    bottles = Category.objects.get(code="Bottles")
    with audit.acting(cast["Dana"].pk):
        Assumption.objects.create(
            text="Doubled ads lift bottles with an elasticity of 0.2 (0.1 to 0.3)",
            category=bottles,
            person=cast["Dana"],
        )
        Assumption.objects.create(
            text="The tariff on Malaysian parts rises to 25 %",
            kind="risk",
            value=-38_000,
            person=cast["Dana"],
        )
        Assumption.objects.create(
            text="A fourth retail chain lists the kits from spring",
            kind="opportunity",
            value=52_000,
            person=cast["Dana"],
        )
