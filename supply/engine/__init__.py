"""Supply planning arithmetic: arrays in, arrays out, dated to the day."""

from .classic import classic_record
from .feasibility import plan_supply
from .lanes import landed_unit_cost
from .levels import SupplyCycleError, low_level_codes
from .messages import Message, Messages, reschedule_messages
from .pegging import DemandPegs, Pegs, late_quantity, peg, peg_to_demand
from .regeneration import regenerate
from .shapes import (
    NEVER,
    Bom,
    Calendar,
    Capacities,
    Cause,
    Closures,
    DependentDemand,
    FirmOrders,
    Kind,
    Lanes,
    LotRule,
    Orders,
    PlanInputs,
    PlanningInputError,
    Projection,
    Reason,
    Returns,
    ScheduledReceipts,
    Status,
    SupplyPlan,
)

__all__ = [
    "NEVER",
    "Bom",
    "Calendar",
    "Capacities",
    "Cause",
    "Closures",
    "DemandPegs",
    "DependentDemand",
    "FirmOrders",
    "Kind",
    "Lanes",
    "LotRule",
    "Message",
    "Messages",
    "Orders",
    "Pegs",
    "PlanInputs",
    "PlanningInputError",
    "Projection",
    "Reason",
    "Returns",
    "ScheduledReceipts",
    "Status",
    "SupplyCycleError",
    "SupplyPlan",
    "classic_record",
    "landed_unit_cost",
    "late_quantity",
    "low_level_codes",
    "peg",
    "peg_to_demand",
    "plan_supply",
    "regenerate",
    "reschedule_messages",
]
