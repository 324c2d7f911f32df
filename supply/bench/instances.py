"""Seeded problems for benchmarks and tests: networks, sourcing problems and lot-sizing sets of stated size."""

from dataclasses import replace

import numpy as np

from supply.engine import (
    NEVER,
    Bom,
    Calendar,
    Capacities,
    Kind,
    Lanes,
    PlanInputs,
)
from supply.engine.capacitated import CapacitatedLots

_FIRST_DAY = 740_000  # any day will do; the engine knows ordinals only


def months(count: int) -> Calendar:
    return Calendar(edges=_FIRST_DAY + np.round(np.arange(count + 1) * 365.25 / 12).astype(np.int64))


def sourcing_network(*, items: int, buckets: int, seed: int) -> PlanInputs:
    """Each item from two suppliers by three modes, with MOQs, order costs and suppliers' capacity for all alike."""
    rng = np.random.default_rng(seed)
    calendar = months(buckets)
    level = rng.lognormal(6.0, 0.8, items)
    season = 1 + 0.3 * np.sin(2 * np.pi * (np.arange(buckets)[:, None] + rng.integers(0, 12, items)) / 12)
    demand = np.round(level * season * rng.lognormal(0.0, 0.2, (buckets, items)))
    cost = rng.lognormal(1.5, 0.7, items)
    item = np.repeat(np.arange(items), 6)
    supplier = np.tile(np.repeat([0, 1], 3), items)
    mode = np.tile([0, 1, 2], 2 * items)
    lead = np.array([75, 30, 10])[mode] + 10 * supplier
    premium = np.array([0.0, 0.12, 0.45])[mode] + 0.04 * supplier
    lanes = Lanes(
        item=item,
        source=supplier,
        kind=np.full(len(item), int(Kind.BUY)),
        mode=mode,
        priority=np.ones(len(item), np.int64),
        group=np.full(len(item), -1),
        term_lane=np.arange(len(item)),
        valid_from=np.zeros(len(item), np.int64),
        valid_to=np.full(len(item), NEVER),
        lead_time_days=lead,
        transit_days=np.array([40, 15, 4])[mode],
        moq=np.round(level[item] * np.array([2.0, 0.8, 0.2])[mode]),
        multiple=np.full(len(item), 10.0),
        unit_cost=cost[item] * (1 + 0.04 * supplier),
        order_cost=np.array([150.0, 120.0, 60.0])[mode],
        freight_cost=cost[item] * premium,
    )
    share = 0.75 * demand.sum(axis=1).mean()
    return PlanInputs(
        calendar=calendar,
        demand=demand,
        on_hand=np.round(level * rng.uniform(1.0, 3.5, items)),
        safety_stock=np.broadcast_to(np.round(0.4 * level), demand.shape).copy(),
        lanes=lanes,
        capacities=Capacities(
            available=np.full((buckets, 2), share),
            lane=np.arange(len(item)),
            capacity=supplier,
            per_unit=np.ones(len(item)),
        ),
        margin=0.8 * cost,
        unit_cost=cost,
        priority=rng.integers(1, 4, items),
        capital_rate=0.2,
    )


