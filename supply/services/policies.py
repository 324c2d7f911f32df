"""Change how an item is stocked at a location: with a reason, on the version that was read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from inventory.models import Policy
from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.models import Item, Location
from siop.catalog.visibility import visible_items, visible_locations
from siop.plans import locks
from siop.plans.enums import PlanPart
from siop.web import audit
from siop.web.undo import Row, kept, read

from ..errors import StaleRow, SupplyError
from .recomputing import plan_again, plan_at_once

FIELDS = (
    "service_policy", "service_target", "review_days", "lot_sizing", "lot_parameter", "min_qty", "max_qty",
    "reserve_ashore", "max_per_shipment_pct",
)  # fmt: skip
TAKEN_BACK = "taken back"


def edit_policy(
    *, person: Person, item: Item, location: Location, version: int, values: dict[str, Any], reason: str
) -> Policy:
    """Store a policy and ask for new targets; `version` 0 is the first policy of this item-location."""
    require(person, Permission.EDIT_SUPPLY)
    if not reason.strip():
        raise SupplyError("Say why the policy changes; the reason stands beside the target.")
    _require_scope(person, item, location)
    changed = {name: values[name] for name in FIELDS if name in values} | {
        "reason": reason.strip(),
        "person": person,
    }
    with transaction.atomic():
        locks.require_open(PlanPart.INVENTORY)
        audit.because(reason)
        policy = (
            _create(item, location, changed) if version == 0 else _change(item, location, version, changed)
        )
        plan_at_once(item_ids=[item.pk])
        plan_again(person=person, only="inventory")
    return policy


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Safety stock that an item-location holds at least, in its unit."""

    item: Item
    location: Location
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class Change:
    """A policy that was changed: its row before, and its version since."""

    item: int
    location: int
    version: int
    before: Row


def raise_floors(*, person: Person, floors: Sequence[Floor], reason: str) -> list[Change]:
    """Hold at least so much at several places, as one change; whoever holds more already goes on holding it."""

    def raise_all() -> list[Change]:
        raised = [_raise(person, floor, reason) for floor in floors]
        return [change for change in raised if change]

    return _at_once(person, [(floor.item, floor.location) for floor in floors], raise_all, reason=reason)


def take_back(*, person: Person, changes: Sequence[Change]) -> list[Change]:
    """The policies as they were, all of them.

    Raises StaleRow where somebody changed one since, SupplyError where an item or a location is gone.
    """
    items = Item.objects.in_bulk({change.item for change in changes})
    locations = Location.objects.in_bulk({change.location for change in changes})
    if any(change.item not in items or change.location not in locations for change in changes):
        raise SupplyError("One of the items or locations is there no longer: nothing was taken back.")
    places = [(items[change.item], locations[change.location]) for change in changes]

    def restore_all() -> list[Change]:
        for change, place in zip(changes, places, strict=True):
            was = read(Policy, change.before) | {"reason": TAKEN_BACK, "person": person}
            _change(*place, change.version, was)
        return list(changes)

    return _at_once(person, places, restore_all, reason=TAKEN_BACK)


def _at_once(
    person: Person,
    places: Sequence[tuple[Item, Location]],
    work: Callable[[], list[Change]],
    *,
    reason: str,
) -> list[Change]:
    """Change policies of several places in one go, and plan these anew."""
    require(person, Permission.EDIT_SUPPLY)
    for place in places:
        _require_scope(person, *place)
    with transaction.atomic():
        locks.require_open(PlanPart.INVENTORY)
        audit.because(reason)
        done = work()
        plan_at_once(item_ids=[item.pk for item, _ in places])
        plan_again(person=person, only="inventory")
    return done


def _raise(person: Person, floor: Floor, reason: str) -> Change | None:
    policy, _ = Policy.objects.select_for_update().get_or_create(item=floor.item, location=floor.location)
    if policy.max_qty is not None and policy.max_qty < floor.quantity:
        raise SupplyError(
            f"{floor.item} at {floor.location} is to hold {policy.max_qty:,.0f} at most; raise that to "
            f"{floor.quantity:,.0f} first."
        )
    if policy.min_qty is not None and policy.min_qty >= floor.quantity:
        return None
    changed = {"min_qty": floor.quantity, "reason": reason, "person": person}
    now = _change(floor.item, floor.location, policy.version, changed)
    return Change(
        item=floor.item.pk, location=floor.location.pk, version=now.version, before=kept(policy, FIELDS)
    )


def _create(item: Item, location: Location, values: dict[str, Any]) -> Policy:
    try:
        with transaction.atomic():
            return Policy.objects.create(item=item, location=location, **values)
    except IntegrityError:
        raise _stale(Policy.objects.get(item=item, location=location)) from None


def _change(item: Item, location: Location, version: int, values: dict[str, Any]) -> Policy:
    own = Policy.objects.filter(item=item, location=location)
    if not own.filter(version=version).update(version=F("version") + 1, **values):
        now = own.select_related("person").first()
        if now is None:
            raise SupplyError(f"The policy of {item} at {location} was removed meanwhile. Reload the page.")
        raise _stale(now)
    return own.get()


def _stale(now: Policy) -> StaleRow:
    theirs = {name: str(getattr(now, name) or "") for name in FIELDS}
    return StaleRow(
        f"{now.person or 'An import'} changed this policy meanwhile: “{now.reason or 'no reason given'}”.",
        theirs=theirs,
        version=now.version,
    )


def _require_scope(person: Person, item: Item, location: Location) -> None:
    allowed = Permission.EDIT_SUPPLY
    inside = (
        visible_items(person, permission=allowed).filter(pk=item.pk).exists()
        and visible_locations(person, permission=allowed).filter(pk=location.pk).exists()
    )
    if not inside:
        raise SupplyError(f"{item} at {location} lies outside what you may edit.")
