"""What each ABC-XYZ class starts with, as parameters: imported like all others, set on a page of their own."""

from siop.catalog.enums import ServicePolicy
from siop.catalog.parameter_book import CHOICE, NUMBER, WHOLE, Entry

from .engine import CLASS_POLICIES, policy_name
from .selectors.class_policies import parameter

GROUP = "Item classes"


def entries() -> list[Entry]:
    return [entry for klass in CLASS_POLICIES for entry in _of_class(klass)]


def _of_class(klass: str) -> list[Entry]:
    start = CLASS_POLICIES[klass]
    return [
        Entry(name=parameter(klass, "policy"), label=f"{klass}: policy", help="Where neither the item nor a place sets one.",
              group=GROUP, kind=CHOICE, choices=ServicePolicy.choices, default=policy_name(start.policy)),
        Entry(name=parameter(klass, "target"), label=f"{klass}: target", help="A fraction, units or days, by policy.",
              group=GROUP, kind=NUMBER, default=f"{start.target:g}"),
        Entry(name=parameter(klass, "review_days"), label=f"{klass}: days between reviews", help="Where no policy names them.",
              group=GROUP, kind=WHOLE, unit="days", default="as the company", most=365),
    ]  # fmt: skip
