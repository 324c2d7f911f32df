"""Inventory targets and the health of stock: arrays in, arrays out, in units and days."""

from inventory.engine.classes import CLASS_POLICIES, abc_classes, class_names, xyz_classes
from inventory.engine.codes import Distribution, Policy, policy_codes, policy_name
from inventory.engine.cover import days_of_supply, demand_ahead, recovery_gap
from inventory.engine.demand_shape import demand_shape, largest_demand
from inventory.engine.excess import StockHealth, expiring_quantities, stock_health
from inventory.engine.paths import PathInputs, ShortPaths, level_by_paths, short_paths
from inventory.engine.protection_error import ProtectionError, protection_error
from inventory.engine.reasons import reasons
from inventory.engine.service_cost import ServiceCostCurve, one_more_point, service_cost_curve
from inventory.engine.storage import StorageFit, fit_storage, quantity_to_split_off, volume_m3
from inventory.engine.targets import PARTS, TargetInputs, Targets, targets

__all__ = [
    "CLASS_POLICIES",
    "PARTS",
    "Distribution",
    "PathInputs",
    "Policy",
    "ProtectionError",
    "ServiceCostCurve",
    "ShortPaths",
    "StockHealth",
    "StorageFit",
    "TargetInputs",
    "Targets",
    "abc_classes",
    "class_names",
    "days_of_supply",
    "demand_ahead",
    "demand_shape",
    "expiring_quantities",
    "fit_storage",
    "largest_demand",
    "level_by_paths",
    "one_more_point",
    "policy_codes",
    "policy_name",
    "protection_error",
    "quantity_to_split_off",
    "reasons",
    "recovery_gap",
    "service_cost_curve",
    "short_paths",
    "stock_health",
    "targets",
    "volume_m3",
    "xyz_classes",
]
