"""Never run out in a planned folder: the promise put to the test with the plan."""

import numpy as np

from inventory.engine import Policy, Position, Promise, lowest_stock, paths_that_run_short
from supply.engine import SupplyPlan
from supply.engine.shapes import IntArray
from supply.engine.threat_rows import Action, Threat, ThreatRow

from .columns import amount
from .problem import Problem


def broken_promises(problem: Problem, plan: SupplyPlan) -> list[tuple[ThreatRow, str, str]]:
    """Never-run-out targets that more seeded paths break than their policy allows, with what is there and comes.

    Each with its root and what to do, in words. `quantity` is what stock lacks of its target on the leanest day.
    """
    goals, calendar = problem.goals.targets, problem.inputs.calendar
    place = np.flatnonzero(goals.inputs["policy"] == Policy.NEVER_RUN_OUT)
    if not len(place):
        return []
    position, promise = _position(problem, plan), _promise(problem, place)
    answer = paths_that_run_short(position, promise)
    lacking = np.maximum(problem.inputs.safety_stock[0, place] - lowest_stock(position, promise), 0.0)
    allowed = answer.allowed(goals.inputs["service_target"][place])
    found = []
    for k in np.flatnonzero(answer.count > allowed).tolist():
        item, days, units = int(place[k]), float(goals.protection_days[place[k]]), float(lacking[k])
        row = ThreatRow(
            kind=Threat.NEVER_RUN_OUT,
            item=item,
            bucket=calendar.inside(calendar.as_of + int(answer.first_short_day[k])),
            quantity=units,
            money_at_risk=units * float(problem.money_margin[item]),
            probability=float(answer.count[k]) / answer.paths,
            last_day=calendar.as_of,
            action=Action.RAISE_STOCK,
            action_quantity=units,
        )
        text = (
            f"{amount(float(answer.count[k]))} of {amount(answer.paths)} paths run short within {amount(days)} days, "
            f"{amount(float(allowed[k]))} may: bring stock forward, or accept it by name"
        )
        found.append((row, "never run out does not hold", text))
    return found


def _position(problem: Problem, plan: SupplyPlan) -> Position:
    inputs, orders, record = problem.inputs, plan.orders, plan.projection
    return Position(
        on_hand=inputs.on_hand,
        demand=record.demand + record.dependent_demand,
        edges=inputs.calendar.edges,
        receipt_place=np.concatenate([inputs.receipts.item, orders.item]),
        receipt_day=np.concatenate([inputs.receipts.day, orders.due_day]),
        receipt_quantity=np.concatenate([inputs.receipts.quantity, orders.quantity]),
    )


def _promise(problem: Problem, place: IntArray) -> Promise:
    goals = problem.goals.targets
    given = goals.inputs
    return Promise(
        place=place,
        daily_demand=given["demand_per_day"][place],
        error_sd=(given["error_sd"] / np.sqrt(given["error_bucket_days"]))[place],
        protection_days=goals.protection_days[place],
        protection_sd=goals.protection_sd[place],
        lead_time_sd_days=given["lead_time_sd_days"][place],
    )
