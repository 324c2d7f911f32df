"""The classic MRP record: infinite capacity, receipts land when needed, whole-bucket lead times.

Receipt in bucket t serves bucket t, release = t - lead time; what should have been released before the
planning date adds up as past-due release, and its components are required in the first bucket.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from .explosion import Explosion
from .lanes import first_terms, lane_table
from .levels import low_level_codes, members_by_level
from .netting import Lots, Rank, net_requirements
from .orders import finish, quantity_parts
from .planner import requirement_edges
from .ranking import LaneChoice
from .records import tally
from .shapes import (
    NEVER,
    TOLERANCE,
    Array,
    Cause,
    Flags,
    Ints,
    Kind,
    Orders,
    PlanInputs,
    Status,
    SupplyPlan,
)


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Requirements passed down, (E,): `offset` buckets after the release (transit of a transfer), dated by release."""

    above: Ints
    below: Ints
    quantity_per: Array
    offset: Ints
    valid_from: Ints
    valid_to: Ints


@dataclass(frozen=True, kw_only=True)
class Regeneration:
    """Planned receipts and releases (T, N), past-due releases (N,), stock and dependent demand (T, N)."""

    receipts: Array
    releases: Array
    past_due: Array
    stock: Array
    dependent: Array
    net: Array


def regenerate(
    *,
    on_hand: Array,
    demand: Array,
    scheduled: Array,
    safety_stock: Array,
    rule: Ints,
    parameter: Array,
    groups: Sequence[tuple[Ints, float]],
    moq: Array,
    multiple: Array,
    lead_buckets: Ints,
    edges: Edges,
    days: Ints,
    sourced: Flags | None = None,
) -> Regeneration:
    """Full regeneration by low-level code. (T, N) and (N,) arrays; `days` (T,) first day of each bucket.

    What is not `sourced` (N,) gets no receipts; without it everything does.

    Raises SupplyCycleError. Source: Orlicky, Material Requirements Planning, ch. 4-7.
    """
    shape = demand.shape
    levels = low_level_codes(shape[1], above=edges.above, below=edges.below)
    answer = Regeneration(
        receipts=np.zeros(shape),
        releases=np.zeros(shape),
        past_due=np.zeros(shape[1]),
        stock=np.zeros(shape),
        dependent=np.zeros(shape),
        net=np.zeros(shape),
    )
    edge_level = levels[edges.above]
    for level, members in enumerate(members_by_level(levels)):
        place = np.full(shape[1], -1, np.int64)
        place[members] = np.arange(len(members))
        inside = [(place[group][place[group] >= 0], joint) for group, joint in groups]
        columns = _as_slice(members)
        netted = net_requirements(
            opening=on_hand[members],
            demand=demand[:, columns] + answer.dependent[:, columns] if level else demand[:, columns],
            scheduled=scheduled[:, columns],
            safety_stock=safety_stock[:, columns],
            lots=Lots(
                rule=rule[members],
                parameter=parameter[members],
                groups=[(group, joint) for group, joint in inside if len(group)],
            ),
            ranks=[
                Rank(
                    moq=np.broadcast_to(moq[members], (shape[0], len(members))),
                    multiple=np.broadcast_to(multiple[members], (shape[0], len(members))),
                    allowed=None
                    if sourced is None
                    else np.broadcast_to(sourced[members], (shape[0], len(members))),
                )
            ],
        )
        receipts = netted.receipts[0]
        answer.receipts[:, columns] = receipts
        answer.stock[:, columns] = netted.stock
        answer.net[:, columns] = netted.net[0]
        _offset(answer, receipts, members, lead_buckets)
        _explode(answer, edges, np.flatnonzero(edge_level == level), days)
    return answer


def _as_slice(members: Ints) -> Ints | slice:
    """Neighbouring columns as a slice: a view where an index would copy."""
    if len(members) and int(members[-1]) - int(members[0]) + 1 == len(members):
        return slice(int(members[0]), int(members[-1]) + 1)
    return members


