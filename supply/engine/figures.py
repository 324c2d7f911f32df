"""A plan in units and money, by period and item-location: what scenarios are compared by.

Every figure is a plain sum over item-locations, so a difference between two plans is the sum of its parts.
"""

from dataclasses import dataclass, fields

import numpy as np

from .shapes import TOLERANCE, Array, BoolArray, Calendar, IntArray, Kind, PlanInputs, SupplyPlan

DAYS_A_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What units are worth, (N,): selling price, unit cost, holding rate a year, m3 a unit, and whether the
    item may never run out."""

    price: Array
    cost: Array
    holding_rate: Array
    volume: Array
    hard: BoolArray


@dataclass(frozen=True, kw_only=True)
class Stock:
    """The time-phased part of a plan that figures are read from, each (T, N), in units."""

    demand: Array
    closing: Array
    shortage: Array
    safety_stock: Array


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """What comes in, (K,): item-location, bucket (T and beyond: left out), units, and money.

    `paid` is what purchases cost landed, 0 for transfers and own production; `beyond` is what a receipt costs
    beyond the unit cost: freight, duty, premium and cost per order.
    """

    item: IntArray
    bucket: IntArray
    paid: Array
    beyond: Array


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Each (T, N). Costs are negative, so that margin is the sum of `revenue`, `goods`, `beyond`, `carrying`.

    `late` counts a unit once, in the period in which it first goes short; `late_hard` those of items that may
    never run out; `under` is 1 where stock ends below its safety stock. `goods` are the units served on time, at
    unit cost; `carrying` the stock at period end over the period's days; `cash_out` what purchases cost when due.
    """

    demand: Array
    late: Array
    late_hard: Array
    under: Array
    revenue: Array
    goods: Array
    beyond: Array
    carrying: Array
    cash_out: Array
    stock_value: Array
    space: Array


NAMES = tuple(field.name for field in fields(Figures))


def figures(stock: Stock, receipts: Receipts, worth: Worth, *, calendar: Calendar) -> Figures:
    """Figures of a plan from its record, what comes in, and what units are worth."""
    shape = stock.demand.shape
    before = np.vstack([np.zeros((1, shape[1])), stock.shortage[:-1]])
    late = np.maximum(stock.shortage - before, 0.0)
    served = np.maximum(stock.demand - late, 0.0)
    net = stock.closing - stock.shortage
    held = worth.cost * worth.holding_rate * calendar.days[:, None] / DAYS_A_YEAR
    return Figures(
        demand=stock.demand,
        late=late,
        late_hard=late * worth.hard,
        under=(net < stock.safety_stock - TOLERANCE).astype(np.float64),
        revenue=served * worth.price,
        goods=-served * worth.cost,
        beyond=-_by_period(receipts, receipts.beyond, shape),
        carrying=-stock.closing * held,
        cash_out=_by_period(receipts, receipts.paid, shape),
        stock_value=stock.closing * worth.cost,
        space=stock.closing * worth.volume,
    )


def _by_period(receipts: Receipts, money: Array, shape: tuple[int, ...]) -> Array:
    inside = receipts.bucket < shape[0]
    flat = receipts.bucket[inside] * shape[1] + receipts.item[inside]
    total = np.bincount(flat, weights=money[inside], minlength=shape[0] * shape[1])
    return np.asarray(total.reshape(shape), np.float64)


def stock_of(plan: SupplyPlan) -> Stock:
    """The record of a plan as figures read it; demand is what customers ask for, without dependent demand."""
    record = plan.projection
    return Stock(
        demand=record.demand,
        closing=record.closing,
        shortage=record.shortage,
        safety_stock=record.safety_stock,
    )


def receipts_of(inputs: PlanInputs, plan: SupplyPlan, *, cost: Array) -> Receipts:
    """Planned orders and open purchases of a plan, in money; `cost` (N,) is the unit cost.

    Open orders count at unit cost: what they really cost was settled when they were placed.
    """
    orders, lanes, calendar = plan.orders, inputs.lanes, inputs.calendar
    planned = priced(
        item=orders.item,
        bucket=orders.bucket,
        quantity=orders.quantity,
        kind=lanes.kind[orders.lane],
        landed=orders.unit_landed_cost,
        price=lanes.unit_cost[orders.term],
        order_cost=lanes.order_cost[orders.term] * orders.begins,
        cost=cost,
    )
    waiting = inputs.receipts
    day = np.maximum(waiting.day, calendar.as_of)
    value = (waiting.supplier >= 0) * waiting.quantity * cost[waiting.item]
    return joined(planned, open_purchases(item=waiting.item, bucket=calendar.bucket_of(day), value=value))


def priced(
    *,
    item: IntArray,
    bucket: IntArray,
    quantity: Array,
    kind: IntArray,
    landed: Array,
    price: Array,
    order_cost: Array,
    cost: Array,
) -> Receipts:
    """Orders (K,) in money. `landed` and `price` are of one unit under the order's terms; on a lane without a
    price the item's own cost stands in for it. `cost` is (N,)."""
    own = cost[item]
    paid = np.where(price > 0, landed, landed + own)
    beyond = np.select([kind == Kind.BUY, kind == Kind.TRANSFER], [paid - own, landed - price], 0.0)
    return Receipts(
        item=item,
        bucket=bucket,
        paid=np.where(kind == Kind.BUY, quantity * paid, 0.0),
        beyond=quantity * beyond + order_cost,
    )


def open_purchases(*, item: IntArray, bucket: IntArray, value: Array) -> Receipts:
    """Orders that were placed before the plan: paid when they are due, nothing beyond their value."""
    return Receipts(item=item, bucket=bucket, paid=value, beyond=np.zeros(len(item)))


def joined(one: Receipts, other: Receipts) -> Receipts:
    """Both one after the other."""
    return Receipts(
        **{
            field.name: np.concatenate([getattr(one, field.name), getattr(other, field.name)])
            for field in fields(Receipts)
        }
    )


def difference(changed: Figures, base: Figures) -> Figures:
    """What a change adds to each figure."""
    return Figures(**{name: getattr(changed, name) - getattr(base, name) for name in NAMES})


def stacked(figures: Figures) -> Array:
    """All figures as (F, T, N), in the order of NAMES."""
    return np.stack([getattr(figures, name) for name in NAMES])
