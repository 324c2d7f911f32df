"""What more of a capacity is worth, found by the workers behind an edit.

Planning again takes seconds and holds no lock, nor does storing keep edits waiting. What was found is stored only if the
plan is still the one it was found for: where people went on typing, what follows from that asks anew.
"""

from siop.plans.models import PlanVersion
from supply import engine

from . import capacity, improving
from .capacity import Planned


def price(*, plan: PlanVersion, item_ids: list[int]) -> None:
    """Price the capacities that these items, with all that are linked to them, wait for."""
    problem, inputs = improving.read(plan, item_ids)
    answer = engine.plan_supply(inputs)
    planned = Planned(inputs=inputs, plan=answer, pegs=engine.peg(inputs, answer))
    values = capacity.priced(problem, planned)
    if improving.hold_unchanged(plan, inputs, item_ids=item_ids):
        capacity.store(problem, planned, values)
