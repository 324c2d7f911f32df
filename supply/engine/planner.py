"""The supply plan: level by level, in order of priority, within capacity and what components allow."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .explosion import Explosion
from .fair_share import shared_by_need
from .lanes import Timing, lane_table, release_days, ship_days, time_orders
from .levels import latest_levels, low_level_codes, rows_by_level
from .limits import Limits, Material
from .needs import Events, first_days_below, joint_need_days, taken_before
from .netting import Lots, Netted, Rank, net_requirements
from .open_orders import open_work
from .orders import finish, in_order, no_orders, quantity_parts
from .ranking import LaneChoice, Ranking
from .records import tally
from .returns import returned_units
from .shapes import (
    TOLERANCE,
    Array,
    Bom,
    Cause,
    DependentDemand,
    FirmOrders,
    IntArray,
    Kind,
    Lanes,
    Orders,
    PlanInputs,
    Reason,
    Status,
    SupplyPlan,
)
from .waves import Wave, planning_waves


def requirement_edges(lanes: Lanes, bom: Bom) -> tuple[IntArray, IntArray]:
    """(above, below) of every requirement: parent and component, receiver and sender of lanes that ever take an order."""
    opens = np.zeros(lanes.count, bool)
    opens[lanes.term_lane[lanes.valid_from <= lanes.valid_to]] = True
    moved = opens & (lanes.kind == Kind.TRANSFER)
    return np.concatenate([bom.parent, lanes.item[moved]]), np.concatenate(
        [bom.component, lanes.source[moved]]
    )


def inherited_margin(inputs: PlanInputs, levels: IntArray) -> Array:
    """Money lost with one unit short, (N,): own margin, or what a missing component stops above it."""
    margin = inputs.margin.astype(np.float64, copy=True)
    gross = inputs.bom.gross_per
    above, below = requirement_edges(inputs.lanes, inputs.bom)
    per_unit = np.concatenate([gross, np.ones(len(above) - len(gross))])
    for rows in rows_by_level(levels[above]):
        with np.errstate(invalid="ignore", divide="ignore"):
            passed = np.where(per_unit[rows] > 0, margin[above[rows]] / per_unit[rows], 0.0)
        np.maximum.at(margin, below[rows], passed)
    return margin


def precedence(inputs: PlanInputs, levels: IntArray) -> IntArray:
    """Place in line for what is limited, (N,), 0 first: by own priority, then by the first priority that is served.

    So of two components of one priority that goes first which the more urgent product is made of.
    """
    served = served_priority(inputs, levels)
    place: IntArray
    _, place = np.unique(inputs.priority * (served.max(initial=0) + 1) + served, return_inverse=True)
    return place


def served_priority(inputs: PlanInputs, levels: IntArray) -> IntArray:
    """The first priority that each serves, (N,): what has no demand of its own serves what requires it alone."""
    above, below = requirement_edges(inputs.lanes, inputs.bom)
    only_required = np.zeros(inputs.count, bool)
    only_required[below] = True
    only_required[inputs.outside.item] = False
    only_required &= ~(inputs.demand > 0).any(axis=0)
    served = np.where(only_required, np.iinfo(np.int64).max, inputs.priority)
    for rows in rows_by_level(levels[above]):
        np.minimum.at(served, below[rows], served[above[rows]])
    return served


@dataclass
class _Pieces:
    """Order columns gathered wave by wave."""

    columns: dict[str, list[NDArray[Any]]] = field(default_factory=dict)

    def add(self, **columns: NDArray[Any]) -> None:
        for name, values in columns.items():
            self.columns.setdefault(name, []).append(values)

    def joined(self) -> dict[str, NDArray[Any]]:
        return {name: np.concatenate(parts) for name, parts in self.columns.items()}


class Run:
    """One pass over all levels. `material` holds components whose supply earlier passes found too short."""

    def __init__(
        self, inputs: PlanInputs, *, material: Material | None = None, shipped: Array | None = None
    ) -> None:
        self.inputs = inputs
        self.shape = inputs.demand.shape
        above, below = requirement_edges(inputs.lanes, inputs.bom)
        self.levels = low_level_codes(inputs.count, above=above, below=below)
        self.turns = rows_by_level(latest_levels(self.levels, above=above, below=below))
        lanes, calendar = inputs.lanes, inputs.calendar
        self.table = lane_table(
            lanes,
            calendar=calendar,
            blocked_until=inputs.blocked_until[lanes.item],
            capital_rate=inputs.capital_rate,
        )
        self.choice = LaneChoice(
            inputs=inputs, table=self.table, margin=inherited_margin(inputs, self.levels)
        )
        self.precedence = precedence(inputs, self.levels)
        self.limits = Limits(calendar=calendar, lanes=lanes, capacities=inputs.capacities, material=material)
        self.explosion = Explosion(bom=inputs.bom, lanes=lanes, count=inputs.count)
        self.dependent = np.zeros(self.shape)
        self.events = Events()
        self.level_events = self.events.sorted_by_key(calendar, np.ones(inputs.count, bool))
        self.pieces = _Pieces()
        self.required = _Pieces()
        self.orders = 0
        self.returned = returned_units(inputs, inputs.demand if shipped is None else shipped)
        self.scheduled = self._scheduled() + self.returned
        self.firm_receipts = np.zeros(self.shape)
        # lots that the optimiser weighed against safety stock are topped up for a stockout only
        self.optimised = np.zeros(inputs.count, bool)
        self.optimised[lanes.item[inputs.chosen.lane]] = True
        self.capped_by = np.full(inputs.count, -1, np.int64)

    def _scheduled(self) -> Array:
        """Receipts by bucket; what is overdue counts as of today, a blocked item's waits for its certificate."""
        receipts, calendar = self.inputs.receipts, self.inputs.calendar
        day = np.maximum(np.maximum(receipts.day, calendar.as_of), self.inputs.blocked_until[receipts.item])
        self.events.add(item=receipts.item, day=day, quantity=receipts.quantity)
        return tally(calendar.bucket_of(day), receipts.item, receipts.quantity, shape=self.shape)

    def plan(self) -> None:
        self.pass_down(self.inputs.outside)
        self.limits.book_open_orders(open_work(self.inputs))
        self._keep_firm_orders()
        self._keep_chosen_lots()
        for members in self.turns:
            self.level_events = self._events_of(members)
            for wave in planning_waves(
                members,
                self.inputs,
                precedence=self.precedence,
                dependent=self.dependent,
                choice=self.choice,
                limits=self.limits,
            ):
                self._plan_wave(wave)

    def _keep_firm_orders(self) -> None:
        """Firm orders as people fixed them; one that is past due counts as of today, as an overdue receipt does."""
        lanes, calendar = self.inputs.lanes, self.inputs.calendar
        firm = replace(self.inputs.firm, due_day=np.maximum(self.inputs.firm.due_day, calendar.as_of))
        if not len(firm.lane):
            return
        term = self.table.term[np.minimum(calendar.bucket_of(firm.due_day), calendar.buckets - 1), firm.lane]
        release = release_days(lanes, due_day=firm.due_day, rows=term)
        order_by = np.maximum(release, calendar.as_of)
        timing = Timing(
            term=term,
            order_by=order_by,
            ship_day=np.maximum(ship_days(lanes, due_day=firm.due_day, rows=term), order_by),
            due_day=firm.due_day,
            late_release=release < calendar.as_of,
        )
        self._keep(firm, timing, status=np.full(len(firm.lane), int(Status.FIRM)), reason=Reason.FIRM)
        self.limits.book(
            firm.lane, term=term, bucket=calendar.bucket_of(firm.due_day), quantity=firm.quantity
        )

    def _keep_chosen_lots(self) -> None:
        chosen, calendar = self.inputs.chosen, self.inputs.calendar
        if not len(chosen.lane):
            return
        bucket = np.minimum(calendar.bucket_of(chosen.due_day), calendar.buckets - 1)
        timing = time_orders(
            self.inputs.lanes,
            lane=chosen.lane,
            quantity=chosen.quantity,
            need_day=chosen.due_day,
            not_before=self.inputs.blocked_until[self.inputs.lanes.item[chosen.lane]],
            term=self.table.term[bucket, chosen.lane],
            as_of=calendar.as_of,
        )
        timing, _ = self._built_ahead(
            chosen.lane, timing, calendar.bucket_of(timing.due_day), chosen.quantity
        )
        self._keep(chosen, timing, status=self._status(timing), reason=Reason.COST)

    def _keep(self, kept: FirmOrders, timing: Timing, *, status: IntArray, reason: Reason) -> None:
        """Take orders over as they are; netting sees them as receipts."""
        item = self.inputs.lanes.item[kept.lane]
        bucket = self.inputs.calendar.bucket_of(timing.due_day)
        self.firm_receipts += tally(bucket, item, kept.quantity, shape=self.shape)
        self.events.add(item=item, day=timing.due_day, quantity=kept.quantity)
        nothing = np.zeros(len(item))
        self._record(
            item=item,
            lane=kept.lane,
            quantity=kept.quantity,
            bucket=bucket,
            need_bucket=bucket,
            need_day=timing.due_day,
            timing=timing,
            status=status,
            cause=np.zeros(len(item), np.int64),
            cause_ref=np.full(len(item), -1, np.int64),
            reason=np.full(len(item), int(reason)),
            net=kept.quantity,
            lot_raise=nothing,
            moq_raise=nothing,
            run=np.full(len(item), -1, np.int64),
            ahead=nothing,
        )

    def _plan_wave(self, wave: Wave) -> None:
        inputs, items = self.inputs, wave.items
        ranking = self.choice.rank(items, limits=self.limits, share=wave.share)
        demand = inputs.demand[:, items] + self.dependent[:, items]

        def netted_by(ranks: list[Rank]) -> Netted:
            return net_requirements(
                opening=inputs.on_hand[items],
                demand=demand,
                scheduled=self.scheduled[:, items] + self.firm_receipts[:, items],
                safety_stock=np.where(self.optimised[items], 0.0, inputs.safety_stock[:, items]),
                lots=self._lots(items, ranking),
                ranks=ranks,
                shares=ranking.shares,
            )

        ranks = self._asked_early(items, ranking, demand)
        if (wave.sender >= 0).any():
            wanted = netted_by([replace(rank, ceiling=None, in_parts=None) for rank in ranks])
            ranks = shared_by_need(
                ranks, ranking, wanted=wanted.receipts, sender=wave.sender, limits=self.limits
            )
        netted = netted_by(ranks)
        self._note_caps(items, ranking, netted)
        rank, bucket, column = np.nonzero(netted.receipts > TOLERANCE)
        if len(rank):
            self._orders_of(items, ranking, netted, rank, bucket, column)

    def _asked_early(self, items: IntArray, ranking: Ranking, demand: Array) -> list[Rank]:
        """Ranks whose early share counts what parents take on the day they take it, own demand alone as even."""
        shares = [rank.early_share for rank in ranking.ranks if rank.early_share is not None]
        if not any(share.any() for share in shares):
            return ranking.ranks
        lands = self.table.earliest[ranking.lane[0]]
        taken = taken_before(lands, items=items, count=self.inputs.count, events=self.level_events)
        own = self.inputs.demand[:, items]

        def asked(share: Array) -> Array:
            early = own * share + np.where(share > 0, taken, 0.0)
            return np.divide(early, demand, out=np.zeros_like(early), where=demand > TOLERANCE)

        return [
            rank if rank.early_share is None else replace(rank, early_share=asked(rank.early_share))
            for rank in ranking.ranks
        ]

    def _lots(self, items: IntArray, ranking: Ranking) -> Lots:
        lanes = self.inputs.lanes
        groups = []
        if (lanes.group >= 0).any():
            first = ranking.lane[0, 0]
            group = np.where(first >= 0, lanes.group[np.maximum(first, 0)], -1)
            groups = [
                (np.flatnonzero(group == g), float(lanes.group_moq[g])) for g in np.unique(group[group >= 0])
            ]
        return Lots(
            rule=self.inputs.lot_rule[items], parameter=self.inputs.lot_parameter[items], groups=groups
        )

    def _note_caps(self, items: IntArray, ranking: Ranking, netted: Netted) -> None:
        """Remember per item the first thing that cut a receipt."""
        cut = netted.cut_rank >= 0
        columns = np.flatnonzero(cut.any(axis=0))
        first = cut.argmax(axis=0)[columns]
        rank = netted.cut_rank[first, columns]
        self.capped_by[items[columns]] = ranking.binding[rank, first, columns]

    def _orders_of(
        self,
        items: IntArray,
        ranking: Ranking,
        netted: Netted,
        rank: IntArray,
        bucket: IntArray,
        column: IntArray,
    ) -> None:
        inputs, calendar = self.inputs, self.inputs.calendar
        item = items[column]
        lane = ranking.lane[rank, bucket, column]
        quantity = netted.receipts[rank, bucket, column]
        need_bucket = netted.need_bucket[bucket, column]
        need_day = self._need_days(item, need_bucket, netted.stock[np.maximum(need_bucket - 1, 0), column])
        held = (bucket > need_bucket) | (inputs.lanes.ever_close & self.limits.constrained(lane))
        not_before = np.maximum(np.where(held, calendar.edges[bucket], 0), inputs.blocked_until[item])
        timing = time_orders(
            inputs.lanes,
            lane=lane,
            quantity=quantity,
            need_day=joint_need_days(
                need_day, group=inputs.lanes.group[lane], bucket=bucket, calendar=calendar
            ),
            not_before=not_before,
            term=ranking.term[rank, bucket, column],
            as_of=calendar.as_of,
        )
        timing, ahead = self._built_ahead(lane, timing, bucket, quantity)
        cause, cause_ref = self._causes(item, need_day, need_bucket, bucket, timing, ranking, netted, column)
        net = netted.net[rank, bucket, column]
        reason, lot_raise, moq_raise = quantity_parts(
            inputs, lane=lane, quantity=quantity, net=net, term=timing.term
        )
        self._record(
            item=item,
            lane=lane,
            quantity=quantity,
            bucket=calendar.bucket_of(timing.due_day),
            need_bucket=need_bucket,
            need_day=need_day,
            timing=timing,
            status=self._status(timing),
            cause=cause,
            cause_ref=cause_ref,
            reason=reason,
            net=net,
            lot_raise=lot_raise,
            moq_raise=moq_raise,
            run=self._runs(netted, rank, bucket, column),
            ahead=ahead,
        )

    def _runs(self, netted: Netted, rank: IntArray, bucket: IntArray, column: IntArray) -> IntArray:
        """The run (k,) that each receipt is a part of, named by the number of its first part; -1 for whole lots."""
        begun = netted.begun[rank, bucket, column]
        if not (begun >= 0).any():
            return np.full(len(begun), -1, np.int64)
        number = np.zeros(netted.begun.shape, np.int64)
        number[rank, bucket, column] = self.orders + np.arange(len(begun))
        return np.where(begun >= 0, number[rank, begun, column], -1)

    def _need_days(self, item: IntArray, bucket: IntArray, before: Array) -> IntArray:
        """The day within its bucket on which stock first falls below its target; `before` is what the one before left."""
        inputs = self.inputs
        return first_days_below(
            opening=np.where(bucket > 0, before, inputs.on_hand[item]),
            even_demand=(inputs.demand - self.returned)[bucket, item],
            target=inputs.safety_stock[bucket, item],
            bucket=bucket,
            item=item,
            events=self.level_events,
            calendar=inputs.calendar,
        )

    def _status(self, timing: Timing) -> IntArray:
        fence = self.inputs.calendar.as_of + self.inputs.planning_fence_days
        return np.where(timing.order_by < fence, int(Status.PROPOSED), int(Status.PLANNED))

    def _built_ahead(
        self, lane: IntArray, timing: Timing, bucket: IntArray, quantity: Array
    ) -> tuple[Timing, Array]:
        """Book capacity: what is made before its own bucket is ordered, and takes its components, when work begins.

        Also the units of own production that are made before; what is bought or moved comes as one.
        """
        lanes, calendar = self.inputs.lanes, self.inputs.calendar
        transit = lanes.transit_days[timing.term]
        made_from = calendar.edges[calendar.bucket_of(calendar.last_days(bucket) - transit)]
        begun, ahead = self.limits.book(lane, term=timing.term, bucket=bucket, quantity=quantity)
        release = release_days(lanes, due_day=begun + transit, rows=timing.term)
        first = np.full(len(lane), calendar.as_of)
        if lanes.ever_close:
            first = lanes.closures.next_open(lanes.source_calendar[lane], first)
        release = np.minimum(np.maximum(release, first), timing.order_by)
        early = (begun < made_from) & (release < timing.order_by)
        made = early & (lanes.kind[lane] == Kind.MAKE)
        return replace(timing, order_by=np.where(early, release, timing.order_by)), np.where(made, ahead, 0.0)

    def _events_of(self, members: IntArray) -> tuple[IntArray, IntArray, Array]:
        """Everything that comes and goes on a day at one level: what is above it has been planned by then."""
        inside = np.zeros(self.inputs.count, bool)
        inside[members] = True
        return self.events.sorted_by_key(self.inputs.calendar, inside)

    def _causes(
        self,
        item: IntArray,
        need_day: IntArray,
        need_bucket: IntArray,
        bucket: IntArray,
        timing: Timing,
        ranking: Ranking,
        netted: Netted,
        column: IntArray,
    ) -> tuple[IntArray, IntArray]:
        """First binding cause of each order that comes after its need day, and what it refers to."""
        late = timing.due_day > need_day
        cause = np.where(late, int(Cause.LEAD_TIME), int(Cause.NONE))
        ref = np.full(len(item), -1, np.int64)
        blocked = late & (self.inputs.blocked_until[item] >= timing.due_day)
        cause[blocked] = Cause.BLOCKED
        rank = netted.cut_rank[need_bucket, column]
        capped = late & (rank >= 0) & ~blocked
        binding = ranking.binding[rank, need_bucket, column]
        capacities = self.limits.remaining.shape[1]
        scarce = capped & (binding >= capacities)
        cause[capped], ref[capped] = Cause.CAPACITY, binding[capped]
        if scarce.any():
            cause[scarce] = Cause.COMPONENT
            ref[scarce] = self.limits.material.component[binding[scarce] - capacities]
        return cause, ref

    def _record(self, *, timing: Timing, **columns: NDArray[Any]) -> None:
        """Keep the orders and pass their requirements down."""
        count = len(columns["item"])
        number = self.orders + np.arange(count)
        self.orders += count
        self.pieces.add(
            term=timing.term,
            order_by=timing.order_by,
            ship_day=timing.ship_day,
            due_day=timing.due_day,
            late_release=timing.late_release,
            **columns,
        )
        self.pass_down(
            self.explosion.requirements(
                number=number,
                item=np.asarray(columns["item"], np.int64),
                lane=np.asarray(columns["lane"], np.int64),
                quantity=np.asarray(columns["quantity"], np.float64),
                release_day=timing.order_by,
                ship_day=timing.ship_day,
            )
        )

    def pass_down(self, needed: DependentDemand) -> None:
        if not len(needed.item):
            return
        self.required.add(order=needed.order, item=needed.item, day=needed.day, quantity=needed.quantity)
        bucket = self.inputs.calendar.bucket_of(needed.day)
        self.dependent += tally(bucket, needed.item, needed.quantity, shape=self.shape)
        self.events.add(item=needed.item, day=needed.day, quantity=-needed.quantity)

    def result(self) -> SupplyPlan:
        """Orders sorted by item-location and due day, the record and the loads."""
        columns = self.pieces.joined() if self.orders else no_orders()
        zeros = np.zeros(self.orders)
        orders = Orders(overhang=zeros, cover_days=zeros, unit_landed_cost=zeros, premium=zeros, **columns)
        plan = finish(
            self.inputs,
            orders=orders,
            dependent=DependentDemand(**self.required.joined()),
            scheduled=self.scheduled,
            load=self.limits.load,
            levels=self.levels,
            unmet=self._unmet(),
        )
        return in_order(plan)

    def _unmet(self) -> tuple[IntArray, IntArray]:
        """(cause, reference) per item-location of what the horizon leaves open."""
        inputs, capacities = self.inputs, self.limits.remaining.shape[1]
        cause = np.full(inputs.count, int(Cause.LEAD_TIME))
        ref = np.full(inputs.count, -1, np.int64)
        cause[np.setdiff1d(np.arange(inputs.count), inputs.lanes.item)] = Cause.NO_SOURCE
        cause[inputs.blocked_until >= inputs.calendar.edges[-1]] = Cause.BLOCKED
        capped = self.capped_by >= 0
        scarce = capped & (self.capped_by >= capacities)
        cause[capped], ref[capped] = Cause.CAPACITY, self.capped_by[capped]
        cause[scarce] = Cause.COMPONENT
        ref[scarce] = self.limits.material.component[self.capped_by[scarce] - capacities]
        return cause, ref
