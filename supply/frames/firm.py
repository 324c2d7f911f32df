"""Orders that people fixed, from plan to plan, and which rows of several plans are one and the same order."""

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from siop.plans import selectors as plans
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion
from supply.enums import OrderStatus
from supply.models import PlannedOrder

# A plan made since counts on what went out: what it asks for comes on top.
_OUT = PlannedOrder.objects.filter(
    item=OuterRef("item"),
    location=OuterRef("location"),
    due_date=OuterRef("due_date"),
    status=OrderStatus.RELEASED,
    released__gte=OuterRef("plan__created"),
).exclude(plan=OuterRef("plan"))


def gone_out(orders: QuerySet[PlannedOrder]) -> dict[int, PlannedOrder]:
    """Those of the `orders`, by key, that went out from another plan already, with the row from which they did.

    A firm order is carried from plan to plan with its number; what a run proposes is told by its lane and day.
    """
    by_number = Subquery(_OUT.filter(number=OuterRef("number")).values("pk")[:1])
    by_lane = Subquery(_OUT.filter(lane=OuterRef("lane")).values("pk")[:1])
    twin = Case(When(status=OrderStatus.FIRM, then=by_number), default=by_lane)
    found = dict(orders.order_by().annotate(twin=twin).exclude(twin=None).values_list("pk", "twin"))
    rows = PlannedOrder.objects.select_related("plan").in_bulk(set(found.values())) if found else {}
    return {order: rows[row] for order, row in found.items()}


def takes_over_firm_orders(plan: PlanVersion) -> bool:
    """While a live plan is computed nobody sees it: what is firm in it are copies of what is firm in the open plans."""
    return plan.status == PlanStatus.COMPUTING and plan.kind == PlanKind.LIVE


def keeps_firm_orders_of(plan: PlanVersion) -> list[PlanVersion]:
    """The plans whose firm orders a plan has to keep: itself, or those that it takes over from."""
    if not takes_over_firm_orders(plan):
        return [plan]
    return [other for other in (plans.current_live_plan(), plans.open_cycle_plan()) if other]


def firm_orders_of(plan: PlanVersion, item_ids: list[int]) -> list[PlannedOrder]:
    """What a plan has to keep of some items: what is firm in it, or in those it takes over from, and did not go out."""
    source = keeps_firm_orders_of(plan)
    rows = PlannedOrder.objects.filter(status=OrderStatus.FIRM, item_id__in=item_ids, plan__in=source)
    firm = list(rows.select_related("item", "location").order_by("plan_id", "pk"))
    gone = gone_out(rows) if firm else {}
    by_number = {order.number: order for order in firm if order.pk not in gone}
    return list(by_number.values())
