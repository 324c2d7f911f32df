"""Hold what is asked of a supplier's parts until it has recovered from a failure."""

from decimal import ROUND_UP, Decimal

from siop.accounts.models import Person
from siop.plans.models import PlanVersion

from ..errors import SupplyError
from ..models import Supplier, SupplierRisk
from ..selectors.pages.ways_out import Missing, failure
from .policies import Floor, raise_floors


def hold_until_recovery(*, person: Person, plan: PlanVersion, supplier: Supplier) -> list[Floor]:
    """Raise the least safety stock of each part that would run out to what is asked of it until the supplier is back."""
    risk = (
        SupplierRisk.objects.filter(plan=plan, supplier=supplier).select_related("first_short_item").first()
    )
    found = failure(person, plan, supplier, risk)
    if found is None or risk is None:
        raise SupplyError(f"Stock outlasts a failure of {supplier}: nothing more is to be held.")
    floors = [_floor(part) for part in found.parts]
    raise_floors(
        person=person,
        floors=floors,
        reason=f"outlasts a failure of {supplier}, which recovers in {risk.recover_days:,.0f} days; stock lasted "
        f"{risk.survive_days:,.0f}",
    )
    return floors


def _floor(part: Missing) -> Floor:
    """What is asked of it until the recovery, in whole steps of the item."""
    item = part.line.item
    step = Decimal(item.step or 1)
    steps = (Decimal(str(round(part.asked, 3))) / step).to_integral_value(rounding=ROUND_UP)
    return Floor(item=item, location=part.line.location, quantity=steps * step)
