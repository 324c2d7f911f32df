"""Why an item-location is refilled in so many days: the terms of the lane that comes first, and their spread."""

from django.db.models import F, Q
from django.http import Http404

from inventory.models import InventoryTarget
from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web import rows
from siop.web.explanations import Explanation, Part, Source, explains, runs
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import latest_import
from siop.web.templatetags.siop import number

from ..enums import SourceKind
from ..models import PlanLine, SourcingLane
from .plan import plan_line


@explains("lead_time")
def lead_time(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Days until it ships and days on the way; what the terms say by now beside what the plan knew."""
    version = readable_plan(plan)
    line = plan_line(person, version, item, location)
    target = InventoryTarget.objects.filter(
        plan=version, item=line.item_id, location=line.location_id
    ).first()
    if target is None:
        raise Http404(f"{version} has no target there.")
    lane = _first_lane(line, version)
    days, place = target.lead_time_days, {"item": line.item_id, "location": line.location_id}
    return Explanation(
        title=f"Why {number(days)} days?",
        sentence=runs(
            f"{line.item} at {line.location} is there ", f"{number(days)} days",
            f" after it is ordered{_from(lane)}{_spread(target, lane)}.",
        ),
        parts=_parts(lane, days),
        total=days,
        total_label="Lead time, days",
        note="It is the lane with the first priority on the plan's first day; an order of another lane, or of dated "
        "terms, takes its own days.",
        sources=[
            Source(label="All lanes and their terms", url=rows.url("lanes", **place)),
            Source(label="Open orders", url=rows.url("receipts", **place)),
            *latest_import("sourcing", data_version=version.data_version),
        ],
        computed=plan_label(version),
    )  # fmt: skip


def _first_lane(line: PlanLine, plan: PlanVersion) -> SourcingLane | None:
    """The terms by which the target was set: of the lane with the first priority, the newest that had begun."""
    lanes = SourcingLane.objects.filter(item=line.item_id, location=line.location_id)
    begun = lanes.filter(Q(valid_from=None) | Q(valid_from__lte=plan.as_of))
    newest = begun.select_related("supplier", "from_location", "mode", "location")
    return newest.order_by("priority", F("valid_from").desc(nulls_last=True), "pk").first()


def _parts(lane: SourcingLane | None, days: float) -> list[Part]:
    waits = max(lane.lead_time_days - lane.travel_days, 0) if lane else 0
    travels = lane.travel_days if lane else 0
    parts = (
        [Part(label="Until it ships", value=waits), Part(label="On the way", value=travels)] if lane else []
    )
    since = days - waits - travels
    if since or not parts:
        parts.append(Part(label="What the plan knew and the terms no longer show", value=since))
    return parts


def _from(lane: SourcingLane | None) -> str:
    if lane is None:
        return ""
    if lane.kind == SourceKind.MAKE:
        return " to be made there"
    source = lane.supplier or lane.from_location or lane.location
    return f" from {source}, {str(lane.mode or lane.get_kind_display()).lower()}"


def _spread(target: InventoryTarget, lane: SourcingLane | None) -> str:
    spread = target.lead_time_sd_days
    if not spread:
        return ""
    as_typed = lane is not None and lane.lead_time_sd_days == spread
    return f", give or take {number(spread)}, as {'its terms say' if as_typed else 'its receipts have shown'}"
