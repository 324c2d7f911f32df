"""Put an exception off until a day, with a reason, and take it up again."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.selectors import working_plans
from siop.web import audit
from siop.web.plan_choice import looking_day
from siop.web.templatetags.siop import day
from siop.web.undo import TooOld, note, opened

from ..enums import ExceptionStatus
from ..errors import StaleRow, SupplyError
from ..models import PlanException

LONGEST = timedelta(days=180)
ROOM = "snooze"
MADE_AGAIN = "Some of the chosen are settled or stand anew: the plan was made again meanwhile. Choose again."


def snooze(*, person: Person, exception_id: int, version: int, until: date, reason: str) -> PlanException:
    """Out of sight until a day; the same threat stays snoozed through recomputations."""
    _check_reason(reason)
    with transaction.atomic():
        found = _mine(person, exception_id, version)
        _check_day(found, until)
        audit.because(reason)
        return _update(
            found, status=ExceptionStatus.SNOOZED, snoozed_until=until, note=reason.strip(), person=person
        )


def snooze_chosen(
    *, person: Person, exception_ids: Collection[int], until: date, reason: str
) -> list[PlanException]:
    """Several at once, all or none; as `snooze`."""
    _check_reason(reason)
    with transaction.atomic():
        found = list(_editable(person).filter(pk__in=exception_ids))
        if len(found) < len(exception_ids):
            raise SupplyError(MADE_AGAIN)
        if not found:
            raise SupplyError("Choose exceptions first.")
        _check_day(found[0], until)
        audit.because(reason)
        _in_working_plans(person, [one.key for one in found]).update(
            version=F("version") + 1,
            status=ExceptionStatus.SNOOZED,
            snoozed_until=until,
            note=reason.strip(),
            person=person,
        )
    return found


def token_of(found: Collection[PlanException], *, until: date, reason: str) -> str:
    """Signed: what was snoozed and how, to be taken back."""
    return note(
        ROOM, {"keys": [one.key for one in found], "until": until.isoformat(), "reason": reason.strip()}
    )


def take_back(*, person: Person, token: str) -> int:
    """Open again what a token names, as far as it still is snoozed as then; how many. Raises SupplyError for none."""
    try:
        given = opened(ROOM, token)
    except TooOld as error:
        raise SupplyError(str(error)) from None
    as_then = _in_working_plans(person, given["keys"]).filter(
        status=ExceptionStatus.SNOOZED,
        person=person,
        snoozed_until=date.fromisoformat(given["until"]),
        note=given["reason"],
    )
    with transaction.atomic():
        count = as_then.order_by().values("key").distinct().count()
        as_then.update(version=F("version") + 1, status=ExceptionStatus.OPEN, snoozed_until=None)
    if not count:
        raise SupplyError("Somebody changed it since; open it again on its page.")
    return count


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise SupplyError("Say why it can wait; the reason is shown with the exception.")


def _check_day(found: PlanException, until: date) -> None:
    today = looking_day(found.plan)
    if not today < until <= today + LONGEST:
        raise SupplyError(f"Choose a day after {day(today)} and no later than {day(today + LONGEST)}.")


def _editable(person: Person) -> QuerySet[PlanException]:
    require(person, Permission.EDIT_SUPPLY)
    return visible(PlanException.objects.all(), person, permission=Permission.EDIT_SUPPLY)


def _in_working_plans(person: Person, keys: Collection[str]) -> QuerySet[PlanException]:
    """In both plans that people work on: the live plan takes over where the cycle's is published."""
    return _editable(person).filter(plan__in=[plan.pk for plan in working_plans()], key__in=keys)


def reopen(*, person: Person, exception_id: int, version: int) -> PlanException:
    with transaction.atomic():
        found = _mine(person, exception_id, version)
        return _update(found, status=ExceptionStatus.OPEN, snoozed_until=None, person=person)


def _mine(person: Person, exception_id: int, version: int) -> PlanException:
    found = (
        _editable(person)
        .select_for_update(of=("self",))
        .select_related("plan", "person")
        .filter(pk=exception_id)
        .first()
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


def _update(found: PlanException, *, person: Person, **fields: object) -> PlanException:
    """Set it, and the same threat of the other plan that people work on."""
    twins = _in_working_plans(person, [found.key]).exclude(pk=found.pk)
    twins.update(version=F("version") + 1, person=person, **fields)
    PlanException.objects.filter(pk=found.pk, version=found.version).update(
        version=F("version") + 1, person=person, **fields
    )
    found.refresh_from_db()
    return found
