"""A company in its second cycle: the first is published, the second stands in the executive meeting."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from factories import AS_OF, company, cycle_in, heads, live_plan, plan_exception, somebody

from forecasting.models import BudgetLine
from meetings.services import actions, approvals, cycles
from siop.plans.enums import PlanStatus
from siop.plans.models import PlanVersion


def second_cycle() -> Any:
    """Companies, people, both cycles and what tests speak of."""
    ada, dana = somebody("ada", "administrator"), somebody("dana", "demand_planner")
    sam, erin = somebody("sam", "supply_planner"), somebody("erin", "executive")
    made = company(("Bottles", "Capsules", "Kits"))
    team = heads(somebody)
    for month in [date(2026, 11, 1), date(2026, 12, 1), *(date(2027, number, 1) for number in range(1, 12))]:
        for category in made.categories.values():
            BudgetLine.objects.create(month=month, category=category, units=220, revenue=Decimal(6600))
    first_live = live_plan(made, demand=90, as_of=date(2026, 11, 1), horizon=13)
    first = cycle_in("executive_meeting", ada, period=date(2026, 11, 1))
    for head in team.values():
        approvals.approve(person=head)
    approvals.publish(person=erin)
    PlanVersion.objects.filter(pk=first_live.pk).update(status=PlanStatus.SUPERSEDED)
    cycles.advance(person=erin, force=True, reason="a test moves it")
    late = actions.create(
        person=erin, cycle=first, title="Second source for part 37", owner=sam, due=date(2026, 11, 20)
    )
    live = live_plan(made, demand=100)
    plan_exception(live, item=made.items[0], location=made.location)
    plan_exception(
        live,
        title="Cap housing: tariff 10 to 25 %",
        kind="tariff",
        money_at_risk=12000,
        action_cost=1300,
        avoidable_loss=10700,
    )
    cycle = cycle_in("executive_meeting", ada, period=AS_OF)
    return SimpleNamespace(  # what tests speak of
        company=made,
        team=team,
        first=first,
        cycle=cycle,
        live=live,
        plan=cycle.plan,
        late=late,
        ada=ada,
        dana=dana,
        sam=sam,
        erin=erin,
    )
