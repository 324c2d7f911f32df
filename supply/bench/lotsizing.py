"""Lot sizing against published answers and a plain solver, measured in one run."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from supply.bench.instances import lots_on_levels, trigeiro_like
from supply.bench.plan import Figure, figure, reference_data
from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.clsp import CapacitatedPlan, solve_clsp
from supply.engine.feasibility import plan_supply
from supply.engine.improving import improve_plan
from supply.engine.lotsizing import MultiLevelPlan, multi_level_lots, silver_meal, wagner_whitin
from supply.engine.shapes import PlanInputs

SHORT_SECONDS, LONG_SECONDS = 5.0, 60.0
_IMPROVED_SECONDS = 30.0  # as a person asks for who does not say
_LONG_CASES = 3  # those with the widest gap get a minute each; the short limit runs on all
_LIKE_G = [(items, buckets) for items in (6, 12, 24) for buckets in (15, 30)]
SEED = 20_241_101

Cases = dict[str, CapacitatedLots]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One case solved under one limit."""

    case: str
    seconds: float
    plan: CapacitatedPlan
    fits: bool
    wall: float


def bench(*, scale: int = 1, data: Path | None = None, out: Path | None = None) -> list[Figure]:
    """`data` is a folder of reference files, or one file of capacitated cases; `out` keeps every plan's lots.

    `scale` multiplies the time that each plan is given.
    """
    given = data or reference_data()
    cases_file = given if given.is_file() else given / "planning" / "clsp_trigeiro.json"
    told = json.loads(cases_file.read_text())["cases"]
    best = {case["id"]: float(case["optimum"]) for case in told if case.get("optimum")}
    figures: list[Figure] = []
    runs: list[Run] = []
    if not given.is_file():
        misc = json.loads((given / "planning" / "misc_cases.json").read_text())
        textbook = json.loads((given / "planning" / "textbook_cases.json").read_text())
        figures += [*_wagner_whitin(misc), _textbook_lots(textbook["cases"]), *_multi_level(misc)]
        figures += [
            _levels(structure, _IMPROVED_SECONDS * scale) for structure in ("serial", "assembly", "general")
        ]
    sets = {"capacitated lots": {case["id"]: capacitated(case) for case in told}}
    if not given.is_file():
        sets["made like set G, 6 to 24 items x 15 to 30"] = _like_g()
    for name, cases in sets.items():
        short = [solved(case, cases[case], SHORT_SECONDS * scale) for case in cases]
        widest = sorted(short, key=lambda run: -run.plan.gap)[:_LONG_CASES]
        long = [solved(run.case, cases[run.case], LONG_SECONDS * scale) for run in widest]
        figures += [_gaps(name, short, goal=0.02), _gaps(f"{name}, widest gaps", long, goal=0.005)]
        figures.append(_apart(name, widest, long, best))
        runs += [*short, *long]
    if out is not None:
        out.write_text(json.dumps({"figures": figures, "plans": [_kept(run) for run in runs]}, indent=1))
    return figures


def solved(case: str, problem: CapacitatedLots, seconds: float) -> Run:
    """A plan within `seconds`, and whether it holds."""
    begin = time.monotonic()
    plan = solve_clsp(problem, seconds=seconds)
    wall = time.monotonic() - begin
    finite = bool(np.isfinite(plan_cost(problem, plan.quantity)))
    fits = finite and bool(overtime_needed(problem, plan.quantity).max() <= 1e-3)
    return Run(case=case, seconds=seconds, plan=plan, fits=fits, wall=wall)


def _like_g() -> Cases:
    return {
        f"{items}x{buckets}": trigeiro_like(items=items, buckets=buckets, seed=SEED + items + buckets)
        for items, buckets in _LIKE_G
    }


def capacitated(case: dict[str, Any]) -> CapacitatedLots:
    """One case of the file: demand by item, one capacity for all buckets or one each."""
    demand = np.array(case["demand"], np.float64).T
    capacity = np.broadcast_to(np.asarray(case["cap"], np.float64), (len(demand),))
    return CapacitatedLots(
        demand=demand,
        capacity=capacity.astype(np.float64),
        unit_time=np.array(case["vt"], np.float64),
        setup_time=np.array(case["setup_time"], np.float64),
        setup_cost=np.array(case["setup_cost"], np.float64),
        holding=np.array(case["h"], np.float64),
    )


def _wagner_whitin(misc: dict[str, Any]) -> Iterator[Figure]:
    case = misc["wagner_whitin_1958"]
    demand, setup = np.array(case["demand"], np.float64), np.array(case["setup"], np.float64)
    holding = np.full(len(demand), float(case["holding"]))
    plan = wagner_whitin(demand=demand, setup=setup, holding=holding)
    yield figure(
        "Wagner-Whitin 1958, table 1",
        f"{plan.cost:g}",
        goal=f"{case['expected_cost']}",
        met=abs(plan.cost - case["expected_cost"]) < 1e-6,
        peer=f"Silver-Meal {silver_meal(demand=demand, setup=setup, holding=holding).cost:g}",
    )


