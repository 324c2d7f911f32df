"""What each ABC-XYZ class starts with: one table, its effect on the stock, and who may change it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from inventory.engine import ClassPolicy
from inventory.selectors import class_policies as selectors
from inventory.selectors.class_effects import ClassEffect, class_effects
from siop.accounts.access import holds_everywhere, permissions_of, person_of, requires
from siop.accounts.enums import Permission
from siop.accounts.services import set_parameters
from siop.accounts.views.common import settings_page
from siop.catalog.currency import sign_of
from siop.catalog.parameters import ParameterError
from siop.plans.selectors import current_live_plan

from ..forms import ClassPoliciesForm
from .inventory import class_words

PAGE = "item_classes:page"


@requires(Permission.VIEW)
@require_GET
def class_policies(request: HttpRequest) -> HttpResponse:
    return _page(request, ClassPoliciesForm(), policies=_company())


@requires(Permission.SET_CLASSES)
@require_POST
def set_class_policies(request: HttpRequest) -> HttpResponse:
    """`preview` shows what it would tie up; without it the defaults are stored and the live plan follows."""
    person, form = person_of(request), ClassPoliciesForm(request.POST)
    if not form.is_valid():
        return _page(request, form, policies=_company())
    if "preview" in request.POST:
        return _page(request, form, policies=selectors.read(form.values().items()), preview=True)
    if not holds_everywhere(person, Permission.SET_CLASSES):
        form.add_error(None, "These defaults hold for the whole company; your role covers a part of it.")
    if not form.cleaned_data["reason"]:
        form.add_error("reason", "Say why; the reason is kept with the change.")
    changed = form.changes()
    if form.errors:
        return _page(request, form, policies=_company())
    set_parameters(changed, person=person, reason=form.cleaned_data["reason"])
    classes = sorted({name.split("_")[1].upper() for name in changed})
    if classes:
        messages.success(request, f"{', '.join(classes)}: new targets follow in the live plan.")
    else:
        messages.info(request, "Nothing was changed.")
    return redirect(PAGE)


def _company() -> dict[str, ClassPolicy] | None:
    """What holds now; None where an import left what cannot be read, which the fields then show."""
    try:
        return selectors.of_company()
    except ParameterError:
        return None


def _page(
    request: HttpRequest,
    form: ClassPoliciesForm,
    *,
    policies: dict[str, ClassPolicy] | None,
    preview: bool = False,
) -> HttpResponse:
    plan, person = current_live_plan(), person_of(request)
    whole = holds_everywhere(person, Permission.VIEW)
    effects = class_effects(plan, policies) if whole and plan and policies else {}
    context: dict[str, Any] = {
        "form": form,
        "rows": [
            {"klass": klass, "words": class_words(klass), "fields": fields, "effect": effects.get(klass)}
            for klass, fields in form.rows
        ],
        "sum": _sum(effects),
        "preview": preview,
        "currency": sign_of(plan.parameters.get("currency", "")) if plan else "",
        "may_set": Permission.SET_CLASSES.value in permissions_of(person),
    }
    return settings_page(request, "supply/class_policies.html", context, form=form)


def _sum(effects: dict[str, ClassEffect]) -> ClassEffect | None:
    if not effects:
        return None
    found = effects.values()
    return ClassEffect(
        places=sum(one.places for one in found),
        followers=sum(one.followers for one in found),
        value=sum(one.value for one in found),
        change=sum(one.change for one in found),
    )
