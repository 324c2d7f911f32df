"""Why a supplier's figures are what they are: the orders behind its score, and what its failure would cost."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, named, runs
from siop.web.plan_choice import looking_day, plan_label, readable_plan
from siop.web.templatetags.siop import number, percent

from . import definitions
from .models import Supplier, SupplierRisk
from .selectors.pages import suppliers as selectors
from .selectors.scorecard import Judged, judged_receipts, scorecard

EVERY = "all"


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
        sources=_receipts(whose),
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
        sources=_receipts(whose),
        computed=plan_label(version),
    )  # fmt: skip


@explains("supplier_lead_time")
def lead_time(person: Person, plan: str, supplier: str) -> Explanation:
    """Days from order to receipt over all orders that came: what each adds to the mean."""
    version, whose, judged = _judged(person, plan, supplier)
    came = [one for one in judged if one.actual_days is not None]
    card = scorecard(came)
    if card.actual_days is None or card.requested_days is None:
        raise Http404("No order has come whose day of order is known.")
    shown = number(card.actual_days, 1)
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"{number(card.orders)} orders of {whose or 'all suppliers'} came, on average ", f"{shown} days",
            f" after they were placed; they were asked for after {number(card.requested_days, 1)}.",
        ),
        parts=_shares(came, whose, lambda one: float(one.actual_days or 0)),
        total=card.actual_days,
        total_label="Lead time, actual days",
        places=2,
        formula="Σ days from order to receipt ÷ orders that came",
        sources=_receipts(whose),
        computed=plan_label(version),
    )  # fmt: skip


@explains("supplier_exposure")
def exposure(person: Person, plan: str, supplier: str) -> Explanation:
    """What is lost if it ships nothing until it has recovered: the plan made again without it."""
    version = readable_plan(plan)
    whose = _supplier(supplier)
    risk = (
        SupplierRisk.objects.filter(plan=version, supplier=whose).select_related("first_short_item").first()
    )
    if whose is None or risk is None:
        raise Http404("The failure of this supplier was not tested.")
    shown = number(risk.exposure)
    item = risk.first_short_item
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"If {whose} fails today, stock lasts {number(risk.survive_days)} days and it recovers in "
            f"{number(risk.recover_days)}: ", f"{shown}", " of margin is lost in between.",
        ),
        parts=[Part(label=f"Margin of what comes late, {item} first" if item else "Nothing runs short", value=risk.exposure)],
        total=risk.exposure,
        total_label="Exposure",
        formula="the plan made again without its orders until it recovers; units short × margin",
        note=f"{number(risk.stock_needed)} more units in stock would bridge the gap of {number(risk.gap_days)} days.",
        sources=[*_receipts(whose), Source(label="What it supplies, on which terms", url=rows.url("lanes", supplier=whose.pk))],
        computed=plan_label(version),
    )  # fmt: skip


def _judged(person: Person, plan: str, supplier: str) -> tuple[PlanVersion, Supplier | None, list[Judged]]:
    version, whose = readable_plan(plan), _supplier(supplier)
    found = judged_receipts(day=looking_day(version), person=person, supplier=whose.pk if whose else None)
    if not found:
        raise Http404("No order of it is due yet.")
    return version, whose, found


def _supplier(text: str) -> Supplier | None:
    """None where all of them are asked for."""
    if text == EVERY:
        return None
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


def _receipts(whose: Supplier | None) -> list[Source]:
    if whose is None:
        return [Source(label="All suppliers", url=_page(None))]
    return [Source(label="Its receipts", url=rows.url("receipts", supplier=whose.pk))]
