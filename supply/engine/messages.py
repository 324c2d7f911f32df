"""Messages on open orders: when each is really needed, against when it is due."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from .needs import Events, first_days_below
from .shapes import NEVER, TOLERANCE, Array, IntArray, PlanInputs, SupplyPlan
from .sorting import run_starts


class Message(IntEnum):
    """What to ask of an open order; NONE where it comes as it is needed."""

    NONE = 0
    EXPEDITE = 1
    DEFER = 2
    CANCEL = 3


@dataclass(frozen=True, kw_only=True)
class Messages:
    """Per scheduled receipt (R,): what to do, the day it is needed (NEVER: not within the horizon), and by how much.

    `quantity` is the part of the receipt that is needed early (EXPEDITE) or all of it.
    """

    message: IntArray
    need_day: IntArray
    days: IntArray  # due - need: positive for EXPEDITE, negative for DEFER
    buckets: IntArray  # the same in buckets
    quantity: Array


def reschedule_messages(inputs: PlanInputs, plan: SupplyPlan) -> Messages:
    """Expedite, defer or cancel open orders (rescheduling assumption: an open order moves before a new one is made).

    A receipt is needed on the first day on which stock and the receipts before it fall below the safety stock.
    Deferral is proposed from one bucket on: smaller moves cost more nerves than they save; and neither deferral
    nor cancellation of what has left its supplier.
    """
    receipts, calendar = inputs.receipts, inputs.calendar
    count = len(receipts.item)
    need = np.full(count, NEVER, np.int64)
    due = np.maximum(receipts.day, calendar.as_of)
    order = np.lexsort((due, receipts.item))
    place = np.arange(count) - run_starts(receipts.item[order])
    demand = inputs.demand + plan.projection.dependent_demand
    events = Events()
    events.add(item=plan.dependent.item, day=plan.dependent.day, quantity=-plan.dependent.quantity)
    lumps = events.sorted_by_key(calendar, np.ones(inputs.count, bool))
    path = inputs.on_hand - np.cumsum(demand, axis=0) + _returned(inputs, plan)
    earlier = np.zeros(inputs.count)
    for k in range(int(place.max(initial=-1)) + 1):
        rows = order[place == k]
        item = receipts.item[rows]
        slack = path[:, item] + earlier[item] - inputs.safety_stock[:, item]
        below = slack < -TOLERANCE
        needed = below.any(axis=0)
        bucket = below.argmax(axis=0)
        opening = (
            np.where(bucket > 0, path[np.maximum(bucket - 1, 0), item], inputs.on_hand[item]) + earlier[item]
        )
        day = first_days_below(
            opening=opening,
            even_demand=inputs.demand[bucket, item],
            target=inputs.safety_stock[bucket, item],
            bucket=bucket,
            item=item,
            events=lumps,
            calendar=calendar,
        )
        need[rows] = np.where(needed, day, NEVER)
        earlier[item] += receipts.quantity[rows]
    return _judge(inputs, need, due)


def _returned(inputs: PlanInputs, plan: SupplyPlan) -> Array:
    """Cumulative returns: what the record schedules beyond the open orders."""
    calendar, receipts = inputs.calendar, inputs.receipts
    day = np.maximum(np.maximum(receipts.day, calendar.as_of), inputs.blocked_until[receipts.item])
    inside = day < calendar.edges[-1]
    back = plan.projection.scheduled_receipts.copy()
    np.add.at(back, (calendar.bucket_of(day[inside]), receipts.item[inside]), -receipts.quantity[inside])
    return np.asarray(np.cumsum(back, axis=0))


def _judge(inputs: PlanInputs, need: IntArray, due: IntArray) -> Messages:
    calendar, receipts = inputs.calendar, inputs.receipts
    target = np.maximum(need, np.minimum(inputs.blocked_until[receipts.item], NEVER))
    never = need == NEVER
    moved = calendar.bucket_of(due) - calendar.bucket_of(np.minimum(target, calendar.edges[-1] - 1))
    message = np.where(target < due, int(Message.EXPEDITE), int(Message.NONE))
    message = np.where(~never & (moved < 0), int(Message.DEFER), message)
    message = np.where(never, int(Message.CANCEL), message)
    message = np.where(due >= calendar.edges[-1], int(Message.NONE), message)
    if len(receipts.afloat):
        message = np.where(receipts.afloat & (message != Message.EXPEDITE), int(Message.NONE), message)
    return Messages(
        message=message,
        need_day=np.where(never, NEVER, target),
        days=np.where(never, 0, due - target),
        buckets=np.where(never, 0, moved),
        quantity=receipts.quantity,
    )
