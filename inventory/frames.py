"""Items, policies and stock as arrays, aligned with item-locations that the caller names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from inventory.engine import Lots, Policy, TargetInputs, policy_codes
from inventory.engine.arrays import Array, IntArray
from inventory.models import InventoryTarget
from siop import bulk

NO_POLICY = -1


@dataclass(frozen=True, kw_only=True)
class StockSettings:
    """What is set for each item-location (N,): the row of the place before that of the item. Units as in tables.

    `policy` is a `Policy` code, cycle service where a service alone is set, else NO_POLICY; numbers that nobody
    set are NaN unless a neutral value exists.
    `lot_rule`: 0 lot for lot, 1 fixed order quantity, 2 period order quantity.
    """

    step: Array
    priority: IntArray
    unit_cost: Array
    unit_price: Array
    unit_volume: Array
    units_per_carton: Array
    holding_rate: Array
    shelf_life_days: Array
    blocked_until: IntArray
    end_day: IntArray
    policy: IntArray
    service_target: Array
    review_days: Array
    lot_rule: IntArray
    lot_parameter: Array
    min_qty: Array
    max_qty: Array
    reserve_ashore: Array
    max_per_shipment: Array


_POLICY = """CASE {0} WHEN 'cycle_service' THEN 0 WHEN 'fill_rate' THEN 1 WHEN 'never_run_out' THEN 2
             WHEN 'fixed_quantity' THEN 3 WHEN 'days_of_supply' THEN 4 ELSE -1 END::bigint"""
_SETTINGS = f"""
SELECT i.step::float8, i.priority::bigint, COALESCE(i.unit_cost::float8, 'NaN'), COALESCE(i.unit_price::float8, 'NaN'),
       COALESCE(i.volume_m3::float8 / COALESCE(NULLIF(i.units_per_carton, 0)::float8, 1), 0),
       COALESCE(NULLIF(i.units_per_carton, 0)::float8, 1), COALESCE(i.holding_cost_pct::float8 / 100, 'NaN'),
       COALESCE(i.shelf_life_days::float8, 'infinity'), COALESCE(i.certificate_date, '0001-01-01'),
       COALESCE(i.end_date, '9999-12-31'), {_POLICY.format("i.service_policy")},
       COALESCE(i.service_target::float8, 'NaN'), {_POLICY.format("COALESCE(y.service_policy, '')")},
       COALESCE(y.service_target::float8, 'NaN'), COALESCE(y.review_days::float8, 'NaN'),
       CASE y.lot_sizing WHEN 'fixed_order_quantity' THEN 1 WHEN 'period_order_quantity' THEN 2 ELSE 0 END::bigint,
       COALESCE(y.lot_parameter, 0)::float8, COALESCE(y.min_qty, 0)::float8, COALESCE(y.max_qty::float8, 'infinity'),
       COALESCE(y.reserve_ashore, 0)::float8, COALESCE(y.max_per_shipment_pct, 0)::float8 / 100
