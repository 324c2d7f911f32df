"""Never run out, put to the test: the stock there is and what is on its way, against seeded paths of demand."""

from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet

from inventory.engine import SEED, PathInputs, short_paths
from inventory.engine.arrays import Array, IntArray
from inventory.models import InventoryTarget
from siop.catalog.enums import ServicePolicy
from siop.plans.models import PlanVersion

LONGEST_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Position:
    """Item-locations (N,) as a plan leaves them. `demand` (T, N) is even over the days between `edges` (T + 1,).

    `receipt_place`, `receipt_day`, `receipt_quantity` (R,): open and planned orders by day of arrival.
    """

    item: IntArray
    location: IntArray
    on_hand: Array
    demand: Array
    edges: IntArray
    receipt_place: IntArray
    receipt_day: IntArray
    receipt_quantity: Array


def confirm_promises(plan: PlanVersion, position: Position) -> None:
    """Store what share of 10,000 seeded paths runs short within the protection interval (S34)."""
    promised = {
        (target.item_id, target.location_id): target
        for target in promises(plan).filter(item__in=np.unique(position.item).tolist())
    }
    keys = list(zip(position.item.tolist(), position.location.tolist(), strict=True))
    columns = [k for k, key in enumerate(keys) if key in promised]
    if not columns:
        return
    tested = [promised[keys[k]] for k in columns]
    answer = short_paths(_path_inputs(position, columns, tested), seed=SEED)
    for target, count in zip(tested, answer.count.tolist(), strict=True):
        target.simulated_risk = count / answer.paths
    InventoryTarget.objects.bulk_update(tested, ["simulated_risk"])


def promises(plan: PlanVersion) -> QuerySet[InventoryTarget]:
    return InventoryTarget.objects.filter(plan=plan, service_policy=ServicePolicy.NEVER_RUN_OUT)


def _path_inputs(position: Position, columns: list[int], tested: list[InventoryTarget]) -> PathInputs:
    interval = np.array([min(max(round(target.protection_days), 1), LONGEST_DAYS) for target in tested])
    days = int(interval.max())
    spread = np.array([target.lead_time_sd_days for target in tested])
    demand = np.array([target.daily_demand for target in tested])
    error = np.array([target.protection_sd for target in tested]) ** 2 - (demand * spread) ** 2
    return PathInputs(
        on_hand=position.on_hand[columns],
        demand_per_day=_by_day(position, columns, days),
        receipts=_receipts_by_day(position, columns, days),
        error_sd_per_day=np.array([target.error_sd for target in tested]),
        error_rmse=np.sqrt(np.maximum(error, 0.0)),
        receipt_delay_sd_days=spread,
        interval_days=interval,
    )


def _by_day(position: Position, columns: list[int], days: int) -> Array:
    """Demand (days, n) of each day from the planning date; past the horizon that of its last bucket."""
    edges = position.edges - position.edges[0]
    bucket = np.minimum(np.searchsorted(edges, np.arange(days), side="right") - 1, len(position.demand) - 1)
    rate = np.maximum(position.demand[:, columns], 0.0) / np.diff(edges)[:, None]
    return np.asarray(rate[bucket])


def _receipts_by_day(position: Position, columns: list[int], days: int) -> Array:
    out = np.zeros((days, len(columns)))
    column = np.full(len(position.item), -1)
    column[columns] = np.arange(len(columns))
    day = np.maximum(position.receipt_day - position.edges[0], 0)
    counted = (day < days) & (column[position.receipt_place] >= 0)
    np.add.at(
        out, (day[counted], column[position.receipt_place[counted]]), position.receipt_quantity[counted]
    )
    return out
