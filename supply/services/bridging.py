"""Hold what is asked of a supplier's parts until it has recovered from a failure."""

from dataclasses import asdict, dataclass
from decimal import ROUND_UP, Decimal

from siop.accounts.models import Person
from siop.plans.models import PlanVersion
from siop.web.undo import TooOld, note, opened

from ..errors import SupplyError
from ..models import Supplier, SupplierRisk
from ..selectors.pages.ways_out import Missing, failure
from .policies import Change, Floor, raise_floors, take_back


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is held from now on, and the policies that changed for it: those that held as much did not."""

    floors: list[Floor]
    changes: list[Change]


def hold_until_recovery(*, person: Person, plan: PlanVersion, supplier: Supplier) -> Held:
    """Raise the least safety stock of each part that would run out to what is asked of it until the supplier is back."""
    risk = (
        SupplierRisk.objects.filter(plan=plan, supplier=supplier).select_related("first_short_item").first()
    )
    found = failure(person, plan, supplier, risk)
    if found is None or risk is None:
        raise SupplyError(f"Stock outlasts a failure of {supplier}: nothing more is to be held.")
    floors = [_floor(part) for part in found.parts]
    changes = raise_floors(
        person=person,
        floors=floors,
        reason=f"outlasts a failure of {supplier}, which recovers in {risk.recover_days:,.0f} days; stock lasted "
        f"{risk.survive_days:,.0f}",
    )
    return Held(floors=floors, changes=changes)


def token_of(held: Held) -> str:
    """Signed: the policies as they were."""
    return note("hold", {"changes": [asdict(change) for change in held.changes]})


def let_go(*, person: Person, token: str) -> int:
    """What a token of `hold_until_recovery` says was held is held no longer; how many parts these are.

    Raises SupplyError for a token that is too old or not ours, StaleRow where somebody changed one of them since.
    """
    try:
        found = opened("hold", token)
    except TooOld as error:
        raise SupplyError(str(error)) from None
    return len(take_back(person=person, changes=[Change(**change) for change in found["changes"]]))


def _floor(part: Missing) -> Floor:
    """What is asked of it until the recovery, in whole steps of the item."""
    item = part.line.item
    step = Decimal(item.step or 1)
    steps = (Decimal(str(round(part.asked, 3))) / step).to_integral_value(rounding=ROUND_UP)
    return Floor(item=item, location=part.line.location, quantity=steps * step)
