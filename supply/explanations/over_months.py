"""Why the months of an item-location come to what they come to: each month's figure, which says why in its turn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.http import Http404

from siop.accounts.models import Person
from siop.catalog.units import places_of, unit_of
from siop.plans.selectors import planned_months
from siop.web.explanations import Explanation, Part, explains, runs, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.templatetags.siop import month as month_label
from siop.web.templatetags.siop import number
from supply.engine.basics import Array

from ..selectors.pages.item_location import ItemLocation
from .plan import plan_line


@dataclass(frozen=True)
class Flow:
    """What is summed, and which kind explains a month of it; demand is explained at a node, receipts at a place."""

    label: str
    values: Callable[[ItemLocation], Array]
    kind: str
    of_node: bool = True


def _of_line(label: str, name: str) -> Flow:
    return Flow(label, lambda found: np.array(getattr(found.line, name)), name, of_node=False)


FLOWS = {
    "statistical": Flow("Statistical forecast", lambda found: found.statistical, "forecast"),
    "override": Flow("Override", lambda found: found.agreed - found.statistical, "consensus"),
    "agreed": Flow("Demand plan", lambda found: found.agreed, "consensus"),
    "dependent_demand": _of_line("Made into others", "dependent_demand"),
    "scheduled_receipts": _of_line("Open orders", "scheduled_receipts"),
    "planned_receipts": _of_line("Planned orders", "planned_receipts"),
}


@explains("over_months")
def over_months(person: Person, plan: str, item: str, location: str, name: str, count: str) -> Explanation:
    """The sum of the plan's first `count` months of demand or receipts, by month."""
    version, flow = readable_plan(plan), FLOWS.get(name)
    months = planned_months(version)
    if flow is None or not count.isdecimal() or not 0 < int(count) <= len(months):
        raise Http404("No such row is summed over so many months.")
    line = plan_line(person, version, item, location)
    shown = months[: int(count)]
    values = flow.values(ItemLocation(line, tuple(months), ()))
    keys = (f"i{item}-l{location}",) if flow.of_node else (item, location)
    parts = [
        Part(label=month_label(start), value=float(value), url=url(flow.kind, plan, *keys, start))
        for start, value in zip(shown, values[: len(shown)], strict=True)
    ]
    total, places = sum(float(part.value) for part in parts), places_of(line.item)
    told = number(total, places)
    return Explanation(
        title=f"Why {told}?",
        sentence=runs(
            f"{flow.label} of {line.item} at {line.location}: ", f"{told} {unit_of(line.item)}",
            f" from {month_label(shown[0])} to {month_label(shown[-1])}.",
        ),
        parts=parts,
        total=total,
        total_label=f"{flow.label}, {unit_of(line.item)}",
        places=places,
        computed=plan_label(version),
    )  # fmt: skip
