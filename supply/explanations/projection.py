"""Why a month of an item-location is what it is: demand, receipts, stock, target and what is short."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from django.db.models import QuerySet
from django.http import Http404

from inventory.models import InventoryTarget, StockOnHand
from siop.accounts.models import Person
from siop.catalog import calendar
from siop.catalog.units import places_of, unit_of
from siop.web import rows
from siop.web.explanations import Change, Explanation, Part, explains, read_period, runs, url
from siop.web.plan_choice import plan_label, readable_plan
from siop.web.sources import counted, latest_import
from siop.web.templatetags.siop import day, number, percent
from siop.web.templatetags.siop import month as month_label

from ..enums import SourceKind
from ..models import BomLine, PlannedOrder, ReturnRule, ScheduledReceipt
from ..selectors.pages.item_location import UNDER_WAY
from .orders import open_order_parts, planned_order_parts
from .plan import plan_line

MORE_DEMAND = 0.10
SLACK = 1e-6  # units
CARRIED = "opening + receipts − demand = closing; what is short is carried on"


@explains("closing")
def closing_stock(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Opening + receipts - demand, with what is owed from before and what stays owed."""
    cell = Cell(person, plan, item, location, month)
    line, h = cell.line, cell.h
    parts = [
        *owing("Owed from the month before", -cell.owed),
        *cell.supply_parts(),
        Part(label="Demand", value=-line.demand[h], url=cell.demand_url()),
        *owing("Demand of items made from it", -line.dependent_demand[h]),
        *owing("Short, carried to the next month", line.shortage[h]),
    ]
    return cell.explanation(
        line.closing[h], "Stock at the end", parts, "ends {} at ", formula=CARRIED, changes=cell.changes()
    )


