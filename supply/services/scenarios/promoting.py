"""Promote a scenario: what is the plan's to decide is written as people would type it; the rest is assumed aloud.

Demand becomes overrides, policies policies, orders firm orders, each with the reason. Lead times, capacities,
prices and open purchase orders are the outside world's: they are recorded as assumptions and come by import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from siop.accounts.access import GRANTS, may, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from siop.web import audit
from siop.web.exports import scope_of
from supply.models import ScenarioChange
from supply.selectors import scenarios as selectors

from ...errors import SupplyError
from . import writing
from .computing import is_stale
from .keeping import editable, found
from .words import words

STALE, LIMITS = "stale", "limits"


@dataclass(frozen=True)
class Warning:
    """What a person has to have seen before a scenario is promoted."""

    code: str
    text: str


def warnings(scenario: PlanVersion, person: Person) -> list[Warning]:
    """A base that has moved on, and limits that the scenario breaks further than the plan does."""
    told = []
    stale = is_stale(scenario)
    if stale:
        told.append(Warning(STALE, f"The figures are not of today's plan: {stale}."))
    if scenario.base is not None:
        shown = selectors.compare(scenario.base, [scenario], scope=scope_of(person), periods=scenario.horizon)
        broken = [measure.label for measure in shown.columns[0].broken]
        if broken:
            count = "a limit" if len(broken) == 1 else f"{len(broken)} limits"
            told.append(Warning(LIMITS, f"It breaks {count}: {', '.join(broken)}."))
    return told


def obstacle(changes: Sequence[ScenarioChange], person: Person) -> str:
    """Whose the changes are, where they are not for this person to write; "" where nothing stands in the way."""
    missing = sorted(right for right in writing.rights_needed(changes) if not may(person, right))
    said = [f"may not {right.label.lower()}; {_who_may(right)} may" for right in missing]
    if not said:
        return ""
    return f"Your role {', and '.join(said)}. Share the scenario, or copy it and keep only the changes that are yours."


def _who_may(right: Permission) -> str:
    return f"a {' or '.join(role.label.lower() for role, granted in GRANTS.items() if right in granted)}"


def looked_at_now(changes: Sequence[ScenarioChange]) -> dict[str, str]:
    """What a page that offers to promote shows: the words of each change, by id."""
    return {str(change.pk): words(change) for change in changes}


def _refuse_unseen(changes: Sequence[ScenarioChange], looked_at: Mapping[str, str] | None) -> None:
    """Somebody else, or another tab, may have changed the scenario since; what it lost is named as well."""
    now = looked_at_now(changes)
    if looked_at is None or looked_at == now:
        return
    new = [text for key, text in now.items() if key not in looked_at]
    gone = [text for key, text in looked_at.items() if key not in now]
    said = [f"it has gained “{'”, “'.join(new)}”"] * bool(new) + [f"lost “{'”, “'.join(gone)}”"] * bool(gone)
    raise SupplyError(
        f"Nothing was written: since you opened this page {' and '.join(said)}. What stands above is what would be "
        "written now; promote it again if that is right."
    )


@transaction.atomic
def promote(
    *,
    person: Person,
    scenario_id: int,
    reason: str,
    seen: Collection[str] = (),
    looked_at: Mapping[str, str] | None = None,
) -> PlanVersion:
    """Write the scenario's changes into the plan that people work on, all or none, and plan again.

    `seen`: codes of the warnings that were shown; `looked_at`: words of the changes that were, by id. Raises
    SupplyError for a warning that was not shown, and for changes that came or went since.
    """
    scenario = editable(person, scenario_id)
    if not reason.strip():
        raise SupplyError("Say why; the reason stands beside every number that the scenario changes.")
    changes = list(scenario.changes.select_related("scenario__base"))
    if not changes:
        raise SupplyError("The scenario changes nothing yet; add a change first.")
    _refuse_unseen(changes, looked_at)
    for warning in warnings(scenario, person):
        if warning.code not in seen:
            raise SupplyError(warning.text)
    plan = _plan()
    audit.because(reason)
    by = writing.Writing(person=person, scenario=scenario, plan=plan, reason=reason.strip())
    records = [writing.write(by, change) for change in changes]
    scenario.inputs = scenario.inputs | {
        "promoted": {
            "at": timezone.now().isoformat(),
            "person": person.pk,
            "name": person.name,
            "plan": plan.pk,
            "reason": reason.strip(),
            "records": records,
        }
    }
    scenario.save(update_fields=["inputs"])
    return scenario


@transaction.atomic
def take_back(*, person: Person, scenario_id: int) -> PlanVersion:
    """Undo a promotion: what it wrote is taken back in reverse; what was edited since then stays, with a message."""
    require(person, Permission.EDIT_SCENARIO)
    scenario = found(scenario_id, lock=True)
    done = scenario.inputs.get("promoted")
    if not done:
        raise SupplyError(f"“{scenario.name}” is not promoted.")
    plan = _plan()
    if plan.pk != done["plan"]:
        raise SupplyError(
            f"It was promoted to plan v{done['plan']}; people work on {plan} now. Edit that one."
        )
    audit.because(f"Promotion of “{scenario.name}” taken back")
    for record in reversed(done["records"]):
        writing.take_back(person, plan, record)
    scenario.inputs = {name: value for name, value in scenario.inputs.items() if name != "promoted"}
    scenario.save(update_fields=["inputs"])
    return scenario


def _plan() -> PlanVersion:
    plan = working_plan()
    if plan is None:
        raise SupplyError("There is no plan to write to.")
    return plan
