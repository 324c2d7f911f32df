"""Why stock survives the failure of a supplier for so long, and what is lost until it has recovered."""

from datetime import timedelta
from math import ceil

from django.http import Http404

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.plans.selectors import planning_day
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, runs, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import latest_import
from siop.web.templatetags.siop import day, number

from ..models import SupplierRisk
from .suppliers import one_supplier, receipts_of


@explains("supplier_survive")
def survive(person: Person, plan: str, supplier: str) -> Explanation:
    """Days until the first demand is short that would not be without the failure."""
    risk = _risk(plan, supplier)
    first, item = planning_day(risk.plan), risk.first_short_item
    until = first + timedelta(days=round(risk.survive_days))
    what = f"{item} is short" if item else _unharmed(risk)
    shown = number(risk.survive_days)
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"If {risk.supplier} ships nothing from {day(first)} on, stock lasts ", f"{shown} days",
            f": on {day(until)} {what}.",
        ),
        parts=[Part(label=f"{day(first)} until {day(until)}", value=risk.survive_days, note=what)],
        total=risk.survive_days,
        total_label="Survives, days",
        formula="the plan made again without its orders until it has recovered; what is on its way arrives",
        sources=[
            *([Source(label=f"Stock of {item}", url=rows.url("on_hand", item=item.pk))] if item else []),
            *_terms(risk),
        ],
        computed=plan_label(risk.plan),
    )  # fmt: skip


def _unharmed(risk: SupplierRisk) -> str:
    back = risk.recover_days is not None and risk.survive_days <= ceil(risk.recover_days)
    return f"{'it is back' if back else 'the horizon ends'}, and nothing is short that would not be anyway"


@explains("supplier_recover")
def recover(person: Person, plan: str, supplier: str) -> Explanation:
    """As it was given with the supplier."""
    risk = _risk(plan, supplier)
    days = risk.recover_days or 0.0
    shown = number(days)
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"{risk.supplier} is back ", f"{shown} days", " after a failure, as was given with it."
        ),
        parts=[Part(label="Given: time_to_recover_days of the table suppliers", value=days)],
        total=days,
        total_label="Recovers, days",
        sources=latest_import("suppliers", data_version=risk.plan.data_version),
        computed=plan_label(risk.plan),
    )


@explains("supplier_gap")
def gap(person: Person, plan: str, supplier: str) -> Explanation:
    """How much longer it takes to recover than stock lasts."""
    risk = _risk(plan, supplier)
    shown = number(risk.gap_days)
    spare = risk.gap_days - ((risk.recover_days or 0.0) - risk.survive_days)
    parts = [
        Part(label="It recovers in", value=risk.recover_days or 0.0, url=_why("recover", risk)),
        Part(label="Stock survives", value=-risk.survive_days, url=_why("survive", risk)),
    ]
    if spare:
        parts.append(Part(label="Stock lasts longer than that", value=spare))
    return Explanation(
        title=f"Why {shown} days?",
        sentence=runs(
            f"If {risk.supplier} fails today, demand goes unserved for ", f"{shown} days", " until it has recovered."
            if risk.gap_days else ": it is back before stock has run out.",
        ),
        parts=parts,
        total=risk.gap_days,
        total_label="Gap, days",
        sources=_terms(risk),
        computed=plan_label(risk.plan),
    )  # fmt: skip


@explains("supplier_exposure")
def exposure(person: Person, plan: str, supplier: str) -> Explanation:
    """What is lost if it ships nothing until it has recovered: the plan made again without it."""
    risk = _risk(plan, supplier)
    shown = number(risk.exposure)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"If {risk.supplier} fails today, stock lasts {number(risk.survive_days)} days and it recovers in "
            f"{number(risk.recover_days)}: until then ", shown, " of margin waits because of it.",
        ),
        parts=[Part(label=_hit(risk), value=risk.exposure)],
        total=risk.exposure,
        total_label="Exposure",
        formula="the plan made again without its orders until it recovers; units needed by then that come later × margin, "
        "each by the share of its wait that the failure adds: all of it where it would be on time, 55/60 where it would "
        "wait 5 days and waits 60",
        note=f"{number(risk.stock_needed)} more units in stock would bridge the gap of {number(risk.gap_days)} days."
        if risk.gap_days
        else "",
        sources=_terms(risk),
        computed=plan_label(risk.plan),
    )  # fmt: skip


def _hit(risk: SupplierRisk) -> str:
    if risk.gap_days:
        return f"Margin of what comes later, {risk.first_short_item} first"
    return "Margin of what is late anyway and comes later still" if risk.exposure else "Nothing comes later"


def _risk(plan: str, supplier: str) -> SupplierRisk:
    version: PlanVersion = readable_plan(plan)
    tested = SupplierRisk.objects.filter(plan=version, supplier=one_supplier(supplier))
    risk = tested.select_related("plan", "supplier", "first_short_item").first()
    if risk is None:
        raise Http404("The failure of this supplier was not tested.")
    return risk


def _why(kind: str, risk: SupplierRisk) -> str:
    return url(f"supplier_{kind}", risk.plan_id, risk.supplier_id)


def _terms(risk: SupplierRisk) -> list[Source]:
    terms = Source(label="What it supplies, on which terms", url=rows.url("lanes", supplier=risk.supplier_id))
    return [*receipts_of(risk.supplier), terms]
