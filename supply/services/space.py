"""What follows from the space that a plan's stock takes: loads, places too full, and what is bought ahead of a tariff."""

from siop.plans.models import PlanVersion

from . import full_stores, loads, room_ahead


def follow(*, plan: PlanVersion) -> None:
    """Told anew from the stored lines of the whole plan, so also after an edit of a few items."""
    loads.store_storage(plan=plan)
    full_stores.store(plan=plan)
    room_ahead.keep_to_space(plan=plan)
