"""The published cases that the engine must meet, each named by the function that the answer came from."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inventory.engine import loss
from inventory.engine import lot_sizes as lots
from inventory.engine import newsvendor as news
from inventory.engine import reorder_systems as systems
from inventory.engine.arrays import Array, as_array
from inventory.engine.codes import Policy
from inventory.engine.targets import TargetInputs, targets

Input = dict[str, Any]
Answer = list[float]
Solver = Callable[[Input], Answer]
ELSEWHERE = ("wagner_whitin",)
"""Lot sizing over time belongs to supply: `bench lotsizing`."""


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """One case: its id, and the largest distance from the published answer, relative beyond 1."""

    case: str
    distance: float


def textbook_results(folder: Path) -> list[CaseResult]:
    """Every case of `textbook_cases.json` and the safety stocks of `misc_cases.json` in `folder`.

    A case that is unknown here counts as failed: its distance is infinite.
    """
    cases = json.loads((folder / "textbook_cases.json").read_text())["cases"]
    results = [_result(case) for case in cases if _function(case) not in ELSEWHERE]
    misc = json.loads((folder / "misc_cases.json").read_text())
    for number, case in enumerate(misc["safety_stock_type1_closed_form"]):
        answer = [case["expected_ss"], case["expected_rop"]]
        results.append(CaseResult(case=f"type 1 {number}", distance=_distance(_type_one(case), answer)))
    for number, case in enumerate(misc["safety_stock_fill_rate_sQ_normal"]):
        answer = [case["ss_exact"], case["k_exact"]]
        results.append(CaseResult(case=f"fill rate {number}", distance=_distance(_fill_rate(case), answer)))
    return results


def _result(case: dict[str, Any]) -> CaseResult:
    """What is left open (null) is as if it were not given."""
    solver = _SOLVERS.get(_function(case))
    given = {name: value for name, value in case["input"].items() if value is not None}
    distance = _distance(solver(given), case["expected"]) if solver else float("inf")
    return CaseResult(case=case["id"], distance=distance)


def _function(case: dict[str, Any]) -> str:
    return str(case["function"].split(".")[-1])


def _distance(answer: Answer, expected: Any) -> float:
    parts = expected if isinstance(expected, list) else [expected]
    published = np.hstack([np.ravel(np.asarray(part, dtype=np.float64)) for part in parts])
    found = np.asarray(answer, dtype=np.float64)
    return float((np.abs(found - published) / np.maximum(np.abs(published), 1.0)).max())


def _type_one(case: Input) -> Answer:
    answer = targets(
        TargetInputs(
            policy=Policy.CYCLE_SERVICE,
            service_target=case["csl"],
            demand_per_day=case["mu"],
            error_sd=case["sigma_err"],
            lead_time_days=case["L"],
            lead_time_sd_days=case["sigma_L"],
            review_days=case["R"],
            step=0,
        )
    )
    return [float(answer.safety_stock[0]), float(answer.reorder_point[0])]


def _fill_rate(case: Input) -> Answer:
    answer = targets(
        TargetInputs(
            policy=Policy.FILL_RATE,
            service_target=case["beta"],
            demand_per_day=1,
            lead_time_days=1,
            error_rmse=case["sigma_LT"],
            order_quantity=case["Q"],
            minimum=-np.inf,
            step=0,
        )
    )
    return [float(answer.safety_stock[0]), float(answer.factor[0])]


def _economic(case: Input) -> dict[str, float]:
    return {
        "order_cost": case["fixed_cost"],
        "holding_cost": case["holding_cost"],
        "demand_rate": case["demand_rate"],
    }


def _lot(case: Input) -> Answer:
    best = lots.economic_order_quantity(**_economic(case))
    quantity = case.get("order_quantity", float(best.quantity))
    return [quantity, float(lots.lot_cost(quantity, **_economic(case)))]


def _backorder_lot(case: Input) -> Answer:
    costs = {**_economic(case), "stockout_cost": case["stockout_cost"]}
    best, share = lots.economic_order_quantity_with_backorders(**costs)
    quantity = case.get("order_quantity", float(best.quantity))
    waiting = case.get("stockout_fraction", float(share))
    return [quantity, waiting, float(lots.backorder_cost(quantity, waiting, **costs))]


def _production_lot(case: Input) -> Answer:
    rate = case["production_rate"]
    best = lots.economic_production_quantity(**_economic(case), production_rate=rate)
    quantity = case.get("order_quantity", float(best.quantity))
    costs = _economic(case)
    costs["holding_cost"] *= 1.0 - costs["demand_rate"] / rate
    return [quantity, float(lots.lot_cost(quantity, **costs))]


def _discount(solver: Callable[..., lots.DiscountedLot]) -> Solver:
    def solve(case: Input) -> Answer:
        best = solver(
            order_cost=case["fixed_cost"],
            holding_share=case["holding_cost_rate"],
            demand_rate=case["demand_rate"],
            min_quantity=np.array(case["breakpoints"], dtype=np.float64),
            unit_cost=np.array(case["unit_costs"], dtype=np.float64),
        )
        return [best.quantity, best.price_break, best.cost]

    return solve


def _joint(case: Input) -> Answer:
    best = lots.joint_replenishment(
        joint_cost=case["shared_fixed_cost"],
        item_cost=np.array(case["individual_fixed_costs"], dtype=np.float64),
        holding_cost=np.array(case["holding_costs"], dtype=np.float64),
        demand_rate=np.array(case["demand_rates"], dtype=np.float64),
    )
    return [*best.quantity.tolist(), best.cycle, *best.every.tolist(), best.cost]


def _prices(case: Input) -> dict[str, float]:
    return {"holding_cost": case["holding_cost"], "stockout_cost": case["stockout_cost"]}


def _demand(case: Input) -> news.Demand:
    if "demand_sd" in case:
        return news.normal_demand(
            mean=case["demand_mean"], sd=case["demand_sd"], lead_time=case.get("lead_time", 0)
        )
    if "demand_pmf" not in case:
        return news.poisson_demand(case["demand_mean"])
    return news.counted_demand(_probabilities(case["demand_pmf"]))


def _probabilities(pmf: dict[str, float] | list[float]) -> Array:
    if isinstance(pmf, list):
        return np.array(pmf) / sum(pmf)
    probability = np.zeros(max(int(count) for count in pmf) + 1)
    for count, chance in pmf.items():
        probability[int(count)] = chance
    return as_array(probability / probability.sum())


def _newsvendor(case: Input) -> Answer:
    demand = _demand(case)
    level = case.get("base_stock_level", news.newsvendor_level(demand, **_prices(case)))
    return [level, float(news.newsvendor_cost(level, demand, **_prices(case)))]


def _newsvendor_cost(case: Input) -> Answer:
    return [float(news.newsvendor_cost(case["base_stock_level"], _demand(case), **_prices(case)))]


def _season(case: Input) -> Answer:
    prices = news.SeasonPrices(
        revenue=case["revenue"],
        purchase_cost=case["purchase_cost"],
        salvage_value=case["salvage_value"],
        holding_cost=case.get("holding_cost", 0.0),
        stockout_cost=case.get("stockout_cost", 0.0),
    )
    demand = _demand(case)
    level = case.get("base_stock_level", prices.level(demand))
    return [level, prices.profit(level, demand)]


def _myopic(case: Input) -> Answer:
    cost = news.myopic_cost(
        case["base_stock_level"],
        _demand(case),
        **_prices(case),
        purchase_cost=case["purchase_cost"],
        next_purchase_cost=case["purchase_cost_next_per"],
        discount_factor=case["discount_factor"],
    )
    return [cost]


def _system(case: Input) -> systems.NormalSystem:
    return systems.NormalSystem(
        **_prices(case),
        order_cost=case.get("fixed_cost", 1.0),
        demand_mean=case["demand_mean"],
        demand_sd=case["demand_sd"],
        lead_time=case["lead_time"],
    )


def _poisson_system(case: Input) -> systems.PoissonSystem:
    return systems.PoissonSystem(
        **_prices(case),
        order_cost=case["fixed_cost"],
        demand_mean=case["demand_mean"],
        lead_time=case["lead_time"],
    )


def _periodic_demand(case: Input) -> news.Demand:
    if case["use_poisson"]:
        return news.poisson_demand(case["demand_mean"])
    return news.counted_demand(_probabilities(case["demand_pmf"]))


def _periodic_cost(case: Input) -> Answer:
    cost = systems.periodic_system_cost(
        case["reorder_point"],
        case["order_up_to_level"],
        _periodic_demand(case),
        **_prices(case),
        order_cost=case["fixed_cost"],
    )
    return [cost]


def _periodic_best(case: Input) -> Answer:
    best = systems.best_periodic_system(
        _periodic_demand(case), **_prices(case), order_cost=case["fixed_cost"]
    )
    return list(best)


def _power(case: Input) -> Answer:
    point, up_to = systems.power_approximation(
        **_prices(case),
        order_cost=case["fixed_cost"],
        demand_mean=case["demand_mean"],
        demand_sd=case["demand_sd"],
    )
    return [point, up_to]


def _disrupted(case: Input) -> lots.DisruptedSupply:
    return lots.DisruptedSupply(
        **_economic(case),
        stockout_cost=case["stockout_cost"],
        disruption_rate=case["disruption_rate"],
        recovery_rate=case["recovery_rate"],
    )


def _disrupted_cost(case: Input) -> Answer:
    supply = _disrupted(case)
    cost = supply.approximate_cost if case.get("approximate") else supply.cost
    return [cost(case["order_quantity"])]


def _disrupted_lot(case: Input) -> Answer:
    supply = _disrupted(case)
    if case.get("approximate"):
        quantity = supply.approximate_quantity()
        return [quantity, supply.approximate_cost(quantity)]
    return [supply.quantity(), supply.cost(supply.quantity())]


def _yielding(lot: Callable[..., float], cost: Callable[..., float]) -> Solver:
    def solve(case: Input) -> Answer:
        values = {**_economic(case), "yield_mean": case["yield_mean"], "yield_sd": case["yield_sd"]}
        quantity = case.get("order_quantity", lot(**values))
        return [quantity, cost(quantity, **values)]

    return solve


def _negative_binomial(case: Input) -> Answer:
    if "r" in case:
        mean: float = case["r"] * (1.0 - case["p"]) / case["p"]
        sd: float = (mean / case["p"]) ** 0.5
    else:
        mean, sd = case["mean"], case["sd"]
    x = as_array(case["x"])
    _, short, _ = loss.negative_binomial_losses(x, as_array(mean), as_array(sd))
    return [float(short), float(x - mean + short)]


def _counted_loss(case: Input) -> Answer:
    demand = news.counted_demand(_probabilities(case["pmf"]))
    return [float(demand.shortage(case["x"])), float(demand.left_over(case["x"]))]


def _counted_second_loss(case: Input) -> Answer:
    probability = _probabilities(case["pmf"])
    over = np.arange(len(probability)) - case["x"]
    pairs = 0.5 * over * (over - 1.0) * probability
    return [float(pairs[over > 0].sum()), float(pairs[over < 0].sum())]


_SOLVERS: dict[str, Solver] = {
    "economic_order_quantity": _lot,
    "economic_order_quantity_with_all_units_discounts": _discount(lots.all_units_discount_lot),
    "economic_order_quantity_with_incremental_discounts": _discount(lots.incremental_discount_lot),
    "economic_order_quantity_with_backorders": _backorder_lot,
    "economic_production_quantity": _production_lot,
    "joint_replenishment_problem_silver_heuristic": _joint,
    "newsvendor_normal": _newsvendor,
    "newsvendor_poisson": _newsvendor,
    "newsvendor_discrete": _newsvendor,
    "newsvendor_normal_cost": _newsvendor_cost,
    "newsvendor_poisson_cost": _newsvendor_cost,
    "newsvendor_normal_explicit": _season,
    "newsvendor_poisson_explicit": _season,
    "myopic_cost": _myopic,
    "r_q_cost": lambda case: [_system(case).cost(case["reorder_point"], case["order_quantity"])],
    "r_q_optimal_r_for_q": lambda case: [_system(case).best_reorder_point(case["order_quantity"])],
    "r_q_eil_approximation": lambda case: list(_system(case).expected_loss_approximation()),
    "r_q_eoqb_approximation": lambda case: list(_system(case).backorder_approximation()),
    "r_q_eoqss_approximation": lambda case: list(_system(case).safety_stock_approximation()),
    "r_q_loss_function_approximation": lambda case: list(_system(case).loss_function_approximation()),
    "r_q_cost_poisson": lambda case: [
        _poisson_system(case).cost(case["reorder_point"], case["order_quantity"])
    ],
    "r_q_poisson_exact": lambda case: list(_poisson_system(case).best()),
    "s_s_cost_discrete": _periodic_cost,
    "s_s_discrete_exact": _periodic_best,
    "s_s_power_approximation": _power,
    "eoq_with_disruptions": _disrupted_lot,
    "eoq_with_disruptions_cost": _disrupted_cost,
    "eoq_with_additive_yield_uncertainty": _yielding(lots.additive_yield_lot, lots.additive_yield_cost),
    "eoq_with_multiplicative_yield_uncertainty": _yielding(
        lots.multiplicative_yield_lot, lots.multiplicative_yield_cost
    ),
    "negative_binomial_loss": _negative_binomial,
    "discrete_loss": _counted_loss,
    "discrete_second_loss": _counted_second_loss,
}
