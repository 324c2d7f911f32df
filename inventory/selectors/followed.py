"""What the fields of a policy that stay blank follow: the item, then its class."""

from dataclasses import dataclass

from inventory.engine import policy_name
from inventory.models import InventoryTarget
from siop.catalog.enums import ServicePolicy
from siop.catalog.models import Item

from . import class_policies


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Whose policy and target they are, None where the item leaves its target to the default, and the class's days
    between reviews."""

    whose: str
    policy: ServicePolicy
    target: float | None
    review_days: float


def followed(item: Item, target: InventoryTarget) -> Followed | None:
    """As the plan of `target` computed it; None for an item that its plan put in no class."""
    start = class_policies.of_plan(target.plan).get(target.klass)
    if start is None:
        return None
    if item.service_policy:
        own = None if item.service_target is None else float(item.service_target)
        policy, whose = ServicePolicy(item.service_policy), "the item"
        return Followed(whose=whose, policy=policy, target=own, review_days=start.review_days)
    policy = ServicePolicy(policy_name(start.policy))
    return Followed(
        whose=f"class {target.klass}", policy=policy, target=start.target, review_days=start.review_days
    )
