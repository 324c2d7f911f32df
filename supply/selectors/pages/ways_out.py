"""A supplier fails: the first short day, the part that causes it, and what can be done, each with its price."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Sum

from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.plans.selectors import bucket_edges, planning_day
from siop.web.templatetags.siop import many

from ...engine.shapes import IntArray
from ...enums import ReceiptStatus
from ...frames import capital_rate
from ...models import BomLine, PlanLine, ScheduledReceipt, SourcingLane, Supplier, SupplierRisk

NEAR_MONTHS = 3
HOLD = "Hold more stock"
Place = tuple[int, int]  # ids of item and location


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """One answer to a failure: what it costs, and what of the exposure is still lost."""

    label: str
    words: str
    cost: float
    still_lost: float
    day: date | None = None

    @property
    def holds(self) -> bool:
        return self.label == HOLD

    @property
    def net(self) -> float:
        """Money it leaves lost in all; the smallest is the best."""
        return self.cost + self.still_lost


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A part that the supplier no longer delivers: its line in the plan, the units short of those `asked` of it until it
    recovers."""

    line: PlanLine
    units: float
    asked: float

    @property
    def value(self) -> float:
        return self.units * float(self.line.item.unit_cost or 0)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`parts` run out before the supplier has recovered, `part` first of all."""

    first_short_day: date
    item: Item
    parts: list[Missing]
    ways: list[WayOut]

    @property
    def part(self) -> Item:
        return self.parts[0].line.item


def failure(
    person: Person, plan: PlanVersion, supplier: Supplier, risk: SupplierRisk | None
) -> Failure | None:
    """What happens if a supplier ships nothing from today on; None where stock outlasts its recovery."""
    if risk is None or risk.first_short_item is None or risk.gap_days <= 0:
        return None
    parts = _missing(person, plan, supplier, risk)
    if not parts:
        return None
    ways = [_more_stock(plan, parts), _other_source(plan, parts, supplier, risk), _accept(risk)]
    return Failure(
        first_short_day=planning_day(plan) + timedelta(days=round(risk.survive_days)),
        item=risk.first_short_item,
        parts=parts,
        ways=sorted(ways, key=lambda way: way.net),
    )


def _missing(person: Person, plan: PlanVersion, supplier: Supplier, risk: SupplierRisk) -> list[Missing]:
    """What the supplier delivers and runs out before it has recovered, first what stops the first item short."""
    needed = _with_components(risk.first_short_item_id or 0)
    edges = bucket_edges(plan)
    lines = sorted(_delivered(person, plan, supplier), key=lambda line: _days_left(edges, line))
    first = next((line for line in lines if line.item_id in needed), None)
    if first is None:
        return []
    afloat = _afloat(plan, supplier, risk)
    asked = {line: _asked_until(edges, line, risk.recover_days or 0.0) for line in lines}
    lacks = {line: asked[line] - line.on_hand - afloat.get(_place(line), 0.0) for line in lines}
    if lacks[first] <= 0:  # what others would have taken first
        lacks[first] = risk.stock_needed * needed[first.item_id]
    lines.sort(key=lambda line: line != first)
    return [Missing(line=line, units=lacks[line], asked=asked[line]) for line in lines if lacks[line] > 0]


def _afloat(plan: PlanVersion, supplier: Supplier, risk: SupplierRisk) -> dict[Place, float]:
    """Units of each item and location that have left the supplier and arrive before it has recovered."""
    back = planning_day(plan) + timedelta(days=round(risk.recover_days or 0.0))
    sent = ScheduledReceipt.objects.filter(
        supplier=supplier, status=ReceiptStatus.IN_TRANSIT, due_date__lt=back
    )
    units = sent.values_list("item", "location").annotate(units=Sum("quantity"))
    return {(item, location): float(quantity) for item, location, quantity in units}


def _delivered(person: Person, plan: PlanVersion, supplier: Supplier) -> list[PlanLine]:
    places = set(SourcingLane.objects.filter(supplier=supplier).values_list("item", "location"))
    lines = visible(PlanLine.objects.filter(plan=plan, item__in={item for item, _ in places}), person)
    return [line for line in lines.select_related("item", "location") if _place(line) in places]


def _with_components(item: int) -> dict[int, float]:
    """The item and all that goes into it, with the units of each in one of it."""
    found, waiting = {item: 1.0}, [item]
    while waiting:
        parent = waiting.pop()
        for line in BomLine.objects.filter(parent=parent).exclude(component__in=found):
            found[line.component_id] = found[parent] * float(line.gross_per)
            waiting.append(line.component_id)
    return found


def _asked_until(edges: IntArray, line: PlanLine, days: float) -> float:
    """Own and dependent demand of so many days, even over each period: what stock of the products covers is not in it."""
    share = np.clip((edges[0] + days - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    asked = np.array(line.demand) + np.array(line.dependent_demand)
    return float((asked[: len(share)] * share).sum())


def _days_left(edges: IntArray, line: PlanLine) -> float:
    days = int(edges[min(NEAR_MONTHS, len(edges) - 1)] - edges[0])
    asked = _asked_until(edges, line, days)
    return line.on_hand / asked * days if asked > 0 else float("inf")


def _more_stock(plan: PlanVersion, parts: list[Missing]) -> WayOut:
    """Held from now on, so that the next failure finds it; it costs the money it ties up."""
    tied_up = sum(one.value for one in parts)
    return WayOut(
        label=HOLD,
        words=f"{_named(parts)} at {parts[0].line.location.code}, {tied_up:,.0f} tied up; a year of holding it",
        cost=sum(one.value * _holding_rate(plan, one.line.item) for one in parts),
        still_lost=0.0,
    )


def _named(parts: list[Missing]) -> str:
    """The first part with its units, and how many others there are."""
    first, others = f"{parts[0].units:,.0f} more {parts[0].line.item.code}", len(parts) - 1
    return f"{first} and as long a cover of {many(others, 'other part')}" if others else first


def _holding_rate(plan: PlanVersion, item: Item) -> float:
    percent = item.holding_cost_pct
    return capital_rate(plan) if percent is None else float(percent) / 100


def _other_source(plan: PlanVersion, parts: list[Missing], supplier: Supplier, risk: SupplierRisk) -> WayOut:
    """The other lanes that land first, which the test of the failure counts on; what they come too late for is lost."""
    lanes = _lanes(parts)
    found = [(one, _next_lane(lanes[_place(one.line)], supplier)) for one in parts]
    alone = [one.line.item.code for one, lane in found if lane is None]
    bought = [(one, lane) for one, lane in found if lane is not None]
    if alone:
        others = f" and {many(len(alone) - 1, 'other part')}" if alone[1:] else ""
        return WayOut(
            label="Qualify a second source",
            words=f"nobody else delivers {alone[0]}{others}; worth up to what is lost without one",
            cost=float(risk.exposure),
            still_lost=0.0,
        )
    premiums = [one.units * _premium(lanes[_place(one.line)], lane, supplier) for one, lane in bought]
    first, lane = bought[0]
    source = ", ".join(str(one) for one in (lane.supplier or lane.from_location, lane.mode) if one)
    return WayOut(
        label="Buy elsewhere",
        words=f"{_named(parts).replace(' more ', ' ')} from {source} at {premiums[0] / first.units:,.2f} more a unit",
        cost=sum(premiums),
        still_lost=float(risk.exposure),
        day=planning_day(plan) + timedelta(days=max(lane.lead_time_days for _, lane in bought)),
    )


def _place(line: PlanLine) -> Place:
    return line.item_id, line.location_id


def _lanes(parts: list[Missing]) -> dict[Place, list[SourcingLane]]:
    """All lanes of each part, by their priority."""
    wanted = {_place(one.line): list[SourcingLane]() for one in parts}
    lanes = SourcingLane.objects.filter(item__in={item for item, _ in wanted}).order_by("priority", "pk")
    for lane in lanes.select_related("item", "supplier", "from_location", "mode"):
        if (place := (lane.item_id, lane.location_id)) in wanted:
            wanted[place].append(lane)
    return wanted


def _next_lane(lanes: list[SourcingLane], supplier: Supplier) -> SourcingLane | None:
    """The one of another source that lands first."""
    others = [lane for lane in lanes if lane.supplier_id != supplier.pk]
    return min(others, key=lambda lane: (lane.lead_time_days, lane.priority), default=None)


def _premium(lanes: list[SourcingLane], other: SourcingLane, supplier: Supplier) -> float:
    """What a unit of another lane costs beyond the supplier's usual one."""
    own = next((lane for lane in lanes if lane.supplier_id == supplier.pk), None)
    return max(_unit_price(other) - (_unit_price(own) if own else 0.0), 0.0)


def _accept(risk: SupplierRisk) -> WayOut:
    """Nothing is bought elsewhere: all that is asked for until the recovery is lost at its margin."""
    item = risk.first_short_item
    margin = float((item.unit_price or 0) - (item.unit_cost or 0)) if item else 0.0
    return WayOut(
        label="Accept the loss",
        words="all that is asked for until it recovers",
        cost=0.0,
        still_lost=max(float(risk.exposure), risk.stock_needed * max(margin, 0.0)),
    )


def _unit_price(lane: SourcingLane) -> float:
    return float(lane.price or 0) + float(lane.freight_cost or 0)
