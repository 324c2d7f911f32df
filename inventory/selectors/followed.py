"""What the fields of a policy that stay blank follow: the item, then its class."""

from dataclasses import dataclass

from inventory.models import InventoryTarget, Policy
from siop.catalog.enums import ServicePolicy

from . import class_policies


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Whose policy applies, that and its target as the plan computed them, and the days between reviews of the class."""

    whose: str
    policy: ServicePolicy
    target: float
    review_days: float


def followed(policy: Policy | None, target: InventoryTarget | None) -> Followed | None:
    """Nothing where a `policy` of its own applies, or where its plan computed no target and put it in no class."""
    start = class_policies.of_plan(target.plan).get(target.klass) if target else None
    if target is None or start is None or (policy and policy.service_policy):
        return None
    return Followed(
        whose="the item" if target.item.service_policy else f"class {target.klass}",
        policy=ServicePolicy(target.service_policy),
        target=target.service_target,
        review_days=start.review_days,
    )
