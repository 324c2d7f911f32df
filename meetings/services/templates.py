"""The cycle template: how long each stage takes, in working days, and who owns it. Parameters change both."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from siop.accounts.enums import Role
from siop.accounts.models import Person
from siop.catalog import parameters

from ..enums import StageKind
from ..errors import CycleError
from ..selectors.working_days import add_working_days, closures, first_working_day

WORKING_DAYS = {
    StageKind.GATHER: 3,
    StageKind.DEMAND_REVIEW: 4,
    StageKind.SUPPLY_REVIEW: 4,
    StageKind.RECONCILIATION: 2,
    StageKind.EXECUTIVE_MEETING: 1,
    StageKind.IMPLEMENTATION: 15,
    StageKind.CLOSED: 1,
}
# A company may leave these out by giving them no days.
OPTIONAL = {
    StageKind.DEMAND_REVIEW,
    StageKind.SUPPLY_REVIEW,
    StageKind.RECONCILIATION,
    StageKind.IMPLEMENTATION,
}
OWNERS: dict[StageKind, tuple[Role, str]] = {
    StageKind.GATHER: (Role.ADMINISTRATOR, ""),
    StageKind.DEMAND_REVIEW: (Role.DEMAND_PLANNER, ""),
    StageKind.SUPPLY_REVIEW: (Role.SUPPLY_PLANNER, ""),
    StageKind.RECONCILIATION: (Role.DEPARTMENT_HEAD, "finance"),
    StageKind.EXECUTIVE_MEETING: (Role.EXECUTIVE, ""),
    StageKind.IMPLEMENTATION: (Role.EXECUTIVE, ""),
    StageKind.CLOSED: (Role.ADMINISTRATOR, ""),
}


def schedule(start: date) -> list[tuple[StageKind, date, date]]:
    """(stage, first day, due date) of each stage of a cycle whose days count from `start`."""
    closed, rows = closures(), []
    day = first_working_day(start, closed)
    for kind, default in WORKING_DAYS.items():
        days = int(parameters.number(f"stage_days_{kind}", default))
        if days == 0:
            if kind not in OPTIONAL:
                raise CycleError(
                    f"Parameter stage_days_{kind} is 0, but no cycle goes without {kind.label.lower()}."
                )
            continue
        due = add_working_days(day, days - 1, closed)
        rows.append((kind, day, due))
        day = add_working_days(due, 1, closed)
    return rows


def owner_of(kind: StageKind) -> Person | None:
    """The person named by parameter `stage_owner_<stage>`, else the first who holds the role of the stage."""
    named = parameters.text(f"stage_owner_{kind}")
    if named:
        return Person.objects.filter(email__iexact=named, is_active=True).first()
    role, department = OWNERS[kind]
    people = holders(role)
    preferred = people.filter(grants__department__code__iexact=department) if department else people
    return preferred.first() or people.first()


def holders(role: Role) -> QuerySet[Person]:
    """Active people who hold a role today, by id."""
    now = Q(grants__expires__isnull=True) | Q(grants__expires__gt=timezone.localdate())
    return Person.objects.filter(now, grants__role=role, is_active=True).order_by("id").distinct()
