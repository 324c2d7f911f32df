"""What a good plan still risks: too much at sea or on one vessel, a rising tariff, stock and lots that expire."""

from dataclasses import dataclass

import numpy as np

from .lanes import landed_unit_cost, price_at
from .shapes import Array, IntArray, PlanInputs, SupplyPlan
from .shipping import BuyAhead, buy_ahead, held_back, months_between, split_shipments
from .threat_rows import NOTICEABLE, Action, Threat, ThreatRow


@dataclass(frozen=True, kw_only=True)
class Expiring:
    """Usable stock that expires before its turn to be sold, within the horizon: units and the first lot's last day, (N,)."""

    quantity: Array
    last_day: IntArray


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is known of item-locations beside the plan, (N,); `max_per_shipment` is a share of all that is coming.

    `outliving` (K,) is what expires unsold of each planned order that a minimum or lot rule raised beyond its need.
    """

    margin: Array
    holding_rate: Array
    reserve_ashore: Array
    max_per_shipment: Array
    expired: Array
    expiring: Expiring
    outliving: Array


def find_hazards(inputs: PlanInputs, plan: SupplyPlan, around: Surroundings) -> list[ThreatRow]:
    """All of them; `ranked` puts them among the other threats."""
    return [
        *_reserves(inputs, around),
        *_shipments(inputs, plan, around),
        *_tariffs(inputs, plan, around),
        *_expired(inputs, around),
        *_expiring(inputs, around),
        *_lots_too_large(inputs, plan, around),
    ]


def _reserves(inputs: PlanInputs, around: Surroundings) -> list[ThreatRow]:
    """What must be held back or flown so that the reserve stays off the water; figures: afloat, total."""
    receipts, found = inputs.receipts, []
    for n in np.flatnonzero(around.reserve_ashore > 0).tolist():
        mine = receipts.of(n)
        afloat = float(receipts.quantity[mine[receipts.afloat[mine]]].sum())
        total = float(inputs.on_hand[n] + receipts.quantity[mine].sum())
        units = held_back(total=total, afloat=afloat, reserve=float(around.reserve_ashore[n]))
        if units <= 0:
            continue
        found.append(
            ThreatRow(
                kind=Threat.RESERVE,
                item=n,
                bucket=0,
                quantity=units,
                money_at_risk=units * float(around.margin[n]),
                probability=0.0,
                last_day=inputs.calendar.as_of,
                action=Action.HOLD_BACK,
                action_quantity=units,
                figures=(afloat, total),
            )
        )
    return found


def _shipments(inputs: PlanInputs, plan: SupplyPlan, around: Surroundings) -> list[ThreatRow]:
    """Orders that put too much of what is coming on one vessel; figures: the parts to ship apart."""
    orders, receipts, found = plan.orders, inputs.receipts, []
    for n in np.flatnonzero(around.max_per_shipment > 0).tolist():
        mine = orders.of(n)
        coming = float(receipts.quantity[receipts.of(n)].sum() + orders.quantity[mine].sum())
        for k in mine.tolist():
            parts = split_shipments(
                quantity=float(orders.quantity[k]),
                coming=coming,
                share=float(around.max_per_shipment[n]),
                multiple=float(inputs.lanes.multiple[orders.term[k]]),
            )
            if len(parts) < 2:
                continue
            found.append(
                ThreatRow(
                    kind=Threat.RESERVE,
                    item=n,
                    bucket=inputs.calendar.inside(int(orders.due_day[k])),
                    quantity=float(orders.quantity[k]),
                    money_at_risk=float(orders.quantity[k] * around.margin[n]),
                    probability=0.0,
                    last_day=int(orders.ship_day[k]),
                    order=k,
                    action=Action.SPLIT_OFF,
                    action_quantity=parts[0],
                    figures=tuple(parts),
                )
            )
    return found


def _tariffs(inputs: PlanInputs, plan: SupplyPlan, around: Surroundings) -> list[ThreatRow]:
    """Dated rises that buying ahead would beat, net of holding; figures: rise of a unit, holding cost, net."""
    lanes, calendar = inputs.lanes, inputs.calendar
    rises = np.flatnonzero(
        (np.diff(lanes.tariff_lane, prepend=-1) == 0)
        & (lanes.tariff_from > calendar.as_of)
        & (lanes.tariff_from < calendar.edges[-1])
    )
    rows = [_rise(inputs, plan, around, int(r)) for r in rises if r > 0]
    return [row for row in rows if row is not None]


def _rise(inputs: PlanInputs, plan: SupplyPlan, around: Surroundings, r: int) -> ThreatRow | None:
    """One rise: the orders behind it that are worth their holding, the next ones first."""
    lanes, orders, day = inputs.lanes, plan.orders, int(inputs.lanes.tariff_from[r])
    lane = int(lanes.tariff_lane[r])
    item = int(lanes.item[lane])
    behind = np.flatnonzero((orders.lane == lane) & (orders.due_day >= day))
    if not len(behind):
        return None
    last_day = day - 1 - int(lanes.lead_time_days[orders.term[behind[0]]])
    if last_day < inputs.calendar.as_of:
        return None  # nothing ordered now can still arrive before it
    bought = [
        (k, answer)
        for k in behind.tolist()
        if (answer := _ahead(inputs, plan, r, k, float(around.holding_rate[item]))).net > 0
    ]
    if not bought:
        return None
    quantity = float(orders.quantity[[k for k, _ in bought]].sum())
    saving = sum(answer.saving for _, answer in bought)
    holding = sum(answer.holding_cost for _, answer in bought)
    return ThreatRow(
        kind=Threat.TARIFF,
        item=item,
        bucket=inputs.calendar.inside(int(orders.due_day[behind[0]])),
        quantity=quantity,
        money_at_risk=saving,
        action_cost=holding,
        last_day=last_day,
        order=int(behind[0]),
        action=Action.BUY_AHEAD,
        action_quantity=quantity,
        action_day=day,
        figures=(saving / quantity, holding, saving - holding),
    )


def _ahead(inputs: PlanInputs, plan: SupplyPlan, r: int, k: int, holding_rate: float) -> BuyAhead:
    lanes, orders = inputs.lanes, plan.orders
    term: IntArray = orders.term[k : k + 1]
    before, after = (
        float(
            landed_unit_cost(
                price_at(lanes, term=term, quantity=orders.quantity[k : k + 1]),
                tariff_pct=np.array([pct]),
                freight=lanes.freight_cost[term],
                capital_rate=inputs.capital_rate,
                transit_days=lanes.transit_days[term],
            )[0]
        )
        for pct in (lanes.tariff_pct[r - 1], lanes.tariff_pct[r])
    )
    return buy_ahead(
        quantity=float(orders.quantity[k]),
        landed_now=before,
        landed_later=after,
        holding_rate=holding_rate,
        months_early=months_between(int(lanes.tariff_from[r]), int(orders.due_day[k])),
    )


def _expired(inputs: PlanInputs, around: Surroundings) -> list[ThreatRow]:
    """Stock that nobody may use any more: its value is lost, acting cannot save it."""
    value = around.expired * inputs.unit_cost
    return [
        ThreatRow(
            kind=Threat.EXPIRY,
            item=n,
            bucket=0,
            quantity=float(around.expired[n]),
            money_at_risk=float(value[n]),
            action_cost=float(value[n]),
            last_day=inputs.calendar.as_of,
            action=Action.WRITE_OFF,
            action_quantity=float(around.expired[n]),
        )
        for n in np.flatnonzero(around.expired > 0).tolist()
    ]


def _expiring(inputs: PlanInputs, around: Surroundings) -> list[ThreatRow]:
    """Stock whose life ends before its turn comes: selling or using it up until then saves its value."""
    soon = around.expiring
    return [
        ThreatRow(
            kind=Threat.EXPIRY,
            item=n,
            bucket=inputs.calendar.inside(int(soon.last_day[n])),
            quantity=float(soon.quantity[n]),
            money_at_risk=float(soon.quantity[n] * inputs.unit_cost[n]),
            last_day=int(soon.last_day[n]),
            action=Action.USE_UP,
            action_quantity=float(soon.quantity[n]),
            action_day=int(soon.last_day[n]),
        )
        for n in np.flatnonzero(soon.quantity > NOTICEABLE).tolist()
    ]


def _lots_too_large(inputs: PlanInputs, plan: SupplyPlan, around: Surroundings) -> list[ThreatRow]:
    """Minimums and multiples that bring more than sells before it expires, a row for each item-location.

    The next order of the kind comes with it; figures: its units that expire, and the margin of those that sell.
    """
    orders, found = plan.orders, []
    losing = np.flatnonzero(around.outliving > NOTICEABLE)
    for n in np.unique(orders.item[losing]).tolist():
        mine = losing[orders.item[losing] == n]
        k = int(mine[0])
        units, lost = float(around.outliving[mine].sum()), float(around.outliving[k])
        sells = float(orders.quantity[k]) - lost
        found.append(
            ThreatRow(
                kind=Threat.EXPIRY,
                item=n,
                bucket=inputs.calendar.inside(int(orders.due_day[k])),
                quantity=units,
                money_at_risk=units * float(inputs.unit_cost[n]),
                last_day=int(orders.order_by[k]),
                order=k,
                action=Action.SMALLER_LOT,
                action_quantity=sells,
                figures=(lost, sells * float(around.margin[n])),
            )
        )
    return found
