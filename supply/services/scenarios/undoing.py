"""A scenario that was thrown away comes back: its name, owner, plan and changes, computed anew (ADR 11)."""

from django.db import transaction

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.undo import TooOld, note, opened

from ...errors import SupplyError
from . import keeping

ROOM = "scenario"


def token_of(scenario_id: int) -> str:
    """Signed: what makes the scenario again; read before it is thrown away."""
    scenario = keeping.found(scenario_id)
    return note(
        ROOM,
        {
            "name": scenario.name,
            "owner": scenario.owner_id,
            "base": scenario.base_id,
            "changes": keeping.changes_of(scenario),
        },
    )


@transaction.atomic
def bring_back(*, person: Person, token: str) -> PlanVersion:
    """The scenario a token holds, under a number of its own.

    Raises SupplyError for a token that is too old or not ours, or where its plan is not there any more.
    """
    require(person, Permission.EDIT_SCENARIO)
    try:
        held = opened(ROOM, token)
    except TooOld as error:
        raise SupplyError(str(error)) from None
    base = PlanVersion.objects.filter(pk=held["base"]).first()
    if base is None:
        raise SupplyError(f"The plan that “{held['name']}” stood on is not there any more.")
    owner = Person.objects.filter(pk=held["owner"]).first() or person
    return keeping.create(person=person, name=held["name"], base=base, changes=held["changes"], owner=owner)
