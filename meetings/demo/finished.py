"""The cycle before the open one, from closed gather to published plan: what was decided, signed and promised."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from meetings.enums import ActionKind, StageKind
from meetings.models import AgendaItem, Cycle, Decision
from meetings.selectors import cycles as selectors
from meetings.selectors.gates import HARD_POLICY
from meetings.services import actions, agenda, approvals, assumptions, cycles, decisions, packs
from siop.accounts.models import Person

from .telling import Teller, override, review

HEADS = ("Sofia", "Otto", "Petra", "Finn", "Quinn")
IN_THE_ROOM = ("Erin", "Dana", "Sam", *HEADS, "Gwen")
LISTING = "A chain lists the 0.7 L bottle in 40 more stores: how is it covered?"


@dataclass(frozen=True)
class Month:
    """One cycle as the story goes through it: what happens in a stage happens on its last day."""

    teller: Teller
    cycle: Cycle

    def due(self, kind: StageKind) -> date:
        return next(stage.due for stage in selectors.stages_of(self.cycle) if stage.kind == kind)

    @contextmanager
    def by(self, name: str, kind: StageKind, at: str, *, reason: str = "") -> Iterator[Person]:
        with self.teller.by(name, self.due(kind), at, reason=reason) as person:
            yield person
            self.cycle.refresh_from_db()

    def close(self, name: str, kind: StageKind, at: str = "16:30", *, because: str = "") -> None:
        """Close a stage; with a reason it is forced past what is still open."""
        with self.by(name, kind, at, reason=because) as person:
            cycles.advance(person=person, force=bool(because), reason=because)


def finish(cycle: Cycle, teller: Teller) -> None:
    """Reviews, the meeting, five signatures, a published plan and promises kept."""
    month = Month(teller, cycle)
    month.close("Ada", StageKind.GATHER)
    _demand_review(month)
    _supply_review(month)
    _reconciliation(month)
    _meeting(month)
    _promises(month)
    month.close("Erin", StageKind.EXECUTIVE_MEETING, "17:10")
    _follow_up(month)


def decide_earlier(teller: Teller) -> None:
    """A decision of four cycles ago, whose outcome has come in since."""
    then = teller.calendar.m(-5)
    cycle = Cycle.objects.get(period=then)
    with teller.by("Erin", teller.calendar.day(-5, 18), "10:30") as erin:
        decisions.decide(
            person=erin, cycle=cycle, question="Capsules are counted once a month: is that enough?",
            options=[
                {"title": "As it is", "money": 0, "label": "against today", "figures": [["Hours a month", "6", ""]]},
                {"title": "Count weekly", "money": 7_400, "label": "against today", "figures": [["Hours a month", "22", ""]]},
            ],
            chosen=1, text="Count weekly, the four fastest flavours first.", review_date=teller.calendar.day(-2, 16),
            effects=[{"kpi": "fill_rate", "expected": 0.95, "month": teller.calendar.m(-2)}],
        )  # fmt: skip


def _demand_review(month: Month) -> None:
    with month.by("Dana", StageKind.DEMAND_REVIEW, "10:20") as dana:
        override(dana, "BTL-700", {1: "7400"}, reason="A retail chain lists the bottle in 40 more stores")
    with month.by("Dana", StageKind.DEMAND_REVIEW, "11:45") as dana:
        review(
            dana,
            month.cycle,
            {
                "Bottles": "Listing in 40 stores taken in; the rest follows the forecast.",
                "Capsules": "Ginger finds its level; no correction.",
            },
        )
    month.close("Dana", StageKind.DEMAND_REVIEW)


def _supply_review(month: Month) -> None:
    with month.by("Sam", StageKind.SUPPLY_REVIEW, "14:05") as sam:
        notes = {
            "Bottles": "Moulder A confirms 24,000 a month.",
            "Capsules": "Filling line is full from spring on.",
        }
        review(sam, month.cycle, notes, leave_out=["Spares"])
    month.close("Sam", StageKind.SUPPLY_REVIEW, because="Spares were agreed with the service desk by phone")


def _reconciliation(month: Month) -> None:
    with month.by("Finn", StageKind.RECONCILIATION, "10:10") as finn:
        assumptions.note(
            person=finn, kind="assumption", text="The budget was set before the listing; bottles run above it"
        )
    month.close("Erin", StageKind.RECONCILIATION)


def _meeting(month: Month) -> None:
    kind = StageKind.EXECUTIVE_MEETING
    with month.by("Erin", kind, "08:30") as erin:
        packs.generate(person=erin, cycle=month.cycle)
    with month.by("Erin", kind, "10:00") as erin:
        room = [month.teller.cast[name].pk for name in IN_THE_ROOM]
        agenda.set_present(person=erin, cycle=month.cycle, people=room)
        agenda.add(person=erin, title=LISTING, minutes=10, detail="7,400 bottles in the first month")
    for hour, item in enumerate(_open_items(month.cycle)):
        with month.by("Erin", kind, f"10:{10 + hour * 6:02d}") as erin:
            _settle(erin, month.cycle, item)
    with month.by("Gwen", kind, "11:10") as gwen:
        agenda.add_minute(
            person=gwen, cycle=month.cycle,
            text="Gwen: a second maker of the valve seat exists in Taichung; she names the contact.",
        )  # fmt: skip
    for minute, head in enumerate(HEADS):
        with month.by(head, kind, f"11:{20 + 2 * minute}") as person:
            approvals.approve(person=person)
    with month.by("Erin", kind, "11:40") as erin:
        approvals.publish(person=erin)


def _open_items(cycle: Cycle) -> list[AgendaItem]:
    return list(cycle.agenda.filter(dropped=False, done=False).exclude(key="approve"))


def _settle(erin: Person, cycle: Cycle, item: AgendaItem) -> None:
    """Decide an item that asks for it, take note of one that does not."""
    if item.title == LISTING:
        _decide_listing(erin, cycle, item)
        return
    options, effect = item.facts.get("options", []), item.facts.get("effect")
    if not options:
        agenda.set_done(person=erin, pk=item.pk, version=item.version, done=True)
        return
    # A container is two weeks out: a promise that does not hold meanwhile is accepted once, by name.
    chosen = 1 if item.key == HARD_POLICY else item.facts.get("proposed") or 0
    decisions.decide(
        person=erin, cycle=cycle, question=item.title, options=options, chosen=chosen, agenda_item=item,
        text=f"{options[chosen]['title']}; looked at again in the next cycle.", effects=[effect] if effect else [],
    )  # fmt: skip


def _decide_listing(erin: Person, cycle: Cycle, item: AgendaItem) -> Decision:
    return decisions.decide(
        person=erin, cycle=cycle, question=item.title, options=_listing_options(), chosen=1, agenda_item=item,
        text="Fly 1,500 bodies now; the next ocean order is raised by the same quantity.",
        dissent="A second moulder would cost less over the year.", dissenter="Petra",
        effects=[{"kpi": "fill_rate", "expected": 0.98}],
    )  # fmt: skip


def _listing_options() -> list[dict[str, Any]]:
    def option(title: str, money: int, freight: str, at_risk: str, day: str) -> dict[str, Any]:
        figures = [["Air freight", freight, ""], ["Bottles at risk", at_risk, "bad" if at_risk != "0" else "good"],
                   ["Bodies there by", day, ""]]  # fmt: skip
        return {"title": title, "money": money, "label": "against ocean only", "figures": figures}

    return [
        option("Ocean only", 0, "$0", "1,400", "in 60 days"),
        option("Fly 1,500 bodies", 21_300, "$4,650", "0", "in 18 days"),
        option("Ask for a later start", 9_800, "$0", "600", "in 60 days"),
    ]


def _promises(month: Month) -> None:
    """What came out of the meeting, with owners and dates."""
    cycle, calendar = month.cycle, month.teller.calendar
    listing = cycle.decisions.get(question=LISTING)
    meeting = month.due(StageKind.EXECUTIVE_MEETING)
    soon = [max(meeting, calendar.ago(n)) for n in (7, 6, 8)]
    once, systemic = ActionKind.CORRECTIVE, ActionKind.SYSTEMIC
    forecast, single = "Forecast raised late", "Single source"
    wanted: list[tuple[str, str, date, str, str, int | None]] = [
        ("Book 1,500 bodies by air", "Sam", soon[0], once, forecast, 21_300),
        ("Raise the air budget by 4,650", "Finn", soon[1], once, forecast, None),
        ("Recount citrus capsules in both aisles", "Otto", soon[2], once, "Stock records", None),
        ("Agree a mid-month call with the three largest chains", "Sofia", calendar.ago(2), systemic, forecast, 12_000),
        ("Qualify a second maker for part 37", "Petra", calendar.ahead(52), systemic, single, 18_000),
        ("Send the inspection protocol of part 37", "Amir", calendar.ahead(3), once, single, None),
        ("Release capsule lots within two days of filling", "Quinn", calendar.ahead(11), systemic, "Lot release", 6_400),
        ("Confirm the ocean slot before the tariff rises", "Sam", calendar.ahead(6), once, "Tariff", 9_300),
    ]  # fmt: skip
    for minute, (title, owner, due, kind, cause, effect) in enumerate(wanted):
        with month.by("Erin", StageKind.EXECUTIVE_MEETING, f"11:{45 + minute}") as erin:
            actions.create(
                person=erin, cycle=cycle, title=title, owner=month.teller.cast[owner], due=due, kind=kind,
                root_cause=cause, decision=listing if cause == forecast else None,
                effect_value=Decimal(effect) if effect else None,
            )  # fmt: skip


def _follow_up(month: Month) -> None:
    """Three promises are kept, one of them late; then the cycle is closed and the rest goes on into the next."""
    done = {
        "Book 1,500 bodies by air": (
            "Sam",
            8,
            "Booked; the forwarder's confirmation is filed with the order.",
        ),
        "Raise the air budget by 4,650": ("Finn", 8, "Released under cost centre 4410."),
        "Recount citrus capsules in both aisles": (
            "Otto",
            7,
            "Counted twice: 112 fewer than on record, corrected.",
        ),
    }
    for title, (owner, days, evidence) in done.items():
        with month.teller.by(owner, month.teller.calendar.ago(days), "15:20") as person:
            item = month.cycle.actions.get(title=title)
            actions.change(person=person, pk=item.pk, version=item.version, status="done", evidence=evidence)
    month.cycle.refresh_from_db()
    with month.teller.by("Erin", month.teller.calendar.ago(6), "16:00") as erin:
        cycles.advance(person=erin, force=True, reason="what is open goes on into the next cycle")
