"""The classic MRP record: infinite capacity, receipts land when needed, whole-bucket lead times.

Receipt in bucket t serves bucket t, release = t - lead time; what should have been released before the
planning date adds up as past-due release, and its components are required in the first bucket.
"""

import numpy as np

from .ahead import use_by_bucket
from .explosion import Explosion
from .lanes import first_terms, lane_table
from .levels import low_level_codes
from .open_orders import open_work
from .orders import finish, priced, quantity_parts
from .planner import requirement_edges
from .ranking import LaneChoice
from .records import tally
from .regeneration import Edges, Record, Regeneration, Supply, regenerate
from .returns import returned_units
from .shapes import (
    NEVER,
    TOLERANCE,
    Array,
    BoolArray,
    Cause,
    IntArray,
    Kind,
    Lanes,
    Orders,
    PlanInputs,
    Status,
    SupplyPlan,
)


def classic_record(inputs: PlanInputs) -> SupplyPlan:
    """The unconstrained plan of all item-locations, in the same shape as `plan_supply`.

    Lanes: the first by priority, then by landed cost; capacity, certificates and fences are not looked at.
    Orders that should have left before the planning date keep that date in `order_by` and are `late_release`.
    """
    calendar = inputs.calendar
    shape = inputs.demand.shape
    lane, first_term = _first_lanes(inputs)
    term, wait = _terms(inputs, lane, first_term)
    day = np.maximum(inputs.receipts.day, calendar.as_of)
    scheduled = tally(calendar.bucket_of(day), inputs.receipts.item, inputs.receipts.quantity, shape=shape)
    scheduled += returned_units(
        inputs, inputs.demand
    )  # nothing is late here, so what is asked for is shipped
    answer = regenerate(
        Record(
            on_hand=inputs.on_hand,
            demand=inputs.demand,
            scheduled=scheduled,
            safety_stock=inputs.safety_stock,
        ),
        _supply(inputs, lane, term, wait),
        _edges(inputs, lane),
        days=calendar.edges[:-1],
    )
    return _as_plan(inputs, answer, lane, term, wait, scheduled)


def _supply(inputs: PlanInputs, lane: IntArray, term: IntArray, wait: IntArray) -> Supply:
    """The terms that each item-location is supplied under; members of a joint MOQ have none of their own."""
    lanes, sourced = inputs.lanes, lane >= 0
    group = np.where(sourced, lanes.group[lane], -1) if lanes.count else np.full(inputs.count, -1)
    moved = sourced & (lanes.kind[lane] == Kind.TRANSFER) if lanes.count else sourced
    transit = _whole_buckets(lanes.transit_days[term], inputs.calendar.nominal_days) if lanes.count else wait
    return Supply(
        rule=inputs.lot_rule,
        parameter=inputs.lot_parameter,
        moq=np.where(sourced & (group < 0), lanes.moq[term], 0.0) if lanes.count else np.zeros(inputs.count),
        multiple=np.where(sourced, lanes.multiple[term], 0.0) if lanes.count else np.zeros(inputs.count),
        lead_buckets=wait,
        issue_buckets=np.where(moved, transit, wait),
        groups=[
            (np.flatnonzero(group == number), float(lanes.group_moq[number]))
            for number in np.unique(group[group >= 0])
        ],
        sourced=sourced,
    )


