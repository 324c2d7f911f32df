"""What the supply pages share: the plan they show, its months and its money."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.plans.selectors import history_months, planned_months
from siop.web import explanations
from siop.web.headlines import Headline
from siop.web.plan_choice import looking_day, plan_label, plan_shown
from siop.web.templatetags.siop import many, money

from .. import definitions
from ..selectors.pages.exceptions import ExceptionTotals


@dataclass(frozen=True)
class Shown:
    """The plan of a page."""

    plan: PlanVersion

    @cached_property
    def months(self) -> list[date]:
        return planned_months(self.plan)

    @cached_property
    def history_months(self) -> list[date]:
        return history_months(self.plan)

    @cached_property
    def day(self) -> date:
        return looking_day(self.plan)

    @cached_property
    def currency(self) -> str:
        return sign_of(self.plan.parameters.get("currency") or parameters.load().currency)

    def why(self, name: str) -> str:
        """Address of why a figure of the whole plan is what it is."""
        return explanations.url("kpi", self.plan.pk, name)

    def open_loss(self, totals: ExceptionTotals) -> Headline:
        """What open exceptions cost that acting can still avoid."""
        return Headline(
            label=f"Avoidable loss, open, {self.currency}",
            value=money(totals.avoidable_loss),
            definition=definitions.AVOIDABLE_LOSS,
            note=many(totals.count, "exception"),
            why=self.why("avoidable_loss"),
        )

    def context(self, **more: Any) -> dict[str, Any]:
        return {
            "plan": self.plan,
            "plan_label": plan_label(self.plan),
            "currency": self.currency,
            "day_seen": self.day,
            "locked": locks.closed_because(PlanPart.SUPPLY),
        } | more


def shown(request: HttpRequest) -> Shown | None:
    plan = plan_shown(request)
    return Shown(plan) if plan else None


def no_plan(request: HttpRequest, title: str) -> HttpResponse:
    """Before the first import was computed."""
    return render(request, "supply/no_plan.html", {"page_title": title})
