"""Why a supplier's figures are what they are: the orders behind its score, and what it is asked for."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import urlencode

from django.db.models import F, Sum
from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.models import Item
from siop.catalog.units import places_of, unit_of
from siop.catalog.visibility import visible_items
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, named, read_period, runs
from siop.web.plan_choice import looking_day, plan_label, readable_plan
from siop.web.sources import counted
from siop.web.templatetags.siop import many, number, percent
from siop.web.templatetags.siop import month as month_label

from .. import definitions
from ..models import Supplier
from ..selectors.pages import suppliers as selectors
from ..selectors.scorecard import Judged, judged_receipts, scorecard
from .orders import open_order_parts, planned_order_parts

EVERY = "all"
ON_TIME, LATE, IN_PART, NOT_COME = FATES = (
    "On time in full", "Came late", "On time, but not all of it", "Not come yet, its day has passed",
)  # fmt: skip


@explains("supplier_otif")
def on_time_in_full(person: Person, plan: str, supplier: str) -> Explanation:
    """All orders are 100 %; each supplier, or each order of one supplier, takes away what failed."""
    version, whose, judged = _judged(person, plan, supplier)
    card = scorecard(judged)
    failed = _shares(judged, whose, lambda one: 0.0 if one.on_time_in_full else -1.0)
    shown = percent(card.otif)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"Of {number(card.orders)} orders of {whose or 'all suppliers'} ", f"{number(card.on_time_in_full)}",
            " came on the day they were asked for, and whole.",
        ),
        parts=[Part(label="All orders that are due", value=1.0), *failed],
        total=card.otif or 0.0,
        total_label="On time in full",
        places=1,
        as_percent=True,
        formula="orders on time in full ÷ orders received or overdue",
        note=f"{definitions.SUPPLIER_OTIF}.",
        sources=receipts_of(whose),
        computed=plan_label(version),
    )  # fmt: skip


@explains("supplier_delay")
def mean_delay(person: Person, plan: str, supplier: str) -> Explanation:
    """Days late over all orders, also those on time: what each adds to the mean."""
    version, whose, judged = _judged(person, plan, supplier)
    mean = scorecard(judged).mean_delay_days or 0.0
    shown = number(mean, 1)
    days = sum(one.delay_days for one in judged)
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"{number(len(judged))} orders of {whose or 'all suppliers'} came {number(days)} days late together: ",
            f"{shown} days", " each. Early counts as 0.",
        ),
        parts=_shares(judged, whose, lambda one: float(one.delay_days)) or [Part(label="No order was late", value=0.0)],
        total=mean,
        total_label="Mean delay, days",
        places=2,
        formula="Σ days after the day asked for ÷ orders",
        sources=receipts_of(whose),
        computed=plan_label(version),
    )  # fmt: skip


@explains("supplier_orders")
def orders_judged(person: Person, plan: str, supplier: str) -> Explanation:
    """Orders by how they came: an order is judged once it came, or once its day has passed."""
    version, whose, judged = _judged(person, plan, supplier)
    fates = Counter(_fate(one) for one in judged)
    shown = number(len(judged))
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"{whose or 'All suppliers'} had ", shown, " orders that came or whose day has passed."
        ),
        parts=[Part(label=label, value=float(fates[label])) for label in FATES if fates[label]],
        total=float(len(judged)),
        total_label="Orders judged",
        note="What is still on its way before its day is not judged yet.",
        sources=receipts_of(whose),
        computed=plan_label(version),
    )


def _fate(one: Judged) -> str:
    if one.received is None:
        return NOT_COME
    if one.on_time_in_full:
        return ON_TIME
    return LATE if one.delay_days else IN_PART


@explains("supplier_asked")
def asked_days(person: Person, plan: str, supplier: str) -> Explanation:
    """Days from order to the day it was asked for, over all orders that came: what each adds to the mean."""
    return _mean_days(person, plan, supplier, "Asked for, days", "were asked for", _asked_days)


@explains("supplier_lead_time")
def lead_time(person: Person, plan: str, supplier: str) -> Explanation:
    """Days from order to receipt over all orders that came: what each adds to the mean."""
    return _mean_days(
        person, plan, supplier, "Lead time, actual days", "came", lambda one: one.actual_days or 0
    )


def _asked_days(one: Judged) -> int:
    return (one.promised - one.ordered).days if one.ordered else 0


def _mean_days(
    person: Person, plan: str, supplier: str, label: str, verb: str, days: Callable[[Judged], int]
) -> Explanation:
    """A mean over the orders that came and whose day of order is known."""
    version, whose, judged = _judged(person, plan, supplier)
    came = [one for one in judged if one.actual_days is not None]
    if not came:
        raise Http404("No order has come whose day of order is known.")
    mean = sum(map(days, came)) / len(came)
    shown = number(mean, 1)
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"{many(len(came), 'order')} of {whose or 'all suppliers'} {verb}, on average, ", f"{shown} days",
            " after they were placed.",
        ),
        parts=_shares(came, whose, lambda one: float(days(one))) or [Part(label="No days between", value=0.0)],
        total=mean,
        total_label=label,
        places=2,
        formula="Σ days from the order on ÷ orders that came",
        sources=receipts_of(whose),
        computed=plan_label(version),
    )  # fmt: skip


@explains("supplier_planned")
def planned(person: Person, plan: str, supplier: str) -> Explanation:
    """Money in planned orders at a supplier, by item."""
    version, whose = readable_plan(plan), one_supplier(supplier)
    values = (
        selectors.planned_at(person, version, whose)
        .order_by()
        .values_list("item__code")
        .annotate(worth=Sum(F("quantity") * F("unit_landed_cost")))
    )
    address = reverse("supply:plan")
    parts = named(
        [(code, float(worth), f"{address}?{urlencode({'q': code})}") for code, worth in values if worth],
        others="other items",
    )
    total = sum(float(part.value) for part in parts)
    shown = number(total)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"Planned orders at {whose} come to ", shown, " at landed cost, over the whole horizon."
        ),
        parts=parts or [Part(label="Nothing is planned", value=0.0)],
        total=total,
        total_label="Planned",
        formula="Σ quantity × landed cost",
        sources=[Source(label="Its orders", url=f"{address}?{urlencode({'q': whose.code})}")],
        computed=plan_label(version),
    )


@explains("supplier_asked_for")
def asked_for(person: Person, plan: str, supplier: str, item: str, month: str) -> Explanation:
    """Units of an item that arrive from a supplier in a month, or in all months shown, order by order."""
    version, whose, article = readable_plan(plan), one_supplier(supplier), _article(person, item)
    months = planned_months(version)[: selectors.FORWARD]
    wanted = months if month == EVERY else [read_period(month)]
    if wanted[0] not in months:
        raise Http404("Suppliers are shown six months ahead.")
    until = calendar.load().end_of(wanted[-1])
    since = date.min if wanted[0] == months[0] else wanted[0]  # what is overdue is asked for first
    orders, receipts = selectors.asked_of(person, version, whose, until=until)
    of_item = {"item": article, "due_date__gte": since}
    parts = planned_order_parts(orders.filter(**of_item)) + open_order_parts(receipts.filter(**of_item))
    total = sum(float(part.value) for part in parts)
    shown = number(total, places_of(article))
    when = "in six months" if month == EVERY else f"in {month_label(wanted[0])}"
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"{whose} is asked for ", f"{shown} {unit_of(article)}", f" of {article} that arrive {when}."
        ),
        parts=parts or [Part(label="No order arrives", value=0.0)],
        total=total,
        total_label=f"Asked for, {unit_of(article)}",
        places=places_of(article),
        sources=[
            _orders_of(article),
            counted(person, "Its receipts", "receipts", supplier=whose.pk, item=article.pk),
        ],
        computed=plan_label(version),
    )


@explains("supplier_volume")
def volume(person: Person, plan: str, supplier: str, item: str) -> Explanation:
    """Units of an item that are planned at a supplier for twelve months, order by order."""
    version, whose, article = readable_plan(plan), one_supplier(supplier), _article(person, item)
    parts = planned_order_parts(selectors.planned_in_a_year(person, version, whose).filter(item=article))
    total = sum(float(part.value) for part in parts)
    shown = number(total, places_of(article))
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "Planned orders at ", str(whose), " bring ", f"{shown} {unit_of(article)}",
            f" of {article} within twelve months.",
        ),
        parts=parts or [Part(label="Nothing is planned", value=0.0)],
        total=total,
        total_label=f"Planned, {unit_of(article)}",
        places=places_of(article),
        note="Open orders were placed at their own price and do not count.",
        sources=[
            _orders_of(article),
            counted(person, "How it is sourced", "lanes", item=article.pk),
        ],
        computed=plan_label(version),
    )  # fmt: skip


def _article(person: Person, item: str) -> Item:
    article = visible_items(person).filter(pk=item).first() if item.isdecimal() else None
    if article is None:
        raise Http404("There is no such item that you may see.")
    return article


def _orders_of(item: Item) -> Source:
    return Source(
        label="Its orders in the plan", url=f"{reverse('supply:plan')}?{urlencode({'q': item.code})}"
    )


def _judged(person: Person, plan: str, supplier: str) -> tuple[PlanVersion, Supplier | None, list[Judged]]:
    version, whose = readable_plan(plan), _supplier(supplier)
    found = judged_receipts(day=looking_day(version), person=person, supplier=whose.pk if whose else None)
    if not found:
        raise Http404("No order of it is due yet.")
    return version, whose, found


def _supplier(text: str) -> Supplier | None:
    """None where all of them are asked for."""
    return None if text == EVERY else one_supplier(text)


def one_supplier(text: str) -> Supplier:
    found = Supplier.objects.filter(pk=text).first() if text.isdecimal() else None
    if found is None:
        raise Http404("There is no such supplier.")
    return found


def _shares(
    judged: Sequence[Judged], whose: Supplier | None, weight: Callable[[Judged], float]
) -> list[Part]:
    """What each order of one supplier, or each of all suppliers, adds to the mean of a weight; zeros left out."""
    added: dict[str, float] = defaultdict(float)
    for one in judged:
        added[one.name if whose else str(one.supplier)] += weight(one) / len(judged)
    shares = [(key, share) for key, share in added.items() if share]
    if whose:
        return named([(key, share, "") for key, share in shares], others="others")
    known = {str(one.pk): one for one in selectors.suppliers()}
    return named(
        [(str(known[key]), share, _page(known[key])) for key, share in shares], others="other suppliers"
    )


def _page(supplier: Supplier | None) -> str:
    chosen = f"?supplier={supplier.pk}" if supplier else ""
    return reverse("supply:suppliers") + chosen


def receipts_of(whose: Supplier | None) -> list[Source]:
    if whose is None:
        return [Source(label="All suppliers", url=_page(None))]
    return [Source(label="Its receipts", url=rows.url("receipts", supplier=whose.pk))]
