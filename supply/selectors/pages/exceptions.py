"""Exceptions as pages show them: ranked by avoidable loss, grouped by root cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Case, CharField, Count, F, FloatField, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Cast

from siop.accounts.models import Person
from siop.catalog.visibility import visible
from siop.plans.models import PlanVersion
from siop.reading import once
from siop.statements import answer
from siop.web.exports import scope_of

from ...enums import ExceptionStatus, LoneCause, OrderStatus
from ...models import PlanException, PlannedOrder

SOON = timedelta(days=7)
OPEN = Q(status=ExceptionStatus.OPEN)
WORTH_ACTING = Q(avoidable_loss__gt=0)  # where acting costs more than it saves nothing is avoidable
SUMS = ("count", "expected_loss", "action_cost", "avoidable_loss")
# What `_sums`, `_open` and `_snoozed` say, for all rows of a plan at once: this is asked on every page.
STANDING = """
SELECT count(*) FILTER (WHERE waits), coalesce(sum(money_at_risk * probability) FILTER (WHERE waits), 0),
       coalesce(sum(action_cost) FILTER (WHERE waits), 0),
       coalesce(sum(avoidable_loss) FILTER (WHERE waits AND avoidable_loss > 0), 0),
       count(*) FILTER (WHERE waits AND last_responsible_date <= %(soon)s),
       count(*) FILTER (WHERE status = 'snoozed' AND snoozed_until > %(day)s)
FROM (
    SELECT *, status = 'open' OR (status = 'snoozed' AND snoozed_until <= %(day)s) AS waits
    FROM supply_planexception WHERE plan_id = %(plan)s AND {scope}
) e
"""


@dataclass(frozen=True, kw_only=True)
class ExceptionTotals:
    """Sums over exceptions: the one definition of the avoidable loss; `expected_loss` is weighted by probability."""

    count: int
    expected_loss: float
    action_cost: Decimal
    avoidable_loss: Decimal


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What waits in a plan; `soon` are the open ones whose last day is at most a week away."""

    open: ExceptionTotals
    soon: int
    snoozed: int


def visible_exceptions(person: Person) -> QuerySet[PlanException]:
    rows = PlanException.objects.select_related("item", "location", "person")
    return visible(rows, person).order_by("rank", "pk")


def exceptions_of(person: Person, plan: PlanVersion) -> QuerySet[PlanException]:
    return visible_exceptions(person).filter(plan=plan)


def open_exceptions(person: Person, plan: PlanVersion, *, day: date) -> QuerySet[PlanException]:
    """Open ones, and snoozed ones whose date has come."""
    return exceptions_of(person, plan).filter(_open(day))


def snoozed_exceptions(person: Person, plan: PlanVersion, *, day: date) -> QuerySet[PlanException]:
    return exceptions_of(person, plan).filter(_snoozed(day))


def soon_exceptions(person: Person, plan: PlanVersion, *, day: date) -> QuerySet[PlanException]:
    """Open ones whose last responsible day is at most a week away."""
    return exceptions_of(person, plan).filter(_soon(day))


def standing(person: Person, plan: PlanVersion, *, day: date) -> Standing:
    """All figures over the list in one question, for the rail, the headline figures and the list itself."""
    return once(("standing", person.pk, plan.pk, day), lambda: _standing(person, plan, day))


def _standing(person: Person, plan: PlanVersion, day: date) -> Standing:
    scope = scope_of(person)
    asked = {"plan": plan.pk, "day": day, "soon": day + SOON} | scope.parameters
    query = STANDING.format(scope=scope.where(item="item_id", location="location_id"))
    *sums, soon, snoozed = answer(query, asked) or ()
    totals = ExceptionTotals(**dict(zip(SUMS, sums, strict=True)))
    return Standing(open=totals, soon=soon, snoozed=snoozed)


def totals(rows: QuerySet[PlanException]) -> ExceptionTotals:
    return _totals(rows.order_by().aggregate(**_sums(Q())))


def totals_of(rows: Sequence[PlanException]) -> ExceptionTotals:
    """As `totals`, of exceptions at hand."""
    return ExceptionTotals(
        count=len(rows),
        expected_loss=sum(float(row.money_at_risk) * row.probability for row in rows),
        action_cost=sum((row.action_cost for row in rows), Decimal(0)),
        avoidable_loss=sum((row.avoidable_loss for row in rows if row.avoidable_loss > 0), Decimal(0)),
    )


def open_totals(person: Person, plan: PlanVersion, *, day: date) -> ExceptionTotals:
    return standing(person, plan, day=day).open


def _open(day: date) -> Q:
    return OPEN | Q(status=ExceptionStatus.SNOOZED, snoozed_until__lte=day)


def _soon(day: date) -> Q:
    return _open(day) & Q(last_responsible_date__lte=day + SOON)


def _snoozed(day: date) -> Q:
    return Q(status=ExceptionStatus.SNOOZED, snoozed_until__gt=day)


def _sums(which: Q) -> dict[str, Aggregate]:
    expected = F("money_at_risk") * F("probability")
    return {
        "count": Count("pk", filter=which),
        "expected_loss": Sum(expected, filter=which, output_field=FloatField()),
        "action_cost": Sum("action_cost", filter=which),
        "avoidable_loss": Sum("avoidable_loss", filter=which & WORTH_ACTING),
    }


def _totals(found: dict[str, Any]) -> ExceptionTotals:
    return ExceptionTotals(
        count=found["count"],
        expected_loss=found["expected_loss"] or 0.0,
        action_cost=found["action_cost"] or Decimal(0),
        avoidable_loss=found["avoidable_loss"] or Decimal(0),
    )


def by_root_cause(rows: QuerySet[PlanException]) -> QuerySet[Any, Any]:
    """One line a root cause, the largest avoidable loss first; what has a cause of its own is a line of its own.

    Of each line: cause, how many exceptions and item-locations, sums of money, first day to act, best rank.
    """
    alone = Cast("pk", CharField())
    line = Case(When(root_cause__in=LoneCause.values, then=alone), default=F("root_cause"))
    return (
        rows.order_by()
        .values(line=line)
        .annotate(
            count=Count("pk"),
            cause=Min("root_cause"),
            loss=Sum("money_at_risk"),
            expected=Sum(F("money_at_risk") * F("probability"), output_field=FloatField()),
            cost=Sum("action_cost"),
            avoidable=Sum("avoidable_loss"),
            act_by=Min("last_responsible_date"),
            first=Min("rank"),
        )
        .order_by("-avoidable", "first")
    )


def first_of_lines(rows: QuerySet[PlanException], lines: list[Any]) -> dict[str, PlanException]:
    """The exception of best rank of each line."""
    found = rows.filter(rank__in=[line["first"] for line in lines])
    by_rank = {one.rank: one for one in found}
    return {line["line"]: by_rank[line["first"]] for line in lines if line["first"] in by_rank}


def order_of(person: Person, found: PlanException) -> PlannedOrder | None:
    """The planned order that an exception is about, where it has not gone out; None for open orders."""
    orders = visible(PlannedOrder.objects.filter(plan=found.plan, number=found.order), person)
    return orders.exclude(status=OrderStatus.RELEASED).first() if found.order else None
