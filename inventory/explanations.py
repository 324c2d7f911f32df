"""Why a safety stock or a target is what it is."""

from dataclasses import replace

import numpy as np
from django.http import Http404

from inventory.engine import targets
from inventory.engine.reasons import percent
from siop.accounts.models import Person
from siop.catalog.enums import ServicePolicy
from siop.catalog.units import places_of, unit_of
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.web import rows
from siop.web.explanations import Change, Explanation, Part, Source, Sum, explains, runs, stored_parts, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import counted, latest_import
from siop.web.templatetags.siop import number

from .frames import target_inputs
from .models import InventoryTarget, Policy

FRACTIONS = (ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE, ServicePolicy.NEVER_RUN_OUT)
HIGHER = 0.99


@explains("safety_stock")
def safety_stock(person: Person, plan: str, item: str, location: str) -> Explanation:
    version = readable_plan(plan)
    target = _target(person, version, item, location)
    places, unit = places_of(target.item), unit_of(target.item)
    shown = number(target.safety_stock, places)
    parts = stored_parts(target.parts)
    return Explanation(
        title=f"Why {shown}?",
        sentence=_what_it_serves(target, f"{shown} {unit}"),
        parts=parts or [Part(label="Set by policy", value=target.safety_stock)],
        shares=all(part.value >= 0 for part in parts) and len(parts) > 1,
        total=target.safety_stock,
        total_label="Safety stock",
        places=places,
        formula=target.formula or _formula(target),
        note=target.reason,
        sums=_on_top(target),
        sources=target_sources(person, version, target),
        changes=_changes(target),
        computed=f"{plan_label(version)} · class {target.klass or '-'}",
    )


def _what_it_serves(target: InventoryTarget, shown: str) -> list[tuple[str, bool]]:
    place = f" of {target.item} at {target.location} "
    if target.service_policy == ServicePolicy.FIXED_QUANTITY and not target.service_target:
        return runs("A safety stock of ", shown, f"{place}is held: nothing calls for one, or it was set so.")
    spread = f", give or take {number(target.lead_time_sd_days)}" if target.lead_time_sd_days else ""
    while_ = f" while an order of {number(target.lead_time_days)} days is under way{spread}."
    return runs("A safety stock of ", shown, f"{place}serves the policy ", policy_words(target), while_)


@explains("target")
def target(person: Person, plan: str, item: str, location: str) -> Explanation:
    """Safety stock and what is held on top of it."""
    version = readable_plan(plan)
    found = _target(person, version, item, location)
    places, unit = places_of(found.item), unit_of(found.item)
    total = found.safety_stock + found.reserve
    shown = number(total, places)
    why_safety = url("safety_stock", version.pk, found.item_id, found.location_id)
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            "The target of ", f"{shown} {unit}", f" of {found.item} at {found.location} is the safety stock",
            "" if not found.reserve else " and what must stay on land while other stock is afloat", ".",
        ),
        parts=[
            Part(label="Safety stock", value=found.safety_stock, url=why_safety),
            Part(label="Reserve rule", value=found.reserve, note="held ashore while a shipment is at sea"),
        ],
        total=total,
        total_label="Target",
        places=places,
        sources=target_sources(person, version, found),
        computed=plan_label(version),
    )  # fmt: skip


def policy_words(target: InventoryTarget) -> str:
    """'95 % cycle service', '30 days of supply', as a person says it."""
    policy = ServicePolicy(target.service_policy)
    if policy == ServicePolicy.DAYS_OF_SUPPLY:
        return f"{number(target.service_target)} days of supply"
    if policy == ServicePolicy.FIXED_QUANTITY:
        return (
            f"a fixed quantity of {number(target.service_target)}"
            if target.service_target
            else "no safety stock"
        )
    if policy == ServicePolicy.NEVER_RUN_OUT:
        return f"never run out, {(1 - target.service_target) * 100:g} %"
    return f"{percent(target.service_target)} {policy.label.lower()}"


def target_sources(person: Person, plan: PlanVersion, target: InventoryTarget) -> list[Source]:
    place = {"item": target.item_id, "location": target.location_id}
    policy = Policy.objects.filter(item=target.item_id, location=target.location_id).first()
    return [
        counted(person, "Its sales", "sales", **place),
        counted(person, "Its receipts and lead times", "receipts", **place),
        counted(person, "How it is sourced", "lanes", **place),
        _policy_source(target, policy),
        *latest_import("policies", data_version=plan.data_version),
    ]


def _policy_source(target: InventoryTarget, policy: Policy | None) -> Source:
    if policy is None:
        words = target.item.get_service_policy_display() or "by class"
        return Source(label="Policy of the item", url=rows.url("items", item=target.item_id), meta=words)
    who = f", {policy.person}" if policy.person else ""
    address = rows.url("policies", item=target.item_id, location=target.location_id)
    return Source(label="Its policy", url=address, meta=f"v{policy.version}{who}")


def _target(person: Person, plan: PlanVersion, item: str, location: str) -> InventoryTarget:
    if not (item.isdecimal() and location.isdecimal()):
        raise Http404("An item-location is named by two numbers.")
    found = (
        visible(InventoryTarget.objects.filter(plan=plan), person)
        .filter(item=int(item), location=int(location))
        .select_related("item", "location")
        .first()
    )
    if found is None:
        raise Http404(f"{plan} has no target there that you may see.")
    return found


def _formula(target: InventoryTarget) -> str:
    """The textbook form with this target's figures; floors, caps and rounding are parts of their own."""
    if target.service_policy not in FRACTIONS:
        return ""
    error = float(np.asarray(target_inputs([target]).error_rmse).sum()) * target.error_scale
    demand, spread = number(target.daily_demand, 1), number(target.lead_time_sd_days, 1)
    factor = "k" if target.service_policy == ServicePolicy.FILL_RATE else "z"
    return f"{factor} × √({number(error, 1)}² + ({demand} × {spread})²)"


def _on_top(target: InventoryTarget) -> list[Sum]:
    if not target.reserve:
        return []
    return [
        Sum(
            title="On top",
            parts=[
                Part(label="Safety stock", value=target.safety_stock),
                Part(
                    label="Reserve rule", value=target.reserve, note="held ashore while a shipment is at sea"
                ),
            ],
            total=target.safety_stock + target.reserve,
            total_label="Target",
        )
    ]


def _changes(target: InventoryTarget) -> list[Change]:
    """What a steadier lead time or a higher service would do; only where the policy alone gives today's number."""
    if target.service_policy not in (ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE):
        return []
    now = _recomputed(target)
    if abs(now - target.safety_stock) > float(target.item.step):
        return []
    changes = []
    if target.lead_time_sd_days:
        steadier = target.lead_time_sd_days * 0.7
        label = (
            f"Lead time varies by {number(steadier, 1)} instead of {number(target.lead_time_sd_days, 1)} days"
        )
        changes.append(_change(label, now, _recomputed(target, lead_time_sd_days=steadier)))
    if target.service_target < HIGHER:
        label = f"Service of 99 % instead of {number(target.service_target * 100, 1)} %"
        changes.append(_change(label, now, _recomputed(target, service_target=HIGHER)))
    return changes


def _change(label: str, now: float, value: float) -> Change:
    return Change(label=label, delta=value - now, value=value, good=value < now)


def _recomputed(target: InventoryTarget, **changed: float) -> float:
    return float(targets(replace(target_inputs([target]), **changed)).safety_stock.sum())
