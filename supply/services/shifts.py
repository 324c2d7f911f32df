"""Mid-cycle alerts: demand outside its range in the period in progress becomes an exception, and people are told."""

from __future__ import annotations

from django.urls import reverse

from forecasting.selectors.shifts import Shift, running_shifts
from siop.accounts.access import holders
from siop.accounts.enums import Permission
from siop.catalog.models import Item, Location
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.web.services import notify
from siop.web.templatetags.siop import number, short_day
from supply.enums import ExceptionKind
from supply.frames import capital_rate, usual_margin
from supply.models import PlanException

from .threats import people_said, store_rows

MOST = 100  # of thousands of items some lie outside by chance: the largest are shown
NAMED = 3
MONTHS_A_YEAR = 12


def store(*, plan: PlanVersion) -> int:
    """Write one exception for each item-location whose demand has left its range; returns how many."""
    PlanException.objects.filter(plan=plan, kind=ExceptionKind.FORECAST_SHIFT).delete()
    found = running_shifts(plan)[:MOST]
    items = Item.objects.in_bulk({shift.item for shift in found})
    places = Location.objects.in_bulk({shift.location for shift in found})
    rows = [_row(plan, shift, items[shift.item], places[shift.location]) for shift in found]
    store_rows(plan, rows, people_said(plan))
    return len(rows)


def tell(*, plan: PlanVersion) -> int:
    """Tell planners once of each set of shifts, in one message; returns how many people were told."""
    rows = PlanException.objects.filter(plan=plan, kind=ExceptionKind.FORECAST_SHIFT).order_by("rank")
    told = 0
    for person in {*holders(Permission.EDIT_DEMAND), *holders(Permission.EDIT_SUPPLY)}:
        mine = list(visible(rows, person))
        if mine:
            about = ",".join(sorted(str(row.item_id) for row in mine))
            key = f"shift:{mine[0].month}:{about}"[:120]
            address = f"{reverse('supply:exceptions')}?plan={plan.pk}&exception={mine[0].pk}"
            notify(person=person, key=key, text=_message(mine), url=address)
            told += 1
    return told


def _message(rows: list[PlanException]) -> str:
    titles = [row.title for row in rows[:NAMED]]
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return f"{'; '.join(titles)}{more}. The live plan is recomputed."


def _row(plan: PlanVersion, shift: Shift, item: Item, place: Location) -> dict[str, object]:
    at_risk, words = _money(plan, shift, item)
    return {
        "key": f"forecast_shift/{shift.item}/{shift.location}/{shift.month}"[:120],
        "kind": ExceptionKind.FORECAST_SHIFT.value,
        "title": (
            f"Demand shift: {item.code} at {place.code} sold {number(shift.sold)} by {short_day(shift.day)}, "
            f"expected {number(shift.low)} to {number(shift.high)}"
        )[:300],
        "item_id": shift.item,
        "location_id": shift.location,
        "month": shift.month,
        "quantity": shift.ahead,
        "probability": 1.0,
        "money_at_risk": round(at_risk, 4),
        "action_cost": 0,
        "avoidable_loss": round(at_risk, 4),
        "last_responsible_date": shift.day,
        "root_cause": "Demand shift",
        "suggestion": (
            f"Set {shift.month:%B} to {number(shift.outlook)} in the demand plan: {number(shift.sold)} sold by day "
            f"{shift.passed} of {shift.days}, {number(shift.planned - shift.expected)} planned for the rest."
        ),
        "action": "",
        "order": "",
        "parts": [[words, round(at_risk, 4)]],
    }


def _money(plan: PlanVersion, shift: Shift, item: Item) -> tuple[float, str]:
    """Margin that is lost where the plan does not follow; for demand that lags, a month's cost of holding it."""
    cost, units = float(item.unit_cost or 0), abs(shift.ahead)
    if shift.ahead > 0:
        margin = float(item.unit_price) - cost if item.unit_price else cost * usual_margin(plan)
        return units * max(margin, 0.0), f"{number(units)} units more than planned, at their margin"
    return units * cost * capital_rate(
        plan
    ) / MONTHS_A_YEAR, f"{number(units)} units fewer than planned, held a month longer"
