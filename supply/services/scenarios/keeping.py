"""Scenarios as people keep them: begun, changed step by step, copied, brought up to date, thrown away."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from supply.models import ScenarioChange

from ...errors import SupplyError
from .computing import compute

MOST_CHANGES = 40
NAME_LENGTH = 120
COPIED = " (copy)"


@transaction.atomic
def create(
    *,
    person: Person,
    name: str,
    base: PlanVersion | None = None,
    changes: list[dict[str, Any]] | None = None,
    owner: Person | None = None,
) -> PlanVersion:
    """A scenario on `base`, else on the plan that people work on; `changes`: {kind, target, after, note}.

    It belongs to `person`, unless it is made again for its `owner`.
    """
    require(person, Permission.EDIT_SCENARIO)
    plan = base or working_plan()
    if plan is None:
        raise SupplyError("There is no plan yet; import sales or demand first.")
    if plan.kind == PlanKind.SCENARIO:
        raise SupplyError("A scenario stands on a plan, not on another scenario; copy it instead.")
    if not name.strip():
        raise SupplyError("Give the scenario a name that people will know it by.")
    scenario = PlanVersion.objects.create(
        kind=PlanKind.SCENARIO,
        status=PlanStatus.CURRENT,
        name=name.strip()[:NAME_LENGTH],  # others make it of codes and descriptions
        base=plan,
        owner=owner or person,
        **{field: getattr(plan, field) for field in DESCRIBED},
    )
    for change in changes or []:
        _append(scenario, **change)
    compute(scenario)
    return scenario


DESCRIBED = ("data_version", "as_of", "bucket", "origin", "history_periods", "horizon", "parameters")


@transaction.atomic
def add_change(
    *,
    person: Person,
    scenario_id: int,
    kind: str,
    target: dict[str, Any],
    after: dict[str, Any],
    note: str = "",
) -> PlanVersion:
    """One more change, computed with those before it; it is not kept where it fits nothing."""
    scenario = editable(person, scenario_id)
    if scenario.changes.count() >= MOST_CHANGES:
        raise SupplyError(
            f"{MOST_CHANGES} changes are as many as one can tell apart; begin another scenario."
        )
    _append(scenario, kind=kind, target=target, after=after, note=note)
    compute(scenario)
    return scenario


@transaction.atomic
def remove_change(*, person: Person, scenario_id: int, change_id: int) -> PlanVersion:
    scenario = editable(person, scenario_id)
    scenario.changes.filter(pk=change_id).delete()
    compute(scenario)
    return scenario


@transaction.atomic
def bring_up_to_date(*, person: Person, scenario_id: int) -> PlanVersion:
    """The same changes on the plan that people work on now."""
    scenario = editable(person, scenario_id)
    shown = working_plan()
    if shown is None:
        raise SupplyError("There is no plan to stand on; import sales or demand first.")
    scenario.base = shown
    for field in DESCRIBED:
        setattr(scenario, field, getattr(shown, field))
    scenario.save()
    compute(scenario)
    return scenario


@transaction.atomic
def copy(*, person: Person, scenario_id: int) -> PlanVersion:
    """Another scenario with the same changes, to vary one of them."""
    require(person, Permission.EDIT_SCENARIO)
    source = found(scenario_id)
    return create(
        person=person,
        name=source.name[: NAME_LENGTH - len(COPIED)] + COPIED,
        base=source.base,
        changes=changes_of(source),
    )


def changes_of(scenario: PlanVersion) -> list[dict[str, Any]]:
    """Its changes in their order, as `create` takes them."""
    rows = scenario.changes.order_by("sequence").values("kind", "target", "after", "note")
    return [dict(row) for row in rows]


@transaction.atomic
def rename(*, person: Person, scenario_id: int, name: str, seen: str = "") -> PlanVersion:
    """`seen` is the name it had where the new one was typed; raises SupplyError where it has another by now."""
    scenario = editable(person, scenario_id)
    if seen and scenario.name not in (seen, name.strip()):
        raise SupplyError(
            f"It was “{seen}” when you opened it and is “{scenario.name}” now; “{name.strip()}” was not saved. "
            "Rename it again to put yours in its place."
        )
    if not name.strip():
        raise SupplyError("Give the scenario a name that people will know it by.")
    if len(name.strip()) > NAME_LENGTH:
        raise SupplyError(
            f"A scenario’s name has room for {NAME_LENGTH} characters; this one has {len(name.strip())}."
        )
    scenario.name = name.strip()
    scenario.save(update_fields=["name"])
    return scenario


@transaction.atomic
def delete(*, person: Person, scenario_id: int) -> str:
    """Throw a scenario away; returns its name. One that was promoted stays, as the reason of what was written."""
    scenario = editable(person, scenario_id)
    name = scenario.name
    scenario.delete()
    return name


def _append(
    scenario: PlanVersion, *, kind: str, target: dict[str, Any], after: dict[str, Any], note: str = ""
) -> None:
    last = scenario.changes.aggregate(last=Max("sequence"))["last"] or 0
    ScenarioChange.objects.create(
        scenario=scenario, sequence=last + 1, kind=kind, target=target, after=after, note=note
    )


def editable(person: Person, scenario_id: int) -> PlanVersion:
    """The scenario, locked, where it may still be changed."""
    require(person, Permission.EDIT_SCENARIO)
    scenario = found(scenario_id, lock=True)
    if scenario.inputs.get("promoted"):
        raise SupplyError(f"“{scenario.name}” has been promoted and stays as it was; copy it to go on.")
    return scenario


def found(scenario_id: int, *, lock: bool = False) -> PlanVersion:
    rows = PlanVersion.objects.select_for_update(of=("self",)) if lock else PlanVersion.objects.all()
    scenario = rows.select_related("base").filter(pk=scenario_id, kind=PlanKind.SCENARIO).first()
    if scenario is None:
        raise SupplyError("This scenario is not there any more; choose another one.")
    return scenario
