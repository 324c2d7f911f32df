"""Key figures of a cycle, kept for the trend; one that is red three cycles running raises a systemic action."""

from django.db import transaction

from siop.accounts.enums import Role
from siop.accounts.models import Person

from ..enums import ActionKind
from ..models import Cycle, KpiValue
from ..selectors import cycles
from ..selectors import kpis as definitions
from ..selectors.trends import red_running
from . import actions, templates


@transaction.atomic
def record(cycle: Cycle) -> list[KpiValue]:
    """Measure every key figure for the cycle as it stands and keep the values; a later record replaces them."""
    plan = cycles.shown_plan(cycle)
    if plan is None:
        return []
    at = definitions.moment(plan, last_cycle=cycles.previous_plan(cycle))
    rows = []
    for kpi in definitions.KPIS:
        value = kpi.measure(at)
        row, _ = KpiValue.objects.update_or_create(
            cycle=cycle,
            kpi=kpi.name,
            defaults={"value": value, "target": kpi.limits()[0], "colour": kpi.colour(value)},
        )
        rows.append(row)
    raise_systemic_actions(cycle)
    return rows


def raise_systemic_actions(cycle: Cycle) -> None:
    """One systemic action for each such figure, while none is open for it (S21)."""
    for kpi in red_running(cycle):
        owner = _owner(kpi)
        if owner is not None:
            actions.raise_by_itself(
                cycle=cycle,
                source_key=f"kpi:{kpi.name}",
                title=f"{kpi.label} missed its target three cycles running: change the process",
                kind=ActionKind.SYSTEMIC,
                root_cause=kpi.label,
                owner=owner,
                due=actions.default_due(cycle),
            )


def _owner(kpi: definitions.Kpi) -> Person | None:
    people = templates.holders(Role(kpi.owner_role)).first() or templates.holders(Role.EXECUTIVE).first()
    return people or templates.holders(Role.ADMINISTRATOR).first()