FROM unnest(%(items)s::bigint[], %(locations)s::bigint[]) WITH ORDINALITY AS p (item_id, location_id, k)
JOIN catalog_item i ON i.id = p.item_id
LEFT JOIN inventory_policy y ON y.item_id = p.item_id AND y.location_id = p.location_id
ORDER BY p.k
"""  # noqa: S608 - only the constants of this module are put in


def read_settings(items: IntArray, locations: IntArray) -> StockSettings:
    """Settings of item-locations (N,) given by ids."""
    columns = bulk.copy_out(
        _SETTINGS,
        {"items": items.tolist(), "locations": locations.tolist()},
        columns="f i f f f f f f d d i f i f f i f f f f f",
    )
    item_policy, item_target, own_policy, own_target = columns[10:14]
    blocked = np.where(columns[8] > 1, columns[8], 0)
    own = own_policy != NO_POLICY
    policy = np.where(own, own_policy, item_policy)
    target = np.where(np.isfinite(own_target) | own, own_target, item_target)
    return StockSettings(
        step=columns[0],
        priority=columns[1],
        unit_cost=columns[2],
        unit_price=columns[3],
        unit_volume=columns[4],
        units_per_carton=columns[5],
        holding_rate=columns[6],
        shelf_life_days=columns[7],
        blocked_until=blocked,
        end_day=columns[9],
        policy=np.where((policy == NO_POLICY) & (target < 1), int(Policy.CYCLE_SERVICE), policy),
        service_target=target,
        review_days=columns[14],
        lot_rule=columns[15],
        lot_parameter=columns[16],
        min_qty=columns[17],
        max_qty=columns[18],
        reserve_ashore=columns[19],
        max_per_shipment=columns[20],
    )


# The newest count up to a day, the first one where all are later, lot by lot.
_COUNTED = """
WITH counted AS (
    SELECT o.item_id, o.location_id, COALESCE(max(o.date) FILTER (WHERE o.date <= %(day)s), min(o.date)) AS day
    FROM inventory_stockonhand o WHERE o.item_id = ANY(%(items)s) GROUP BY o.item_id, o.location_id
)
SELECT {columns}
FROM unnest(%(items)s::bigint[], %(locations)s::bigint[]) WITH ORDINALITY AS p (item_id, location_id, k)
JOIN counted c ON c.item_id = p.item_id AND c.location_id = p.location_id
JOIN inventory_stockonhand o ON o.item_id = c.item_id AND o.location_id = c.location_id AND o.date = c.day
"""
_STOCK = (
    _COUNTED.format(
        columns="p.k, sum(o.quantity) FILTER (WHERE o.expiry_date IS NULL OR o.expiry_date > %(day)s)::float8, "
        "sum(o.quantity) FILTER (WHERE o.expiry_date <= %(day)s)::float8"
    )
    + "GROUP BY p.k"
)
_LOTS = (
    _COUNTED.format(
        columns="p.k - 1, COALESCE((o.expiry_date - %(day)s)::float8, 'infinity'), o.quantity::float8"
    )
    + "WHERE o.quantity > 0 AND (o.expiry_date IS NULL OR o.expiry_date > %(day)s)"
)


def read_stock(items: IntArray, locations: IntArray, *, day: object) -> tuple[Array, Array]:
    """Usable stock and what has expired (N,): the newest count up to `day`, the first one where all are later."""
    usable, expired = np.zeros(len(items)), np.zeros(len(items))
    query = f"SELECT k, COALESCE(a, 0), COALESCE(b, 0) FROM ({_STOCK}) AS s (k, a, b)"  # noqa: S608 - constants
    row, good, gone = bulk.copy_out(
        query, {"items": items.tolist(), "locations": locations.tolist(), "day": day}, columns="i f f"
    )
    usable[row - 1], expired[row - 1] = good, gone
    return usable, expired


def read_lots(items: IntArray, locations: IntArray, *, day: int) -> Lots:
    """Lots of the newest count of item-locations (N,) that are not expired on a day (an ordinal)."""
    place, days_left, quantity = bulk.copy_out(
        _LOTS,
        {"items": items.tolist(), "locations": locations.tolist(), "day": date.fromordinal(day)},
        columns="i f f",
    )
    return Lots(place=place, days_left=days_left, quantity=quantity)


def target_inputs(targets: Sequence[InventoryTarget]) -> TargetInputs:
    """What stored targets (N,) were computed from, so that one can be computed again with something changed.

    Floors, caps and the cut of a storage limit are left out: what remains is what the policy itself asks for.
    """

    def column(name: str) -> Array:
        return np.array([getattr(target, name) for target in targets], dtype=np.float64)

    demand, spread = column("daily_demand"), column("lead_time_sd_days")
    scale = column("error_scale")
    error = np.sqrt(np.maximum(column("protection_sd") ** 2 - (demand * spread) ** 2, 0.0)) / scale
    return TargetInputs(
        policy=policy_codes([target.service_policy for target in targets]),
        service_target=column("service_target"),
        demand_per_day=demand,
        lead_time_days=column("lead_time_days"),
        lead_time_sd_days=spread,
        review_days=np.maximum(column("protection_days") - column("lead_time_days"), 0.0),
        error_rmse=error,
        error_scale=scale,
        distribution=column("distribution"),
        order_quantity=column("lot_quantity"),
        step=np.array([float(target.item.step) for target in targets]),
    )
