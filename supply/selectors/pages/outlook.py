"""When growing demand outgrows a limit, and by when more of it has to be decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from siop.plans.models import PlanVersion
from supply.engine.basics import Array
from supply.engine.shipping import capacity_outlook

from ...enums import LoadKind, SourceKind
from ...models import CapacityLoad, PlanLine, Resource, Routing, SourcingLane


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A limit that demand outgrows in a period; `decide_by` is None where the day to decide has passed."""

    load: CapacityLoad
    exceeded: date
    asked: float
    available: float
    decide_by: date | None
    periods_late: int


def outlooks(
    plan: PlanVersion, found: list[CapacityLoad], months: list[date], *, install_periods: int
) -> list[Outlook]:
    """What is asked of each resource and supplier without regard to limits, against its limit; the soonest first.

    The plan itself stays within limits by making early or late, so its own load never shows growth.
    """
    rows = []
    for load in found:
        asked = _asked(plan, load)
        if asked is None:
            continue
        limit = np.maximum(np.array(load.available), 1e-9)
        answer = capacity_outlook(
            load=(asked[: len(limit)] / limit).tolist(), capacity=1.0, install_periods=install_periods
        )
        if answer.exceeded is not None and answer.decide_by is not None:
            rows.append(
                Outlook(
                    load=load,
                    exceeded=months[answer.exceeded],
                    asked=float(asked[answer.exceeded]),
                    available=float(limit[answer.exceeded]),
                    decide_by=months[answer.decide_by] if answer.decide_by >= 0 else None,
                    periods_late=max(-answer.decide_by, 0),
                )
            )
    return sorted(rows, key=lambda row: (row.exceeded, row.load.code))


def _asked(plan: PlanVersion, load: CapacityLoad) -> Array | None:
    """Own and dependent demand of each period (T,) in units of the limit; None where nothing runs on it."""
    lines = asked_by_line(plan, load)
    return sum((asked for _, asked in lines), np.zeros(plan.horizon)) if lines else None


def asked_by_line(plan: PlanVersion, load: CapacityLoad) -> list[tuple[PlanLine, Array]]:
    """What each item-location asks of a limit, whatever fits: its own and dependent demand (T,) in units of it."""
    users = {LoadKind.RESOURCE: _on_resource, LoadKind.SUPPLIER: _from_supplier}.get(LoadKind(load.kind))
    found = users(plan, load.code) if users else ()
    return [
        (line, (np.array(line.demand) + np.array(line.dependent_demand)) * usage) for line, usage in found
    ]


def _on_resource(plan: PlanVersion, label: str) -> Iterator[tuple[PlanLine, float]]:
    """Lines of what is made on a resource; a code that stands at several places is labelled with its place."""
    code, _, place = label.partition(" at ")
    resources = Resource.objects.filter(code=code)
    resource = (resources.filter(location__code=place) if place else resources).first()
    usage = dict(Routing.objects.filter(resource=code).values_list("item", "usage_per_unit"))
    if resource is None:
        return
    for line in PlanLine.objects.filter(plan=plan, item__in=usage, location=resource.location).select_related(
        "item", "location"
    ):
        yield line, float(usage[line.item_id])


def _from_supplier(plan: PlanVersion, code: str) -> Iterator[tuple[PlanLine, float]]:
    """Lines that are bought from a supplier first."""
    lanes = SourcingLane.objects.filter(kind=SourceKind.BUY, supplier__code=code, priority=1)
    places = set(lanes.values_list("item", "location"))
    for line in PlanLine.objects.filter(plan=plan, item__in={item for item, _ in places}).select_related(
        "item", "location"
    ):
        if (line.item_id, line.location_id) in places:
            yield line, 1.0
