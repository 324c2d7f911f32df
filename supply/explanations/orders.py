"""Orders as parts of an explanation, in the order of their days; a planned one opens its own page."""

from django.db.models import QuerySet

from siop.web.explanations import Part, url
from siop.web.templatetags.siop import day

from ..models import PlannedOrder, ScheduledReceipt


def planned_order_parts(orders: QuerySet[PlannedOrder]) -> list[Part]:
    return [
        Part(
            label=f"Order {one.number}, {one.get_status_display().lower()}",
            value=float(one.quantity),
            note=f"order by {day(one.order_by)}, arrives {day(one.due_date)}",
            url=url("order", one.pk),
        )
        for one in orders.order_by("due_date", "number")
    ]


def open_order_parts(receipts: QuerySet[ScheduledReceipt]) -> list[Part]:
    return [
        Part(
            label=f"Open order {one.order}/{one.line}",
            value=float(one.quantity),
            note=f"due {day(one.due_date)}",
        )
        for one in receipts.order_by("due_date", "order", "line")
    ]
