"""Small makers of rows for tests: a company of a few families, and plans with lines beneath them."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

AS_OF = date(2026, 12, 1)
HORIZON = 12


def somebody(name: str, role: str | None = None, *, department: str | None = None, **grant: Any) -> Any:
    """The one of that name, with the role where one is named; `department="finance"` for heads."""
    from siop.accounts.enums import Role
    from siop.accounts.models import Department, Person, RoleGrant

    email = f"{name}@example.com"
    person = Person.objects.filter(email=email).first() or Person.objects.create_person(
        email=email, name=name.title(), password="a long password"
    )
    if role:
        where = (
            Department.objects.get_or_create(code=department, defaults={"name": department.title()})[0]
            if department
            else None
        )
        scope = {"department": where, "category": None, "location": None} | grant
        RoleGrant.objects.get_or_create(person=person, role=Role(role), **scope)
    return person


@dataclass
class Company:
    """Items by family, each sold at one location to one segment."""

    location: Any
    segment: Any
    categories: dict[str, Any] = field(default_factory=dict)
    items: list[Any] = field(default_factory=list)
    series: list[Any] = field(default_factory=list)


def company(families: tuple[str, ...] = ("Bottles", "Capsules"), *, items: int = 2) -> Company:
    from forecasting.models import DemandSeries
    from siop.catalog.models import Category, Item, Location, Segment

    made = Company(
        location=Location.objects.get_or_create(code="NJ", defaults={"description": "New Jersey"})[0],
        segment=Segment.objects.get_or_create(code="Retail")[0],
    )
    for family in families:
        category = Category.objects.create(code=family)
        made.categories[family] = category
        for number in range(1, items + 1):
            item = Item.objects.create(
                code=f"{family[:3].upper()}-{number}",
                description=f"{family} {number}",
                category=category,
                unit_price=Decimal(30),
                unit_cost=Decimal(12),
            )
            made.items.append(item)
            made.series.append(
                DemandSeries.objects.create(item=item, location=made.location, segment=made.segment)
            )
    return made


def plan_version(**fields: Any) -> Any:
    from siop.plans.enums import PlanKind, PlanStatus
    from siop.plans.models import PlanVersion

    defaults = {
        "kind": PlanKind.LIVE,
        "status": PlanStatus.CURRENT,
        "data_version": 1,
        "as_of": AS_OF,
        "origin": date(2025, 12, 1),
        "history_periods": 12,
        "horizon": HORIZON,
        "parameters": {"currency": "USD"},
        "computed": timezone.now(),
    }
    return PlanVersion.objects.create(**defaults | fields)


def live_plan(made: Company, *, demand: float = 100.0, **fields: Any) -> Any:
    """A computed live plan: `demand` a month of each item, stock and targets that hold, one order each."""
    from forecasting.models import ConsensusLine
    from inventory.models import InventoryTarget
    from supply.models import PlanLine, PlannedOrder

    plan = plan_version(**fields)
    periods = plan.horizon
    for number, series in enumerate(made.series):
        place = {"plan": plan, "item": series.item, "location": series.location}
        ConsensusLine.objects.create(plan=plan, series=series, quantity=[demand] * periods)
        InventoryTarget.objects.create(
            **place,
            service_policy="cycle_service",
            service_target=0.95,
            daily_demand=demand / 30,
            error_sd=2.0,
            lead_time_days=30,
            protection_days=30,
            safety_stock=40,
            reorder_point=140,
            order_up_to=240,
            by_period=[40.0] * periods,
            parts=[["demand variability", 40.0]],
            reason="30 days lead time, 95 %: 40",
        )
        PlanLine.objects.create(
            **place,
            on_hand=demand + 40,
            demand=[demand] * periods,
            dependent_demand=[0.0] * periods,
            scheduled_receipts=[0.0] * periods,
            planned_receipts=[0.0] + [demand] * (periods - 1),
            planned_releases=[demand] * (periods - 1) + [0.0],
            opening=[demand + 40] + [40.0] * (periods - 1),
            closing=[40.0] * periods,
            shortage=[0.0] * periods,
            safety_stock=[40.0] * periods,
        )
        PlannedOrder.objects.create(
            **place,
            number=f"P-{number + 1:06d}",
            kind="buy",
            source="ACME",
            quantity=demand,
            need_date=date(2027, 1, 1),
            order_by=date(2026, 12, 1),
            ship_date=date(2026, 12, 5),
            due_date=date(2027, 1, 1),
            unit_landed_cost=12,
        )
    return plan


def sourced(plan: Any) -> Any:
    """`plan` with a lane behind each of its planned orders, so that they can go out."""
    from supply.models import PlannedOrder, SourcingLane, Supplier

    supplier, _ = Supplier.objects.get_or_create(code="ACME")
    for order in PlannedOrder.objects.filter(plan=plan):
        order.lane = SourcingLane.objects.create(
            item=order.item,
            location=order.location,
            kind=order.kind,
            supplier=supplier,
            lead_time_days=27,
        )
        order.save(update_fields=["lane"])
    return plan


def plan_exception(plan: Any, **fields: Any) -> Any:
    from supply.models import PlanException

    number = PlanException.objects.filter(plan=plan).count() + 1
    defaults = {
        "key": f"shortage:{number}",
        "rank": number,
        "kind": "shortage",
        "title": "Bottles: 4,786 short in March",
        "quantity": 4786,
        "money_at_risk": 86148,
        "action_cost": 16800,
        "avoidable_loss": 69348,
        "suggestion": "Fly 4,800 bottles",
        "root_cause": "Supplier late",
        "last_responsible_date": date(2027, 1, 8),
    }
    return PlanException.objects.create(plan=plan, **defaults | fields)


def override(person: Any, **fields: Any) -> Any:
    """An override as this person's edit of the newest plan leaves it; no plan is derived from it."""
    from forecasting.enums import EditKind
    from forecasting.models import EditBatch, Override
    from siop.plans.models import PlanVersion

    batch = EditBatch.objects.create(
        id=uuid4(), plan=PlanVersion.objects.latest("pk"), person=person, kind=EditKind.EDIT
    )
    given: dict[str, Any] = {"month": AS_OF, "value": 120, "sequence": 1}
    return Override.objects.create(person=person, batch=batch, **given | fields)


DEPARTMENTS = ("sales", "operations", "purchasing", "finance", "quality")


def heads(person: Any) -> dict[str, Any]:
    """One head for each of the five departments that sign; `person` is the fixture."""
    return {code: person(f"{code}.head", "department_head", department=code) for code in DEPARTMENTS}


def open_cycle(person: Any, *, period: date = AS_OF) -> Any:
    from meetings.services import cycles

    return cycles.open_cycle(person=person, period=period, today=period)


def cycle_in(stage: str, person: Any, *, period: date = AS_OF) -> Any:
    """An open cycle moved to a stage by force, as a person who may run cycles."""
    return move_to(stage, person, cycle=open_cycle(person, period=period))


def move_to(stage: str, person: Any, *, cycle: Any = None) -> Any:
    """The running cycle, moved on to a stage by force."""
    from meetings.selectors.cycles import required_cycle
    from meetings.services import cycles

    cycle = cycle or required_cycle()
    while cycle.stage != stage:
        cycle = cycles.advance(person=person, force=True, reason="a test moves it")
    return cycle
