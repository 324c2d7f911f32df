"""Who asks: the person behind a session, with what their roles are."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import connection, models
from django.utils import timezone

from siop.statements import answers

from .access import remember_roles
from .models import Person, RoleGrant


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


PERSON, GRANT = _columns(Person), _columns(RoleGrant)
READ = f"""
SELECT {", ".join(f"p.{name}" for name in PERSON)}, {", ".join(f"g.{name}" for name in GRANT)}
FROM accounts_person p
LEFT JOIN accounts_rolegrant g ON g.person_id = p.id AND (g.expires IS NULL OR g.expires > %s)
WHERE p.id = %s ORDER BY g.id
"""  # noqa: S608 - columns of our own models


class PersonBackend(ModelBackend):
    """Every request asks for a person and their roles; one statement, composed once, answers both."""

    def get_user(self, user_id: Any) -> Person | None:
        rows = answers(READ, [timezone.localdate(), user_id])
        if not rows:
            return None
        person = Person.from_db(connection.alias, PERSON, rows[0][: len(PERSON)])
        grants = [row[len(PERSON) :] for row in rows if row[len(PERSON)] is not None]
        remember_roles(person, [RoleGrant.from_db(connection.alias, GRANT, row) for row in grants])
        return person if self.user_can_authenticate(person) else None
