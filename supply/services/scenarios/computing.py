"""Plan a scenario's base and the scenario itself side by side, in memory, and keep the difference."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from siop import bulk
from siop.jobs.services import current_data_version
from siop.plans import hashing
from siop.plans.models import PlanVersion
from siop.plans.selectors import working_plan
from supply import engine
from supply.engine import SupplyPlan
from supply.engine.figures import Figures, difference, figures, receipts_of, stacked, stock_of
from supply.engine.shapes import TOLERANCE, Array, BoolArray, PlanInputs
from supply.frames import linked_items, read_chosen, read_problem
from supply.frames.changes import CannotChange, Setting, apply, touched_items
from supply.frames.figures import read_worth
from supply.models import ScenarioLine

from ...errors import SupplyError
from ..planning import safety_stocks

MONEY_TOLERANCE = 0.005


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A setting as planned."""

    inputs: PlanInputs
    plan: SupplyPlan
    figures: Figures


def solve(setting: Setting) -> Answer:
    """Targets, supply plan and figures of a setting; nothing is stored."""
    inputs, known = setting.told(safety_stocks(setting.problem))
    plan = known or engine.plan_supply(inputs)
    receipts = receipts_of(inputs, plan, cost=setting.worth.cost)
    found = figures(stock_of(plan), receipts, setting.worth, calendar=inputs.calendar)
    return Answer(inputs=inputs, plan=plan, figures=found)


@transaction.atomic
def compute(scenario: PlanVersion) -> None:
    """Plan a scenario with all its changes anew, on its base as the data stand now.

    Base and scenario are planned from the same rows, so that what differs comes from the changes alone.
    Raises SupplyError where a change fits nothing.
    """
    base, changes = scenario.base, list(scenario.changes.all())
    if base is None:
        raise SupplyError("This scenario has lost its plan; begin a new one.")
    started = perf_counter()
    ScenarioLine.objects.filter(scenario=scenario).delete()
    found: dict[str, Any] = {"item_locations": 0, "changed": 0, "moved": 0}
    if changes:
        found = _difference(scenario, base, changes)
    scenario.totals = found | {"seconds": round(perf_counter() - started, 3)}
    scenario.inputs = scenario.inputs | {
        "data_version": current_data_version(),
        "base_rows": hashing.row_versions(base),
    }
    scenario.computed = timezone.now()
    scenario.save(update_fields=["totals", "inputs", "computed"])


def _difference(scenario: PlanVersion, base: PlanVersion, changes: list[Any]) -> dict[str, Any]:
    problem = read_problem(base, items=linked_items(touched_items(changes)))
    if not problem.places.count:
        raise SupplyError("Nothing in the plan is touched by these changes; choose other items.")
    before = Setting(problem=problem, worth=read_worth(base, problem.places))
    try:
        after = apply(before, changes)
    except CannotChange as error:
        raise SupplyError(str(error)) from error
    old, new = solve(before), solve(after)
    apart = stacked(difference(new.figures, old.figures))
    differs = _differs(old, new, apart)
    _store(scenario, before, new, apart, differs)
    return {
        "item_locations": problem.places.count,
        "changed": int(differs.sum()),
        "moved": _moved(before, old),
    }


def _differs(old: Answer, new: Answer, apart: Array) -> BoolArray:
    """Item-locations (N,) of which anything is another than in the base."""
    a, b = old.plan.projection, new.plan.projection
    units = np.abs(a.net_stock - b.net_stock) + np.abs(a.planned_receipts - b.planned_receipts)
    units += np.abs(a.safety_stock - b.safety_stock)
    return np.asarray((units > TOLERANCE).any(axis=0) | (np.abs(apart) > MONEY_TOLERANCE).any(axis=(0, 1)))


def _store(scenario: PlanVersion, setting: Setting, new: Answer, apart: Array, differs: BoolArray) -> None:
    places, record = setting.problem.places, new.plan.projection
    names = ("demand", "planned_receipts", "closing", "shortage", "safety_stock")
    count = int(differs.sum())
    if not count:
        return
    bulk.copy_in(
        ScenarioLine,
        {
            "scenario_id": scenario.pk,
            "item_id": places.item[differs],
            "location_id": places.location[differs],
            "difference": apart[:, :, differs].reshape(-1, count).T,
        }
        | {name: getattr(record, name)[:, differs].T for name in names},
    )


def _moved(setting: Setting, old: Answer) -> int:
    """Item-locations whose stored plan is not what the same data give now: the base rests on older rows."""
    plan, places = setting.problem.plan, setting.problem.places
    item, location, closing, shortage = bulk.copy_out(
        "SELECT item_id, location_id, closing, shortage FROM supply_planline WHERE plan_id = %s "
        "AND item_id = ANY(%s)",
        [plan.pk, np.unique(places.item).tolist()],
        columns=f"i i f{plan.horizon} f{plan.horizon}",
    )
    place = places.index(item, location)
    known = place >= 0
    now = _as_stored(setting, old).projection.net_stock.T[place[known]]
    return int((np.abs(now - (closing - shortage)[known]) > 1e-3).any(axis=1).sum())


def _as_stored(setting: Setting, old: Answer) -> SupplyPlan:
    """The base with the lots that were chosen by cost; scenarios compare plans made by one rule, without them."""
    chosen = read_chosen(setting.problem)
    return engine.plan_supply(replace(old.inputs, chosen=chosen)) if len(chosen.lane) else old.plan


def is_stale(scenario: PlanVersion) -> str:
    """Why the figures are no longer those of the plan that people work on; empty where they are."""
    base, shown = scenario.base, working_plan()
    if base is None or shown is None:
        return "its plan is gone"
    if base.pk != shown.pk:
        return f"it stands on {base}, people work on {shown} now"
    if scenario.inputs.get("base_rows") != hashing.row_versions(base):
        return f"{base} has changed since it was computed"
    return ""
