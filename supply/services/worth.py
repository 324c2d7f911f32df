"""What more of a capacity is worth, found by the workers behind an edit.

Planning again takes a second and holds no lock. What was found is stored only if the plan is still the one it was
found for; where people went on typing, it is found again while they wait.
"""

from siop.plans import locks
from siop.plans.models import PlanVersion
from supply import engine
from supply.engine.value import CapacityValues
from supply.frames import Problem

from . import capacity, improving
from .capacity import Planned


def price(*, plan: PlanVersion, item_ids: list[int]) -> None:
    """Price the capacities that these items, with all that are linked to them, wait for."""
    problem, planned, values = _found(plan, item_ids)
    locks.hold_all_edits()
    plan.refresh_from_db()
    if not improving.may_change(plan):
        return
    _, now = improving.read(plan, item_ids)
    if not improving.same(now, planned.inputs):
        problem, planned, values = _found(plan, item_ids)
    capacity.store(problem, planned, values)


def _found(plan: PlanVersion, item_ids: list[int]) -> tuple[Problem, Planned, CapacityValues]:
    problem, inputs = improving.read(plan, item_ids)
    answer = engine.plan_supply(inputs)
    planned = Planned(inputs=inputs, plan=answer, pegs=engine.peg(inputs, answer))
    return problem, planned, capacity.priced(problem, planned)
