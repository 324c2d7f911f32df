"""How many item-locations follow their class in a plan, and what other defaults would tie up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siop.plans.models import PlanVersion

from ..engine import CLASS_POLICIES, ClassPolicy, targets
from ..engine import Policy as EnginePolicy
from ..engine.arrays import Array
from ..frames import target_inputs
from ..models import InventoryTarget, Policy
from . import class_policies


@dataclass(frozen=True, kw_only=True)
class ClassEffect:
    """Item-locations of a class, those that follow it, and their safety stock in money; `change` under other defaults."""

    places: int
    followers: int
    value: float
    change: float


def class_effects(plan: PlanVersion, policies: Mapping[str, ClassPolicy]) -> dict[str, ClassEffect]:
    """By class; what neither the item nor a place decides follows the class. Floors, caps and space are left aside."""
    members, kept = _members(plan), class_policies.of_plan(plan)
    return {
        klass: ClassEffect(
            places=len(rows),
            followers=sum(row.follows for row in rows),
            value=float(sum(row.target.safety_stock * row.cost for row in rows if row.follows)),
            change=_change(rows, policies[klass], now_starts=_promise(kept[klass])),
        )
        for klass in CLASS_POLICIES
        for rows in [[row for row in members if row.target.klass == klass]]
    }


@dataclass(frozen=True)
class _Member:
    """A target, and whether its policy and its days between reviews come from the class."""

    target: InventoryTarget
    follows: bool
    follows_days: bool

    @property
    def cost(self) -> float:
        return float(self.target.item.unit_cost or 0)


def _members(plan: PlanVersion) -> list[_Member]:
    own = {
        (row.item_id, row.location_id): row
        for row in Policy.objects.filter(item__in=InventoryTarget.objects.filter(plan=plan).values("item"))
    }
    found = []
    for target in InventoryTarget.objects.filter(plan=plan).select_related("item"):
        place = own.get((target.item_id, target.location_id))
        decided = any(row.service_policy or row.service_target for row in (target.item, place) if row)
        found.append(_Member(target, not decided, place is None or place.review_days is None))
    return found


def _change(rows: Sequence[_Member], start: ClassPolicy, *, now_starts: float) -> float:
    """Money of safety stock more than now, where the class starts with something else; rows without risk stay at 0.

    Components whose assembly needs more of them than the class (`now_starts`) asks for go on to promise it.
    """
    at_risk = [row for row in rows if row.target.protection_sd and (row.follows or row.follows_days)]
    if not at_risk:
        return 0.0
    now = target_inputs([row.target for row in at_risk])
    follows = np.array([row.follows for row in at_risk])
    days = np.where(
        [row.follows_days and not np.isnan(start.review_days) for row in at_risk],
        start.review_days,
        now.review_days,
    )
    needs = follows & (np.asarray(now.service_target) > now_starts)
    promise = np.maximum(_promise(start), np.where(needs, now.service_target, 0.0))
    longer = np.maximum(now.lead_time_days + days, 1.0) / [row.target.protection_days for row in at_risk]
    then = replace(
        now,
        policy=np.where(follows, int(start.policy), now.policy),
        service_target=np.where(follows, promise, now.service_target),
        review_days=days,
        error_rmse=np.asarray(now.error_rmse) * np.sqrt(longer),
    )
    more: Array = targets(then).safety_stock - targets(now).safety_stock
    return float((more * np.array([row.cost for row in at_risk])).sum())


def _promise(start: ClassPolicy) -> float:
    """Never run out names the risk or the service: 0.001 and 0.999 are the same promise."""
    risk = start.policy == EnginePolicy.NEVER_RUN_OUT and start.target < 0.5
    return 1.0 - start.target if risk else start.target
