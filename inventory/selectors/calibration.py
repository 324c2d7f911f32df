"""What the replay of past fill rates found, in words, and whether a plan was made with it."""

from itertools import chain

from inventory.models import FillCalibration
from siop.plans.models import PlanVersion


def calibration_words(plan: PlanVersion) -> str:
    """One sentence for the Inventory page: fill rates as promised, as calibrated, or calibrated from the next plan on."""
    newest = FillCalibration.objects.filter(season=plan.parameters.get("season")).order_by("-id").first()
    if newest is None:
        return (
            "Fill rates are taken as promised: there is not yet history enough to replay a year "
            "of thirty items of one kind of demand."
        )
    factors = [factor for factor in chain(*newest.scales) if factor != 1] or [1.0]
    found = (
        f"A year of {sum(newest.items):,} items was replayed under the fill rates: errors count "
        f"{min(factors):.2f} to {max(factors):.2f} times"
    )
    used = plan.inputs.get("class_lessons", {}).get("fill_scales")
    if used == newest.scales:
        return f"{found}, in these targets too."
    return f"{found}, from the next computation of this plan on; these targets are still without it."
