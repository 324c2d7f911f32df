"""Why an item-location has what it has on hand, what that is worth, how long it lasts and what space it takes."""

from datetime import date

from django.db.models import F, Max, Q
from django.http import Http404

from inventory.models import InventoryTarget, StockOnHand
from siop.accounts.models import Person
from siop.catalog.units import places_of, unit_of
from siop.plans.selectors import planning_day
from siop.web import rows
from siop.web.addresses import numbered
from siop.web.explanations import Amount, Explanation, Part, Source, explains, runs, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import latest_import
from siop.web.templatetags.siop import day, number

from ..models import PlanLine
from .plan import plan_line

EXCESS = "Excess"
AT_COST = " at unit cost."


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
        note=_counted_later(line, counted, planning_day(version)) if counted else "",
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


def _counted_later(line: PlanLine, counted: date, today: date) -> str:
    """That there is a newer count than the plan goes by, and how one comes to go by it; "" for none."""
    later = StockOnHand.objects.filter(item=line.item_id, location=line.location_id, date__gt=counted)
    newest = later.aggregate(day=Max("date"))["day"]
    if newest is None:
        return ""
    return (
        f"Counted again on {day(newest)}. The plan is of {day(today)}; one of a later day goes by the later count: "
        f"manage.py recompute --as-of {newest.isoformat()}."
    )


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


@explains("stock_value")
def stock_value(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Stock at cost, by what becomes of it."""
    found = _Stock(person, plan, item, location)
    fates = found.fates()
    parts = [Part(label=label, value=units * found.cost, note=found.priced(units)) for label, units in fates]
    return found.explanation(found.line.on_hand * found.cost, parts, "is worth", AT_COST, label="Value")


@explains("excess_value")
def excess_value(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Stock at cost less all that is sold, used or lost before more has to come."""
    found = _Stock(person, plan, item, location)
    rest = [
        Part(label=label, value=-units * found.cost, note=found.priced(units))
        for label, units in found.fates()
        if label != EXCESS
    ]
    whole = Part(label="On hand", value=found.line.on_hand * found.cost, url=found.why("stock_value"))
    total = found.line.excess * found.cost
    return found.explanation(total, [whole, *rest], "holds an excess worth", AT_COST, label="Excess")


@explains("days_of_supply")
def days_of_supply(person: Person, plan: str, item: str, location: str) -> Explanation:
    """How long the stock lasts at the demand of a day, with what other items need of it."""
    found = _Stock(person, plan, item, location)
    target = InventoryTarget.objects.filter(
        plan=found.plan, item=found.line.item_id, location=found.line.location_id
    ).first()
    daily = target.daily_demand if target else 0.0
    if daily <= 0:
        raise Http404("Nothing is asked for there, so the stock lasts.")
    days, places = found.line.on_hand / daily, places_of(found.line.item)
    formula = f"{number(found.line.on_hand, places)} on hand ÷ {number(daily, max(places, 2))} a day"
    part = Part(label="Stock on hand at today's demand", value=days, url=found.why("on_hand"))
    return found.explanation(days, [part], "lasts", " days.", label="Days of supply", formula=formula)


@explains("space_taken")
def space_taken(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Units on hand by the space of a carton."""
    found = _Stock(person, plan, item, location)
    article = found.line.item
    volume, carton = float(article.volume_m3 or 0), float(article.units_per_carton or 0) or 1.0
    units = number(found.line.on_hand, places_of(article))
    formula = f"{units} on hand ÷ {carton:g} a carton × {volume:g} m³"
    part = Part(label="Stock on hand", value=found.line.on_hand * volume / carton, url=found.why("on_hand"))
    return found.explanation(
        part.value, [part], "takes", " m³.", label="Space, m³", formula=formula, places=1
    )


class _Stock:
    """One line of the Inventory page, and what its figures are explained with."""

    def __init__(self, person: Person, plan: str, item: str, location: str) -> None:
        self.plan = readable_plan(plan)
        self.line = plan_line(person, self.plan, item, location)
        self.cost = float(self.line.item.unit_cost or 0)

    def why(self, kind: str) -> str:
        return url(kind, self.plan.pk, self.line.item_id, self.line.location_id)

    def fates(self) -> list[tuple[str, float]]:
        """Units by what becomes of them, those that there are; they sum to the stock on hand."""
        line = self.line
        lost = line.expiring - line.expired  # what has expired already is not on hand
        usable = line.on_hand - line.excess - line.obsolete - lost
        found = [
            ("Used in time", usable),
            (EXCESS, line.excess),
            ("Obsolete", line.obsolete),
            ("Expires unsold", lost),
        ]
        return [(label, units) for label, units in found if units or label == "Used in time"]

    def priced(self, units: float) -> str:
        return f"{number(units, places_of(self.line.item))} × {number(self.cost, 2)}"

    def explanation(
        self,
        total: Amount,
        parts: list[Part],
        verb: str,
        unit: str,
        *,
        label: str,
        formula: str = "",
        places: int = 0,
    ) -> Explanation:
        place = {"item": self.line.item_id, "location": self.line.location_id}
        shown = number(total, places)
        return Explanation(
            title=f"Why {shown}?",
            sentence=runs(f"What is on hand of {self.line.item} at {self.line.location} {verb} ", shown, unit),
            parts=parts,
            total=total,
            total_label=label,
            places=places,
            formula=formula,
            sources=[
                Source(label="All counts", url=rows.url("on_hand", **place)),
                Source(label="The item-location", url=numbered("supply:item_location", *place.values())),
            ],
            computed=plan_label(self.plan),
        )  # fmt: skip
