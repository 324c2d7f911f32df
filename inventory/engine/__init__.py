"""Inventory targets and the health of stock: arrays in, arrays out, in units and days."""

from inventory.engine.assemblies import Lines, promised_together
from inventory.engine.class_lessons import (
    ClassSpread,
    class_spread,
    demand_spread,
)
from inventory.engine.classes import CLASS_POLICIES, ClassPolicy, abc_classes, class_names, xyz_classes
from inventory.engine.codes import DEMAND_CLASSES, Distribution, Policy, policy_codes, policy_name
from inventory.engine.cover import days_of_supply, days_until_end, demand_after, demand_ahead, recovery_gap
from inventory.engine.demand_shape import demand_classes, demand_shape, intermittent, largest_demand, steady
from inventory.engine.excess import (
    Lots,
    StockHealth,
    demand_before,
    demand_until_expiry,
    expiring_quantities,
    stock_health,
)
from inventory.engine.paths import SEED, PathInputs, ShortPaths, level_by_paths, short_paths
from inventory.engine.positions import Position, Promise, lowest_stock, paths_that_run_short
from inventory.engine.protection_error import ProtectionError, protection_error
from inventory.engine.published import Experience, PublishedMisses, class_factors, experienced
from inventory.engine.reasons import reasons
from inventory.engine.replay import Replay, replay, scale_for_fill
from inventory.engine.service_cost import ServiceCostCurve, one_more_point, service_cost_curve
from inventory.engine.storage import (
    StorageFit,
    fit_storage,
    quantity_to_split_off,
    storage_cut,
    volume_m3,
)
from inventory.engine.targets import PARTS, TargetInputs, Targets, targets

__all__ = [
    "CLASS_POLICIES",
    "DEMAND_CLASSES",
    "PARTS",
    "SEED",
    "ClassPolicy",
    "ClassSpread",
    "Distribution",
    "Experience",
    "Lines",
    "Lots",
    "PathInputs",
    "Policy",
    "Position",
    "Promise",
    "ProtectionError",
    "PublishedMisses",
    "Replay",
    "ServiceCostCurve",
    "ShortPaths",
    "StockHealth",
    "StorageFit",
    "TargetInputs",
    "Targets",
    "abc_classes",
    "class_factors",
    "class_names",
    "class_spread",
    "days_of_supply",
    "days_until_end",
    "demand_after",
    "demand_ahead",
    "demand_before",
    "demand_classes",
    "demand_shape",
    "demand_spread",
    "demand_until_expiry",
    "experienced",
    "expiring_quantities",
    "fit_storage",
    "intermittent",
    "largest_demand",
    "level_by_paths",
    "lowest_stock",
    "one_more_point",
    "paths_that_run_short",
    "policy_codes",
    "policy_name",
    "promised_together",
    "protection_error",
    "quantity_to_split_off",
    "reasons",
    "recovery_gap",
    "replay",
    "scale_for_fill",
    "service_cost_curve",
    "short_paths",
    "steady",
    "stock_health",
    "storage_cut",
    "targets",
    "volume_m3",
    "xyz_classes",
]
