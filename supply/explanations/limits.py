"""Why a limit is as full as it is, and what would be asked of it if everything were made when it is needed."""

from django.http import Http404
from django.urls import reverse

from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.selectors import planned_months
from siop.web.explanations import Explanation, Part, Source, explains, named, read_period, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month as month_label
from siop.web.templatetags.siop import number

from ..enums import LoadKind
from ..models import CapacityLoad, PlanLine
from ..selectors.pages import capacity as capacity_rows
from ..selectors.pages import outlook

SLACK = 1e-9


@explains("fullest")
def fullest(person: Person, plan: str, kind: str) -> Explanation:
    """The fullest month of all limits of a kind: what is planned on it and what waits for more, of what there is."""
    version = readable_plan(plan)
    found = [load for load in capacity_rows.loads(version) if load.kind == kind]
    if not found:
        raise Http404(f"There is no limit of the kind {kind!r}.")
    load, h, cell = capacity_rows.fullest(found)
    if cell.percent is None:
        raise Http404("It has no limit to hold it against.")
    name, when = (
        capacity_rows.names(found)[load.kind, load.code],
        month_label(capacity_rows.months(version)[h]),
    )
    shown = f"{number(cell.percent)} %"
    address = f"{reverse('supply:capacity')}?load={load.pk}&h={h}"
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"In {when} {name} is asked for {number(cell.required)} of {number(cell.available)}: ", shown,
            f", more than any other {LoadKind(kind).label.lower()} in {capacity_rows.MONTHS} months.",
        ),
        parts=[
            Part(label="Planned on it", value=cell.planned / cell.available, note=number(cell.planned)),
            Part(label="Waits for more", value=cell.missing / cell.available, note=number(cell.missing)),
        ],
        total=cell.percent / 100,
        total_label="Load",
        as_percent=True,
        formula="(planned + missing) ÷ limit",
        sources=[Source(label="What takes it", url=address)],
        computed=plan_label(version),
    )  # fmt: skip


@explains("asked_of_limit")
def asked_of_limit(person: Person, load: str, month: str) -> Explanation:
    """Own and dependent demand of a month in units of a limit, by item-location, without regard to what fits."""
    limit = CapacityLoad.objects.filter(pk=load).select_related("plan").first() if load.isdecimal() else None
    if limit is None:
        raise Http404("There is no such limit.")
    plan, start = readable_plan(str(limit.plan_id)), read_period(month)
    months = planned_months(plan)
    if start not in months:
        raise Http404(f"{plan} does not reach {start}.")
    h = months.index(start)
    mine = set(visible(PlanLine.objects.filter(plan=plan), person).values_list("pk", flat=True))
    asked = [(line, float(units[h])) for line, units in outlook.asked_by_line(plan, limit) if units[h]]
    parts = named(
        [_of_line(line, units) for line, units in asked if line.pk in mine], others="other item-locations"
    )
    hidden = sum(units for line, units in asked if line.pk not in mine)
    if hidden > SLACK:
        parts.append(Part(label="Items that others plan", value=hidden))
    total = sum(float(part.value) for part in parts)
    shown, name = number(total), capacity_rows.names([limit])[limit.kind, limit.code]
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"If everything were made when it is needed, {name} would be asked in {month_label(start)} for ", shown,
            f" {limit.unit}; its limit is {number(limit.available[h])}.",
        ),
        parts=parts or [Part(label="Nothing runs on it", value=0.0)],
        total=total,
        total_label="Asked for",
        formula="Σ (demand + what is made from it) × use of the limit a unit",
        note="The plan stays within the limit by making earlier or later, so its own load never shows growth.",
        sources=[Source(label="What the plan puts on it", url=f"{reverse('supply:capacity')}?load={limit.pk}&h={h}")],
        computed=plan_label(plan),
    )  # fmt: skip


def _of_line(line: PlanLine, units: float) -> tuple[str, float, str]:
    address = reverse("supply:item_location", args=[line.item_id, line.location_id])
    return f"{line.item.code} at {line.location.code}", units, address
