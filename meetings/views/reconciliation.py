"""Reconciliation: gaps in units and money, options per gap, assumptions, risks and opportunities."""

from typing import Any

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from forecasting.models import Assumption
from siop.accounts.access import permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.catalog import calendar
from siop.plans.hashing import NO_FAMILY
from siop.plans.models import PlanVersion
from siop.reading import one_reading
from siop.web import explanations
from siop.web.exports import scope_of
from siop.web.headlines import Headline
from siop.web.render import render_page
from siop.web.templatetags.siop import month as month_label
from supply.errors import SupplyError
from supply.services import scenarios

from ..addresses import address
from ..explanations.meeting import cell_urls
from ..forms import AssumptionForm
from ..selectors import comparisons, cycles, gap_options, stock
from ..selectors.topics import budget_chart
from ..services import assumptions
from ..words import many, money, share, short_money, signed_money
from .common import Shown, done

BACK = "meetings:reconciliation"


@requires(Permission.VIEW)
@require_GET
def reconciliation(request: HttpRequest) -> HttpResponse:
    return _page(request, form=AssumptionForm())


@one_reading()
def _page(request: HttpRequest, *, form: AssumptionForm, status: int = 200) -> HttpResponse:
    person = person_of(request)
    page = Shown(person, cycles.current_cycle())
    against = request.GET.get("against", comparisons.BUDGET)
    context: dict[str, Any] = {
        "page_title": "Reconciliation",
        "form": form,
        "assumptions": Assumption.objects.filter(closed__isnull=True)
        .select_related("person", "category")
        .order_by("kind", "-value"),
        "allowed": permissions_of(person),
    }
    if page.comparison is not None and page.plan is not None:
        context |= _gaps(page, page.plan, page.comparison, against)
    response = render_page(request, "meetings/reconciliation.html", page.context(**context))
    response.status_code = status
    return response


def _gaps(page: Shown, plan: PlanVersion, found: comparisons.Comparison, against: str) -> dict[str, Any]:
    names = [name for name in comparisons.LABELS if name != comparisons.PLAN and found.has(name)]
    chosen = against if against in names else (names[-1] if names else "")
    every, found = found, found.beside(chosen)
    return {
        "kpis": [_kpi(every, name, page) for name in names],
        "chips": [
            {
                "label": comparisons.LABELS[name],
                "count": None,
                "url": f"?against={name}",
                "on": name == chosen,
            }
            for name in names
        ],
        "against": comparisons.LABELS.get(chosen, ""),
        "title": _title(found, chosen, page.sign),
        "families": [
            _family(found, row, chosen) | {"why": cell_urls(plan, chosen, family=family)}
            for row, family in enumerate(found.families)
        ],
        "total": _total(found, chosen) | {"why": cell_urls(plan, chosen)},
        "months": [
            cell | {"why": cell_urls(plan, chosen, month=cell["key"])} for cell in _months(found, chosen)
        ],
        "chart": _chart(found, chosen, page.sign),
        "stock": stock.by_family(plan, scope=comparisons.scope_of(page.person)),
        "periods": many(len(found.months), "period"),
        "gap_options": gap_options.gap_options(found, chosen),
        "has_families": any(family != NO_FAMILY for family in found.families),
        "worked_out": gap_options.worked_out(plan, scope=scope_of(page.person)),
        "scenarios_url": address("supply:scenarios"),
        "has_budget": every.has(comparisons.BUDGET),
    }


def _kpi(found: comparisons.Comparison, name: str, page: Shown) -> Headline:
    gap, sign = found.gap(name), page.sign
    tone = "" if gap is None or not round(gap) else "bad" if gap < 0 else "good"
    label, periods = comparisons.LABELS[name].lower(), many(len(found.beside(name).months), "period")
    return Headline(
        label=f"Plan to {label}",
        value=signed_money(gap, sign),
        definition=f"Demand plan less {label}, the same {periods}, at list price.",
        delta=share(found.gap_share(name)),
        tone=tone,
        base=f"of {short_money(found.total(name), sign)}",
        why=explanations.url("gap", page.plan.pk, name) if page.plan else "",
    )


def _title(found: comparisons.Comparison, name: str, sign: str) -> str:
    gap = found.gap(name) if name else None
    if gap is None:
        return f"The demand plan is {short_money(found.total(comparisons.PLAN), sign)}; there is nothing to hold it against"
    side = "under" if gap < 0 else "over"
    label = comparisons.LABELS[name].lower()
    return f"The demand plan is {money(abs(gap), sign)} ({share(found.gap_share(name))}) {side} {label}"


