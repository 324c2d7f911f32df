"""Lot sizing against published answers and a plain solver, measured in one run."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from supply.bench.plan import Figure, figure, reference_data
from supply.engine.capacitated import CapacitatedLots, overtime_needed, plan_cost
from supply.engine.clsp import solve_clsp
from supply.engine.lotsizing import multi_level_lots, silver_meal, wagner_whitin

SHORT_SECONDS, LONG_SECONDS = 5.0, 60.0
_LONG_CASES = 3  # with a minute each; the short limit runs on all


def bench(*, scale: int = 1, data: Path | None = None, out: Path | None = None) -> list[Figure]:
    """`data` is a folder of reference files, or one file of capacitated cases; `out` keeps every plan's lots."""
    given = data or reference_data()
    cases_file = given if given.is_file() else given / "planning" / "clsp_trigeiro.json"
    cases = json.loads(cases_file.read_text())["cases"]
    figures: list[Figure] = []
    if not given.is_file():
        misc = json.loads((given / "planning" / "misc_cases.json").read_text())
        figures += [*_wagner_whitin(misc), *_multi_level(misc)]
    kept: list[dict[str, Any]] = []
    figures += _capacitated(cases, SHORT_SECONDS * scale, goal=0.02, kept=kept)
    figures += _capacitated(cases[:_LONG_CASES], LONG_SECONDS * scale, goal=0.005, kept=kept)
    if out is not None:
        out.write_text(json.dumps({"figures": figures, "plans": kept}, indent=1))
    return figures


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


def _capacitated(
    cases: list[dict[str, Any]], seconds: float, *, goal: float, kept: list[dict[str, Any]]
) -> Iterator[Figure]:
    gaps, known, broken, wall = [], [], 0, []
    for case in cases:
        problem = capacitated(case)
        begin = time.monotonic()
        plan = solve_clsp(problem, seconds=seconds)
        wall.append(time.monotonic() - begin)
        infinite = not np.isfinite(plan_cost(problem, plan.quantity))
        broken += bool(infinite or overtime_needed(problem, plan.quantity).max() > 1e-3)
        best = case.get("optimum")
        gaps.append(plan.gap)
        known.append((plan.cost - best) / best if best else plan.gap)
        kept.append(
            {
                "id": case["id"],
                "seconds": seconds,
                "cost": plan.cost,
                "bound": plan.bound,
                "quantity": plan.quantity.T.tolist(),
            }
        )
    worst = max(known, default=0.0)
    yield figure(
        f"capacitated lots, {len(cases)} cases, {seconds:.0f} s each",
        f"worst {100 * worst:.2f} %, mean {100 * float(np.mean(known)):.2f} %, {broken} infeasible",
        goal=f"<= {100 * goal:g} %, 0",
        met=worst <= goal and broken == 0,
        peer=f"own bound: worst {100 * max(gaps):.2f} %; wall {max(wall):.1f} s at most",
    )
