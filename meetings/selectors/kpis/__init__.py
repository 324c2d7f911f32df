"""Key figures: one definition each, used by pages, packs, exports and the outcome of decisions alike."""

from collections.abc import Callable
from dataclasses import dataclass

from siop.catalog import parameters
from supply import definitions

from ...enums import Colour
from . import measures
from .measures import DELIVERED, actions_due, deliveries, fill_rate_of, otif_of, scored, turns_by_item
from .moment import EVERYTHING, Moment, Node, moment, node_from

__all__ = [
    "BY_NAME",
    "DELIVERED",
    "EVERYTHING",
    "EXPLAINED",
    "KPIS",
    "Kpi",
    "Moment",
    "Node",
    "actions_due",
    "deliveries",
    "fill_rate_of",
    "measure",
    "moment",
    "node_from",
    "otif_of",
    "scored",
    "turns_by_item",
]

UP, DOWN, ZERO = "up", "down", "zero"
PERCENT, MONEY, DAYS, NUMBER = "percent", "money", "days", "number"


@dataclass(frozen=True)
class Kpi:
    name: str
    label: str
    definition: str
    unit: str
    better: str
    measure: Callable[[Moment], float | None]
    target: float | None = None
    amber: float | None = None
    owner_role: str = "executive"

    def limits(self) -> tuple[float | None, float | None]:
        """Target and the last value that is still amber: of the company's parameters, else ours."""
        return self._limit("target", self.target), self._limit("amber", self.amber)

    def _limit(self, which: str, default: float | None) -> float | None:
        name = f"kpi_{self.name}_{which}"
        return parameters.number(name, 0) if name in parameters.stored() else default

    def colour(self, value: float | None) -> Colour:
        target, amber = self.limits()
        if value is None or target is None:
            return Colour.NONE
        if self._holds(value, target):
            return Colour.GREEN
        return Colour.AMBER if amber is not None and self._holds(value, amber) else Colour.RED

    def _holds(self, value: float, limit: float) -> bool:
        if self.better == UP:
            return value >= limit
        return (abs(value) if self.better == ZERO else value) <= limit


KPIS = [
    Kpi("demand_plan", "Demand plan, 12 months", "Consensus demand of the next twelve periods at list price.",
        MONEY, UP, measures.demand_plan),
    Kpi("budget_gap", "Gap to budget", "Demand plan less budget, as a share of the budget, next twelve periods where there is one.",
        PERCENT, ZERO, measures.budget_gap, 0.02, 0.05, "executive"),
    Kpi("wape", "Forecast error (WAPE)", "Sum of absolute errors of the consensus over sales, last finished "
        "period, each item as it was forecast one supply lead time of its own before.",
        PERCENT, DOWN, measures.wape, 0.25, 0.35, "demand_planner"),
    Kpi("bias", "Forecast bias", "Consensus less sales over sales, at the same lag; above zero is too much.",
        PERCENT, ZERO, measures.bias, 0.05, 0.10, "demand_planner"),
    Kpi("value_added", "Value added to naive", "Error points that the consensus saves against seasonal naive.",
        PERCENT, UP, measures.value_added, 0.0, None, "demand_planner"),
    Kpi("fill_rate", "Fill rate", "Share of the ordered quantity shipped by the promised date.",
        PERCENT, UP, measures.fill_rate, 0.97, 0.95, "supply_planner"),
    Kpi("otif", "On time in full", "Share of order lines shipped in full by the promised date.",
        PERCENT, UP, measures.otif, 0.95, 0.92, "supply_planner"),
    Kpi("stockout_days", "Stockout days", "Days without stock of an item-location while it is sold, from count to count.",
        DAYS, DOWN, measures.stockout_days, None, None, "supply_planner"),
    Kpi("days_of_supply", "Days of supply", "Stock at cost over the planned usage at cost of the next three periods, per day.",
        DAYS, DOWN, measures.days_of_supply, None, None, "supply_planner"),
    Kpi("turns", "Inventory turns", "Sales at cost of the last twelve periods over stock at cost.",
        NUMBER, UP, measures.turns, None, None, "supply_planner"),
    Kpi("inventory_value", "Inventory value", definitions.INVENTORY_VALUE, MONEY, DOWN, measures.inventory_value),
    Kpi("excess_value", "Excess and obsolete value", definitions.EXCESS_VALUE,
        MONEY, DOWN, measures.excess_value, None, None, "supply_planner"),
    Kpi("plan_attainment", "Plan attainment", "Share of the receipts planned by the last published plan that came.",
        PERCENT, UP, measures.plan_attainment, 0.90, 0.80, "supply_planner"),
    Kpi("supplier_otif", "Supplier OTIF", f"{definitions.SUPPLIER_OTIF}, twelve months.",
        PERCENT, UP, measures.supplier_otif, 0.90, 0.80, "supply_planner"),
    Kpi("avoidable_loss", "Avoidable loss, open", definitions.AVOIDABLE_LOSS,
        MONEY, DOWN, measures.avoidable_loss),
    Kpi("actions_on_time", "Actions done on time", "Share of actions due in the last three periods that were done by their date.",
        PERCENT, UP, measures.actions_on_time, 0.90, 0.80, "executive"),
]  # fmt: skip
BY_NAME = {kpi.name: kpi for kpi in KPIS}
# Which kind of explanation a figure opens (siop.web.explanations).
EXPLAINED = dict.fromkeys(
    ("demand_plan", "budget_gap", "wape", "bias", "value_added", "fill_rate", "otif", "turns"), "figure"
) | dict.fromkeys(("inventory_value", "excess_value", "avoidable_loss"), "kpi")


def measure(name: str, at: Moment) -> float | None:
    """The one way to a key figure; None is "no data"."""
    return BY_NAME[name].measure(at)
