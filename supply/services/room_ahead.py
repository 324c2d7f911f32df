"""Buying ahead of a tariff keeps to the space of its warehouse: what does not fit is not advised."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from django.db.models import Q

from inventory.engine.reasons import quantity
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import Calendar
from supply.engine.room import Fitting, Forward, fit_in_turn
from supply.engine.shapes import Array
from supply.engine.threat_rows import NOTICEABLE, Action
from supply.enums import ExceptionKind, LoadKind
from supply.models import PlanException, PlannedOrder, SourcingLane

from .full_stores import unit_volume
from .threat_words import receive_before

BUY_AHEAD = Action.BUY_AHEAD.name.lower()
CHANGED = ("fits", "cost_of_all", "action_cost", "avoidable_loss", "suggestion", "action")


def keep_to_space(*, plan: PlanVersion) -> None:
    """Cut the advice to buy ahead to what fits, what saves most for its space first; the rest stays lost.

    Each piece is weighed whole, whatever was cut from it before: what an edit frees is told at once.
    """
    advised = PlanException.objects.filter(plan=plan, kind=ExceptionKind.TARIFF)
    known_whole = advised.filter(Q(fits=None) | Q(cost_of_all__isnull=False))
    rows = sorted(known_whole.select_related("item", "location"), key=_by_turn)
    free = _free_space(plan) if rows else {}
    rows = [row for row in rows if row.location and row.location.code in free and _volume(row)]
    orders = _Orders(plan, rows)
    known = [(row, forward) for row in rows if (forward := orders.forward(row)) is not None]
    asked = [(str(row.location), _volume(row), forward) for row, forward in known]
    found = zip(known, fit_in_turn(asked, free), strict=True)
    changed = [row for (row, forward), fitting in found if _tell(row, forward, fitting)]
    PlanException.objects.bulk_update(changed, CHANGED)


def _volume(row: PlanException) -> float:
    return unit_volume(row.item) if row.item else 0.0


def _cost_of_all(row: PlanException) -> Decimal:
    cost: Decimal = row.action_cost if row.cost_of_all is None else row.cost_of_all
    return cost


def _by_turn(row: PlanException) -> tuple[float, str]:
    """What saves most a cubic metre comes first."""
    space = row.quantity * _volume(row)
    return -float(row.money_at_risk - _cost_of_all(row)) / space if space else 0.0, row.key


def _free_space(plan: PlanVersion) -> dict[str, Array]:
    """Cubic metres left at the end of each period, by location with a limit."""
    return {
        load.code: np.maximum(np.array(load.available) - np.array(load.required), 0.0)
        for load in plan.loads.filter(kind=LoadKind.STORAGE)
    }


def _tell(row: PlanException, forward: Forward, fitting: Fitting) -> bool:
    """Have the row say what fits of it; False where it says so already."""
    said = row.fits, row.suggestion
    if fitting.quantity >= row.quantity - NOTICEABLE:
        _as_a_whole(row, forward)
    else:
        _cut(row, forward, fitting)
    return (row.fits, row.suggestion) != said


def _as_a_whole(row: PlanException, forward: Forward) -> None:
    cost = _cost_of_all(row)
    row.fits, row.cost_of_all = None, None
    row.action, row.action_cost, row.avoidable_loss = BUY_AHEAD, cost, row.money_at_risk - cost
    saving = float(row.money_at_risk)
    row.suggestion = receive_before(
        date.fromordinal(forward.rise),
        f"{quantity(row.quantity)} of {row.item}",
        saves=f"saves {saving / row.quantity:.2f} a unit",
        saving=saving,
        holding=float(cost),
    )


def _cut(row: PlanException, forward: Forward, fitting: Fitting) -> None:
    """The same row with what fits; where nothing does, there is nothing to do but to find room."""
    row.cost_of_all = _cost_of_all(row)
    row.fits = fitting.quantity
    row.action = BUY_AHEAD if fitting.quantity else ""
    row.action_cost = Decimal(str(round(fitting.holding, 4)))
    row.avoidable_loss = Decimal(str(round(max(fitting.saving - fitting.holding, 0.0), 4)))
    whole = quantity(round(float(forward.quantity.sum())))
    if not fitting.quantity:
        row.suggestion = (
            f"No room at {row.location} to receive {whole} of {row.item} earlier; find some elsewhere."
        )
        return
    row.suggestion = receive_before(
        date.fromordinal(forward.rise),
        f"{quantity(fitting.quantity)} of {row.item}",
        saves=f"of {whole} only these fit at {row.location}; saves {quantity(round(fitting.saving))}",
        saving=fitting.saving,
        holding=fitting.holding,
    )


class _Planned(NamedTuple):
    """What is read of a planned order."""

    number: str
    item: int
    location: int
    source: str
    mode: str
    lane: int | None
    due: date
    quantity: float

    @property
    def way(self) -> tuple[int, int, str, str]:
        return self.item, self.location, self.source, self.mode


_FIELDS = ("number", "item", "location", "source", "mode", "lane", "due_date", "quantity")


class _Orders:
    """The planned orders that advice speaks of, read at once: the next ones by the way of the first, from the rise on."""

    def __init__(self, plan: PlanVersion, rows: Sequence[PlanException]) -> None:
        self.calendar = Calendar(edges=plans.bucket_edges(plan))
        found = PlannedOrder.objects.filter(plan=plan, item__in={row.item_id for row in rows})
        self.by_number: dict[str, _Planned] = {}
        self.by_way: dict[tuple[int, int, str, str], list[_Planned]] = defaultdict(list)
        for values in found.order_by("due_date", "number").values_list(*_FIELDS) if rows else ():
            order = _Planned(*values)
            self.by_number[order.number] = order
            self.by_way[order.way].append(order)
        named = (self.by_number.get(row.order) for row in rows)
        self.lanes = SourcingLane.objects.in_bulk({order.lane for order in named if order and order.lane})

    def forward(self, row: PlanException) -> Forward | None:
        first = self.by_number.get(row.order)
        lane = self.lanes.get(first.lane or 0) if first else None
        if first is None or lane is None or row.item is None or row.last_responsible_date is None:
            return None
        last = row.last_responsible_date + timedelta(days=lane.days_to_receipt)
        orders = [order for order in self.by_way[first.way] if order.due > last]
        return Forward.of_next(
            self.calendar,
            units=row.quantity,
            quantity=np.array([float(order.quantity) for order in orders]),
            due_day=np.array([order.due.toordinal() for order in orders], np.int64),
            rise=last.toordinal() + 1,
            step=float(lane.order_multiple or row.item.step),
            least=0.0 if lane.order_group else float(lane.moq),
            saving=float(row.money_at_risk),
            holding=float(_cost_of_all(row)),
        )