@explains("shortage")
def shortage(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Demand that stock and receipts do not reach: it is carried to the next month."""
    cell = Cell(person, plan, item, location, month)
    line, h = cell.line, cell.h
    parts = [
        Part(label="Demand", value=line.demand[h], url=cell.demand_url()),
        *owing("Demand of items made from it", line.dependent_demand[h]),
        *owing("Owed from the month before", cell.owed),
        *(
            Part(label=part.label, value=-part.value, note=part.note, url=part.url)
            for part in cell.supply_parts()
        ),
        *owing("Left in stock", line.closing[h]),
    ]
    return cell.explanation(line.shortage[h], "Short", parts, "is short in {} by ", formula=CARRIED)


@explains("opening")
def opening_stock(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """What the month before left, at first what is on hand and can still be sold."""
    cell = Cell(person, plan, item, location, month)
    return cell.explanation(
        cell.line.opening[cell.h], "Stock at the start", cell.opening_parts(), "begins {} with "
    )


@explains("gross_requirements")
def gross_requirements(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Demand of the item itself and of what is made from it or supplied from here."""
    cell = Cell(person, plan, item, location, month)
    line, h = cell.line, cell.h
    parts = [Part(label="Demand", value=line.demand[h], url=cell.demand_url()), *cell.using_parts()]
    return cell.explanation(
        line.demand[h] + line.dependent_demand[h], "Asked for", parts, "is asked in {} for "
    )


@explains("dependent_demand")
def dependent_demand(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """What planned orders of other items take as a part, and of other places as goods: on the day they begin."""
    cell = Cell(person, plan, item, location, month)
    parts = cell.using_parts() or [Part(label="No order takes from it", value=0.0)]
    formula = "Σ quantity × units in one, by the day on which an order begins"
    return cell.explanation(
        cell.line.dependent_demand[cell.h],
        "Made into others",
        parts,
        "is taken for others in {}: ",
        formula=formula,
    )


@explains("scheduled_receipts")
def scheduled_receipts(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Open orders that are due in the month, at first those that are overdue too; and what comes back."""
    cell = Cell(person, plan, item, location, month)
    parts = cell.scheduled_parts() or [Part(label="No open order is due", value=0.0)]
    return cell.explanation(cell.line.scheduled_receipts[cell.h], "Open orders", parts, "is due in {}: ")


@explains("receipts")
def receipts(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Open and planned orders that arrive in the month."""
    cell = Cell(person, plan, item, location, month)
    line, h = cell.line, cell.h
    parts = [*cell.scheduled_parts(), *cell.planned_parts()] or [Part(label="No order arrives", value=0.0)]
    return cell.explanation(
        line.scheduled_receipts[h] + line.planned_receipts[h], "Receipts", parts, "receives in {} "
    )


@explains("planned_receipts")
def planned_receipts(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """The planned orders that arrive in the month."""
    cell = Cell(person, plan, item, location, month)
    parts = cell.planned_parts() or [Part(label="No order arrives", value=0.0)]
    return cell.explanation(cell.line.planned_receipts[cell.h], "Planned orders", parts, "receives in {} ")


@explains("expires_unsold")
def expires_unsold(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Lots whose life ends in the month, less what is sold or used of them before."""
    cell = Cell(person, plan, item, location, month)
    lots = [
        Part(label=f"Lot that expires {day(lot.expiry_date)}", value=float(lot.quantity))
        for lot in cell.lots_that_expire()
    ]
    total = cell.line.expiring_by_period[cell.h] if cell.line.expiring_by_period else 0.0
    parts = lots + owing("Sold or used in time", total - sum(float(part.value) for part in lots))
    parts = parts or [Part(label="No lot's life ends", value=0.0)]
    return cell.explanation(total, "Expires unsold", parts, "expires unsold in {}: ")


@explains("closing_value")
def closing_value(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Stock at the end of the month at unit cost."""
    cell = Cell(person, plan, item, location, month)
    units, cost = cell.line.closing[cell.h], float(cell.line.item.unit_cost or 0)
    shown = number(units * cost)
    why = url("closing", cell.plan.pk, cell.line.item_id, cell.line.location_id, cell.period)
    note = f"{number(units, places_of(cell.line.item))} × {number(cost, 2)}"
    return Explanation(
        title=f"Why {shown}?",
        sentence=runs(
            f"What is left of {cell.line.item} at {cell.line.location} at the end of {month_label(cell.period)} is worth ",
            shown, " at unit cost.",
        ),
        parts=[Part(label="Stock at the end × unit cost", value=units * cost, note=note, url=why)],
        total=units * cost,
        total_label="Value",
        sources=[counted(person, "Its cost", "items", item=cell.line.item_id)],
        computed=plan_label(cell.plan),
    )  # fmt: skip


@explains("target_at")
def target_at(person: Person, plan: str, item: str, location: str, month: str) -> Explanation:
    """Safety stock of the month, and what is held on top of it."""
    cell = Cell(person, plan, item, location, month)
    line, h = cell.line, cell.h
    found = InventoryTarget.objects.filter(
        plan=cell.plan, item=line.item_id, location=line.location_id
    ).first()
    total = found.at_ends(len(line.closing))[h] if found else line.safety_stock[h]
    why = url("safety_stock", cell.plan.pk, line.item_id, line.location_id) if found else ""
    parts = [
        Part(label="Safety stock of the month", value=line.safety_stock[h], url=why),
        *owing("Reserve rule", total - line.safety_stock[h]),
    ]
    return cell.explanation(total, "Target", parts, "aims to end {} at ")


class Cell:
    """One month of one projection, with the addresses of what it is made of."""

    def __init__(self, person: Person, plan: str, item: str, location: str, month: str) -> None:
        self.person, self.plan, self.period = person, readable_plan(plan), read_period(month)
        self.line = plan_line(person, self.plan, item, location)
        self.calendar = calendar.load()
        self.h = self.calendar.between(self.plan.as_of, self.period)
        if not 0 <= self.h < len(self.line.closing):
            raise Http404(f"{self.period} lies outside the horizon of {self.plan}.")
        self.place = {"item": self.line.item_id, "location": self.line.location_id}
        self.owed = self.line.shortage[self.h - 1] if self.h else 0.0

    def opening_parts(self) -> list[Part]:
        line, h = self.line, self.h
        before = self.calendar.shift(self.period, -1)
        opening_url = (
            url("closing", self.plan.pk, line.item_id, line.location_id, before)
            if h
            else rows.url("on_hand", **self.place)
        )
        unsold = 0.0 if h else max(line.on_hand, 0.0) - max(line.opening[0], 0.0)
        return [
            Part(
                label="Stock at the start" if h else "On hand",
                value=line.opening[h] + unsold,
                url=opening_url,
            ),
            *owing("Expires before its turn to be sold", -unsold),
        ]

    def supply_parts(self) -> list[Part]:
        line, h = self.line, self.h
        return [
            *self.opening_parts(),
            *owing(
                "Open orders and returns",
                line.scheduled_receipts[h],
                rows.url("receipts", **self.place, month=self.period if h else None),
            ),
            *owing(
                "Planned orders",
                line.planned_receipts[h],
                rows.url("orders", **self.place, plan=self.plan.pk, month=self.period),
            ),
        ]

    def planned_parts(self) -> list[Part]:
        """Each planned order that arrives in the month."""
        orders = PlannedOrder.objects.filter(
            plan=self.plan, due_date__gte=self.period, due_date__lt=self.after, **self.place
        )
        parts = planned_order_parts(orders)
        return parts + _rest("Changed since the plan was made", self.line.planned_receipts[self.h], parts)

    def scheduled_parts(self) -> list[Part]:
        """Each open order that is due in the month, what is overdue in the first; then what is no order."""
        found = ScheduledReceipt.objects.filter(status__in=UNDER_WAY, due_date__lt=self.after, **self.place)
        parts = open_order_parts(found.filter(due_date__gte=self.since))
        return parts + _rest(self._unordered(), self.line.scheduled_receipts[self.h], parts)

    def _unordered(self) -> str:
        """What comes in without an order."""
        comes_back = ReturnRule.objects.filter(returns_as=self.line.item_id, location=self.line.location_id)
        return "Comes back from customers" if comes_back.exists() else "Changed since the plan was made"

    def using_parts(self) -> list[Part]:
        """Each planned order that takes from it, as a part on the day it begins or as goods on the day they leave."""
        parts = [
            Part(
                label=f"Order {order.number} of {order.item.code}",
                value=float(order.quantity) * units,
                note=f"{number(order.quantity, places_of(order.item))} × {units:g}, begins {day(begins)}",
                url=url("order", order.pk),
            )
            for order, units, begins in sorted(
                [*self._made(), *self._moved()], key=lambda one: (one[2], one[0].number)
            )
        ]
        return parts + _rest("Orders that have begun or gone out", self.line.dependent_demand[self.h], parts)

    def _made(self) -> Iterator[tuple[PlannedOrder, float, date]]:
        """Orders of what it is a part of, the units of it in one, and the day they begin."""
        for bill in BomLine.objects.filter(component=self.line.item_id):
            units = float(bill.gross_per)
            orders = self._orders().filter(
                item=bill.parent_id, location=self.line.location_id, kind=SourceKind.MAKE
            )
            for order in orders.filter(order_by__gte=self.since, order_by__lt=self.after):
                if (bill.valid_from or date.min) <= order.order_by <= (bill.valid_to or date.max):
                    yield order, units, order.order_by

    def _moved(self) -> Iterator[tuple[PlannedOrder, float, date]]:
        """Orders of other places that are supplied from here, and the day they leave."""
        orders = self._orders().filter(item=self.line.item_id, lane__from_location=self.line.location_id)
        for order in orders.filter(
            kind=SourceKind.TRANSFER, ship_date__gte=self.since, ship_date__lt=self.after
        ):
            yield order, 1.0, order.ship_date

    def _orders(self) -> QuerySet[PlannedOrder]:
        return PlannedOrder.objects.filter(plan=self.plan).select_related("item")

    def lots_that_expire(self) -> QuerySet[StockOnHand]:
        """Of the newest count."""
        counts = StockOnHand.objects.filter(**self.place)
        newest = counts.order_by("-date").values("date")[:1]
        lots = counts.filter(date=newest, expiry_date__gte=self.since, expiry_date__lt=self.after)
        return lots.order_by("expiry_date")

    @property
    def after(self) -> date:
        """The first day of the month after."""
        return self.calendar.shift(self.period, 1)

    @property
    def since(self) -> date:
        """The first day that counts towards the month; what is overdue counts towards the first."""
        return self.period if self.h else date.min

    def demand_url(self) -> str:
        return url("consensus", self.plan.pk, f"i{self.line.item_id}-l{self.line.location_id}", self.period)

    def changes(self) -> list[Change]:
        line, h = self.line, self.h
        asked = np.cumsum(np.array(line.demand) + np.array(line.dependent_demand))[h]
        planned = np.cumsum(line.planned_receipts)[h]
        net = line.closing[h] - line.shortage[h]
        cases = {
            f"Demand {percent(MORE_DEMAND, 0)} higher until then": net - MORE_DEMAND * asked,
            "Without the planned orders": net - planned,
        }
        return [
            Change(label=label, delta=max(value, 0.0) - line.closing[h], value=max(value, 0.0), good=False)
            for label, value in cases.items()
            if max(value, 0.0) != line.closing[h]
        ]

    def explanation(
        self,
        total: float,
        label: str,
        parts: Sequence[Part],
        says: str,
        *,
        formula: str = "",
        changes: Sequence[Change] = (),
    ) -> Explanation:
        item, places = self.line.item, places_of(self.line.item)
        shown = number(total, places)
        return Explanation(
            title=f"Why {shown}?",
            sentence=runs(
                f"{item} at {self.line.location} {says.format(month_label(self.period))}", f"{shown} {unit_of(item)}",
                f"; the safety stock is {number(self.line.safety_stock[self.h], places)}.",
            ),
            parts=parts,
            total=total,
            total_label=f"{label}, {unit_of(item)}",
            places=places,
            formula=formula,
            sources=[
                counted(self.person, "Open orders", "receipts", **self.place),
                counted(self.person, "Stock on hand", "on_hand", **self.place),
                counted(self.person, "How it is sourced", "lanes", **self.place),
                *latest_import("on_hand", data_version=self.plan.data_version),
            ],
            changes=changes,
            computed=plan_label(self.plan),
        )  # fmt: skip


def owing(label: str, value: float, address: str = "") -> list[Part]:
    """A part only where there is something."""
    return [Part(label=label, value=value, url=address)] if value else []


def _rest(label: str, total: float, parts: Sequence[Part]) -> list[Part]:
    """What the parts leave of a total, where that is more than rounding."""
    left = total - sum(float(part.value) for part in parts)
    return owing(label, left) if abs(left) > SLACK * max(1.0, abs(total)) else []