def _family(found: comparisons.Comparison, row: int, name: str) -> dict[str, Any]:
    units, value = found.units[comparisons.PLAN][row].sum(), found.money[comparisons.PLAN][row].sum()
    line: dict[str, Any] = {"family": found.families[row], "units": units, "money": value}
    if name:
        other_units, other = found.units[name][row].sum(), found.money[name][row].sum()
        line |= {
            "other_units": other_units,
            "other": other,
            "gap_units": units - other_units,
            "gap": value - other,
            "share": share(float((value - other) / other)) if other else "-",
        }
    return line


def _total(found: comparisons.Comparison, name: str) -> dict[str, Any]:
    line: dict[str, Any] = {
        "units": found.total_units(comparisons.PLAN),
        "money": found.total(comparisons.PLAN),
    }
    if name:
        line |= {
            "other_units": found.total_units(name),
            "other": found.total(name),
            "gap_units": (found.total_units(comparisons.PLAN) or 0) - (found.total_units(name) or 0),
            "gap": found.gap(name),
            "share": share(found.gap_share(name)),
        }
    return line


def _months(found: comparisons.Comparison, name: str) -> list[dict[str, Any]]:
    """The months, each financial quarter that is there as a whole behind its last one."""
    plan = found.money[comparisons.PLAN].sum(axis=0)
    other = found.money[name].sum(axis=0) if name else np.zeros_like(plan)
    quarters = calendar.load().quarters(found.months)
    columns = [(at, month.isoformat(), month_label(month), [at]) for at, month in enumerate(found.months)]
    columns += [(places[-1], quarter, quarter, places) for quarter, places in quarters.items()]
    return [
        {
            "key": key,
            "label": label,
            "is_sum": key in quarters,
            "plan": plan[places].sum(),
            "other": other[places].sum() if name else None,
            "gap": (plan - other)[places].sum() if name else None,
        }
        for _, key, label, places in sorted(columns, key=lambda column: column[0])
    ]


def _chart(found: comparisons.Comparison, name: str, sign: str) -> dict[str, Any]:
    if name == comparisons.BUDGET:
        return {"id": "gaps", "height": 240, **budget_chart(found, sign)}
    series = [
        {
            "name": "Plan",
            "kind": "line",
            "style": "blue",
            "values": found.money[comparisons.PLAN].sum(axis=0).round(2).tolist(),
        }
    ]
    if name:
        values = found.money[name].sum(axis=0).round(2).tolist()
        series.append({"name": comparisons.LABELS[name], "kind": "line", "style": "dash", "values": values})
    spec = {"x": [f"{month:%b %y}" for month in found.months], "series": series}
    return {"id": "gaps", "height": 240, "title": _title(found, name, sign), "spec": spec}


@requires(Permission.EDIT_SCENARIO)
@require_POST
def try_gap(request: HttpRequest) -> HttpResponse:
    """Bring a family's demand to what it is held against, as a scenario beside the plan."""
    person = person_of(request)
    page = Shown(person, cycles.current_cycle())
    against, family = request.POST.get("against", ""), request.POST.get("family", "")
    options = gap_options.gap_options(page.comparison, against) if page.comparison else []
    option = next((one for one in options if one.family == family), None)
    if option is None or page.plan is None:
        raise Http404("This gap is no longer there.")
    changes = [
        {"kind": "demand", "target": {"category": code}, "after": {"pct": option.pct}}
        for code in gap_options.categories_of(family)
    ]
    try:
        scenario = scenarios.create(person=person, name=option.name, base=page.plan, changes=changes)
    except SupplyError as error:
        messages.error(request, str(error), extra_tags="error")
        return redirect(f"{reverse(BACK)}?against={against}")
    return redirect(f"{reverse('supply:scenarios')}?show={scenario.pk}&chosen={scenario.pk}")


@requires(Permission.COMMENT)
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Write down an assumption, a risk or an opportunity."""
    form = AssumptionForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    assumptions.note(
        person=person_of(request),
        **{name: form.cleaned_data[name] for name in ("text", "kind", "category", "value")},
    )
    return redirect(BACK)


@requires(Permission.RUN_CYCLE)
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Assumption, pk=pk)
    return done(
        request,
        lambda: f"Settled: {assumptions.settle(person=person_of(request), pk=pk).text[:60]}",
        back=BACK,
    )
