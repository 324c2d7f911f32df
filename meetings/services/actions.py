"""Action items: an owner and a due date, evidence when done, a reminder when late, the root when it comes back."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from siop.accounts.access import may, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.web.models import Notification

from ..enums import ActionKind, ActionStatus, StageKind
from ..errors import CycleError, StaleContent
from ..models import ActionItem, AgendaItem, Cycle, Decision
from ..selectors import actions, cycles
from ..words import day
from .telling import tell

NUMBERING = 7_340_002


@transaction.atomic
def create(
    *,
    person: Person,
    cycle: Cycle,
    title: str,
    owner: Person | None,
    due: date | None,
    kind: str = ActionKind.CORRECTIVE,
    root_cause: str = "",
    decision: Decision | None = None,
    agenda_item: AgendaItem | None = None,
    effect_value: Decimal | None = None,
) -> ActionItem:
    """An action that somebody owns until a day; without both it is not saved (S48)."""
    require(person, Permission.EDIT_ACTION)
    if not title.strip():
        raise CycleError("Say what is to be done.")
    if owner is None:
        raise CycleError("Name an owner: an action without one is not saved.")
    if due is None:
        raise CycleError("Name a due date: an action without one is not saved.")
    if not may(owner, Permission.EDIT_ACTION):
        raise CycleError(
            f"{owner} may not work on actions; name somebody who may, or give {owner} the role in Settings."
        )
    item = _insert(
        cycle=cycle, title=title.strip(), owner=owner, due=due, kind=kind, root_cause=root_cause.strip(),
        decision=decision, agenda_item=agenda_item, effect_value=effect_value,
    )  # fmt: skip
    if owner.pk != person.pk:
        _tell_owner(item)
    return item


@transaction.atomic
def take_back(*, person: Person, pk: int, version: int) -> str:
    """Remove an action that was just made and that nobody has touched since; its code.

    What its owner was told goes with it; who had it by mail is told that it is gone.
    """
    require(person, Permission.EDIT_ACTION)
    item = ActionItem.objects.select_for_update().filter(pk=pk).first()
    if item is None:
        raise CycleError("It is taken back already.")
    if item.version != version:
        raise StaleContent(f"{item.code} was worked on in the meantime; it stays. Change it on its page.")
    told = Notification.objects.filter(key__startswith=f"action:{item.pk}:")
    mailed = Person.objects.filter(pk__in=told.exclude(mailed=None).values("person"))
    tell(mailed, key=f"no_action:{item.pk}", text=f"{person} took {item.code} back: {item.title}")
    told.delete()
    item.delete()
    return item.code


def raise_by_itself(*, source_key: str, **fields: Any) -> ActionItem | None:
    """An action that figures ask for; None while one of the same source is open."""
    if ActionItem.objects.filter(source_key=source_key).exclude(status=ActionStatus.DONE).exists():
        return None
    try:
        with transaction.atomic():
            item = _insert(source_key=source_key, **fields)
    except IntegrityError:  # somebody else raised it at the same moment
        return None
    _tell_owner(item)
    return item


def _insert(**fields: Any) -> ActionItem:
    """Numbers are given one at a time, so that codes have no gap and no double."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
        cursor.execute(
            "SELECT coalesce(max(substr(code, 3)::bigint), 0) + 1 FROM meetings_actionitem WHERE code ~ '^A-[0-9]+$'"
        )
        number = cursor.fetchone()[0]
    return ActionItem.objects.create(code=f"A-{number}", **fields)


def _tell_owner(item: ActionItem) -> None:
    tell(
        [item.owner],
        key=f"action:{item.pk}:{item.owner_id}",
        text=f"{item.code} is yours, due {day(item.due)}: {item.title}",
        url=f"/actions/{item.pk}/",
    )


def default_due(cycle: Cycle) -> date:
    """The executive meeting of the cycle, else two weeks on."""
    stage = cycle.stages.filter(kind=StageKind.EXECUTIVE_MEETING).first()
    later = cycles.today() + timedelta(days=14)
    return max(stage.due, cycles.today()) if stage else later


@transaction.atomic
def change(*, person: Person, pk: int, version: int, **fields: Any) -> ActionItem:
    """Change an action that is still the one that was looked at; closing has its rules."""
    require(person, Permission.EDIT_ACTION)
    item = ActionItem.objects.select_for_update().get(pk=pk)
    if item.version != version:
        raise StaleContent(f"{item.code} was changed by somebody else in the meantime; look at it again.")
    if not may_change(person, item):
        raise CycleError(
            f"{item.code} belongs to {item.owner}; only its owner, an executive or an administrator changes it."
        )
    before_owner = item.owner_id
    for name, value in fields.items():
        setattr(item, name, value)
    if item.due is None or item.owner_id is None:
        raise CycleError("An action keeps an owner and a due date.")
    _apply_status(item)
    item.version += 1
    item.save()
    if item.owner_id not in (before_owner, person.pk):
        _tell_owner(item)
    return item


def move(*, person: Person, pk: int, version: int, status: str) -> ActionItem:
    """Move a card to another column of the board."""
    if status not in ActionStatus.values:
        raise CycleError(
            f"{status!r} is no state of an action; choose one of {', '.join(ActionStatus.labels)}."
        )
    return change(person=person, pk=pk, version=version, status=status)


def may_change(person: Person, item: ActionItem) -> bool:
    """Its owner, and who runs the cycle."""
    return item.owner_id == person.pk or may(person, Permission.RUN_CYCLE)


def _apply_status(item: ActionItem) -> None:
    if item.status != ActionStatus.DONE:
        item.closed = None
        return
    running = actions.cycles_with_cause(item.root_cause, item.cycle)
    if item.kind == ActionKind.CORRECTIVE and len(running) >= actions.CYCLES_RUNNING:
        raise CycleError(
            f"“{item.root_cause}” came back in {len(running)} cycles ({', '.join(running)}). Closing it as corrective "
            "only is refused: make it systemic and say what changes in the process."
        )
    if item.kind == ActionKind.SYSTEMIC and not item.evidence.strip():
        raise CycleError(
            "A systemic action is closed with evidence: say what was changed and where one sees it."
        )
    item.closed = item.closed or timezone.now()


def remind(*, today: date | None = None) -> int:
    """Tell owners of what is due tomorrow or late; each action once a state (S48: one day late, reminded)."""
    now = today or cycles.today()
    told = 0
    waiting = ActionItem.objects.exclude(status=ActionStatus.DONE).select_related("owner")
    for item in waiting.filter(due__lt=now):
        late = (now - item.due).days
        told += _remind(
            item, f"late:{item.due}", f"{item.code} is {late} {'day' if late == 1 else 'days'} late"
        )
    for item in waiting.filter(due=now):
        told += _remind(item, f"due:{item.due}", f"{item.code} is due today")
    return told


def _remind(item: ActionItem, state: str, words: str) -> int:
    return tell(
        [item.owner],
        key=f"action:{item.pk}:{state}",
        text=f"{words}: {item.title}. Close it with evidence, or agree another date.",
        url=f"/actions/{item.pk}/",
    )


def remind_owners(*, person: Person) -> int:
    """Remind the owners of everything late now, because somebody asked for it."""
    require(person, Permission.RUN_CYCLE)
    late = ActionItem.objects.exclude(status=ActionStatus.DONE).filter(due__lt=cycles.today())
    for item in late.select_related("owner"):
        tell(
            [item.owner],
            key=f"action:{item.pk}:asked:{cycles.today()}",
            text=f"{person} asks about {item.code}, due {day(item.due)}: {item.title}",
            url=f"/actions/{item.pk}/",
        )
    return late.count()
