"""Where items come from, what is on order, and the plan that covers demand and targets."""

from .plan import CapacityLoad, Peg, PlanLine, PlannedOrder
from .receipts import ScheduledReceipt
from .scenarios import ScenarioChange, ScenarioLine
from .sourcing import Mode, PriceBreak, SourcingLane, Supplier, Tariff
from .structure import BomLine, Resource, ReturnRule, Routing
from .threats import PlanException, SupplierRisk

__all__ = [
    "BomLine",
    "CapacityLoad",
    "Mode",
    "Peg",
    "PlanException",
    "PlanLine",
    "PlannedOrder",
    "PriceBreak",
    "Resource",
    "ReturnRule",
    "Routing",
    "ScenarioChange",
    "ScenarioLine",
    "ScheduledReceipt",
    "SourcingLane",
    "Supplier",
    "SupplierRisk",
    "Tariff",
]
