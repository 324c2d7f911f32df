"""Orders go out on time: a reminder days before the last day to order, an exception the day after."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from django.db.models import DateField, QuerySet
from django.db.models.functions import Cast, Substr
from django.urls import reverse
from django.utils import timezone

from inventory.engine.reasons import quantity
from siop.accounts.access import GRANTS
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.catalog import parameters
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from siop.web.models import Notification
from siop.web.plan_choice import looking_day
from siop.web.services import notify
from siop.web.templatetags.siop import day as spoken
from supply.engine.threat_rows import Action

from ..enums import ExceptionKind, OrderStatus
from ..models import PlanException, PlannedOrder
from . import threats

NAMED = 3
KEY = "order-by:"


def remind(*, day: date | None = None) -> int:
    """Tell who may release orders which ones are to be placed soon; once a day of ordering and set of items.

    What was told of a day that is over counts as read: what was not ordered by then is an exception.
    """
    plan = working_plan()
    if plan is None:
        return 0
    today = day or looking_day(plan)
    _forget_past(today)
    until = today + timedelta(days=parameters.load().reminder_days)
    waiting = _waiting(plan).filter(order_by__range=(today, until)).order_by("order_by", "number")
    told = 0
    for person in _releasers():
        for order_by, found in groupby(visible(waiting, person), key=lambda order: order.order_by):
            told += _tell(person, order_by, list(found))
    return told


def raise_overdue(*, day: date | None = None) -> int:
    """An exception for each order whose last day to order has passed; returns how many are new."""
    plan = working_plan()
    if plan is None:
        return 0
    known = set(PlanException.objects.filter(plan=plan).exclude(order="").values_list("order", flat=True))
    late = _waiting(plan).filter(order_by__lt=day or looking_day(plan)).exclude(number__in=known)
    rows = [_overdue(order) for order in late]
    if rows:
        PlanException.objects.bulk_create(rows, ignore_conflicts=True)
        threats.rank(plan=plan)
    return len(rows)


def _forget_past(today: date) -> None:
    ordered_by = Cast(Substr("key", len(KEY) + 1, len(date.min.isoformat())), DateField())
    told = Notification.objects.filter(key__startswith=KEY, read=None).annotate(ordered_by=ordered_by)
    told.filter(ordered_by__lt=today).update(read=timezone.now())


def _waiting(plan: PlanVersion) -> QuerySet[PlannedOrder]:
    rows = PlannedOrder.objects.filter(plan=plan).exclude(status=OrderStatus.RELEASED)
    return rows.select_related("item", "location")


def _releasers() -> Iterator[Person]:
    roles = [role for role, granted in GRANTS.items() if Permission.RELEASE_ORDERS in granted]
    yield from Person.objects.filter(is_active=True, grants__role__in=roles).distinct().order_by("pk")


def _tell(person: Person, order_by: date, orders: list[PlannedOrder]) -> bool:
    named = [f"{quantity(float(order.quantity))} {order.item} at {order.location}" for order in orders]
    what = hashlib.sha256("|".join(named).encode()).hexdigest()[:12]
    key = f"{KEY}{order_by}:{what}"
    if Notification.objects.filter(person=person, key=key).exists():
        return False
    rest = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    notify(
        person=person,
        key=key,
        text=f"Order by {spoken(order_by)}: {', '.join(named[:NAMED])}{rest}.",
        url=f"{reverse('supply:plan')}?view=calendar",
    )
    return True


def _overdue(order: PlannedOrder) -> PlanException:
    """No demand is late yet, so no money is at risk; the day has passed all the same."""
    kind = ExceptionKind.ORDER_LATE
    return PlanException(
        plan_id=order.plan_id,
        key=threats.exception_key(kind, order.item_id, order.location_id, order.number),
        rank=0,
        kind=kind,
        title=f"{kind.label}: {quantity(float(order.quantity))} of {order.item.code} at {order.location.code}"[
            :300
        ],
        item=order.item,
        location=order.location,
        month=order.need_date.replace(day=1),
        quantity=float(order.quantity),
        last_responsible_date=order.order_by,
        root_cause="Not ordered in time",
        suggestion=f"Release {order.number} now; it was to be ordered by {spoken(order.order_by)}.",
        action=Action.ORDER_NOW.name.lower(),
        order=order.number,
        parts=[],
    )