def _whole_buckets(days: IntArray, nominal: int) -> IntArray:
    return np.asarray(-(-days // nominal))


def _first_lanes(inputs: PlanInputs) -> tuple[IntArray, IntArray]:
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


def _terms(inputs: PlanInputs, lane: IntArray, term: IntArray) -> tuple[IntArray, IntArray]:
    """(term rows, buckets from release to receipt), (N,); where terms change by the bucket of the receipt, (T, N)."""
    lanes, calendar = inputs.lanes, inputs.calendar
    sourced = lane >= 0
    if not lanes.count or (np.diff(first_terms(lanes))[lane[sourced]] <= 1).all():
        return term, _lead_buckets(inputs, term, sourced)
    by_release = _terms_of_releases(lanes, lane, calendar.edges[:-1])
    lead = _lead_buckets(inputs, by_release, sourced)
    columns = np.arange(len(lane))
    latest = np.full(lead.shape, -1)
    for release, wait in enumerate(lead):  # the last release that arrives in time, whatever its lead time
        lands = np.flatnonzero(release + wait < calendar.buckets)
        latest[release + wait[lands], lands] = release
    latest = np.maximum.accumulate(latest, axis=0)
    wait = np.where(latest >= 0, np.arange(calendar.buckets)[:, None] - latest, lead[0])
    return by_release[np.maximum(latest, 0), columns], wait


def _terms_of_releases(lanes: Lanes, lane: IntArray, days: IntArray) -> IntArray:
    """The row of each lane's (N,) terms that stands on each day, (T, N): the last that has begun, else the first."""
    starts = first_terms(lanes)
    begun = np.zeros((len(days), len(lane)), np.int64)
    for k in range(1, int(np.diff(starts).max(initial=1))):
        row = np.minimum(starts[lane] + k, starts[lane + 1] - 1)
        begun = np.where(lanes.valid_from[row] <= days[:, None], row - starts[lane], begun)
    return np.where(lane >= 0, starts[lane] + begun, 0)


def _lead_buckets(inputs: PlanInputs, term: IntArray, sourced: BoolArray) -> IntArray:
    lead = inputs.lanes.lead_time_days
    return _whole_buckets(np.where(sourced, lead[term] if len(lead) else 0, 0), inputs.calendar.nominal_days)


def _edges(inputs: PlanInputs, lane: IntArray) -> Edges:
    lanes, bom = inputs.lanes, inputs.bom
    kind = np.where(lane >= 0, lanes.kind[lane], -1) if lanes.count else np.full(inputs.count, -1)
    made = np.flatnonzero(kind[bom.parent] == Kind.MAKE)
    moved = np.flatnonzero(kind == Kind.TRANSFER)
    return Edges(
        above=np.concatenate([bom.parent[made], moved]),
        below=np.concatenate([bom.component[made], lanes.source[lane[moved]]]),
        quantity_per=np.concatenate([bom.gross_per[made], np.ones(len(moved))]),
        valid_from=np.concatenate([bom.valid_from[made], np.zeros(len(moved), np.int64)]),
        valid_to=np.concatenate([bom.valid_to[made], np.full(len(moved), NEVER)]),
    )


def _dates(
    inputs: PlanInputs, bucket: IntArray, release: IntArray, term: IntArray
) -> tuple[IntArray, IntArray]:
    """(order by, ship day) of receipts in `bucket`; what should have left before today keeps that date."""
    calendar = inputs.calendar
    order_by = np.where(
        release < 0,
        calendar.as_of + release * calendar.nominal_days,
        calendar.edges[np.maximum(release, 0)],
    )
    transit = _whole_buckets(inputs.lanes.transit_days[term], calendar.nominal_days)
    shipped = np.maximum(bucket - transit, release)
    return order_by, np.where(shipped < 0, order_by, calendar.edges[np.maximum(shipped, 0)])


def _as_plan(
    inputs: PlanInputs, answer: Regeneration, lane: IntArray, term: IntArray, wait: IntArray, scheduled: Array
) -> SupplyPlan:
    """The same record as orders, so that pegging, money and exports need one shape only."""
    orders = _orders(inputs, answer, lane, term, wait)
    today = inputs.calendar.as_of
    needed = Explosion(bom=inputs.bom, lanes=inputs.lanes, count=inputs.count).requirements(
        number=np.arange(orders.count),
        item=orders.item,
        lane=orders.lane,
        quantity=orders.quantity,
        release_day=np.maximum(orders.order_by, today),
        ship_day=np.maximum(orders.ship_day, today),
    )
    edges = requirement_edges(inputs.lanes, inputs.bom)
    plan = finish(
        inputs,
        orders=orders,
        dependent=needed,
        scheduled=scheduled,
        load=_load(inputs, lane=orders.lane, ship_day=orders.ship_day, quantity=orders.quantity),
        levels=low_level_codes(inputs.count, above=edges[0], below=edges[1]),
        unmet=(np.full(inputs.count, int(Cause.NO_SOURCE)), np.full(inputs.count, -1, np.int64)),
    )
    return priced(inputs, plan)


def _orders(
    inputs: PlanInputs, answer: Regeneration, lane: IntArray, term: IntArray, wait: IntArray
) -> Orders:
    """One order for each receipt of the record, its price left open."""
    item, bucket = np.nonzero(answer.receipts.T > TOLERANCE)
    quantity = answer.receipts[bucket, item]
    term, wait = (np.broadcast_to(values, inputs.demand.shape)[bucket, item] for values in (term, wait))
    net = np.maximum(inputs.safety_stock[bucket, item] - (answer.stock[bucket, item] - quantity), 0.0)
    release = bucket - wait
    order_by, ship_day = _dates(inputs, bucket, release, term)
    due = inputs.calendar.edges[bucket]
    reason, lot_raise, moq_raise = quantity_parts(
        inputs, lane=lane[item], quantity=quantity, net=net, term=term
    )
    none, zeros = np.zeros(len(item), np.int64), np.zeros(len(item))
    return Orders(
        item=item,
        lane=lane[item],
        quantity=quantity,
        bucket=bucket,
        need_bucket=bucket,
        need_day=due,
        order_by=order_by,
        ship_day=ship_day,
        due_day=due,
        late_release=release < 0,
        status=np.full(len(item), int(Status.PLANNED)),
        cause=none,
        cause_ref=none - 1,
        reason=reason,
        net=net,
        lot_raise=lot_raise,
        moq_raise=moq_raise,
        overhang=zeros,
        cover_days=zeros,
        term=term,
        run=none - 1,
        ahead=zeros,
        unit_landed_cost=zeros,
        premium=zeros,
    )


def _load(inputs: PlanInputs, *, lane: IntArray, ship_day: IntArray, quantity: Array) -> Array:
    """What receipts and open orders take of each capacity in the buckets in which they are made, (T, C)."""
    calendar, work = inputs.calendar, open_work(inputs)
    ready = calendar.last_days(work.bucket) - inputs.lanes.transit_days[work.term]
    return use_by_bucket(
        inputs,
        lane=np.concatenate([lane, work.lane]),
        bucket=calendar.bucket_of(np.concatenate([ship_day, ready])),
        quantity=np.concatenate([quantity, work.quantity]),
    )
