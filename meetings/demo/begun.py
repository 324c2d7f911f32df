"""The open cycle: gather is closed, the demand review half done; something to see on every page, and to do."""

from datetime import date
from decimal import Decimal

from forecasting.models import Assumption
from forecasting.overrides_book import Node
from meetings.enums import ActionKind, ActionStatus
from meetings.models import Cycle
from meetings.services import actions, assumptions, cycles, packs
from siop.catalog.models import Category, Item
from siop.plans.selectors import working_plan
from siop.web.models import Comment
from supply.enums import ExceptionKind, ExceptionStatus
from supply.models import PlanException, PlannedOrder
from supply.services import exceptions, orders

from . import alternatives
from .telling import Teller, override, review


def begin(cycle: Cycle, teller: Teller) -> None:
    calendar = teller.calendar
    with teller.by("Ada", calendar.ago(3), "16:40", reason="one week of marketing spend is an estimate"):
        cycles.advance(person=teller.cast["Ada"])
    _changes(teller, calendar.ago(2))
    with teller.by("Dana", calendar.ago(1), "11:30") as dana:
        notes = {"Kits": "The range cut at one chain is in; fresh is down.", "Spares": "As last month."}
        review(dana, cycle, notes, leave_out=["Bottles", "Capsules", "Materials"])
    _remarks(teller, calendar.ago(1))
    _assumptions(teller, calendar.ago(1))
    _supply(teller, calendar.ago(1))
    _promises(teller, cycle)
    alternatives.try_out(cycle, teller)
    with teller.by("Erin", calendar.ago(1), "17:00") as erin:
        cycle.refresh_from_db()
        packs.generate(person=erin, cycle=cycle)


def _changes(teller: Teller, day: date) -> None:
    with teller.by("Dana", day, "09:50") as dana:
        override(dana, "BTL-700", {2: "9600", 3: "9900"}, reason="Ads doubled, elasticity 0.2")
    with teller.by("Dana", day, "10:15") as dana:
        ends = teller.calendar.last_day(4)
        override(dana, "CPS-104", {2: "12400"}, reason="Citrus promotion in the web shop", expires=ends)
    with teller.by("Dana", day, "11:05") as dana:
        cut = {1: "700", 2: "700", 3: "700"}
        override(dana, "KIT-310", cut, reason="One chain cuts the range")


def _remarks(teller: Teller, day: date) -> None:
    """What people said beside the numbers."""
    bottle, capsule = (Item.objects.get(code=code) for code in ("BTL-700", "CPS-104"))
    said = [
        ("Sofia", bottle, 2, "09:10", "The agency confirms the doubled budget from the 4th on."),
        (
            "Gwen",
            bottle,
            3,
            "09:40",
            "Elsewhere doubled spend wore off in the third month; watch the last one.",
        ),
        ("Dana", bottle, 3, "10:05", "Noted. I keep 9,900 and look again when the first two weeks are in."),
        ("Otto", capsule, 2, "13:30", "The filling line is full in that month: fill 2,000 ahead?"),
    ]
    for name, item, month, at, text in said:
        with teller.by(name, day, at) as person:
            place = Node(0, item.pk, 0, 0).place
            Comment.objects.create(place=place, month=teller.calendar.m(month), person=person, text=text)


def _assumptions(teller: Teller, day: date) -> None:
    bottles = Category.objects.get(code="Bottles")
    with teller.by("Dana", day, "14:00") as dana:
        Assumption.objects.create(
            text="Doubled ads lift bottles with an elasticity of 0.2 (0.1 to 0.3)",
            category=bottles,
            person=dana,
        )
        assumptions.note(
            person=dana, kind="opportunity", text="A fourth retail chain lists the kits from spring", value=Decimal(52_000)
        )  # fmt: skip
    with teller.by("Petra", day, "15:10") as petra:
        assumptions.note(
            person=petra, kind="risk", text="The tariff on Malaysian parts rises to 25 %", value=Decimal(-38_000)
        )  # fmt: skip


def _supply(teller: Teller, day: date) -> None:
    """Sam has looked already: one order is firmed, one threat can wait."""
    plan = working_plan()
    order = PlannedOrder.objects.filter(plan=plan, item__code="SHELL-60").order_by("order_by").first()
    if order is not None:
        with teller.by("Sam", day, "15:30") as sam:
            orders.firm_order(
                person=sam, order_id=order.pk, version=order.version, quantity=order.quantity * 5 / 4,
                reason="The maker fills the container for the same freight",
            )  # fmt: skip
    threats = PlanException.objects.filter(plan=plan, status=ExceptionStatus.OPEN, kind=ExceptionKind.DEFER)
    threat = threats.order_by("-rank").first()
    if threat is not None:
        with teller.by("Sam", day, "15:45") as sam:
            exceptions.snooze(
                person=sam, exception_id=threat.pk, version=threat.version, until=teller.calendar.ahead(20),
                reason="The maker moves it anyway; look again when the ship has sailed",
            )  # fmt: skip


def _promises(teller: Teller, cycle: Cycle) -> None:
    """Some open promises have moved on, one was made and kept in this cycle; who is late is reminded."""
    moved = {
        "Qualify a second maker for part 37": ("Petra", ActionStatus.DOING, "Two offers are in; samples come in January."),
        "Agree a mid-month call with the three largest chains": ("Sofia", ActionStatus.DOING, ""),
        "Confirm the ocean slot before the tariff rises": ("Sam", ActionStatus.WAITING, "Asked the forwarder twice."),
    }  # fmt: skip
    for title, (owner, status, evidence) in moved.items():
        with teller.by(owner, teller.calendar.ago(1), "16:10") as person:
            item = cycle.actions.get(title=title)
            actions.change(person=person, pk=item.pk, version=item.version, status=status, evidence=evidence)
    with teller.by("Ada", teller.calendar.ago(3), "10:00") as ada:
        mended = actions.create(
            person=ada, cycle=cycle, title="Correct the marketing spend of the last week", owner=ada,
            due=teller.calendar.ago(1), kind=ActionKind.CORRECTIVE, root_cause="Late feeds",
        )  # fmt: skip
    with teller.by("Ada", teller.calendar.ago(2), "09:15") as ada:
        actions.change(
            person=ada, pk=mended.pk, version=mended.version, status=ActionStatus.DONE,
            evidence="Imported again with the agency's figures.",
        )  # fmt: skip
    actions.remind(today=teller.calendar.today)
