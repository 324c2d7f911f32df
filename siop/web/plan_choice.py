"""Which plan a page shows: the one named in its address, else the one that people work on."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest
from django.utils import timezone

from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.selectors import plan_by_number, planning_day, working_plan

READABLE = [PlanStatus.CURRENT, PlanStatus.DRAFT, PlanStatus.PUBLISHED, PlanStatus.SUPERSEDED]
NEAR = timedelta(days=62)


def plan_shown(request: HttpRequest) -> PlanVersion | None:
    """`?plan=12` where given, else the working plan; None before the first plan is computed."""
    wanted = request.GET.get("plan", "")
    return readable_plan(wanted) if wanted else working_plan()


def readable_plan(key: str) -> PlanVersion:
    plan = plan_by_number(int(key)) if key.isdecimal() and len(key) < 19 else None
    if plan is None or plan.status not in READABLE or plan.kind == PlanKind.SCENARIO:
        raise Http404(f"There is no plan {key} to show.")
    return plan


def plan_label(plan: PlanVersion | None) -> str:
    if plan is None:
        return ""
    content = f" · {plan.content_hash[:8]}" if plan.content_hash else ""
    return f"{plan.get_kind_display()} v{plan.pk}{content}"


def looking_day(plan: PlanVersion) -> date:
    """The day from which due dates are seen: today, where the plan is of these weeks, else its planning date."""
    today, planned = timezone.localdate(), planning_day(plan)
    return today if planned <= today <= planned + NEAR else planned
