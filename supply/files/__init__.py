"""The supply engine on a folder of files, without a database: `plan_files` of the public contract."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from inventory.engine import Policy
from supply.engine import PlanInputs, SupplyCycleError, SupplyPlan, classic_record, peg, plan_supply
from supply.engine.checker import check_plan
from supply.engine.improving import improve_plan, measure_plan
from supply.engine.value import values_of_capacity
from supply.expiry import without_unsold

from .checks import check_folder
from .columns import amount, write_tables
from .exceptions import exception_table
from .outputs import (
    capacity_table,
    pegging_table,
    planned_order_table,
    projection_table,
    safety_stock_table,
)
from .problem import Problem, build_problem, without_circles
from .tables import PlanFilesError, read_folder

__all__ = ["PlanFilesError", "PlannedFolder", "plan_folder", "record_folder"]

_PLANNED_AGAIN = 50_000  # item-locations planned anew to price capacity
_MEASURE_SECONDS = 5.0  # for the bound
_SHOWN_FAULTS = 20
_SMALL = 2_000  # item-locations up to which they are made


@dataclass(frozen=True, kw_only=True)
class PlannedFolder:
    """What was written: rows by table, the content hash over them, and what was met but not used."""

    rows: dict[str, int]
    content_hash: str
    notes: list[str]


def plan_folder(source: Path, out: Path, *, as_of: date, bucket: str = "", horizon: int = 0) -> PlannedFolder:
    """Plan a folder of tables within its constraints and write the six result tables."""
    problem = _problem(source, as_of=as_of, bucket=bucket, horizon=horizon, unconstrained=False)
    return _write(problem, out, as_of=as_of, constrained=True)


def record_folder(
    source: Path, out: Path, *, as_of: date, bucket: str = "", horizon: int = 0
) -> PlannedFolder:
    """The classic MRP record of a folder: receipts land when needed, past-due releases stand in the first bucket."""
    problem = _problem(source, as_of=as_of, bucket=bucket, horizon=horizon, unconstrained=True)
    return _write(problem, out, as_of=as_of, constrained=False)


def _problem(source: Path, *, as_of: date, bucket: str, horizon: int, unconstrained: bool) -> Problem:
    folder = read_folder(source)
    check_folder(folder)
    folder.arrange()
    if not bucket:
        names = zip(folder["parameters"].codes("name"), folder["parameters"].codes("value"), strict=True)
        bucket = {str(name).lower(): str(value).lower() for name, value in names}.get("bucket", "") or "month"
    if bucket not in ("week", "month"):
        raise PlanFilesError(f"The bucket is {bucket!r}; enter week or month.")
    return without_circles(
        build_problem(folder, as_of=as_of, bucket=bucket, horizon=horizon, unconstrained=unconstrained)
    )


def _write(problem: Problem, out: Path, *, as_of: date, constrained: bool) -> PlannedFolder:
    try:
        if constrained:
            problem = replace(problem, inputs=without_unsold(problem.inputs, problem.stock.lots))
        inputs = problem.inputs
        plan = plan_supply(inputs) if constrained else classic_record(inputs)
    except SupplyCycleError as error:
        chain = " -> ".join(_cycle(problem, error.members))
        raise PlanFilesError(
            f"These items require themselves: {chain}; break the cycle in bom or sourcing."
        ) from error
    notes = list(problem.notes)
    if constrained:
        inputs, plan, said = _weighed(problem, plan)
        _refuse_faults(inputs, plan)
        notes += said
    pegs = peg(inputs, plan)
    worth = values_of_capacity(
        inputs, plan, pegs, margin=problem.money_margin, most=_PLANNED_AGAIN if constrained else 0
    )
    tables = {
        "safety_stock": safety_stock_table(problem),
        "projection": projection_table(problem, plan),
        "planned_orders": planned_order_table(problem, plan, pegs),
        "capacity": capacity_table(problem, plan, worth.value),
        "exceptions": exception_table(problem, plan, pegs),
        "pegging": pegging_table(problem, plan, pegs),
    }
    if (problem.goals.targets.inputs["policy"] == Policy.NEVER_RUN_OUT).any():
        notes.append(
            "never_run_out targets rest on the demand table alone: no sales history to take the peak from."
        )
    rows, content_hash = write_tables(out, tables, version=f"files {as_of.isoformat()}")
    return PlannedFolder(rows=rows, content_hash=content_hash, notes=notes)


def _cycle(problem: Problem, members: Sequence[int]) -> list[str]:
    """Items of a cycle; with their places where one item goes round between them."""
    places = problem.places
    items = [places.items[n] for n in members]
    return items if len(set(items)) > 1 else [places.name(n) for n in members]


def _weighed(problem: Problem, plan: SupplyPlan) -> tuple[PlanInputs, SupplyPlan, list[str]]:
    """The plan improved for as long as the parameter says, and what it costs beside its bound, in words."""
    inputs, seconds = problem.inputs, problem.improvement_seconds
    if not seconds and inputs.count > _SMALL:
        return inputs, plan, []
    found = (
        improve_plan(inputs, plan, seconds=seconds)
        if seconds
        else measure_plan(inputs, plan, seconds=_MEASURE_SECONDS)
    )
    inputs, plan = replace(inputs, chosen=found.chosen), found.plan
    notes = []
    if found.bound > 0:
        notes.append(
            f"Orders of {len(found.items)} item-locations that leave a choice cost {amount(round(found.cost))} "
            f"({amount(round(found.cost_before))} as first planned), weights of lateness included; no orders for them cost "
            f"less than {amount(round(found.bound))} with what the plan requires of them: {found.cost / found.bound - 1:.1%} apart."
        )
    return inputs, plan, notes


def _refuse_faults(inputs: PlanInputs, plan: SupplyPlan) -> None:
    """No plan is written that the independent checker finds fault with."""
    broken = check_plan(inputs, plan)
    if broken:
        shown = "\n".join(f"- {violation}" for violation in broken[:_SHOWN_FAULTS])
        raise PlanFilesError(
            f"The plan breaks {len(broken)} of its own rules and was not written; please report it:\n{shown}"
        )
