"""Netting in buckets: all item-locations at once, time along the first axis.

A receipt in bucket t serves bucket t. Lot size first, then MOQ, then up to the multiple. A run that no bucket's
capacity can make is received as it is made: its MOQ is one of the run, its multiple one of each receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .shapes import TOLERANCE, Array, BoolArray, IntArray, LotRule

_NOBODY: IntArray = np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True)
class Rank:
    """One choice of lane for every item-location and bucket: rank 0 is the cheapest, the next ones stand in.

    All (T, N). `allowed`: a receipt can land in the bucket; `ceiling`: cumulative quantity that capacity
    leaves; `to_zero`: this lane is worth its price for a stockout only, not for safety stock;
    `early_share`: share of the bucket's demand that comes before rank 0 can land (0 where it can at once);
    `in_parts`: what the ceiling cuts below its MOQ may begin a run that goes on in the buckets after.
    """

    moq: Array
    multiple: Array
    allowed: BoolArray | None = None
    ceiling: Array | None = None
    to_zero: BoolArray | None = None
    early_share: Array | None = None
    in_parts: BoolArray | None = None


@dataclass(frozen=True, kw_only=True)
class Lots:
    """Lot-sizing rule and its parameter per item-location, (N,); groups share one MOQ over their members."""

    rule: IntArray
    parameter: Array
    groups: Sequence[tuple[IntArray, float]] = ()


@dataclass(frozen=True, kw_only=True)
class Netted:
    """Receipts by rank (J, T, N), net stock after each bucket (T, N) with backorders negative.

    `net`: what was short before any lot rule, (J, T, N). `need_bucket`: bucket in which the need that a
    receipt serves first arose, (T, N), -1 without receipt. `cut_rank`: the first rank whose ceiling cut a
    receipt, (T, N), -1 for none. `begun`: bucket in which the run began that a receipt is a part of, (J, T, N),
    -1 for whole lots.
    """

    receipts: Array
    stock: Array
    net: Array
    need_bucket: IntArray
    cut_rank: IntArray
    begun: IntArray


def round_lots(net: Array, *, moq: Array, multiple: Array) -> Array:
    """Raise each positive quantity to its MOQ, then up to its multiple (0 = any quantity).

    >>> round_lots(np.array([6200.0, 61.0]), moq=np.array([10000.0, 40.0]), multiple=np.array([0.0, 25.0])).tolist()
    [10000.0, 75.0]
    """
    raised = np.maximum(net, moq)
    free = multiple <= 0
    if free.all():
        return np.asarray(raised)
    step = np.where(free, 1.0, multiple) if free.any() else multiple
    whole = raised / step
    whole -= TOLERANCE
    np.ceil(whole, out=whole)
    whole *= step
    return np.where(free, raised, whole) if free.any() else whole


def whole_lots(room: Array, *, multiple: Array) -> Array:
    """What of each quantity is whole multiples (0 = any quantity).

    >>> whole_lots(np.array([61.0, 61.0]), multiple=np.array([25.0, 0.0])).tolist()
    [50.0, 61.0]
    """
    step = np.where(multiple > 0, multiple, 1.0)
    return np.where(multiple > 0, np.floor(room / step + TOLERANCE) * step, room)


@dataclass(frozen=True, kw_only=True)
class _Flows:
    """What comes and goes whatever is ordered, (T, N), and the level that stock is held to."""

    demand: Array
    scheduled: Array
    target: Array


@dataclass
class _State:
    """What one run over the buckets carries along."""

    flows: _Flows
    lots: Lots
    ranks: Sequence[Rank]
    shares: BoolArray
    receipts: Array
    net: Array
    need_bucket: IntArray
    cut_rank: IntArray
    placed: Array
    pending: IntArray
    begun: IntArray
    owing: Array  # (J, N): what a run that goes on still lacks of its MOQ, -1 where none does
    special: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self.special = np.flatnonzero(self.lots.rule != LotRule.LOT_FOR_LOT)


def net_requirements(
    *,
    opening: Array,
    demand: Array,
    scheduled: Array,
    safety_stock: Array,
    lots: Lots,
    ranks: Sequence[Rank],
    shares: BoolArray | None = None,
) -> Netted:
    """Time-phased netting (APICS): order what keeps projected stock at the safety stock of each bucket.

    `opening` (N,), the others (T, N). `ranks`: lane choices, cheapest first. `shares` (J, J, N): two ranks
    draw on the same capacity. Source: Orlicky, Material Requirements Planning, ch. 7.

    >>> one = np.ones((1, 1))
    >>> net_requirements(opening=np.array([50.0]), demand=80 * one, scheduled=0 * one, safety_stock=10 * one,
    ...     lots=Lots(rule=np.array([0]), parameter=np.array([0.0])),
    ...     ranks=[Rank(moq=100 * one, multiple=0 * one)]).receipts.ravel().tolist()
    [100.0]
    """
    buckets, count = demand.shape
    depth = len(ranks)
    state = _State(
        flows=_Flows(demand=demand, scheduled=scheduled, target=safety_stock),
        lots=lots,
        ranks=ranks,
        shares=np.ones((depth, depth, count), bool) if shares is None else shares,
        receipts=np.zeros((depth, buckets, count)),
        net=np.zeros((depth, buckets, count)),
        need_bucket=np.full((buckets, count), -1, np.int64),
        cut_rank=np.full((buckets, count), -1, np.int64),
        placed=np.zeros((depth, count)),
        pending=np.full(count, -1, np.int64),
        begun=_no_runs(ranks, (depth, buckets, count)),
        owing=np.full((depth, count), -1.0),
    )
    stock_at = np.empty((buckets, count))
    stock = opening.astype(np.float64, copy=True)
    for t in range(buckets):
        before, stock = stock, stock_at[t]
        np.add(before, scheduled[t], out=stock)
        stock -= demand[t]
        _net_bucket(state, t, before, stock)
    return Netted(
        receipts=state.receipts,
        stock=stock_at,
        net=state.net,
        need_bucket=state.need_bucket,
        cut_rank=state.cut_rank,
        begun=state.begun,
    )


def _no_runs(ranks: Sequence[Rank], shape: tuple[int, int, int]) -> IntArray:
    if all(rank.in_parts is None for rank in ranks):
        return np.broadcast_to(np.int64(-1), shape)
    return np.full(shape, -1, np.int64)


def net_unlimited(
    *,
    opening: Array,
    demand: Array,
    scheduled: Array,
    safety_stock: Array,
    lots: Lots,
    moq: Array,
    multiple: Array,
    receipts: Array,
    stock: Array,
) -> None:
    """Fill `receipts` and `stock` (T, N) where every receipt lands when it is needed; `moq`, `multiple` (N,).

    The same answer as `net_requirements` with one rank and no groups, in a tenth of its time: dense steps that
    write in place; fastest on blocks of some thousand columns, which stay in the cache.

    >>> one, receipts, stock = np.ones((1, 1)), np.empty((1, 1)), np.empty((1, 1))
    >>> net_unlimited(opening=np.array([50.0]), demand=80 * one, scheduled=0 * one, safety_stock=10 * one,
    ...     lots=Lots(rule=np.array([0]), parameter=np.array([0.0])), moq=np.array([100.0]), multiple=np.array([0.0]),
    ...     receipts=receipts, stock=stock)
    >>> receipts.tolist(), stock.tolist()
    ([[100.0]], [[70.0]])
    """
    flows = _Flows(demand=demand, scheduled=scheduled, target=safety_stock)
    special = np.flatnonzero(lots.rule != LotRule.LOT_FOR_LOT)
    free = multiple <= 0
    step = np.where(free, 1.0, multiple)
    any_free = bool(free.any())
    short = np.empty(len(opening), bool)
    before = opening
    for t in range(len(receipts)):
        now, lot = stock[t], receipts[t]
        np.add(before, scheduled[t], out=now)
        now -= demand[t]
        np.subtract(safety_stock[t], now, out=lot)
        np.greater(lot, TOLERANCE, out=short)
        if len(special):
            chosen = special[short[special]]
            lot[chosen] = _lot_rule(flows, lots, t, now, chosen, lot[chosen])
        np.maximum(lot, moq, out=lot)
        raised = lot[free] if any_free else lot
        lot /= step
        lot -= TOLERANCE
        np.ceil(lot, out=lot)
        lot *= step
        if any_free:
            lot[free] = raised
        lot *= short
        now += lot
        before = now


def _net_bucket(state: _State, t: int, before: Array, stock: Array) -> None:
    """Place the receipts of bucket t; `stock` is changed in place."""
    for j, rank in enumerate(state.ranks):
        if rank.in_parts is not None:
            _go_on(state, j, t, stock)
    short = np.flatnonzero(state.flows.target[t] - stock > TOLERANCE)
    if not len(short):
        state.pending[state.pending >= 0] = -1
        return
    fresh = short[state.pending[short] < 0]
    state.pending[fresh] = t
    _bridge_until_cheapest(state, t, before, stock, short)
    for j in range(len(state.ranks)):
        _place(state, j, t, stock, short)
        short = short[state.flows.target[t][short] - stock[short] > TOLERANCE]
        if not len(short):
            break
    waiting = state.pending >= 0
    waiting[short] = False
    state.pending[waiting] = -1


def _can_land(rank: Rank, t: int, places: IntArray) -> IntArray:
    return places if rank.allowed is None else places[rank.allowed[t, places]]


def _short_of(state: _State, rank: Rank, t: int, stock: Array, places: IntArray) -> Array:
    """What stock lacks of the level that a rank is worth its price for, (n,)."""
    target = state.flows.target[t, places]
    if rank.to_zero is not None:
        target = np.where(rank.to_zero[t, places], np.minimum(target, 0.0), target)
    return np.asarray(target - stock[places])


def _place(state: _State, j: int, t: int, stock: Array, short: IntArray) -> None:
    rank = state.ranks[j]
    chosen = _can_land(rank, t, short)
    net = _short_of(state, rank, t, stock, chosen)
    wanted = net > TOLERANCE
    if not wanted.all():
        chosen, net = chosen[wanted], net[wanted]
    if len(chosen):
        _book(state, j, t, stock, chosen, net)


def _go_on(state: _State, j: int, t: int, stock: Array) -> None:
    """The next parts of runs that capacity cut: what their MOQ still lacks, or what is short where that is more."""
    rank, owing = state.ranks[j], state.owing[j]
    chosen = np.flatnonzero(owing >= 0)
    if not len(chosen):
        return
    net = np.maximum(_short_of(state, rank, t, stock, chosen), 0.0)
    rest = round_lots(net, moq=owing[chosen], multiple=rank.multiple[t, chosen])
    part = _within_ceiling(state, j, t, chosen, rest, moq=np.zeros(len(chosen)))
    state.begun[j, t, chosen] = state.begun[j, :t, chosen].max(axis=1)
    lacking = owing[chosen] - part
    owing[chosen] = np.where(lacking > TOLERANCE, lacking, -1.0)
    _receive(state, j, t, stock, chosen, net, part)


def _bridge_until_cheapest(state: _State, t: int, before: Array, stock: Array, short: IntArray) -> None:
    """Within a bucket that rank 0 reaches late, a dearer lane may cover the days before it lands."""
    for j in range(1, len(state.ranks)):
        rank = state.ranks[j]
        if rank.early_share is None:
            continue
        chosen = _can_land(rank, t, short)
        chosen = chosen[rank.early_share[t, chosen] > 0]
        early = state.flows.demand[t, chosen] * rank.early_share[t, chosen]
        net = (
            early
            - before[chosen]
            - state.flows.scheduled[t, chosen]
            - state.receipts[:, t, chosen].sum(axis=0)
        )
        wanted = net > TOLERANCE
        if wanted.any():
            _book(state, j, t, stock, chosen[wanted], net[wanted])


def _book(state: _State, j: int, t: int, stock: Array, chosen: IntArray, net: Array) -> None:
    rank = state.ranks[j]
    base = _lot_rule(state.flows, state.lots, t, stock, chosen, net) if len(state.special) else net
    quantity = round_lots(base, moq=rank.moq[t, chosen], multiple=rank.multiple[t, chosen])
    joint = bool(state.lots.groups) and j == 0
    if joint:
        chosen, net, quantity = _joint_moq(state, t, stock, chosen, net, quantity)
    if rank.ceiling is not None:
        moq = rank.moq[t]
        wanted, quantity = quantity, _within_ceiling(state, j, t, chosen, quantity, moq=moq[chosen])
        cut = chosen[quantity < wanted - TOLERANCE]
        if joint and len(cut):  # the others of the group make up for what capacity took
            chosen, net, quantity = _joint_moq(state, t, stock, chosen, net, quantity, full=cut)
            quantity = _within_ceiling(state, j, t, chosen, quantity, moq=moq[chosen])
        if rank.in_parts is not None:
            able = rank.in_parts[t, chosen] & np.isin(chosen, cut)
            _begin_runs(state, j, t, chosen, quantity, able=able)
    _receive(state, j, t, stock, chosen, net, quantity)


def _begin_runs(state: _State, j: int, t: int, chosen: IntArray, quantity: Array, *, able: BoolArray) -> None:
    """Where capacity left nothing of a lot, but makes its MOQ within the horizon: `quantity` is what it makes by now."""
    rank = state.ranks[j]
    rows = np.flatnonzero(able & (quantity <= 0) & (state.owing[j, chosen] < 0))
    item = chosen[rows]
    lot = round_lots(np.zeros(len(item)), moq=rank.moq[t, item], multiple=rank.multiple[t, item])
    part = _within_ceiling(state, j, t, item, lot, moq=np.zeros(len(item)))
    begun = (part > TOLERANCE) & (lot <= _room(state, j, len(state.need_bucket) - 1, item) + TOLERANCE)
    quantity[rows[begun]] = part[begun]
    state.begun[j, t, item[begun]] = t
    state.owing[j, item[begun]] = (lot - part)[begun]


def _receive(
    state: _State, j: int, t: int, stock: Array, chosen: IntArray, net: Array, quantity: Array
) -> None:
    state.receipts[j, t, chosen] += quantity
    state.net[j, t, chosen] += np.minimum(net, quantity)
    state.placed[j, chosen] += quantity
    stock[chosen] += quantity
    booked = chosen[quantity > 0]
    state.need_bucket[t, booked] = np.where(state.pending[booked] >= 0, state.pending[booked], t)


def _room(state: _State, j: int, t: int, chosen: IntArray) -> Array:
    """What the ceiling of a rank leaves by bucket t, (n,)."""
    ceiling = state.ranks[j].ceiling
    if ceiling is None:
        return np.full(len(chosen), np.inf)
    used = (state.placed[:, chosen] * state.shares[j][:, chosen]).sum(axis=0)
    return np.asarray(np.maximum(ceiling[t, chosen] - used, 0.0))


def _within_ceiling(state: _State, j: int, t: int, chosen: IntArray, quantity: Array, *, moq: Array) -> Array:
    """Lots (n,) cut to the whole multiples that capacity leaves, or to nothing where these miss the MOQ."""
    multiple, room = state.ranks[j].multiple[t, chosen], _room(state, j, t, chosen)
    cut = quantity > room + TOLERANCE
    first = chosen[cut & (state.cut_rank[t, chosen] < 0)]
    state.cut_rank[t, first] = j
    fits = whole_lots(room, multiple=multiple)
    return np.where(cut, np.where(fits + TOLERANCE >= moq, fits, 0.0), quantity)


def _lot_rule(flows: _Flows, lots: Lots, t: int, stock: Array, chosen: IntArray, net: Array) -> Array:
    rule, parameter = lots.rule[chosen], lots.parameter[chosen]
    base = net.copy()
    fixed = (rule == LotRule.FIXED_ORDER_QUANTITY) & (parameter > 0)
    if fixed.any():
        base[fixed] = np.ceil(net[fixed] / parameter[fixed] - TOLERANCE) * parameter[fixed]
    period = np.flatnonzero((rule == LotRule.PERIOD_ORDER_QUANTITY) & (parameter > 1))
    if len(period):
        ahead = int(min(parameter[period].max(), len(flows.demand) - t))
        needs = _future_needs(flows, t, stock, chosen[period], ahead)
        covered = np.minimum(parameter[period].astype(np.int64), ahead) - 1
        base[period] = np.maximum(net[period], needs[covered, np.arange(len(period))])
    return base


def _future_needs(flows: _Flows, t: int, stock: Array, chosen: IntArray, ahead: int) -> Array:
    """Cumulative requirement (ahead, n) from bucket t on, as if nothing else were ordered; it never falls."""
    window = slice(t + 1, t + ahead)
    flow = np.zeros((ahead, len(chosen)))
    flow[1:] = np.cumsum(flows.scheduled[window, chosen] - flows.demand[window, chosen], axis=0)
    gap = flows.target[t : t + ahead, chosen] - stock[chosen] - flow
    return np.asarray(np.maximum.accumulate(np.maximum(gap, 0.0), axis=0))


def _joint_moq(
    state: _State,
    t: int,
    stock: Array,
    chosen: IntArray,
    net: Array,
    quantity: Array,
    full: IntArray = _NOBODY,
) -> tuple[IntArray, Array, Array]:
    """Raise the lots of a group to their shared MOQ by taking in the next needs of members that are not `full`."""
    wanted = np.zeros(len(stock))
    wanted[chosen] = quantity
    short = np.zeros(len(stock))
    short[chosen] = net
    touched = np.zeros(len(stock), bool)
    touched[chosen] = True
    for group, moq in state.lots.groups:
        allowed = state.ranks[0].allowed
        members = group if allowed is None else group[allowed[t, group]]
        total = wanted[members].sum()
        able = members[~np.isin(members, full)]
        if 0 < total < moq - TOLERANCE and len(able):
            missing = moq - total
            wanted[able] = _fill_to_moq(state, t, stock, able, wanted[able], wanted[able].sum() + missing)
            touched[able] |= wanted[able] > 0
    chosen = np.flatnonzero(touched)
    return chosen, short[chosen], wanted[chosen]


def _fill_to_moq(state: _State, t: int, stock: Array, members: IntArray, lots: Array, moq: float) -> Array:
    multiple = state.ranks[0].multiple[t, members]
    needs = _future_needs(state.flows, t, stock, members, len(state.flows.demand) - t)
    lots = lots.copy()
    for cumulative in needs[1:]:
        missing = moq - lots.sum()
        if missing <= TOLERANCE:
            return lots
        extra = np.maximum(cumulative - lots, 0.0)
        if extra.sum() > missing:
            extra *= missing / extra.sum()
        lots = lots + _shared_out(extra, multiple)
    missing = moq - lots.sum()
    if missing <= TOLERANCE:
        return lots
    weight = np.maximum(state.flows.demand[:, members].sum(axis=0), 0.0)
    weight = lots if weight.sum() <= 0 else weight
    if weight.sum() <= 0:  # whoever asks is full, and the others never take any
        return lots
    return np.asarray(lots + _shared_out(missing * weight / weight.sum(), multiple))


def _shared_out(extra: Array, multiple: Array) -> Array:
    """`extra` (n,) in whole multiples, no more of them than its sum takes: the largest remainders are raised first.

    >>> _shared_out(np.array([1411.8, 1588.2]), np.array([1000.0, 1000.0])).tolist()
    [1000.0, 2000.0]
    """
    lots = whole_lots(extra, multiple=multiple)
    for member in np.argsort(lots - extra, kind="stable").tolist():
        if lots.sum() >= extra.sum() - TOLERANCE:
            break
        lots[member] += multiple[member]
    return lots
