"""What the pages of the cycle share: the cycle and plan they show, and how a refusal is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from siop.accounts.access import holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.calendar import CalendarError
from siop.plans.freezing import FreezingError
from siop.plans.hashing import HashingError
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from siop.web.plan_choice import plan_label

from ..errors import CycleError, StaleContent
from ..models import Cycle
from ..selectors import comparisons, cycles
from ..words import symbol

REFUSALS = (CycleError, FreezingError, HashingError, CalendarError)


@dataclass(frozen=True)
class Shown:
    """The cycle of a page, its plan and the person who looks."""

    person: Person
    cycle: Cycle | None

    @cached_property
    def plan(self) -> PlanVersion | None:
        return cycles.shown_plan(self.cycle) or working_plan()

    @cached_property
    def last_plan(self) -> PlanVersion | None:
        return cycles.previous_plan(self.cycle)

    @cached_property
    def sign(self) -> str:
        return symbol()

    @cached_property
    def comparison(self) -> comparisons.Comparison | None:
        """The four comparisons within what the person may see."""
        if self.plan is None:
            return None
        return comparisons.compare(
            self.plan, last_cycle=self.last_plan, scope=comparisons.scope_of(self.person)
        )

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "the_cycle": self.cycle,
            "plan": self.plan,
            "sign": self.sign,
            "plan_label": plan_label(self.plan),
        } | more


def sees_everything(person: Person) -> bool:
    return holds_everywhere(person, Permission.VIEW)


def require_whole_company(person: Person) -> None:
    """Packs and the meeting speak of the whole company."""
    if not sees_everything(person):
        raise PermissionDenied(
            "This page holds figures of the whole company; your role sees a part of it. "
            "Ask an administrator for a role without category or location."
        )


def done(
    request: HttpRequest,
    work: Callable[[], str],
    *,
    back: str,
    stale: Callable[[str], HttpResponse] | None = None,
) -> HttpResponse:
    """Do it and go back with a word about it; a refusal says why. What has changed meanwhile answers 409."""
    try:
        messages.success(request, work())
    except StaleContent as error:
        if stale is not None:
            return stale(str(error))
        messages.error(request, str(error), extra_tags="error")
    except REFUSALS as error:
        messages.error(request, str(error), extra_tags="error")
    return redirect(back)