def flat_network(*, items: int, buckets: int, seed: int) -> PlanInputs:
    """One lane each, MOQs and multiples, no structure: what netting alone costs."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(0, 50, (buckets, items)).astype(np.float64)
    item = np.arange(items)
    return PlanInputs(
        calendar=months(buckets),
        demand=demand,
        on_hand=rng.integers(0, 200, items).astype(np.float64),
        safety_stock=np.full(demand.shape, 20.0),
        lanes=one_lane_each(
            item,
            kind=np.full(items, int(Kind.BUY)),
            lead=rng.integers(0, 90, items),
            moq=rng.integers(0, 100, items).astype(np.float64),
            multiple=np.full(items, 12.0),
        ),
        unit_cost=np.ones(items),
    )


def layered_network(*, items: int, edges: int, levels: int, buckets: int, seed: int) -> PlanInputs:
    """A bill of material of so many lines over so many levels, own demand on the top level only."""
    rng = np.random.default_rng(seed)
    base = flat_network(items=items, buckets=buckets, seed=seed)
    level = np.sort(rng.integers(0, levels, items))
    top = np.searchsorted(level, np.arange(levels + 1))
    parent = rng.integers(0, top[levels - 1], edges)
    below = np.minimum(level[parent] + 1, levels - 1)
    component = top[below] + (rng.random(edges) * (top[below + 1] - top[below])).astype(np.int64)
    pairs = np.unique(np.stack([parent, component], axis=1), axis=0)
    kind = np.where(level < levels - 1, int(Kind.MAKE), int(Kind.BUY))
    per = rng.integers(1, 4, len(pairs)).astype(np.float64)
    demand = base.demand * (level == 0)
    required = demand.mean(axis=0)
    for k in range(1, levels):  # stock for some two and a half buckets, as a running company has
        lines = level[pairs[:, 1]] == k
        np.add.at(required, pairs[lines, 1], required[pairs[lines, 0]] * per[lines])
    return replace(
        base,
        demand=demand,
        on_hand=np.round(required * rng.uniform(2.0, 3.5, items)),
        lanes=one_lane_each(
            np.arange(items),
            kind=kind,
            lead=np.where(kind == int(Kind.MAKE), 7, 45),
            moq=np.where(level == 0, 0.0, base.lanes.moq),
            multiple=base.lanes.multiple,
        ),
        bom=Bom(
            parent=pairs[:, 0],
            component=pairs[:, 1],
            quantity_per=per,
            scrap=np.zeros(len(pairs)),
            valid_from=np.zeros(len(pairs), np.int64),
            valid_to=np.full(len(pairs), NEVER),
        ),
    )


def lots_on_levels(*, structure: str, items: int, buckets: int, seed: int) -> PlanInputs:
    """Lots of one end item and all that goes into it, as Dellaert and Jeunet 2000 draw them: no limits, no lead times.

    `structure`: serial, assembly (each part in one parent) or general (in up to three). Demand of 0 to 180; value is
    added on each level, and stock costs 2 % of it a month; set-ups differ twentyfold.
    """
    rng = np.random.default_rng(seed)
    pairs = []
    for item in range(1, items):
        parents = {
            "serial": [item - 1],
            "assembly": [int(rng.integers(0, max(1, item // 2)))],
            "general": rng.integers(0, max(1, item // 2), rng.integers(1, 4)).tolist(),
        }[structure]
        pairs += [(parent, item) for parent in sorted(set(parents))]
    parent, component = np.array(pairs).T
    cost = rng.uniform(0.25, 2.5, items)
    for item in range(items - 1, -1, -1):
        cost[item] += cost[component[parent == item]].sum()
    lines = len(pairs)
    demand = np.zeros((buckets, items))
    demand[:, 0] = rng.integers(0, 181, buckets)
    return PlanInputs(
        calendar=months(buckets),
        demand=demand,
        on_hand=np.zeros(items),
        safety_stock=np.zeros((buckets, items)),
        lanes=replace(
            one_lane_each(
                np.arange(items),
                kind=np.where(np.isin(np.arange(items), parent), int(Kind.MAKE), int(Kind.BUY)),
                lead=np.zeros(items),
                moq=np.zeros(items),
                multiple=np.zeros(items),
            ),
            order_cost=rng.uniform(20.0, 400.0, items),
            unit_cost=cost,
        ),
        unit_cost=cost,
        margin=cost,
        capital_rate=0.24,
        bom=Bom(
            parent=parent,
            component=component,
            quantity_per=np.ones(lines),
            scrap=np.zeros(lines),
            valid_from=np.zeros(lines, np.int64),
            valid_to=np.full(lines, NEVER),
        ),
    )


def one_lane_each(
    item: np.ndarray, *, kind: np.ndarray, lead: np.ndarray, moq: np.ndarray, multiple: np.ndarray
) -> Lanes:
    """One open-ended lane for each item at a unit cost of 1."""
    count = len(item)
    return Lanes(
        item=item,
        source=np.arange(count) % 60,
        kind=kind,
        mode=np.zeros(count, np.int64),
        priority=np.ones(count, np.int64),
        group=np.full(count, -1),
        term_lane=np.arange(count),
        valid_from=np.zeros(count, np.int64),
        valid_to=np.full(count, NEVER),
        lead_time_days=lead.astype(np.int64),
        transit_days=np.zeros(count, np.int64),
        moq=moq,
        multiple=multiple,
        unit_cost=np.ones(count),
        order_cost=np.zeros(count),
        freight_cost=np.zeros(count),
    )


def trigeiro_like(*, items: int, buckets: int, seed: int) -> CapacitatedLots:
    """Lots on one machine as in the sets F and G of Trigeiro, Thomas and McClain 1989, made anew.

    Demand of 75 to 125, a quarter of the first four buckets' none; set-ups of 10 to 50 in time and 200 to 1,000 in
    cost; units held at 1 to 5. Capacity is what a lot for each demand needs on the mean, over 1.0714 (F: 728 for 6).
    Drawn again until the first buckets, which nothing can be built ahead for, have room.
    """
    rng = np.random.default_rng(seed)
    capacity = np.full(buckets, np.floor(130.0 * items / 1.0714))
    while True:
        demand = rng.integers(75, 126, (buckets, items)).astype(np.float64)
        demand[:4][rng.random((4, items)) < 0.25] = 0.0
        setup_time = 10.0 * rng.integers(1, 6, items)
        load = demand.sum(axis=1) + (demand > 0) @ setup_time
        if (np.cumsum(load - capacity)[:4] <= 0).all():
            break
    return CapacitatedLots(
        demand=demand,
        capacity=capacity,
        unit_time=np.ones(items),
        setup_time=setup_time.astype(np.float64),
        setup_cost=(200.0 * rng.integers(1, 6, items)).astype(np.float64),
        holding=rng.integers(1, 6, items).astype(np.float64),
    )
