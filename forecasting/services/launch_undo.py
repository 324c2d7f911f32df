"""What was typed on the page of launches is taken back: the row as it was, while nobody changed it since."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db import models, transaction

from forecasting.errors import DemandError, StaleRow
from forecasting.models import InstalledBase
from siop.accounts.models import Person
from siop.catalog.models import Item

from . import launch_edits

LAUNCH = ("like_item_id", "like_item_scale", "launch_date", "end_date")
PLACE = tuple(f"{name}_id" for name in launch_edits.PLACE)
OWNERS = (*PLACE, "active_units", "as_of", "units_per_active_month", "monthly_churn_pct")
A_DAY = 24 * 3600
Row = dict[str, str | None]


def launch_of(item: Item) -> Row:
    """What is stored of an item's coming and going."""
    return _kept(Item.objects.get(pk=item.pk), LAUNCH)


def owners_of(place: dict[str, Any]) -> Row | None:
    """What is stored of the owners in one place; None where there are none."""
    base = InstalledBase.objects.filter(**place).first()
    return _kept(base, OWNERS) if base else None


def launch_token(item: Item, *, before: Row) -> str:
    return signing.dumps({"item": item.pk, "before": before, "after": launch_of(item)})


def owners_token(place: dict[str, Any], *, before: Row | None) -> str:
    return signing.dumps({"owners": place, "before": before, "after": owners_of(place)})


@transaction.atomic
def take_back(*, person: Person, token: str) -> str:
    """Undo what a token names; returns what stands again, in words.

    Raises DemandError for a token that is too old or not ours, StaleRow where somebody changed the row since.
    """
    try:
        found = signing.loads(token, max_age=A_DAY)
    except signing.BadSignature:
        raise DemandError("This can no longer be taken back; change it on the page.") from None
    return _take_back_launch(person, found) if "item" in found else _take_back_owners(person, found)


def _take_back_launch(person: Person, found: dict[str, Any]) -> str:
    item = Item.objects.get(pk=found["item"])
    if launch_of(item) != found["after"]:
        raise StaleRow(f"Somebody changed {item.code} since; look at it again.")
    values = _read(Item, found["before"])
    values["like_item"] = Item.objects.filter(pk=values.pop("like_item_id")).first()
    launch_edits.set_launch(person=person, item=item, values=values, reason="taken back")
    return f"{item.code} is as it was."


def _take_back_owners(person: Person, found: dict[str, Any]) -> str:
    if owners_of(found["owners"]) != found["after"]:
        raise StaleRow("Somebody changed these owners since; look at them again.")
    if found["before"] is None:
        base = InstalledBase.objects.get(**found["owners"])
        return f"{launch_edits.remove_owners(person=person, pk=base.pk)} is as it was."
    values = _read(InstalledBase, found["before"])
    base = launch_edits.save_owners(person=person, values=values, reason="taken back")
    return f"The owners of {base.durable} are as they were."


def _kept(row: models.Model, names: tuple[str, ...]) -> Row:
    found = {name: getattr(row, name) for name in names}
    return {name: None if value is None else str(value) for name, value in found.items()}


def _read(model: type[models.Model], row: Row) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in row.items()}
