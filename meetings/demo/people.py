"""Who works at Tidewell, with the roles of the cycle. The password is printed on the local login page."""

from django.conf import settings
from django.db import transaction

from siop.accounts.enums import Role, UsualDepartment
from siop.accounts.models import Department, Person, RoleGrant

from .months import Calendar

PASSWORD = settings.DEMONSTRATION_PASSWORD
CAST: list[tuple[str, Role, str | None]] = [
    ("Ada", Role.ADMINISTRATOR, None),
    ("Dana", Role.DEMAND_PLANNER, None),
    ("Sam", Role.SUPPLY_PLANNER, None),
    ("Sofia", Role.DEPARTMENT_HEAD, "sales"),
    ("Otto", Role.DEPARTMENT_HEAD, "operations"),
    ("Petra", Role.DEPARTMENT_HEAD, "purchasing"),
    ("Finn", Role.DEPARTMENT_HEAD, "finance"),
    ("Quinn", Role.DEPARTMENT_HEAD, "quality"),
    ("Erin", Role.EXECUTIVE, None),
    ("Amir", Role.ACTION_OWNER, None),
    ("Gwen", Role.GUEST, None),
]


@transaction.atomic
def create(calendar: Calendar) -> dict[str, Person]:
    """The cast by first name; the guest expert's access ends after two months."""
    departments = {
        code: Department.objects.get_or_create(code=code, defaults={"name": name})[0]
        for code, name in UsualDepartment.choices
    }
    people = {}
    for name, role, department in CAST:
        person = Person.objects.create_person(
            email=f"{name.lower()}@tidewell.example", name=name, password=PASSWORD
        )
        RoleGrant.objects.create(
            person=person,
            role=role,
            department=departments[department] if department else None,
            expires=calendar.m(2) if role == Role.GUEST else None,
        )
        people[name] = person
    return people
