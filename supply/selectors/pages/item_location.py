"""All that is known of one item at one place, for its page."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from forecasting.explanations.forecasts import forecast_lines
from forecasting.models import ConsensusLine, DemandSeries, ForecastLine, Override
from inventory.models import InventoryTarget, Policy, StockOnHand
from siop.accounts.models import Person
from siop.catalog.models import Item, Location
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from supply.engine.basics import Array

from ...enums import ExceptionStatus, OrderStatus, ReceiptStatus
from ...models import Peg, PlanException, PlanLine, PlannedOrder, ReturnRule, ScheduledReceipt, SourcingLane
from ..left_out import left_out_senders, left_out_words

Place = tuple[int, int]
UNDER_WAY = (ReceiptStatus.OPEN, ReceiptStatus.CONFIRMED, ReceiptStatus.IN_TRANSIT)


def plan_lines(person: Person, plan: PlanVersion) -> QuerySet[PlanLine]:
    """Visible item-locations of a plan, by item, then place."""
    lines = visible(PlanLine.objects.filter(plan=plan), person)
    return lines.select_related("item__category", "location").order_by("item__code", "location__code")


def most_urgent(person: Person, plan: PlanVersion) -> Place | None:
    """Item-location of the costliest exception, else the first of the plan."""
    worst = (
        visible(PlanException.objects.filter(plan=plan, status=ExceptionStatus.OPEN), person)
        .exclude(item=None)
        .exclude(location=None)
        .order_by("rank")
        .values_list("item_id", "location_id")
    )
    for item, location in worst[:20]:
        if PlanLine.objects.filter(plan=plan, item=item, location=location).exists():
            return item, location
    return plan_lines(person, plan).values_list("item_id", "location_id").first()


def neighbours(person: Person, line: PlanLine) -> tuple[Place | None, Place | None]:
    """Ids of the item-locations before and after one, in the order of the list."""
    here, place = line.item.code, line.location.code
    lines = plan_lines(person, line.plan).values_list("item_id", "location_id")
    before = lines.filter(Q(item__code__lt=here) | Q(item__code=here, location__code__lt=place))
    after = lines.filter(Q(item__code__gt=here) | Q(item__code=here, location__code__gt=place))
    return before.order_by("-item__code", "-location__code").first(), after.first()


@dataclass(frozen=True)
class ItemLocation:
    """Rows and arrays of one item-location; arrays are over the horizon unless they say history."""

    line: PlanLine
    months: tuple[date, ...]
    history_months: tuple[date, ...]

    @property
    def plan(self) -> PlanVersion:
        return self.line.plan

    @property
    def item(self) -> Item:
        return self.line.item

    @property
    def location(self) -> Location:
        return self.line.location

    @cached_property
    def target(self) -> InventoryTarget | None:
        found = InventoryTarget.objects.filter(plan=self.plan, item=self.item, location=self.location)
        return found.select_related("item", "location").first()

    @cached_property
    def policy(self) -> Policy | None:
        return Policy.objects.filter(item=self.item, location=self.location).select_related("person").first()

    @cached_property
    def series(self) -> list[DemandSeries]:
        found = DemandSeries.objects.filter(item=self.item, location=self.location)
        return list(found.select_related("segment").order_by("segment__code"))

    @cached_property
    def forecasts(self) -> dict[int, ForecastLine]:
        lines = forecast_lines(self.plan).filter(series__in=self.series).select_related("run")
        return {line.series_id: line for line in lines}

    @cached_property
    def consensus(self) -> dict[int, ConsensusLine]:
        lines = ConsensusLine.objects.filter(plan=self.plan, series__in=self.series)
        return {line.series_id: line for line in lines}

    @cached_property
    def overrides(self) -> list[Override]:
        """Active ones typed at this item, for the months of the plan."""
        found = Override.objects.filter(item=self.item, revoked=None, month__gte=self.plan.as_of)
        return list(
            found.filter(Q(location=None) | Q(location=self.location)).select_related("person", "segment")
        )

    @cached_property
    def history(self) -> Array:
        """Sold in each period from the origin of the forecast run to the plan's first."""
        length = len(self.history_months)
        total = np.zeros(length)
        for line in self.forecasts.values():
            known = np.array(line.history[-length:] if length else [])
            total[length - len(known) :] += known
        return total

    @cached_property
    def statistical(self) -> Array:
        return self._sum(line.statistical for line in self.forecasts.values())

    @cached_property
    def demand(self) -> Array:
        return np.array(self.line.demand)

    @cached_property
    def agreed(self) -> Array:
        """Consensus over segments; equals the demand of the projection unless a part period is left."""
        return self._sum(line.quantity for line in self.consensus.values())

    @cached_property
    def overridden(self) -> set[int]:
        return {int(h) for line in self.consensus.values() for h in line.overridden}

    def interval(self, level: int) -> tuple[Array, Array]:
        """Interval of the sum over segments, taken as independent: half widths add as roots of squares."""
        low = self._spread(f"low_{level}")
        return np.maximum(self.statistical - low, 0.0), self.statistical + self._spread(f"high_{level}")

    @cached_property
    def target_by_period(self) -> Array:
        """Safety stock and reserve at the end of each period."""
        if self.target is None:
            return np.array(self.line.safety_stock)
        return np.array(self.target.at_ends(len(self.months)))

    @cached_property
    def without_planned(self) -> Array:
        """Stock at the end of each period if nothing planned is ordered; owed where negative."""
        line = self.line
        net = np.array(line.closing) - np.array(line.shortage)
        return np.asarray(net - np.cumsum(line.planned_receipts))

    @cached_property
    def lanes(self) -> list[SourcingLane]:
        found = SourcingLane.objects.filter(item=self.item, location=self.location)
        return list(
            found.select_related("supplier", "from_location", "mode").order_by("priority", "valid_from")
        )

    @cached_property
    def return_rules(self) -> list[ReturnRule]:
        """Rules by which the item comes back as another, or another as it."""
        of_item = Q(item=self.item) | Q(returns_as=self.item)
        found = ReturnRule.objects.filter(of_item, location=self.location)
        return list(found.select_related("item", "returns_as").order_by("item__code", "returns_as__code"))

    @cached_property
    def left_out(self) -> dict[int, str]:
        """Why a second source is not planned, by its location's id."""
        senders = left_out_senders(self.plan, item_id=self.item.pk, location_id=self.location.pk)
        return {sender.pk: left_out_words(sender, self.location) for sender in senders}

    @cached_property
    def receipts(self) -> list[ScheduledReceipt]:
        """Orders under way, the next to arrive first."""
        found = ScheduledReceipt.objects.filter(item=self.item, location=self.location, status__in=UNDER_WAY)
        return list(found.select_related("supplier", "mode").order_by("due_date", "order", "line"))

    @cached_property
    def orders(self) -> list[PlannedOrder]:
        found = PlannedOrder.objects.filter(plan=self.plan, item=self.item, location=self.location)
        return list(found.order_by("order_by", "number"))

    @property
    def next_order(self) -> PlannedOrder | None:
        return next((order for order in self.orders if order.status != OrderStatus.RELEASED), None)

    @cached_property
    def stock(self) -> list[StockOnHand]:
        """The newest count, lot by lot."""
        rows = StockOnHand.objects.filter(item=self.item, location=self.location)
        newest = rows.order_by("-date").first()
        if newest is None:
            return []
        return list(rows.filter(date=newest.date).order_by(F("expiry_date").asc(nulls_last=True)))

    @cached_property
    def pegs(self) -> list[Peg]:
        """What covers its demand, late ones first."""
        found = Peg.objects.filter(plan=self.plan, demand_item=self.item, demand_location=self.location)
        late = Case(When(days_late__gt=0, then=Value(0)), default=Value(1), output_field=IntegerField())
        return list(found.order_by(late, "demand_month", "order")[:200])

    @cached_property
    def exceptions(self) -> list[PlanException]:
        found = PlanException.objects.filter(plan=self.plan, item=self.item, location=self.location)
        return list(found.order_by("rank"))

    def _sum(self, arrays: Any) -> Array:
        total = np.zeros(len(self.months))
        for values in arrays:
            total[: len(values)] += np.array(values)
        return total

    def _spread(self, field: str) -> Array:
        squares = np.zeros(len(self.months))
        for line in self.forecasts.values():
            bound = np.array(getattr(line, field))
            if len(bound):
                squares[: len(bound)] += (bound - np.array(line.statistical)) ** 2
        return np.sqrt(squares)
