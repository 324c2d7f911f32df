"""Which families were reviewed, on which content, and by whom they are to be."""

from dataclasses import dataclass

from siop import bulk
from siop.catalog.families import reviewers
from siop.plans import hashing
from siop.plans.enums import PlanPart
from siop.reading import once
from siop.statements import rows_of

from ..enums import StageKind
from ..models import Cycle, Review
from .cycles import REVIEWED_PARTS

NAMES = "SELECT lower(email), name FROM accounts_person WHERE lower(email) = ANY(%s) ORDER BY name"


@dataclass(frozen=True)
class FamilyReview:
    """State of one family in one stage: `current` only while every part is what was reviewed."""

    family: str
    review: Review | None
    current: bool
    reviewers: tuple[str, ...] = ()  # email addresses
    names: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        if self.review is None:
            return "waiting"
        return "reviewed" if self.current else "voided"


def family_reviews(cycle: Cycle, stage: StageKind) -> list[FamilyReview]:
    """Families of the cycle plan in the order of their names; empty before it is frozen."""
    return once(("reviews", cycle.pk, stage), lambda: _family_reviews(cycle, stage))


def _family_reviews(cycle: Cycle, stage: StageKind) -> list[FamilyReview]:
    if cycle.plan is None or stage not in REVIEWED_PARTS:
        return []
    digests = hashing.current(cycle.plan).digests
    parts = REVIEWED_PARTS[stage]
    latest: dict[tuple[str, str], Review] = {}
    rest = "WHERE t.cycle_id = %s ORDER BY t.id"
    for review in rows_of(Review, rest, [cycle.pk], joined=("person",)):
        latest[review.family, review.part] = review
    named = reviewers()
    wanted = sorted({email for emails in named.values() for email in emails})
    names = dict(zip(*bulk.lists_out(NAMES, [wanted]), strict=True)) if wanted else {}
    return [
        _family(family, parts, digests, latest, sorted(named.get(family, ())), names)
        for family in sorted({family for family, part in digests if part in parts})
    ]


def _family(
    family: str,
    parts: list[PlanPart],
    digests: dict[tuple[str, PlanPart], str],
    latest: dict[tuple[str, str], Review],
    named: list[str],
    names: dict[str, str],
) -> FamilyReview:
    held = [part for part in parts if (family, part) in digests]
    reviews = [latest[family, part] for part in held if (family, part) in latest]
    current = len(reviews) == len(held) and all(
        latest[family, part].digest == digests[family, part] for part in held
    )
    shown = tuple(names.get(email, email) for email in named)
    return FamilyReview(family, reviews[-1] if reviews else None, current, tuple(named), shown)
