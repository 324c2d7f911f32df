"""What was typed of launches, owners, events and drivers is taken back: as it was, while nobody changed it since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from forecasting.errors import DemandError, StaleRow
from forecasting.models import Event, InstalledBase
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.web.templatetags.siop import many
from siop.web.undo import Row, TooOld, kept, note, opened, read

from . import driver_edits, event_edits, launch_edits

ROOM = "demand"
LAUNCH = ("like_item_id", "like_item_scale", "launch_date", "end_date")
PLACE = tuple(f"{name}_id" for name in launch_edits.PLACE)
OWNERS = (*PLACE, *launch_edits.COUNTED)
EVENT = ("kind", "item_id", "category_id", "segment_id", "start", "end", "uplift_pct", "note")


def launch_of(item: Item) -> Row:
    """What is stored of an item's coming and going."""
    return kept(Item.objects.get(pk=item.pk), LAUNCH)


def owners_of(place: dict[str, Any]) -> Row | None:
    """What is stored of the owners in one place; None where there are none."""
    base = InstalledBase.objects.filter(**place).first()
    return kept(base, OWNERS) if base else None


def event_of(code: str) -> Row | None:
    """What is stored of an event; None where there is none."""
    event = Event.objects.filter(code=code).first()
    return kept(event, EVENT) if event else None


def launch_token(item: Item, *, before: Row) -> str:
    return note(ROOM, {"item": item.pk, "before": before, "after": launch_of(item)})


def owners_token(place: dict[str, Any], *, before: Row | None) -> str:
    return note(ROOM, {"owners": place, "before": before, "after": owners_of(place)})


def event_token(code: str, *, before: Row | None) -> str:
    return note(ROOM, {"event": code, "before": before, "after": event_of(code)})


def values_token(driver: str, cells: Iterable[driver_edits.Cell], *, before: Row) -> str:
    return note(
        ROOM, {"driver": driver, "before": before, "after": driver_edits.values_as_read(driver, cells)}
    )


@transaction.atomic
def take_back(*, person: Person, token: str) -> str:
    """Undo what a token names; returns what stands again, in words.

    Raises DemandError for a token that is too old or not ours, StaleRow where somebody changed the row since.
    """
    try:
        found = opened(ROOM, token)
    except TooOld as error:
        raise DemandError(str(error)) from None
    named = {"item": _launch, "owners": _owners, "event": _event, "driver": _values}
    return next(undo for name, undo in named.items() if name in found)(person, found)


def _launch(person: Person, found: dict[str, Any]) -> str:
    item = Item.objects.get(pk=found["item"])
    if launch_of(item) != found["after"]:
        raise StaleRow(f"Somebody changed {item.code} since; look at it again.")
    values = read(Item, found["before"])
    values["like_item"] = Item.objects.filter(pk=values.pop("like_item_id")).first()
    launch_edits.set_launch(person=person, item=item, values=values, reason="taken back")
    return f"{item.code} is as it was."


def _owners(person: Person, found: dict[str, Any]) -> str:
    if owners_of(found["owners"]) != found["after"]:
        raise StaleRow("Somebody changed these owners since; look at them again.")
    if found["before"] is None:
        base = InstalledBase.objects.get(**found["owners"])
        return f"{launch_edits.remove_owners(person=person, pk=base.pk)} is as it was."
    values = read(InstalledBase, found["before"])
    base = launch_edits.save_owners(person=person, values=values, reason="taken back")
    return f"The owners of {base.durable} are as they were."


def _event(person: Person, found: dict[str, Any]) -> str:
    code = found["event"]
    if event_of(code) != found["after"]:
        raise StaleRow(f"Somebody changed event {code} since; look at it again.")
    if found["before"] is None:
        event_edits.remove_event(person=person, pk=Event.objects.get(code=code).pk)
    else:
        event_edits.save_event(person=person, code=code, values=read(Event, found["before"]))
    return f"event {code} is as it was."


def _values(person: Person, found: dict[str, Any]) -> str:
    driver, before = found["driver"], found["before"]
    cells = [driver_edits.cell_named(name) for name in before]
    if driver_edits.values_as_read(driver, cells) != found["after"]:
        raise StaleRow(f"Somebody changed these values of {driver} since; look at them again.")
    values = {
        cell: float(text) if (text := before[driver_edits.name_of(cell)]) is not None else None
        for cell in cells
    }
    count = driver_edits.set_values(person=person, driver=driver, values=values)
    return f"{many(count, 'value')} of {driver} as before."
