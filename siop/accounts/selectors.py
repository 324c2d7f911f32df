from django.conf import settings
from django.db.models import QuerySet

from .access import roles_of
from .models import Person


def people() -> QuerySet[Person]:
    return Person.objects.prefetch_related("grants__department", "grants__category", "grants__location")


def demonstration_people() -> list[dict[str, str]]:
    """The cast that the login page of a local demonstration offers; empty everywhere else."""
    if not settings.DEMONSTRATION:
        return []
    cast = Person.objects.filter(email__endswith="@tidewell.example", is_active=True).order_by("id")
    return [
        {
            "email": person.email,
            "name": person.name,
            "password": settings.DEMONSTRATION_PASSWORD,
            "role": ", ".join(_role(grant) for grant in roles_of(person)),
        }
        for person in cast
    ]


def _role(grant: object) -> str:
    department = getattr(grant, "department", None)
    label = str(grant.get_role_display())  # type: ignore[attr-defined]
    return f"{label}, {department.name.lower()}" if department else label
