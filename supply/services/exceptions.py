"""Put an exception off until a day, with a reason, and take it up again."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import F

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plans
from siop.web import audit
from siop.web.plan_choice import looking_day
from siop.web.templatetags.siop import day

from ..enums import ExceptionStatus
from ..errors import StaleRow, SupplyError
from ..models import PlanException

LONGEST = timedelta(days=180)


def snooze(*, person: Person, exception_id: int, version: int, until: date, reason: str) -> PlanException:
    """Out of sight until a day; the same threat stays snoozed through recomputations."""
    if not reason.strip():
        raise SupplyError("Say why it can wait; the reason is shown with the exception.")
    with transaction.atomic():
        found = _mine(person, exception_id, version)
        today = looking_day(found.plan)
        if not today < until <= today + LONGEST:
            raise SupplyError(f"Choose a day after {day(today)} and no later than {day(today + LONGEST)}.")
        audit.because(reason)
        return _update(
            found, status=ExceptionStatus.SNOOZED, snoozed_until=until, note=reason.strip(), person=person
        )


def reopen(*, person: Person, exception_id: int, version: int) -> PlanException:
    with transaction.atomic():
        found = _mine(person, exception_id, version)
        return _update(found, status=ExceptionStatus.OPEN, snoozed_until=None, person=person)


def _mine(person: Person, exception_id: int, version: int) -> PlanException:
    require(person, Permission.EDIT_SUPPLY)
    rows = visible(PlanException.objects.all(), person, permission=Permission.EDIT_SUPPLY)
    found = (
        rows.select_for_update(of=("self",)).select_related("plan", "person").filter(pk=exception_id).first()
    )
    if found is None:
        raise SupplyError("This exception is gone, or lies outside what you may edit. Reload the page.")
    if found.version != version:
        raise StaleRow(
            f"{found.person or 'Somebody'} set it to {found.get_status_display().lower()} meanwhile.",
            theirs={"status": found.get_status_display(), "note": found.note},
            version=found.version,
        )
    return found


def _update(found: PlanException, **fields: object) -> PlanException:
    """In both plans that people work on: the live plan takes over where the cycle's is published."""
    plans = [plan.pk for plan in working_plans()]
    twins = PlanException.objects.filter(plan__in=plans, key=found.key).exclude(pk=found.pk)
    twins.update(version=F("version") + 1, **fields)
    PlanException.objects.filter(pk=found.pk, version=found.version).update(
        version=F("version") + 1, **fields
    )
    found.refresh_from_db()
    return found