def _textbook_lots(cases: list[dict[str, Any]]) -> Figure:
    """The single-item cases of the textbooks that `bench inventory` leaves to lot sizing, by cost."""
    mine = [case for case in cases if case["function"].endswith("wagner_whitin")]
    far = []
    for case in mine:
        shape, given = case["input"]["num_periods"], case["input"]
        demand, setup, holding = (
            np.array(np.broadcast_to(given[name], shape), np.float64)
            for name in ("demand", "fixed_cost", "holding_cost")
        )
        cost = wagner_whitin(demand=demand, setup=setup, holding=holding).cost
        far.append(abs(cost - case["expected"][1]) / max(case["expected"][1], 1.0))
    met = sum(distance <= 1e-6 for distance in far)
    return figure(
        "Wagner-Whitin, textbook cases within 1e-6",
        f"{met} of {len(mine)}",
        goal="all",
        met=met == len(mine),
        peer="published answers",
    )


def _multi_level(misc: dict[str, Any]) -> Iterator[Figure]:
    case = misc["dellaert_jeunet_ph1in25"]
    demand = np.zeros((len(case["demand_item1"]), len(case["setup"])))
    demand[:, 0] = case["demand_item1"]
    chain = np.arange(demand.shape[1] - 1)
    plan = multi_level_lots(
        demand=demand,
        setup=np.array(case["setup"], np.float64),
        holding=np.array(case["holding_installation"], np.float64),
        above=chain,
        below=chain + 1,
        quantity_per=np.ones(len(chain)),
        seconds=30.0,
    )
    yield figure(
        "Dellaert-Jeunet ph1in25",
        f"{plan.cost:.2f}",
        goal=f"{case['expected_optimal_cost']}",
        met=abs(plan.cost - case["expected_optimal_cost"]) < 1e-2,
        peer="proven optimum",
    )


def _levels(structure: str, seconds: float) -> Figure:
    """A plan improved by cost against the proven best lots of all levels together."""
    inputs = lots_on_levels(structure=structure, items=40, buckets=24, seed=SEED)
    best = least_on_levels(inputs, seconds=LONG_SECONDS)
    found = improve_plan(inputs, plan_supply(inputs), seconds=seconds)
    paid = float((found.after.ordering + found.after.holding).sum())
    gap = paid / best.bound - 1
    return figure(
        f"lots on levels, {structure}, 40 items x 24, {seconds:.0f} s: above the bound of the exact model",
        f"{100 * gap:.2f} %, lot for lot {100 * (float(found.before.ordering.sum()) / best.bound - 1):.0f} %",
        goal="<= 2 %",
        met=gap <= 0.02,
        peer=f"exact model {100 * (best.cost / best.bound - 1):.2f} %",
    )


def least_on_levels(inputs: PlanInputs, *, seconds: float) -> MultiLevelPlan:
    """The cheapest lots of a network without lead times, limits or stock, set-ups and holding alone."""
    month = inputs.calendar.days.mean() / 365.0
    return multi_level_lots(
        demand=inputs.demand,
        setup=inputs.lanes.order_cost,
        holding=inputs.unit_cost * inputs.capital_rate * month,
        above=inputs.bom.parent,
        below=inputs.bom.component,
        quantity_per=inputs.bom.quantity_per,
        seconds=seconds,
    )


def _gaps(name: str, runs: list[Run], *, goal: float) -> Figure:
    """Plan above the bound of the same run: what is proven."""
    gaps = [run.plan.gap for run in runs]
    broken = sum(not run.fits for run in runs)
    worst = max(gaps, default=0.0)
    return figure(
        f"{name}, {len(runs)} cases, {runs[0].seconds if runs else 0:.0f} s each: plan above its own bound",
        f"worst {100 * worst:.2f} %, mean {100 * float(np.mean(gaps)):.2f} %, {broken} infeasible",
        goal=f"<= {100 * goal:g} %, 0",
        met=worst <= goal and broken == 0,
        peer=f"wall {max((run.wall for run in runs), default=0.0):.1f} s at most",
    )


def _apart(name: str, short: list[Run], long: list[Run], best: dict[str, float]) -> Figure:
    """The widest gaps of the short limit in two: what the plan lacks, and what its proof lacks."""
    words = []
    for few, more in zip(short, long, strict=True):
        known = min(more.plan.cost, few.plan.cost, best.get(few.case, np.inf))
        floor = max(more.plan.bound, few.plan.bound)
        words.append(
            f"{few.case}: plan {100 * (few.plan.cost / known - 1):.2f} % above the best known, "
            f"{100 * (few.plan.cost / floor - 1):.2f} % above the best bound; "
            f"own bound {100 * (1 - few.plan.bound / known):.2f} % below the best known"
        )
    return figure(f"{name}, widest gaps apart", " | ".join(words), goal="", met=None)


def _kept(run: Run) -> dict[str, Any]:
    return {
        "id": run.case,
        "seconds": run.seconds,
        "cost": run.plan.cost,
        "bound": run.plan.bound,
        "quantity": run.plan.quantity.T.tolist(),
    }
