"""What follows from edits: demand that moves behind them, and plans that are made again, once for many edits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from forecasting.models import EditBatch
from siop.accounts.models import Person
from siop.transactions import passes, repeatable

from . import override_store as store

log = logging.getLogger(__name__)
PATIENCE = timedelta(seconds=20)  # a browser asks for what follows from its edits sooner
UNFOLLOWED = "follow"  # items to be planned again
SPREAD = "spread"  # they name what demand moved behind them, too
Moved = dict[int, list[int]]  # item ids by plan id
_demand_behind: list[Callable[[Person, Moved], Moved]] = []
_after_edit: list[Callable[[Person, Moved], object]] = []


def demand_behind(function: Callable[[Person, Moved], Moved]) -> None:
    """Register what moves demand where an edit has moved other demand; it returns what it moved."""
    _demand_behind.append(function)


def after_edit(function: Callable[[Person, Moved], object]) -> None:
    """Register what plans moved items again; called with all of them inside one transaction."""
    _after_edit.append(function)


def follow(*, person: Person, batch_ids: Sequence[UUID]) -> bool:
    """Plan again what edits moved, once: at the end of a save, or when the grid asks for it.

    Returns whether demand of other items moved with it: that of what owners of a durable use up.
    """
    return _follow(EditBatch.objects.filter(pk__in=batch_ids, person=person), person=person)


def _follow(edits: QuerySet[EditBatch], *, person: Person) -> bool:
    """Demand first, in a transaction of its own: planning takes seconds, for which nobody who types there need wait."""
    spread = _spread(edits.exclude(images__has_key=SPREAD), person=person)
    _plan_again(edits, person=person)
    return spread


@repeatable
@transaction.atomic
def _spread(edits: QuerySet[EditBatch], *, person: Person) -> bool:
    """Returns whether demand of other items moved."""
    batches = _unfollowed(edits)
    if not batches:
        return False
    moved = _joined(map(_moved, batches))
    behind = [function(person, moved) for function in _demand_behind]
    store.note(batches, **{SPREAD: True})
    store.note(batches[-1:], **{UNFOLLOWED: _joined([_moved(batches[-1]), *behind])})
    return any(items for moved_behind in behind for items in moved_behind.values())


@repeatable
@transaction.atomic
def _plan_again(edits: QuerySet[EditBatch], *, person: Person) -> None:
    batches = _unfollowed(edits)
    if not batches:
        return
    store.forget(batches, UNFOLLOWED, SPREAD)
    for function in _after_edit:
        function(person, _joined(map(_moved, batches)))


def _unfollowed(edits: QuerySet[EditBatch]) -> list[EditBatch]:
    return list(edits.filter(images__has_key=UNFOLLOWED).select_for_update().order_by("at"))


def _moved(batch: EditBatch) -> Moved:
    return {int(plan_id): items for plan_id, items in batch.images[UNFOLLOWED].items()}


def _joined(parts: Iterable[Moved]) -> Moved:
    joined: dict[int, set[int]] = {}
    for part in parts:
        for plan_id, items in part.items():
            joined.setdefault(plan_id, set()).update(items)
    return {plan_id: sorted(items) for plan_id, items in joined.items()}


def any_unfollowed() -> bool:
    """Is what follows from an edit still to be planned?"""
    return EditBatch.objects.filter(images__has_key=UNFOLLOWED).exists()


def follow_forgotten() -> None:
    """Edits whose browser went away before it asked for what follows from them, however long ago.

    They are planned together, since many of them move the same few items; whoever edited last stands for all.
    """
    waiting = EditBatch.objects.filter(at__lt=Now() - PATIENCE, images__has_key=UNFOLLOWED)
    _follow_together(list(waiting.select_related("person").order_by("at")))


def _follow_together(batches: list[EditBatch]) -> None:
    """Where some cannot be followed halves are tried, so that those hold up none of the others."""
    if not batches:
        return
    try:
        _follow(EditBatch.objects.filter(pk__in=[one.pk for one in batches]), person=batches[-1].person)
    except Exception as error:
        if passes(error):
            raise
        if len(batches) == 1:
            log.exception("What follows from edit %s could not be planned", batches[0].pk)
            return
        half = len(batches) // 2
        _follow_together(batches[:half])
        _follow_together(batches[half:])
