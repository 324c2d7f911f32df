"""Key figures of a cycle, kept for the trend; one that is red three cycles running raises a systemic action."""

from django.db import transaction
from django.utils import timezone

from siop.accounts.enums import Role
from siop.accounts.models import Person
from siop.reading import one_reading

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
    with one_reading():
        at = definitions.moment(plan, last_cycle=cycles.previous_plan(cycle))
        rows = [_measured(cycle, kpi, kpi.measure(at)) for kpi in definitions.KPIS]
    KpiValue.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["cycle", "kpi"],
        update_fields=["value", "target", "colour", "at"],
    )
    raise_systemic_actions(cycle)
    return rows


def _measured(cycle: Cycle, kpi: definitions.Kpi, value: float | None) -> KpiValue:
    return KpiValue(
        cycle=cycle,
        kpi=kpi.name,
        value=value,
        target=kpi.limits()[0],
        colour=kpi.colour(value),
        at=timezone.now(),
    )


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
