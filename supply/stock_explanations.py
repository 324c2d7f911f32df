"""Why an item-location has what it has on hand: the lots of the count that the plan started from."""

from datetime import date

from django.db.models import F, Q
from django.http import Http404

from inventory.models import StockOnHand
from siop.accounts.models import Person
from siop.catalog.units import places_of, unit_of
from siop.plans.selectors import planning_day
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import latest_import
from siop.web.templatetags.siop import day, number

from .explanations import plan_line
from .models import PlanLine


@explains("on_hand")
def on_hand(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Lots that had not expired by then; what was counted or moved after the plan was made stands apart."""
    version = readable_plan(plan)
    line = plan_line(person, version, item, location)
    counted = _counted(line, planning_day(version))
    if counted is None and not line.on_hand:
        raise Http404("Nothing was counted there.")
    parts = _lots(line, counted, planning_day(version)) if counted else []
    since = line.on_hand - sum(float(part.value) for part in parts)
    if since or not parts:
        parts.append(Part(label="What the plan knew and the count no longer shows", value=since))
    shown = number(line.on_hand, places_of(line.item))
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"{line.item} at {line.location} had ", f"{shown} {unit_of(line.item)}",
            f" that can be used, as counted on {day(counted)}." if counted else " when the plan was made.",
        ),
        parts=parts,
        total=line.on_hand,
        total_label="On hand",
        places=places_of(line.item),
        sources=[
            Source(label="All counts", url=rows.url("on_hand", item=line.item_id, location=line.location_id)),
            *latest_import("on_hand", data_version=version.data_version),
        ],
        computed=plan_label(version),
    )  # fmt: skip


def _counted(line: PlanLine, today: date) -> date | None:
    """The day of the newest count up to a day, of the first one where all are later."""
    days = StockOnHand.objects.filter(item=line.item_id, location=line.location_id).order_by("date")
    past = days.filter(date__lte=today).last() or days.first()
    return past.date if past else None


def _lots(line: PlanLine, counted: date, today: date) -> list[Part]:
    lots = StockOnHand.objects.filter(item=line.item_id, location=line.location_id, date=counted)
    usable = lots.filter(Q(expiry_date=None) | Q(expiry_date__gt=today))
    return [
        Part(
            label=f"Expires {day(lot.expiry_date)}" if lot.expiry_date else "Without expiry",
            value=float(lot.quantity),
        )
        for lot in usable.order_by(F("expiry_date").asc(nulls_last=True))
    ]