def _offset(answer: Regeneration, receipts: Array, members: Ints, lead_buckets: Ints) -> None:
    """Release each receipt its lead time earlier; what would leave before bucket 0 is past due."""
    lead = lead_buckets[members]
    buckets = len(receipts)
    waits = np.unique(lead)
    for wait in waits:
        same: Ints | slice = np.flatnonzero(lead == wait) if len(waits) > 1 else slice(None)
        kept = max(buckets - int(wait), 0)
        target = _as_slice(members[same])
        answer.releases[:kept, target] = receipts[buckets - kept :, same]
        answer.past_due[target] = receipts[: buckets - kept, same].sum(axis=0)


def _explode(answer: Regeneration, edges: Edges, rows: Ints, days: Ints) -> None:
    """Pass the releases of one level down, over the columns that take part and no others."""
    if not len(rows):
        return
    dated = bool((edges.valid_from[rows] > days[0]).any() or (edges.valid_to[rows] < days[-1]).any())
    for offset in np.unique(edges.offset[rows]):
        same = rows[edges.offset[rows] == offset] if edges.offset[rows].any() else rows
        above, at_above = np.unique(edges.above[same], return_inverse=True)
        below, at_below = np.unique(edges.below[same], return_inverse=True)
        source, target = _as_slice(above), _as_slice(below)
        per = edges.quantity_per[same]
        matrix = csr_array((per, (at_below, at_above)), shape=(len(below), len(above)))
        for t in range(len(days) - int(offset)):
            if dated:
                valid = (edges.valid_from[same] <= days[t]) & (days[t] <= edges.valid_to[same])
                matrix = csr_array((per * valid, (at_below, at_above)), shape=(len(below), len(above)))
            out = answer.releases[t, source] + (answer.past_due[source] if t == 0 else 0.0)
            answer.dependent[t + int(offset), target] += matrix @ out


def classic_record(inputs: PlanInputs) -> SupplyPlan:
    """The unconstrained plan of all item-locations, in the same shape as `plan_supply`.

    Lanes: the first by priority, then by landed cost; capacity, certificates and fences are not looked at.
    Orders that should have left before the planning date keep that date in `order_by` and are `late_release`.
    """
    calendar, lanes = inputs.calendar, inputs.lanes
    shape = inputs.demand.shape
    lane, term = _first_lanes(inputs)
    sourced = lane >= 0
    wait = _whole_buckets(np.where(sourced, lanes.lead_time_days[term], 0), calendar.nominal_days)
    edges = _edges(inputs, lane, term)
    day = np.maximum(inputs.receipts.day, calendar.as_of)
    scheduled = tally(calendar.bucket_of(day), inputs.receipts.item, inputs.receipts.quantity, shape=shape)
    grouped = sourced & (lanes.group[lane] >= 0) if lanes.count else sourced
    numbers = np.unique(lanes.group[lane[grouped]]) if lanes.count else np.zeros(0, np.int64)
    answer = regenerate(
        on_hand=inputs.on_hand,
        demand=inputs.demand,
        scheduled=scheduled,
        safety_stock=inputs.safety_stock,
        rule=inputs.lot_rule,
        parameter=inputs.lot_parameter,
        groups=[
            (np.flatnonzero(grouped & (lanes.group[lane] == number)), float(lanes.group_moq[number]))
            for number in numbers
        ],
        moq=np.where(sourced & ~grouped, lanes.moq[term], 0.0),
        multiple=np.where(sourced, lanes.multiple[term], 0.0),
        lead_buckets=wait,
        edges=edges,
        days=calendar.edges[:-1],
        sourced=sourced,
    )
    return _as_plan(inputs, answer, lane, term, wait, scheduled)


