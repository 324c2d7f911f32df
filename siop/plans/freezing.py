"""A cycle plan is a copy of the live plan, made inside the database: one INSERT ... SELECT a table."""

from django.apps import apps
from django.db import connection, transaction

from siop.accounts.models import Person

from .enums import PlanKind, PlanStatus
from .models import PlanVersion

# Everything beneath a plan that a cycle needs to stand on its own.
COPIED = (
    "forecasting.ConsensusLine", "inventory.InventoryTarget", "supply.PlanLine", "supply.PlannedOrder",
    "supply.Peg", "supply.CapacityLoad", "supply.PlanException", "supply.SupplierRisk",
)  # fmt: skip
# What a copy does not take over as it stands: the grid reads what changed by the writing transaction.
REWRITTEN = {"touched": "pg_current_xact_id()::text::bigint"}
DESCRIBED = (
    "data_version", "as_of", "bucket", "origin", "history_periods", "horizon", "parameters", "inputs", "totals",
    "computed",
)  # fmt: skip


class FreezingError(Exception):
    """The live plan cannot be frozen, or the cycle plan takes nothing new any more."""


def current_live_plan() -> PlanVersion | None:
    return PlanVersion.objects.filter(kind=PlanKind.LIVE, status=PlanStatus.CURRENT).first()


def freeze(live: PlanVersion, *, name: str, owner: Person | None = None) -> PlanVersion:
    """A draft cycle plan that holds what `live` holds now, on the same data version."""
    if live.status != PlanStatus.CURRENT:
        raise FreezingError(
            f"{live} is {live.get_status_display().lower()}; wait until it is computed, then freeze it."
        )
    with transaction.atomic():
        plan = PlanVersion.objects.create(
            kind=PlanKind.CYCLE,
            status=PlanStatus.DRAFT,
            name=name,
            base=live,
            owner=owner,
            **{field: getattr(live, field) for field in DESCRIBED},
        )
        _copy_lines(live, plan)
    return plan


def refresh(plan: PlanVersion, live: PlanVersion) -> PlanVersion:
    """Replace what stands beneath a draft cycle plan by what the live plan holds now."""
    with transaction.atomic():
        plan = PlanVersion.objects.select_for_update().get(pk=plan.pk)
        if plan.status != PlanStatus.DRAFT:
            raise FreezingError(
                f"{plan} is {plan.get_status_display().lower()}; only a draft takes newer data."
            )
        for label in COPIED:
            apps.get_model(label).objects.filter(plan_id=plan.pk).delete()
        for field in DESCRIBED:
            setattr(plan, field, getattr(live, field))
        plan.base = live
        plan.save()
        _copy_lines(live, plan)
    return plan


def _copy_lines(source: PlanVersion, target: PlanVersion) -> None:
    with connection.cursor() as cursor:
        for label in COPIED:
            model = apps.get_model(label)
            columns = [
                field.column
                for field in model._meta.concrete_fields
                if not field.primary_key and field.column != "plan_id"
            ]
            taken = [REWRITTEN.get(column, f'"{column}"') for column in columns]
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" (plan_id, {names}) '  # noqa: S608 - names of our own columns
                f'SELECT %s, {", ".join(taken)} FROM "{model._meta.db_table}" WHERE plan_id = %s',
                [target.pk, source.pk],
            )
