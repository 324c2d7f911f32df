"""A family is looked at and agreed to; the review is bound to what the family's numbers were."""

import hashlib

from django.db import transaction

from siop.accounts.access import require, scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog.visibility import with_below
from siop.plans import hashing
from siop.plans.enums import PlanPart

from ..enums import StageKind
from ..errors import CycleError, StaleContent
from ..models import Review
from ..selectors import cycles
from ..selectors.comparisons import categories_of

ALL = "all"


@transaction.atomic
def review(*, person: Person, family: str, note: str = "", seen: str = "") -> list[Review]:
    """Agree to a family in the stage that the cycle stands in: its demand, or its targets and supply.

    `family` may be `all`. `seen` is the digest that the person looked at; another one now means looking again.
    """
    require(person, Permission.REVIEW_FAMILY)
    cycle = cycles.required_cycle()
    stage = StageKind(cycle.stage)
    if stage not in cycles.REVIEWED_PARTS or cycle.plan is None:
        raise CycleError(
            f"{cycle.name} stands in {stage.label.lower()}; families are reviewed in demand and supply review."
        )
    digests = hashing.content(cycle.plan).digests
    parts = cycles.REVIEWED_PARTS[stage]
    known = sorted({name for name, part in digests if part in parts})
    chosen = known if family.lower() == ALL else [name for name in known if name.lower() == family.lower()]
    if not chosen:
        raise CycleError(f"There is no family {family!r} in {cycle.name}; choose one of {', '.join(known)}.")
    for name in chosen:
        _require_scope(person, name)
    if seen and seen != seen_digest(digests, chosen, stage):
        what = "A family" if len(chosen) > 1 else chosen[0]
        raise StaleContent(f"{what} has changed since you looked at it. Look at it again, then review it.")
    return Review.objects.bulk_create(
        [
            Review(cycle=cycle, family=name, part=part, digest=digests[name, part], note=note, person=person)
            for name in chosen
            for part in parts
            if (name, part) in digests
        ]
    )


def seen_digest(digests: dict[tuple[str, PlanPart], str], families: list[str], stage: StageKind) -> str:
    """One word for the state of families in a stage, to be sent back with their review."""
    found = [digests.get((family, part), "") for family in families for part in cycles.REVIEWED_PARTS[stage]]
    return hashlib.sha256("|".join(found).encode()).hexdigest()[:32]


def _require_scope(person: Person, family: str) -> None:
    """A person reviews families that lie whole within the categories of their role."""
    allowed, _ = scopes_of(person, Permission.REVIEW_FAMILY)
    if allowed is None:
        return
    outside = {category.pk for category in categories_of(family)} - with_below(allowed)
    if outside or not categories_of(family):
        raise CycleError(f"{family} lies outside your categories; somebody responsible for it reviews it.")
