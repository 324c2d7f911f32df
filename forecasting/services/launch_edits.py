"""What people say of demand that has no history yet: which item a launch follows, who owns a durable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from forecasting.errors import DemandError
from forecasting.models import InstalledBase
from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible
from siop.jobs.services import raise_data_version, request_recomputation
from siop.web import audit

from .driver_edits import require_scope

PLACE = ("durable", "consumable", "location", "segment")
COUNTED = ("active_units", "as_of", "units_per_active_month", "monthly_churn_pct")


@transaction.atomic
def set_launch(*, person: Person, item: Item, values: Mapping[str, Any], reason: str) -> Item:
    """Set what an item follows, by how much, and from when to when; None takes it away.

    `values` holds like_item, like_item_scale, launch_date and end_date. Raises DemandError for an item that would
    follow itself, also by way of others.
    """
    require_scope(person, item=item.pk, category=None)
    audit.because(reason)
    now = Item.objects.select_for_update().get(pk=item.pk)
    _refuse_circle(now, values["like_item"])
    for name, value in values.items():
        setattr(now, name, value)
    now.save(update_fields=list(values))
    _compute_again(person)
    return now


def launch_as_read(item: Item) -> dict[str, str]:
    """What is stored of what an item follows, by how much, from when to when, as people read it."""
    now = Item.objects.select_related("like_item").filter(pk=item.pk).first() or Item()
    scale = now.like_item_scale
    return {
        "Follows": now.like_item.code if now.like_item else "",
        "Times": "" if scale is None else f"{scale.normalize():f}",
        "Sold from": str(now.launch_date or ""),
        "Sold until": str(now.end_date or ""),
    }


@transaction.atomic
def save_owners(*, person: Person, values: Mapping[str, Any], reason: str) -> InstalledBase:
    """Add the owners of a durable who use a consumable in one place, or change those there are."""
    audit.because(reason)
    key = {name: value for name, value in values.items() if name.removesuffix("_id") in PLACE}
    rest = {name: value for name, value in values.items() if name not in key}
    base, _ = InstalledBase.objects.update_or_create(**key, defaults=rest)
    if not owners_within(person).filter(pk=base.pk).exists():
        raise PermissionDenied("This consumable or location lies outside what your role may edit.")
    _compute_again(person)
    return base


@transaction.atomic
def remove_owners(*, person: Person, pk: int) -> str:
    """Forget an installed base; returns the code of its consumable, whose own history counts again."""
    base = owners_within(person).filter(pk=pk).select_related("consumable").first()
    if base is None:
        raise DemandError("These owners were removed already, or lie outside what you may edit.")
    base.delete()
    _compute_again(person)
    return str(base.consumable.code)


def owners_as_read(base: InstalledBase | None) -> dict[str, str]:
    """How many owners there are and what they use, as people read it; empty where there are none."""
    return {
        "In use": "" if base is None else f"{base.active_units.normalize():f}",
        "Counted on": "" if base is None else str(base.as_of),
        "Each uses a month": "" if base is None else f"{base.units_per_active_month:.10g}",
        "Lost a month, %": "" if base is None else f"{base.monthly_churn_pct:.10g}",
    }


def owners_within(person: Person) -> QuerySet[InstalledBase]:
    """Installed bases that a person may change."""
    require(person, Permission.EDIT_DEMAND)
    return visible(InstalledBase.objects.all(), person, item="consumable", permission=Permission.EDIT_DEMAND)


def _refuse_circle(item: Item, like: Item | None) -> None:
    seen = [item.code]
    while like is not None:
        if like.code in seen:
            raise DemandError(f"{' follows '.join([*seen, like.code])}: an item cannot follow itself.")
        seen.append(like.code)
        like = like.like_item


def _compute_again(person: Person) -> None:
    """From the history on: what never sold has no series to forecast yet."""
    raise_data_version()
    request_recomputation(person=person)
