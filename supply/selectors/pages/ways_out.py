"""A supplier fails: the first short day, the part that causes it, and what can be done, each with its price."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.plans.selectors import bucket_edges, planning_day

from ...frames import capital_rate
from ...models import BomLine, PlanLine, SourcingLane, Supplier, SupplierRisk

NEAR_MONTHS = 3


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """One answer to a failure: what it costs, and what of the exposure is still lost."""

    label: str
    words: str
    cost: float
    still_lost: float
    day: date | None = None

    @property
    def net(self) -> float:
        """Money it leaves lost in all; the smallest is the best."""
        return self.cost + self.still_lost


@dataclass(frozen=True, kw_only=True)
class Failure:
    """`part` is what the supplier no longer delivers and runs out first; `missing` units of it are short."""

    first_short_day: date
    item: Item
    part: Item
    missing: float
    ways: list[WayOut]


def failure(
    person: Person, plan: PlanVersion, supplier: Supplier, risk: SupplierRisk | None
) -> Failure | None:
    """What happens if a supplier ships nothing from today on; None where stock outlasts its recovery."""
    if risk is None or risk.first_short_item is None or risk.gap_days <= 0:
        return None
    needed = _with_components(risk.first_short_item.pk)
    line = _first_to_run_out(person, plan, supplier, set(needed))
    if line is None:
        return None
    missing = risk.stock_needed * needed[line.item_id]
    ways = [
        _more_stock(plan, line, missing),
        _other_source(plan, line, supplier, risk, missing=missing),
        _accept(risk),
    ]
    return Failure(
        first_short_day=planning_day(plan) + timedelta(days=round(risk.survive_days)),
        item=risk.first_short_item,
        part=line.item,
        missing=missing,
        ways=sorted(ways, key=lambda way: way.net),
    )


def _first_to_run_out(
    person: Person, plan: PlanVersion, supplier: Supplier, parts: set[int]
) -> PlanLine | None:
    """Of these, as the supplier delivers them, the stock that lasts shortest."""
    lanes = SourcingLane.objects.filter(supplier=supplier, item__in=parts).values_list("item", "location")
    places = Q()
    for part, location in lanes.distinct():
        places |= Q(item=part, location=location)
    if not places:
        return None
    lines = visible(PlanLine.objects.filter(plan=plan).filter(places), person).select_related(
        "item", "location"
    )
    return min(lines, key=lambda line: _days_left(plan, line), default=None)


def _with_components(item: int) -> dict[int, float]:
    """The item and all that goes into it, with the units of each in one of it."""
    found, waiting = {item: 1.0}, [item]
    while waiting:
        parent = waiting.pop()
        for line in BomLine.objects.filter(parent=parent).exclude(component__in=found):
            found[line.component_id] = found[parent] * float(line.gross_per)
            waiting.append(line.component_id)
    return found


def _asked_a_day(plan: PlanVersion, line: PlanLine) -> float:
    """Own and dependent demand of the next months, a day."""
    edges = bucket_edges(plan)
    count = min(NEAR_MONTHS, plan.horizon)
    asked = sum(line.demand[:count]) + sum(line.dependent_demand[:count])
    return float(asked / (edges[count] - edges[0]))


def _days_left(plan: PlanVersion, line: PlanLine) -> float:
    rate = _asked_a_day(plan, line)
    return line.on_hand / rate if rate > 0 else float("inf")


def _more_stock(plan: PlanVersion, line: PlanLine, missing: float) -> WayOut:
    """Held from now on, so that the next failure finds it; it costs the money it ties up."""
    value = missing * float(line.item.unit_cost or 0)
    percent = line.item.holding_cost_pct
    rate = capital_rate(plan) if percent is None else float(percent) / 100
    return WayOut(
        label="Hold more stock",
        words=f"{missing:,.0f} more {line.item.code} at {line.location.code}, {value:,.0f} tied up; a year of holding it",
        cost=value * rate,
        still_lost=0.0,
    )


def _other_source(
    plan: PlanVersion, line: PlanLine, supplier: Supplier, risk: SupplierRisk, *, missing: float
) -> WayOut:
    """The other lane that lands first, which the test of the failure counts on; what it comes too late for is lost."""
    lanes = SourcingLane.objects.filter(item=line.item, location=line.location).select_related(
        "item", "supplier", "from_location", "mode"
    )
    other = lanes.exclude(supplier=supplier).order_by("lead_time_days", "priority").first()
    if other is None:
        return WayOut(
            label="Qualify a second source",
            words=f"nobody else delivers {line.item.code}; worth up to what is lost without one",
            cost=float(risk.exposure),
            still_lost=0.0,
        )
    premium = max(_unit_price(other) - _usual_price(lanes, supplier), 0.0)
    source = f"{other.supplier or other.from_location}{f', {other.mode}' if other.mode else ''}"
    return WayOut(
        label="Buy elsewhere",
        words=f"{missing:,.0f} {line.item.code} from {source} at {premium:,.2f} more a unit",
        cost=missing * premium,
        still_lost=float(risk.exposure),
        day=planning_day(plan) + timedelta(days=other.lead_time_days),
    )


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


def _usual_price(lanes: QuerySet[SourcingLane], supplier: Supplier) -> float:
    own = lanes.filter(supplier=supplier).order_by("priority").first()
    return _unit_price(own) if own else 0.0
