"""Scenarios: up to three beside the plan, in units and money; changed, copied, brought up to date, promoted."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from siop.accounts.access import may, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.locks import PartLocked
from siop.plans.models import PlanVersion
from siop.plans.selectors import planned_months, working_plan
from siop.reading import one_reading
from siop.web.exports import scope_of
from siop.web.lists import choice, query_with
from siop.web.plan_choice import plan_label
from siop.web.render import render_page
from siop.web.seen import read, sealed
from siop.web.templatetags.siop import month, number, signed
from siop.web.undo import saved_with_undo

from ..enums import ChangeKind, LoadKind
from ..errors import SupplyError
from ..models import CapacityLoad, Supplier, SupplierRisk
from ..scenario_forms import FORMS, PromoteForm, ScenarioForm
from ..selectors import scenarios as selectors
from ..selectors.pages import capacity as capacity_rows
from ..selectors.pages import exceptions as exception_rows
from ..selectors.pages import scenarios as details
from ..services import scenarios as services
from ..services.scenarios import proposals
from ..services.scenarios.words import words
from ..services.scenarios.writing import is_decision
from . import scenario_table as table
from .common import Shown, no_plan, shown

TITLE = "Scenarios"
WINDOWS = (6, 12)
LISTED = 12
SUGGESTED = 300


@requires(Permission.VIEW)
@require_GET
def scenarios(request: HttpRequest) -> HttpResponse:
    return _page(request)


@one_reading()
def _page(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    page, person = shown(request), person_of(request)
    if page is None:
        return no_plan(request, TITLE)
    listed = list(selectors.scenarios()[:LISTED])
    beside = _beside(request, page.plan, listed)
    plan = beside[0].base if beside and beside[0].base else page.plan
    page = Shown(plan)
    chosen = _chosen(request, beside)
    kind = choice(request.GET, "kind", list(FORMS), ChangeKind.DEMAND)
    context: dict[str, Any] = {
        "page_title": TITLE,
        "chips": _chips(request, listed, beside),
        "chosen": chosen,
        "may_edit": may(person, Permission.EDIT_SCENARIO),
        "scenario_form": ScenarioForm(),
        "show": ",".join(str(one.pk) for one in beside),
        "address": _link(request),
        **(_comparison(request, page, person, beside, chosen) if beside else {}),
    }
    if chosen is not None and context["may_edit"]:
        context |= _change_form(request, plan, person, kind)
        if context["untouched"] and "chosen" in request.GET:  # who comes by the rail has the keys of the page
            context["first_field"].field.widget.attrs["autofocus"] = True
    response = render_page(request, "supply/scenarios.html", page.context(**context | forms), partial="work")
    response.status_code = status
    return response


def _beside(request: HttpRequest, plan: PlanVersion, listed: list[PlanVersion]) -> list[PlanVersion]:
    """Those named in the address, else the two newest of the plan; all of one plan, at most three."""
    asked = [int(key) for key in request.GET.get("show", "").split(",") if key.isdecimal()]
    wanted = [int(request.GET["chosen"])] if request.GET.get("chosen", "").isdecimal() else []
    by_pk = {one.pk: one for one in selectors.scenarios().filter(pk__in=[*asked, *wanted])}
    found = [by_pk[pk] for pk in dict.fromkeys([*asked, *wanted]) if pk in by_pk]
    if not asked and not found:
        found = [one for one in listed if one.base_id == plan.pk][:2][::-1]
    same = [one for one in found if one.base_id == found[0].base_id]
    return same[: selectors.MOST_BESIDE]


def _chosen(request: HttpRequest, beside: list[PlanVersion]) -> PlanVersion | None:
    """The one that is worked on: named in the address, else the last shown."""
    key = request.GET.get("chosen", "")
    named = [one for one in beside if str(one.pk) == key]
    return next(iter(named or beside[::-1]), None)


def _chips(
    request: HttpRequest, listed: list[PlanVersion], beside: list[PlanVersion]
) -> list[dict[str, Any]]:
    """Each scenario puts itself beside the others, or away; those of an older plan stand alone."""
    keys = [one.pk for one in beside]
    rows = [*beside, *(one for one in listed if one not in beside)]
    return [
        {
            "label": one.name,
            "count": _mark(one, beside),
            "url": _link(request, show=_toggled(one, keys, beside), chosen=None, place=None),
            "on": one.pk in keys,
        }
        for one in rows
    ]


def _mark(one: PlanVersion, beside: list[PlanVersion]) -> str:
    if one in beside:
        return table.LETTERS[beside.index(one)]
    return f"v{one.base_id}"


def _toggled(one: PlanVersion, keys: list[int], beside: list[PlanVersion]) -> str:
    if one.pk in keys:
        rest = [key for key in keys if key != one.pk]
        return ",".join(map(str, rest)) or "none"
    same = [key for key in keys if beside and beside[0].base_id == one.base_id]
    return ",".join(map(str, [*same[-2:], one.pk]))


def _comparison(
    request: HttpRequest, page: Shown, person: Person, beside: list[PlanVersion], chosen: PlanVersion | None
) -> dict[str, Any]:
    scope, windows = scope_of(person), _windows(page.plan)
    periods = int(choice(request.GET, "periods", [str(w) for w in windows], str(windows[0])))
    found = selectors.compare(page.plan, beside, scope=scope, periods=periods)
    changes = [_changes(column["letter"], column["scenario"]) for column in table.columns(found, chosen=None)]
    only = request.GET.get("only") == "differences"
    return {
        "found": found,
        "columns": [
            column | {"url": _link(request, chosen=str(column["scenario"].pk))}
            for column in table.columns(found, chosen=chosen.pk if chosen else None)
        ],
        "groups": table.groups(found, currency=page.currency, only_differences=only),
        "span": 3 + 2 * len(found.columns),
        "only": only,
        "only_url": _link(request, only=None if only else "differences"),
        "windows": [
            {"label": f"{w} periods" if w < page.plan.horizon else f"all {w}", "count": None, "on": w == periods,
             "url": _link(request, periods=str(w))}
            for w in windows
        ],
        "kpis": table.kpis(found, currency=page.currency),
        "margin_parts": table.margin_parts(found),
        "changes": changes,
        "untouched": any(one["scenario"] == chosen and not one["rows"] for one in changes),
        "stale": services.is_stale(chosen) if chosen else "",
        "moved": int(chosen.totals.get("moved", 0)) if chosen else 0,
        "promoted": chosen.inputs.get("promoted") if chosen else None,
        **_focus(request, found, beside, periods, scope),
    }  # fmt: skip


def _windows(plan: PlanVersion) -> list[int]:
    return sorted({min(window, plan.horizon) for window in (*WINDOWS, plan.horizon)})


def _changes(letter: str, scenario: PlanVersion) -> dict[str, Any]:
    rows = [{"pk": one.pk, "words": words(one), "note": one.note} for one in scenario.changes.all()]
    return {"letter": letter, "scenario": scenario, "rows": rows}


def _focus(
    request: HttpRequest, found: selectors.Comparison, beside: list[PlanVersion], periods: int, scope: Any
) -> dict[str, Any]:
    """The item-location in detail: named in the address, else the one with the greatest effect."""
    places = details.places_by_effect(beside, scope, periods=periods)
    keys = {f"{item}-{location}": (item, location) for item, location in places[:SUGGESTED]}
    key = choice(request.GET, "place", list(keys), next(iter(keys), ""))
    focus = details.focus(found.plan, beside, keys[key]) if key else None
    if focus is None:
        return {"focus": None}
    return {
        "focus": focus,
        "chart": table.chart(found, focus),
        "receipts": table.receipts(found, focus),
        "places": details.named_places(list(keys.values())[:LISTED]),
        "place": key,
        "more_places": max(0, len(places) - LISTED),
    }


def _change_form(request: HttpRequest, plan: PlanVersion, person: Person, kind: str) -> dict[str, Any]:
    form = FORMS[ChangeKind(kind)](plan=plan, person=person)
    return {
        "change_form": form,
        "first_field": form.visible_fields()[0],
        "change_kind": kind,
        "change_kinds": [
            {
                "label": one.label,
                "count": None,
                "on": one == kind,
                "url": _link(request, kind=one.value),
            }
            for one in FORMS
        ],
        "suggestions": details.suggestions(plan, scope_of(person), limit=SUGGESTED),
    }


@requires(Permission.EDIT_SCENARIO)
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    form = ScenarioForm(request.POST)
    if not form.is_valid():
        return _page(request, scenario_form=form, open_dialog="new", status=422)
    return _carry_out(
        request,
        lambda person: services.create(person=person, name=form.cleaned_data["name"]),
        lambda made: f"“{made.name}” stands on {made.base}. Add what is to be tried.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def from_exception(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin with what would be done about an exception."""
    found = get_object_or_404(exception_rows.visible_exceptions(person_of(request)), pk=pk)
    return _carry_out(
        request,
        lambda person: services.create(
            person=person, name=proposals.name(found), base=found.plan, changes=proposals.changes(found)
        ),
        lambda made: f"“{made.name}”: {_says(made)}.",
        back=f"{reverse('supply:exceptions')}?exception={pk}",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def from_capacity(request: HttpRequest, pk: int, h: int) -> HttpResponse:
    """Begin with as much more of a capacity as one month misses, else with what was tried."""
    load = get_object_or_404(
        CapacityLoad.objects.exclude(kind=LoadKind.STORAGE).select_related("plan"), pk=pk
    )
    if h >= min(len(load.required), load.plan.horizon):
        raise Http404("The plan does not reach that month.")
    cell, start = capacity_rows.cells(load, h + 1)[h], planned_months(load.plan)[h]
    units = cell.missing or cell.tried
    if not units:
        raise Http404("Nothing waits for this capacity in that month.")
    return _carry_out(
        request,
        lambda person: services.create(
            person=person,
            name=f"{number(units)} more of {load.code} in {month(start)}",
            base=load.plan,
            changes=[proposals.more_of(load, start, units)],
        ),
        lambda made: f"“{made.name}”: {_says(made)}.",
        back=f"{reverse('supply:capacity')}?load={pk}&h={h}",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def from_supplier(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin with a supplier that fails today, until it recovers."""
    supplier, plan = get_object_or_404(Supplier, pk=pk), working_plan()
    recover_days = (
        SupplierRisk.objects.filter(plan=plan, supplier=supplier)
        .values_list("recover_days", flat=True)
        .first()
    )
    if plan is None or recover_days is None:
        raise Http404("When this supplier recovers is not known.")
    return _carry_out(
        request,
        lambda person: services.create(
            person=person,
            name=f"{supplier.description or supplier.code} fails",
            base=plan,
            changes=[proposals.failure_of(supplier, plan, recover_days)],
        ),
        lambda made: f"“{made.name}”: {_says(made)}.",
        back=f"{reverse('supply:suppliers')}?supplier={pk}",
    )


def _says(made: PlanVersion) -> str:
    return "; ".join(words(one) for one in made.changes.all()) or "add what is to be tried"


@requires(Permission.EDIT_SCENARIO)
@require_POST
def add_change(request: HttpRequest, pk: int) -> HttpResponse:
    """422 answers with the form, the message where it was typed; nothing is kept of it."""
    person, base = person_of(request), _scenario(pk).base
    if base is None:
        raise Http404("The plan of this scenario is gone.")
    kind = choice(request.POST, "kind", list(FORMS), ChangeKind.DEMAND)
    form = FORMS[ChangeKind(kind)](request.POST, plan=base, person=person)
    if form.is_valid():
        try:
            made = services.add_change(person=person, scenario_id=pk, kind=kind, **form.change())
        except SupplyError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.name}: computed in {made.totals['seconds']:.2f} s.")
            return _back(request, made)
    return _page(request, change_form=form, status=422)


@requires(Permission.EDIT_SCENARIO)
@require_POST
def remove_change(request: HttpRequest, pk: int, change: int) -> HttpResponse:
    return _carry_out(
        request,
        lambda person: services.remove_change(person=person, scenario_id=pk, change_id=change),
        lambda made: f"{made.name}: one change less.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    name, seen = request.POST.get("name", ""), request.POST.get("seen", "")
    return _carry_out(
        request,
        lambda person: services.rename(person=person, scenario_id=pk, name=name, seen=seen),
        lambda made: f"It is called “{made.name}” now.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    return _carry_out(
        request,
        lambda person: services.copy(person=person, scenario_id=pk),
        lambda made: f"“{made.name}” holds the same changes.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def bring_up_to_date(request: HttpRequest, pk: int) -> HttpResponse:
    return _carry_out(
        request,
        lambda person: services.bring_up_to_date(person=person, scenario_id=pk),
        lambda made: f"“{made.name}” stands on {made.base} now.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Thrown away at once, with an Undo beside the word of it."""
    try:
        token = services.token_of(pk)
        name = services.delete(person=person_of(request), scenario_id=pk)
    except SupplyError as error:
        messages.error(request, str(error))
    else:
        url = reverse("supply:undo_delete_scenario")
        saved_with_undo(request, f"“{name}” is thrown away.", url=url, token=token)
    return redirect("supply:scenarios")


@requires(Permission.EDIT_SCENARIO)
@require_POST
def undo_delete(request: HttpRequest) -> HttpResponse:
    """Bring back the scenario that a token holds."""
    token = request.POST.get("token", "")
    return _carry_out(
        request,
        lambda person: services.bring_back(person=person, token=token),
        lambda made: f"“{made.name}” is back, with its changes.",
    )


@requires(Permission.EDIT_SCENARIO)
@require_http_methods(["GET", "POST"])
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says what would be written and what is to be known; POST writes it, with a reason."""
    person, scenario = person_of(request), _scenario(pk)
    form = PromoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.promote(
                person=person, scenario_id=pk, reason=form.cleaned_data["reason"],
                seen=request.POST.getlist("seen"), looked_at=read(request.POST.get("changes", "")) or None,
            )  # fmt: skip
        except (SupplyError, PartLocked) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"“{scenario.name}” is in the plan; it can be taken back here.")
            return _back(request, scenario)
    return _promote_page(request, scenario, person, form)


def _promote_page(
    request: HttpRequest, scenario: PlanVersion, person: Person, form: PromoteForm
) -> HttpResponse:
    changes = list(scenario.changes.select_related("scenario__base"))
    context = {
        "page_title": f"Promote “{scenario.name}”",
        "scenario": scenario,
        "plan_label": plan_label(scenario.base),
        "form": form,
        "written": [words(one) for one in changes if is_decision(one)],
        "assumed": [words(one) for one in changes if not is_decision(one)],
        "warnings": services.warnings(scenario, person),
        "gain": _gain(scenario, person),
        "obstacle": services.obstacle(changes, person),
        "looked_at": sealed(services.looked_at_now(changes)),
    }
    status = 422 if form.errors else 200
    return render(request, "supply/promote.html", context, status=status)


def _gain(scenario: PlanVersion, person: Person) -> str:
    if scenario.base is None:
        return ""
    found = selectors.compare(scenario.base, [scenario], scope=scope_of(person), periods=scenario.horizon)
    return signed(found.columns[0].values["margin"] - found.base["margin"])


@requires(Permission.EDIT_SCENARIO)
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _carry_out(
        request,
        lambda person: services.take_back(person=person, scenario_id=pk),
        lambda made: f"What “{made.name}” wrote is taken back.",
    )


def _scenario(pk: int) -> PlanVersion:
    return get_object_or_404(selectors.scenarios(), pk=pk)


def _carry_out(
    request: HttpRequest,
    work: Callable[[Person], PlanVersion],
    says: Callable[[PlanVersion], str],
    *,
    back: str = "",
) -> HttpResponse:
    """Do it and show the scenario, or say why not where the person was."""
    try:
        made = work(person_of(request))
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
        return redirect(back or _address(request))
    messages.success(request, says(made))
    return _back(request, made)


def _back(request: HttpRequest, scenario: PlanVersion) -> HttpResponse:
    """To the scenario, with those beside it that were there."""
    keys = [key for key in request.POST.get("show", "").split(",") if key.isdecimal()]
    if str(scenario.pk) not in keys:
        keys = [*keys[-2:], str(scenario.pk)]
    return redirect(f"{reverse('supply:scenarios')}?show={','.join(keys)}&chosen={scenario.pk}")


def _address(request: HttpRequest) -> str:
    keys = ",".join(key for key in request.POST.get("show", "").split(",") if key.isdecimal())
    return reverse("supply:scenarios") + (f"?show={keys}" if keys else "")


def _link(request: HttpRequest, **changed: str | None) -> str:
    """The page with its query, some of it changed; whole, because a refused form stands at another address."""
    return reverse("supply:scenarios") + query_with(request.GET, **changed)
