"""Change the policy of one item at one place."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inventory.models import Policy
from siop.accounts.access import person_of, requires
from siop.accounts.enums import Permission
from siop.catalog.visibility import visible_items, visible_locations
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.locks import PartLocked

from ..errors import StaleRow, SupplyError
from ..forms import PolicyForm
from ..services.policies import edit_policy


@requires(Permission.EDIT_SUPPLY)
@require_http_methods(["GET", "POST"])
def policy(request: HttpRequest, item: int, location: int) -> HttpResponse:
    """GET shows the form on a page of its own; POST saves or says what is wrong, and what stands there now."""
    person = person_of(request)
    thing = get_object_or_404(visible_items(person), pk=item)
    place = get_object_or_404(visible_locations(person), pk=location)
    context = {
        "page_title": f"Policy of {thing} at {place}",
        "item": thing,
        "location": place,
        "policy_locked": locks.closed_because(PlanPart.INVENTORY),
    }
    if request.method == "GET":
        now = Policy.objects.filter(item=thing, location=place).first()
        return render(request, "supply/policy.html", context | {"form": PolicyForm.of(now)})
    if not request.POST.get("version"):
        return render(request, "supply/policy.html", context | {"form": PolicyForm(request.POST)}, status=428)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return render(request, "supply/policy.html", context | {"form": form}, status=422)
    values = {name: value for name, value in form.cleaned_data.items() if name not in ("version", "reason")}
    try:
        edit_policy(
            person=person,
            item=thing,
            location=place,
            version=form.cleaned_data["version"],
            values=values,
            reason=form.cleaned_data["reason"],
        )
    except StaleRow as error:
        form.data = request.POST.copy()
        form.data["version"] = str(error.version)
        context["conflict"] = {
            "message": str(error),
            "theirs": [(k.replace("_", " "), v) for k, v in error.theirs.items() if v],
        }
        return render(request, "supply/policy.html", context | {"form": form}, status=409)
    except (SupplyError, PartLocked) as error:
        form.add_error(None, str(error))
        return render(request, "supply/policy.html", context | {"form": form}, status=422)
    messages.success(request, f"The policy of {thing} at {place} is saved; new targets follow.")
    return redirect(reverse("supply:item_location", args=[item, location]) + "?tab=policy")