def _whole_buckets(days: Ints, nominal: int) -> Ints:
    return np.asarray(-(-days // nominal))


def _first_lanes(inputs: PlanInputs) -> tuple[Ints, Ints]:
    """Best lane and its term row for each item-location, (N,); -1 and 0 without one."""
    lanes, calendar = inputs.lanes, inputs.calendar
    if not lanes.count:
        return np.full(inputs.count, -1, np.int64), np.zeros(inputs.count, np.int64)
    table = lane_table(
        lanes,
        calendar=calendar,
        blocked_until=np.zeros(lanes.count, np.int64),
        capital_rate=inputs.capital_rate,
    )
    choice = LaneChoice(inputs=inputs, table=table, margin=inputs.margin)
    best = choice.ordered(choice.lanes_of(np.arange(inputs.count)))[0, 0]
    known = np.maximum(best, 0)
    return best, np.where(table.valid[0, known], table.term[0, known], first_terms(lanes)[known])


def _edges(inputs: PlanInputs, lane: Ints, term: Ints) -> Edges:
    lanes, bom = inputs.lanes, inputs.bom
    kind = np.where(lane >= 0, lanes.kind[lane], -1) if lanes.count else np.full(inputs.count, -1)
    made = np.flatnonzero(kind[bom.parent] == Kind.MAKE)
    moved = np.flatnonzero(kind == Kind.TRANSFER)
    lead = _whole_buckets(lanes.lead_time_days[term[moved]], inputs.calendar.nominal_days)
    transit = _whole_buckets(lanes.transit_days[term[moved]], inputs.calendar.nominal_days)
    return Edges(
        above=np.concatenate([bom.parent[made], moved]),
        below=np.concatenate([bom.component[made], lanes.source[lane[moved]]]),
        quantity_per=np.concatenate([bom.gross_per[made], np.ones(len(moved))]),
        offset=np.concatenate([np.zeros(len(made), np.int64), lead - transit]),
        valid_from=np.concatenate([bom.valid_from[made], np.zeros(len(moved), np.int64)]),
        valid_to=np.concatenate([bom.valid_to[made], np.full(len(moved), NEVER)]),
    )


def _as_plan(
    inputs: PlanInputs, answer: Regeneration, lane: Ints, term: Ints, wait: Ints, scheduled: Array
) -> SupplyPlan:
    """The same record as orders, so that pegging, money and exports need one shape only."""
    calendar, lanes = inputs.calendar, inputs.lanes
    item, bucket = np.nonzero(answer.receipts.T > TOLERANCE)
    quantity, net = answer.receipts[bucket, item], answer.net[bucket, item]
    release = bucket - wait[item]
    overdue = release < 0
    order_by = np.where(
        overdue, calendar.as_of + release * calendar.nominal_days, calendar.edges[np.maximum(release, 0)]
    )
    due = calendar.edges[bucket]
    shipped = np.maximum(
        bucket - _whole_buckets(lanes.transit_days[term[item]], calendar.nominal_days), release
    )
    ship_day = np.where(shipped < 0, order_by, calendar.edges[np.maximum(shipped, 0)])
    reason, lot_raise, moq_raise = quantity_parts(
        inputs, lane=lane[item], quantity=quantity, net=net, term=term[item]
    )
    none = np.zeros(len(item), np.int64)
    zeros = np.zeros(len(item))
    orders = Orders(
        item=item,
        lane=lane[item],
        quantity=quantity,
        bucket=bucket,
        need_bucket=bucket,
        need_day=due,
        order_by=order_by,
        ship_day=ship_day,
        due_day=due,
        late_release=overdue,
        status=np.full(len(item), int(Status.PLANNED)),
        cause=none,
        cause_ref=none - 1,
        reason=reason,
        net=net,
        lot_raise=lot_raise,
        moq_raise=moq_raise,
        overhang=zeros,
        cover_days=zeros,
        term=term[item],
        unit_landed_cost=zeros,
    )
    needed = Explosion(bom=inputs.bom, lanes=lanes, count=inputs.count).requirements(
        number=np.arange(len(item)),
        item=item,
        lane=lane[item],
        quantity=quantity,
        release_day=np.maximum(order_by, calendar.as_of),
        ship_day=np.maximum(ship_day, calendar.as_of),
    )
    edges = requirement_edges(inputs)
    return finish(
        inputs,
        orders=orders,
        dependent=needed,
        scheduled=scheduled,
        load=np.zeros((calendar.buckets, inputs.capacities.count)),
        levels=low_level_codes(inputs.count, above=edges[0], below=edges[1]),
        unmet=(np.full(inputs.count, int(Cause.NO_SOURCE)), np.full(inputs.count, -1, np.int64)),
    )
