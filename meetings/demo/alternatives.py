"""What was tried beside the plan: scenarios on it, two of them put beside the options of the first decision."""

from typing import Any

from meetings.models import AgendaItem, Cycle
from meetings.services import agenda
from supply.models import ScheduledReceipt
from supply.services import scenarios

from .catalogue import part_code
from .months import Calendar
from .supply import VALVE_SEAT
from .telling import Teller

Change = dict[str, Any]


def try_out(cycle: Cycle, teller: Teller) -> None:
    calendar = teller.calendar
    with teller.by("Erin", calendar.ago(1), "16:30") as erin:
        agenda.rebuild(person=erin)
    first = _first_shortage(cycle)
    tried = {
        "Part 37 a month earlier": _part_earlier(calendar),
        "The ads start a month later": _ads_later(calendar),
        "Selangor Moulding stands still for a month": _standstill(calendar),
    }
    with teller.by("Sam", calendar.ago(1), "16:45") as sam:
        found = [scenarios.create(person=sam, name=name, changes=how) for name, how in tried.items()]
        if first is not None:
            for scenario in found[:2]:
                agenda.offer(person=sam, item=first, scenario=scenario)


def _first_shortage(cycle: Cycle) -> AgendaItem | None:
    return (
        cycle.agenda.filter(key__startswith="exception:shortage", dropped=False).order_by("position").first()
    )


def _part_earlier(calendar: Calendar) -> list[Change]:
    """The open order of the part that stops the caps, to the last day of the coming week."""
    order = ScheduledReceipt.objects.filter(item__code=part_code(VALVE_SEAT), received_date=None).first()
    if order is None or order.due_date is None:
        return []
    after = {"quantity": float(order.quantity), "due": calendar.ahead(9).isoformat()}
    return [{"kind": "order", "target": {"order": f"{order.order}/{order.line}"}, "after": after}]


def _ads_later(calendar: Calendar) -> list[Change]:
    """A tenth of the bottles moves from the month of the ads to the month after it."""
    return [
        {
            "kind": "demand",
            "target": {"item": "BTL-700", "first": f"{calendar.m(ahead)}", "last": f"{calendar.m(ahead)}"},
            "after": {"pct": change},
        }
        for ahead, change in ((2, -10), (4, 10))
    ]


def _standstill(calendar: Calendar) -> list[Change]:
    after = {"until": calendar.ahead(30).isoformat()}
    return [{"kind": "supplier_out", "target": {"supplier": "MOULDER-A"}, "after": after}]
