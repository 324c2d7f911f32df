"""The agenda builds itself; what people changed or finished stays when it is built again."""

from django.db import transaction

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.models import PlanVersion

from ..errors import CycleError, StaleContent
from ..models import AgendaItem, Cycle, Minute
from ..selectors import cycles
from ..selectors.topics import Topic, topics

OWN = "own:"
MOST_OFFERED = 3


@transaction.atomic
def build(cycle: Cycle) -> list[AgendaItem]:
    """Bring the agenda up to the plan: new topics come in, those that are settled drop out."""
    kept = {item.key: item for item in cycle.agenda.select_for_update()}
    found = topics(cycle)
    for position, topic in enumerate(found):
        _place(cycle, kept.get(topic.key), topic, position)
    gone = kept.keys() - {topic.key for topic in found}
    for key in gone:
        item = kept[key]
        if not key.startswith(OWN) and not item.done and not item.decisions.exists():
            AgendaItem.objects.filter(pk=item.pk).update(dropped=True)
    own = [item for key, item in kept.items() if key.startswith(OWN)]
    for offset, item in enumerate(own):
        AgendaItem.objects.filter(pk=item.pk).update(position=len(found) + offset)
    return list(cycle.agenda.filter(dropped=False))


def _place(cycle: Cycle, item: AgendaItem | None, topic: Topic, position: int) -> None:
    if item is None:
        AgendaItem.objects.create(
            cycle=cycle, key=topic.key, position=position, title=topic.title, detail=topic.detail,
            minutes=topic.minutes, facts=topic.facts,
        )  # fmt: skip
        return
    item.position, item.dropped = position, False
    if not item.done and not item.decisions.exists():
        item.detail, item.facts = topic.detail, topic.facts | _offered(item)
        if item.version == 1:  # nobody gave it other words
            item.title, item.minutes = topic.title, topic.minutes
    item.save()


def _offered(item: AgendaItem) -> dict[str, list[int]]:
    """Scenarios that people put on the item stay when it is built again."""
    return {"scenarios": item.facts["scenarios"]} if item.facts.get("scenarios") else {}


@transaction.atomic
def offer(*, person: Person, item: AgendaItem, scenario: PlanVersion) -> AgendaItem:
    """Put a scenario beside the options of an item; at most three stand there."""
    require(person, Permission.EDIT_SCENARIO)
    item = AgendaItem.objects.select_for_update().get(pk=item.pk)
    if item.decisions.exists():
        raise CycleError("This item is decided; its options stay as they stood.")
    chosen = [pk for pk in item.facts.get("scenarios", []) if pk != scenario.pk]
    if len(chosen) >= MOST_OFFERED:
        raise CycleError(f"{MOST_OFFERED} scenarios are as many as one compares; take one away first.")
    return _offer(item, [*chosen, scenario.pk])


@transaction.atomic
def withdraw(*, person: Person, item: AgendaItem, scenario_id: int) -> AgendaItem:
    require(person, Permission.EDIT_SCENARIO)
    item = AgendaItem.objects.select_for_update().get(pk=item.pk)
    if item.decisions.exists():
        raise CycleError("This item is decided; its options stay as they stood.")
    return _offer(item, [pk for pk in item.facts.get("scenarios", []) if pk != scenario_id])


def _offer(item: AgendaItem, scenarios: list[int]) -> AgendaItem:
    item.facts = item.facts | {"scenarios": scenarios}
    item.save(update_fields=["facts"])
    return item


@transaction.atomic
def rebuild(*, person: Person) -> list[AgendaItem]:
    require(person, Permission.RUN_CYCLE)
    cycle = cycles.required_cycle()
    if cycle.plan is None:
        raise CycleError("The agenda is built from the cycle plan, which is frozen when gather closes.")
    return build(cycle)


@transaction.atomic
def add(*, person: Person, title: str, minutes: int = 5, detail: str = "") -> AgendaItem:
    """A topic of one's own, at the end."""
    require(person, Permission.RUN_CYCLE)
    cycle = cycles.required_cycle()
    if not title.strip():
        raise CycleError("Say what the item is about.")
    number = cycle.agenda.filter(key__startswith=OWN).count() + 1
    return AgendaItem.objects.create(
        cycle=cycle, key=f"{OWN}{number}", position=cycle.agenda.count(), title=title.strip(),
        detail=detail, minutes=minutes, facts={},
    )  # fmt: skip


@transaction.atomic
def set_done(*, person: Person, pk: int, version: int, done: bool) -> AgendaItem:
    require(person, Permission.RUN_CYCLE)
    item = AgendaItem.objects.select_for_update().get(pk=pk)
    if item.version != version:
        raise StaleContent("Somebody else changed this item in the meantime; look at it again.")
    item.done = done
    item.version += 1
    item.save(update_fields=["done", "version"])
    return item


@transaction.atomic
def add_minute(*, person: Person, cycle: Cycle, text: str) -> Minute:
    """A line of the minutes; it stays as it was written."""
    require(person, Permission.COMMENT)
    if not text.strip():
        raise CycleError("Write what was said.")
    return Minute.objects.create(cycle=cycle, person=person, text=text.strip())


@transaction.atomic
def set_present(*, person: Person, cycle: Cycle, people: list[int]) -> None:
    """Who is in the room, as the minutes keep it."""
    require(person, Permission.RUN_CYCLE)
    cycle.attendees.set(Person.objects.filter(pk__in=people, is_active=True))
