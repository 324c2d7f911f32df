"""Events as people type them; the live forecast follows each change by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from forecasting.errors import DemandError
from forecasting.models import Event
from siop.accounts.models import Person
from siop.web import audit

from .driver_edits import forecast_again, require_scope


@transaction.atomic
def save_event(*, person: Person, code: str, values: Mapping[str, Any]) -> Event:
    """Add an event or change the one of this code; `values` are its other columns, its note is the reason."""
    for node in (values, Event.objects.filter(code=code).values("item_id", "category_id").first()):
        if node is not None:
            require_scope(person, item=node.get("item_id"), category=node.get("category_id"))
    audit.because(str(values.get("note") or "")[:500])
    event, _ = Event.objects.update_or_create(code=code, defaults=dict(values))
    forecast_again(person)
    return event


@transaction.atomic
def remove_event(*, person: Person, pk: int) -> str:
    """Take an event out; returns its code."""
    event = Event.objects.filter(pk=pk).first()
    if event is None:
        raise DemandError("This event was removed already.")
    require_scope(person, item=event.item_id, category=event.category_id)
    event.delete()
    forecast_again(person)
    return event.code


def event_as_read(code: str) -> dict[str, str]:
    """What is stored of an event, as people read it; empty where there is none."""
    event = Event.objects.select_related("item", "category", "segment").filter(code=code).first()
    if event is None:
        return dict.fromkeys(("Kind", "Category", "Item", "Segment", "From", "To", "Uplift, %", "Note"), "")
    return {
        "Kind": event.get_kind_display(),
        "Category": str(event.category or ""),
        "Item": str(event.item or ""),
        "Segment": str(event.segment or ""),
        "From": str(event.start),
        "To": str(event.end),
        "Uplift, %": "" if event.uplift_pct is None else f"{event.uplift_pct:.10g}",
        "Note": event.note,
    }
