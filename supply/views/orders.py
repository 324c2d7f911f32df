"""Firm, let go and release planned orders."""

from collections.abc import Callable
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.visibility import visible
from siop.plans.locks import PartLocked
from siop.plans.selectors import working_plan
from siop.web.requests import own_address
from siop.web.templatetags.siop import day, many, number, signed
from siop.web.undo import saved_with_undo

from ..errors import StaleRow, SupplyError
from ..forms import FirmForm, VersionedForm
from ..models import PlannedOrder
from ..services import firm_undo
from ..services import orders as services

GONE = "The plan was made again meanwhile and some of the chosen orders are other ones now; choose again."


@requires(Permission.EDIT_SUPPLY)
@require_POST
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the quantity of an order, with a reason; 422 and 409 answer with the form."""
    order = _order(request, pk)
    if not request.POST.get("version"):
        return _again(request, order, FirmForm(request.POST), status=428)
    form = FirmForm(request.POST)
    if not form.is_valid():
        return _again(request, order, form, status=422)
    if order.pk != pk:
        _meanwhile(request, form, _made_again(order), order.version)
        return _again(request, order, form, status=409)
    quantity: Decimal = form.cleaned_data["quantity"]
    try:
        made = services.firm_order(
            person=person_of(request),
            order_id=pk,
            version=form.cleaned_data["version"],
            quantity=quantity,
            reason=form.cleaned_data["reason"],
        )
    except StaleRow as error:
        _meanwhile(request, form, str(error), error.version)
        return _again(request, order, form, status=409)
    except (SupplyError, PartLocked) as error:
        form.add_error("quantity", str(error))
        return _again(request, order, form, status=422)
    change = made.quantity - (made.computed_quantity or made.quantity)
    cost = change * (made.unit_landed_cost or 0)
    note = f", {signed(change)} on the plan, {signed(cost)} in money" if change else ""
    saved_with_undo(
        request,
        f"{made.number} is firm at {number(made.quantity)}{note}.",
        url=reverse("supply:undo_firm"),
        token=firm_undo.token_of(made, before=order),
        back=request.POST.get("next", ""),
    )
    return _back(request, order)


@requires(Permission.EDIT_SUPPLY)
@require_POST
def let_go(request: HttpRequest, pk: int) -> HttpResponse:
    order, form = _order(request, pk), VersionedForm(request.POST)
    if not form.is_valid():
        return HttpResponse("Reload the page and try again.", status=428, content_type="text/plain")
    version = form.cleaned_data["version"]
    _try(
        request,
        lambda: services.let_go(person=person_of(request), order_id=pk, version=version),
        done=f"{order.number} follows the plan again.",
    )
    return _back(request, order)


@requires(Permission.EDIT_SUPPLY)
@require_POST
def undo_firm(request: HttpRequest) -> HttpResponse:
    """Take back the firming that a token names."""
    try:
        order = firm_undo.take_back(person=person_of(request), token=request.POST.get("token", ""))
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
        return redirect("supply:plan")
    messages.success(request, f"Taken back: {order.number} is as it was.")
    return _back(request, order)


@requires(Permission.RELEASE_ORDERS)
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """The chosen orders go out, all or none."""
    keys = [key for key in request.POST.getlist("order") if key.isdecimal()]
    mine = visible(PlannedOrder.objects.all(), person_of(request), permission=Permission.RELEASE_ORDERS)
    chosen = list(mine.filter(pk__in=keys))
    if chosen and len(chosen) < len(set(keys)):
        messages.error(request, GONE)
        return redirect(own_address(request, request.POST.get("next", ""), default=reverse("supply:plan")))
    chosen = services.whole_runs(chosen)
    done = f"{many(len(chosen), 'order')} released; each is an open order now."
    _try(request, lambda: services.release_orders(person=person_of(request), orders=chosen), done=done)
    return redirect(own_address(request, request.POST.get("next", ""), default=reverse("supply:plan")))


def _order(request: HttpRequest, pk: int) -> PlannedOrder:
    """The order; where the plan was made again since the page was read, the one that has its number now."""
    mine = visible(PlannedOrder.objects.select_related("item", "plan"), person_of(request))
    found = mine.filter(pk=pk).first()
    if found is None:
        found = mine.filter(plan=working_plan(), number=request.POST.get("number", "")[:40]).first()
    if found is None:
        raise Http404("This order is not in the plan any more.")
    return found


def _made_again(order: PlannedOrder) -> str:
    return f"The plan was made again meanwhile: {order.number} is {number(order.quantity)} by {day(order.due_date)} now."


def _meanwhile(request: HttpRequest, form: FirmForm, said: str, version: int) -> None:
    """What stands there now, beside what was typed; saving again replaces it."""
    form.data = request.POST.copy()
    form.data["version"] = str(version)
    form.add_error(None, f"{said} Save again to replace it by {number(form.cleaned_data['quantity'])}.")


def _again(request: HttpRequest, order: PlannedOrder, form: FirmForm, *, status: int) -> HttpResponse:
    template = "supply/_firm_form.html" if "HX-Request" in request.headers else "supply/firm.html"
    context = {"order": order, "firm_form": form, "may_edit": True, "page_title": f"Firm {order.number}"}
    return render(request, template, context, status=status)


def _back(request: HttpRequest, order: PlannedOrder) -> HttpResponse:
    chosen = reverse("supply:plan") + f"?order={order.number}"
    address = own_address(request, request.POST.get("next", ""), default=chosen)
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _try(request: HttpRequest, change: Callable[[], object], *, done: str) -> None:
    try:
        change()
    except (SupplyError, PartLocked) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
