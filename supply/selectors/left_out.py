"""Second sources that the plan takes no order from, for they would close a circle."""

from siop.catalog.models import Location
from siop.plans.models import PlanVersion

from ..enums import SourceKind
from ..frames import read_problem
from ..models import SourcingLane


def left_out_senders(plan: PlanVersion, *, item_id: int, location_id: int) -> list[Location]:
    """Places that could send the item here and are, in the end, supplied from here themselves; by code."""
    moves = SourcingLane.objects.filter(item=item_id, kind=SourceKind.TRANSFER).values_list(
        "location_id", "from_location_id"
    )
    if not all(location_id in places for places in zip(*moves, strict=True)) or not moves:
        return []
    problem = read_problem(plan, items=[item_id])
    receiver = problem.places.location[problem.network.lanes.item[problem.left_out]]
    senders = problem.network.sender[problem.left_out][receiver == location_id]
    return list(Location.objects.filter(pk__in=senders.tolist()).order_by("code"))


def left_out_words(sender: Location, here: Location) -> str:
    return f"{sender} is not planned as a source: it is supplied from {here} itself; give it the first priority to use it."
