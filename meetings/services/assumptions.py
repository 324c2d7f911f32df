"""What the plan takes for granted: said by somebody, worth something, closed when settled."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from forecasting.models import Assumption
from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Category


@transaction.atomic
def note(
    *, person: Person, text: str, kind: str, category: Category | None = None, value: Decimal | None = None
) -> Assumption:
    require(person, Permission.COMMENT)
    return Assumption.objects.create(person=person, text=text, kind=kind, category=category, value=value)


@transaction.atomic
def settle(*, person: Person, pk: int) -> Assumption:
    """Close one: it came or it did not, and the plan no longer rests on it."""
    require(person, Permission.RUN_CYCLE)
    row = Assumption.objects.select_for_update().get(pk=pk)
    row.closed = row.closed or timezone.now()
    row.version += 1
    row.save(update_fields=["closed", "version"])
    return row
