"""The independent checker: it recomputes every plan from its orders alone and shares no function with the planner.

Written in plain loops on purpose. A plan is stored only if this finds nothing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .shapes import PlanInputs, SupplyPlan

_SLACK = 1e-4  # units; sums of thousands of float steps stay far below


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One rule that a plan breaks, and where."""

    rule: str
    where: str
    found: float
    allowed: float

    def __str__(self) -> str:
        return f"{self.rule} at {self.where}: {self.found:g}, allowed {self.allowed:g}"


def check_plan(inputs: PlanInputs, plan: SupplyPlan) -> list[Violation]:
    """Balance, non-negativity, lead time, certificates, MOQ, multiples, joint MOQ, capacity, components, cost, firm orders."""
    return [
        *_balances(inputs, plan),
        *_lead_times(inputs, plan),
        *_closed_days(inputs, plan),
        *_lots(inputs, plan),
        *_joint_lots(inputs, plan),
        *_parts_of_runs(inputs, plan),
        *_capacities(inputs, plan),
        *_work(inputs, plan),
        *_runs(inputs, plan),
        *_requirements(inputs, plan),
        *_components(inputs, plan),
        *_costs(inputs, plan),
        *_firm(inputs, plan),
    ]


def _bucket(edges: list[int], day: int) -> int:
    """Where a day falls; the number of buckets behind the last of them."""
    return max(bisect_right(edges, day) - 1, 0)


def _balances(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Opening - backorders + receipts - demand = closing - backorders, from the orders themselves."""
    edges, record = inputs.calendar.edges.tolist(), plan.projection
    orders, dependent = plan.orders, plan.dependent
    received = _booked(edges, orders.item.tolist(), orders.due_day.tolist(), orders.quantity.tolist())
    required = _booked(edges, dependent.item.tolist(), dependent.day.tolist(), dependent.quantity.tolist())
    tables = (record.scheduled_receipts, inputs.demand, record.closing, record.shortage)
    items = zip(inputs.on_hand.tolist(), *(table.T.tolist() for table in tables), strict=True)
    for n, (on_hand, *columns) in enumerate(items):
        net = on_hand
        for t, (scheduled, demand, closing, shortage) in enumerate(zip(*columns, strict=True)):
            net += scheduled + received[t, n] - demand - required[t, n]
            where = f"item {n}, bucket {t}"
            if abs(net - (closing - shortage)) > _SLACK * max(1.0, abs(net)):
                yield Violation(rule="balance", where=where, found=closing - shortage, allowed=net)
            if closing < 0 or shortage < 0:
                yield Violation(rule="negative stock", where=where, found=min(closing, shortage), allowed=0.0)
            if closing > _SLACK and shortage > _SLACK:
                yield Violation(rule="stock beside backorders", where=where, found=closing, allowed=0.0)


def _booked(
    edges: list[int], item: list[int], day: list[int], quantity: list[float]
) -> dict[tuple[int, int], float]:
    """Units by bucket and item."""
    booked: dict[tuple[int, int], float] = defaultdict(float)
    for n, on, units in zip(item, day, quantity, strict=True):
        booked[_bucket(edges, on), n] += units
    return booked


def _lead_times(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    lanes, orders, as_of = inputs.lanes, plan.orders, int(inputs.calendar.edges[0])
    firm = set(_firm_rows(plan))
    for k in range(orders.count):
        if k in firm:
            continue
        term, order_by, due = int(orders.term[k]), int(orders.order_by[k]), int(orders.due_day[k])
        if int(lanes.term_lane[term]) != int(orders.lane[k]):
            yield Violation(rule="terms of another lane", where=f"order {k}", found=term, allowed=-1)
        if due - order_by < int(lanes.lead_time_days[term]):
            yield Violation(
                rule="lead time",
                where=f"order {k}",
                found=due - order_by,
                allowed=int(lanes.lead_time_days[term]),
            )
        if order_by < as_of:
            yield Violation(rule="order in the past", where=f"order {k}", found=order_by, allowed=as_of)
        if due < int(inputs.blocked_until[orders.item[k]]):
            yield Violation(
                rule="before the certificate date",
                where=f"order {k}",
                found=due,
                allowed=int(inputs.blocked_until[orders.item[k]]),
            )


def _closed_days(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Nothing is ordered, shipped or received on a closed day, and the source works as long as it says it must."""
    lanes, orders = inputs.lanes, plan.orders
    if not len(lanes.source_calendar):
        return
    closed = set(zip(lanes.closures.calendar.tolist(), lanes.closures.day.tolist(), strict=True))
    firm = set(_firm_rows(plan))
    for k in range(orders.count):
        lane, term, due = int(orders.lane[k]), int(orders.term[k]), int(orders.due_day[k])
        if k in firm or due >= int(inputs.calendar.edges[-1]):
            continue
        source, receiver = int(lanes.source_calendar[lane]), int(lanes.receiving_calendar[lane])
        order_by, ship = int(orders.order_by[k]), int(orders.ship_day[k])
        for what, calendar, day in (
            ("ordered", source, order_by),
            ("shipped", source, ship),
            ("received", receiver, due),
        ):
            if (calendar, day) in closed:
                yield Violation(
                    rule=f"{what} on a closed day", where=f"order {k}", found=day, allowed=day + 1
                )
        worked = sum((source, day) not in closed for day in range(order_by, ship))
        needed = int(lanes.lead_time_days[term]) - int(lanes.transit_days[term])
        if worked < needed or due - ship < int(lanes.transit_days[term]):
            yield Violation(rule="open days to work", where=f"order {k}", found=worked, allowed=needed)


def _firm_rows(plan: SupplyPlan) -> Iterator[int]:
    for k, status in enumerate(plan.orders.status.tolist()):
        if status == 2:
            yield k


def _lots(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    lanes, orders = inputs.lanes, plan.orders
    firm, runs = set(_firm_rows(plan)), _runs_of(plan)
    for k in range(orders.count):
        quantity, term = float(orders.quantity[k]), int(orders.term[k])
        if quantity <= 0:
            yield Violation(rule="order of nothing", where=f"order {k}", found=quantity, allowed=0.0)
        if k in firm:
            continue
        moq, multiple = float(lanes.moq[term]), float(lanes.multiple[term])
        whole = sum(float(orders.quantity[part]) for part in runs.get(k, [k]))
        if lanes.group[orders.lane[k]] < 0 and int(orders.run[k]) in (-1, k) and whole < moq - _SLACK:
            yield Violation(rule="minimum order quantity", where=f"order {k}", found=whole, allowed=moq)
        if multiple > 0:
            lots = quantity / multiple
            if abs(lots - round(lots)) > 1e-6 * max(1.0, lots):
                yield Violation(rule="order multiple", where=f"order {k}", found=quantity, allowed=multiple)


def _runs_of(plan: SupplyPlan) -> dict[int, list[int]]:
    """Orders that are parts of one run, by its first part."""
    runs = defaultdict(list)
    for k, first in enumerate(plan.orders.run.tolist()):
        if first >= 0:
            runs[first].append(k)
    return runs


def _parts_of_runs(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """A run is one of own production on one line; only a line that is full lets the rest of it come later.

    What waits for a component may have left its room on the line after the run had been cut for it.
    """
    orders, lanes, edges = plan.orders, inputs.lanes, inputs.calendar.edges.tolist()
    uses, left = _uses(inputs), _work_that_left(inputs, plan)
    for first, parts in _runs_of(plan).items():
        lane, term = int(orders.lane[first]), int(orders.term[first])
        if int(lanes.kind[lane]) != 2 or {int(orders.lane[k]) for k in parts} != {lane}:
            yield Violation(rule="run over several lanes", where=f"order {first}", found=lane, allowed=-1)
        due = int(orders.due_day[first])
        if len(parts) == 1 or int(orders.cause[first]) == 3 or due >= edges[-1]:
            continue  # what waits for a component has left its month
        made = _bucket(edges, edges[_bucket(edges, due) + 1] - 1 - int(lanes.transit_days[term]))
        idle = {
            c: float(inputs.capacities.available[made, c] - plan.load[made, c]) - left[c][made]
            for c, _ in uses[lane]
        }
        least = min((idle[c] / per_unit for c, per_unit in uses[lane] if per_unit > 0), default=float("inf"))
        step = float(lanes.multiple[term])
        if least > step + _SLACK * max(1.0, float(orders.quantity[first])):
            yield Violation(rule="run interrupted", where=f"order {first}", found=least, allowed=step)


def _joint_lots(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Orders of one group in one bucket together reach the MOQ that they share, unless capacity cut them.

    What comes on the last open day before a bucket may be part of that bucket's lot.
    """
    lanes, orders, edges = inputs.lanes, plan.orders, inputs.calendar.edges.tolist()
    limited = set(inputs.capacities.lane.tolist())
    closed = set(zip(lanes.closures.calendar.tolist(), lanes.closures.day.tolist(), strict=True))
    receiver = lanes.receiving_calendar.tolist() or [-1] * lanes.count
    together: dict[tuple[int, int], float] = defaultdict(float)
    lots: dict[int, set[tuple[int, int]]] = {}
    cut: set[tuple[int, int]] = set()
    for k in range(orders.count):
        lane = int(orders.lane[k])
        group, due = int(lanes.group[lane]), int(orders.due_day[k])
        if group < 0 or int(orders.status[k]) == 2:
            continue
        lots[k] = {(group, _bucket(edges, day)) for day in (due, _opens_again(closed, receiver[lane], due))}
        for lot in lots[k]:
            together[lot] += float(orders.quantity[k])
        if lane in limited or int(orders.cause[k]) == 3:
            cut |= lots[k]
    short = {
        min(own): max(together[lot] for lot in own)
        for own in lots.values()
        if not own & cut and max(together[lot] for lot in own) < float(lanes.group_moq[min(own)[0]]) - _SLACK
    }
    for (group, bucket), quantity in short.items():
        yield Violation(
            rule="joint minimum order quantity",
            where=f"group {group}, bucket {bucket}",
            found=quantity,
            allowed=float(lanes.group_moq[group]),
        )


def _opens_again(closed: set[tuple[int, int]], calendar: int, day: int) -> int:
    """The first open day after a day."""
    following = day + 1
    while (calendar, following) in closed:
        following += 1
    return following


def _work_that_left(inputs: PlanInputs, plan: SupplyPlan) -> dict[int, list[float]]:
    """Use of each capacity that each bucket may have lost to orders that wait: none of them came later than it does now."""
    orders, edges, uses = plan.orders, inputs.calendar.edges.tolist(), _uses(inputs)
    buckets = len(edges) - 1
    left: dict[int, list[float]] = defaultdict(lambda: [0.0] * buckets)
    for k in range(orders.count):
        if int(orders.cause[k]) != 3:
            continue
        last = min(_bucket(edges, int(orders.due_day[k])), buckets - 1)
        for c, per_unit in uses[int(orders.lane[k])]:
            for bucket in range(last + 1):
                left[c][bucket] += per_unit * float(orders.quantity[k])
    return left


def _capacities(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """No bucket above capacity, and by no bucket more delivered than has been loaded."""
    capacities = inputs.capacities
    if capacities.available.shape[1] == 0:
        return
    buckets = inputs.demand.shape[0]
    needed = [[0.0] * buckets for _ in range(capacities.available.shape[1])]
    uses, edges = _uses(inputs), inputs.calendar.edges.tolist()
    orders, firm = plan.orders, 0.0
    for k in range(orders.count):
        t = _bucket(edges, int(orders.due_day[k]))
        for capacity, per_unit in uses[int(orders.lane[k])] if t < buckets else ():
            needed[capacity][t] += per_unit * float(orders.quantity[k])
        firm += float(orders.quantity[k]) if int(orders.status[k]) == 2 else 0.0
    for c in range(len(needed)):
        delivered = possible = 0.0
        for t in range(buckets):
            load, limit = float(plan.load[t, c]), float(capacities.available[t, c])
            if load > limit + _SLACK * max(1.0, limit) and firm == 0.0:
                yield Violation(rule="capacity", where=f"capacity {c}, bucket {t}", found=load, allowed=limit)
            delivered += needed[c][t]
            possible += max(limit, load)
            if delivered > possible + _SLACK * max(1.0, possible):
                yield Violation(
                    rule="delivered more than capacity could make",
                    where=f"capacity {c}, bucket {t}",
                    found=delivered,
                    allowed=possible,
                )


def _work(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """A capacity is loaded when its orders are worked on: no sooner than they are placed, no later than they are shipped.

    In no stretch of buckets do orders begin and end that take more than the load of it, and all of the load is taken by
    orders: those planned, and the open ones.
    """
    buckets = inputs.demand.shape[0]
    work = _work_of_orders(inputs, plan)
    taken = _work_of_open_orders(inputs)
    for c in range(inputs.capacities.available.shape[1]):
        begun = [0.0] * buckets  # of what is shipped so far, by the first bucket in which it may be worked on
        for last in range(buckets):
            inside = loaded = 0.0
            for first in range(last, -1, -1):
                begun[first] += work.get((c, first, last), 0.0)
                inside += begun[first]
                loaded += float(plan.load[first, c])
                if inside > loaded + _SLACK * max(1.0, loaded):
                    where = f"capacity {c}, buckets {first} to {last}"
                    yield Violation(rule="work without load", where=where, found=inside, allowed=loaded)
        total, loaded = taken[c] + sum(begun), float(plan.load[:, c].sum())
        if loaded > total + _SLACK * max(1.0, total):
            yield Violation(rule="load without work", where=f"capacity {c}", found=loaded, allowed=total)


def _work_of_orders(inputs: PlanInputs, plan: SupplyPlan) -> dict[tuple[int, int, int], float]:
    """Use of each capacity by first and last bucket in which it may be; what a person fixed may be made at any time before."""
    lanes, orders, edges = inputs.lanes, plan.orders, inputs.calendar.edges.tolist()
    uses, firm = _uses(inputs), set(_firm_rows(plan))
    work: dict[tuple[int, int, int], float] = defaultdict(float)
    for k in range(orders.count):
        t = _bucket(edges, int(orders.due_day[k]))
        if t >= len(edges) - 1:
            continue
        last = _bucket(edges, edges[t + 1] - 1 - int(lanes.transit_days[orders.term[k]]))
        first = 0 if k in firm else min(_bucket(edges, int(orders.order_by[k])), last)
        for capacity, per_unit in uses[int(orders.lane[k])]:
            work[capacity, first, last] += per_unit * float(orders.quantity[k])
    return work


def _work_of_open_orders(inputs: PlanInputs) -> dict[int, float]:
    """Use of each capacity by open orders that have not left yet."""
    receipts, uses = inputs.receipts, _uses(inputs)
    work: dict[int, float] = defaultdict(float)
    for r in range(len(receipts.lane)):
        gone = len(receipts.afloat) > 0 and bool(receipts.afloat[r])
        for capacity, per_unit in () if gone else uses[int(receipts.lane[r])]:
            work[capacity] += per_unit * float(receipts.quantity[r])
    return work


def _uses(inputs: PlanInputs) -> dict[int, list[tuple[int, float]]]:
    """Capacity and use per unit of each lane."""
    capacities = inputs.capacities
    uses = defaultdict(list)
    for lane, capacity, per_unit in zip(
        capacities.lane.tolist(), capacities.capacity.tolist(), capacities.per_unit.tolist(), strict=True
    ):
        uses[lane].append((capacity, per_unit))
    return uses


def _runs(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """A run that no one bucket can make begins so early that the capacity from that day on makes it by its receipt."""
    lanes, orders, edges = inputs.lanes, plan.orders, inputs.calendar.edges.tolist()
    closed = set(zip(lanes.closures.calendar.tolist(), lanes.closures.day.tolist(), strict=True))
    uses, firm = _uses(inputs), set(_firm_rows(plan))
    for k in range(orders.count):
        lane, t = int(orders.lane[k]), _bucket(edges, int(orders.due_day[k]))
        if not uses[lane] or k in firm or t >= len(edges) - 1:
            continue
        today = edges[0]
        while lanes.source_calendar.size and (int(lanes.source_calendar[lane]), today) in closed:
            today += 1
        if int(orders.order_by[k]) <= today:
            continue  # nothing can begin sooner
        term = int(orders.term[k])
        transit = int(lanes.transit_days[term])
        begin = int(orders.order_by[k])
        if int(orders.cause[k]) != 3:  # what waited for a component is worked on from its first day
            begin += int(lanes.lead_time_days[term]) - transit
        made = _bucket(edges, edges[t + 1] - 1 - transit)
        for capacity, per_unit in uses[lane]:
            possible = float(inputs.capacities.available[made, capacity])
            for u in range(made):
                days = max(edges[u + 1] - max(begin, edges[u]), 0)
                possible += float(inputs.capacities.available[u, capacity]) * days / (edges[u + 1] - edges[u])
            needed = per_unit * float(orders.quantity[k])
            if needed > possible + _SLACK * max(1.0, possible):
                yield Violation(rule="run begun too late", where=f"order {k}", found=needed, allowed=possible)


def _requirements(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Every order requires exactly what its bill of material or its transfer says, on its release or ship day.

    One that waits for a component keeps the bill of the day on which it was to begin: any from today to its release.
    """
    orders, needed, as_of = plan.orders, plan.dependent, int(inputs.calendar.edges[0])
    stated: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for order, item, quantity in zip(
        needed.order.tolist(), needed.item.tolist(), needed.quantity.tolist(), strict=True
    ):
        if order >= 0:
            stated[order][item] += quantity
    lines = defaultdict(list)
    for e in range(len(inputs.bom.parent)):
        lines[int(inputs.bom.parent[e])].append(e)
    for k in range(orders.count):
        release, bill = int(orders.order_by[k]), lines[int(orders.item[k])]
        amiss = list(_not_as_required(inputs, plan, k, bill, release, stated[k]))
        if amiss and int(orders.cause[k]) == 3:
            changes = {int(inputs.bom.valid_from[e]) for e in bill}
            changes |= {int(inputs.bom.valid_to[e]) + 1 for e in bill}
            days = [as_of, *(day for day in changes if as_of < day < release)]
            if not all(any(_not_as_required(inputs, plan, k, bill, day, stated[k])) for day in days):
                continue
        yield from amiss


def _not_as_required(
    inputs: PlanInputs, plan: SupplyPlan, k: int, bill: list[int], day: int, stated: dict[int, float]
) -> Iterator[Violation]:
    """What is `stated` that an order requires, by item, where its transfer or its `bill` of a day says otherwise."""
    lanes, bom, orders = inputs.lanes, inputs.bom, plan.orders
    expected: dict[int, float] = defaultdict(float)
    kind, quantity = int(lanes.kind[orders.lane[k]]), float(orders.quantity[k])
    if kind == 1:
        expected[int(lanes.source[orders.lane[k]])] += quantity
    for e in bill if kind == 2 else ():
        if int(bom.valid_from[e]) <= day <= int(bom.valid_to[e]):
            expected[int(bom.component[e])] += (
                quantity * float(bom.quantity_per[e]) / (1.0 - float(bom.scrap[e]))
            )
    for item in {*expected, *stated}:
        required, allowed = stated.get(item, 0.0), expected[item]
        if abs(required - allowed) > _SLACK * max(1.0, allowed):
            yield Violation(
                rule="requirement", where=f"order {k}, item {item}", found=required, allowed=allowed
            )


def _components(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """At the end of no bucket have orders above taken more of a component than had come in."""
    record = plan.projection
    required = record.dependent_demand.sum(axis=0)
    elsewhere = set(inputs.outside.item.tolist())
    for n in range(inputs.demand.shape[1]):
        if required[n] <= 0 or n in elsewhere:
            continue
        supplied, taken = max(float(inputs.on_hand[n]), 0.0), 0.0
        for t in range(inputs.demand.shape[0]):
            supplied += float(record.scheduled_receipts[t, n]) + float(record.planned_receipts[t, n])
            taken += float(record.dependent_demand[t, n])
            if taken > supplied + _SLACK * max(1.0, supplied):
                yield Violation(
                    rule="component used before it is there",
                    where=f"item {n}, bucket {t}",
                    found=taken,
                    allowed=supplied,
                )


def _costs(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Landed cost from the terms: price at its break, tariff of the arrival day, freight, capital on the way."""
    lanes, orders = inputs.lanes, plan.orders
    breaks = defaultdict(list)
    for b in range(len(lanes.break_term)):
        breaks[int(lanes.break_term[b])].append((float(lanes.break_quantity[b]), float(lanes.break_cost[b])))
    tariffs = defaultdict(list)
    for r in range(len(lanes.tariff_lane)):
        tariffs[int(lanes.tariff_lane[r])].append((int(lanes.tariff_from[r]), float(lanes.tariff_pct[r])))
    for k in range(orders.count):
        term = int(orders.term[k])
        price = float(lanes.unit_cost[term])
        for low, cost in sorted(breaks[term]):
            if float(orders.quantity[k]) >= low - _SLACK:
                price = cost
        rate = 0.0
        for since, pct in sorted(tariffs[int(orders.lane[k])]):
            if int(orders.due_day[k]) >= since:
                rate = pct
        cost = price * (1 + rate / 100) + float(lanes.freight_cost[term])
        cost += price * inputs.capital_rate * int(lanes.transit_days[term]) / 365
        if abs(cost - float(orders.unit_landed_cost[k])) > 1e-6 * max(1.0, cost):
            yield Violation(
                rule="landed cost", where=f"order {k}", found=float(orders.unit_landed_cost[k]), allowed=cost
            )


def _firm(inputs: PlanInputs, plan: SupplyPlan) -> Iterator[Violation]:
    """Every order that a person fixed is in the plan, lane and quantity unchanged."""
    kept: dict[tuple[int, float], int] = defaultdict(int)
    for k in _firm_rows(plan):
        kept[int(plan.orders.lane[k]), round(float(plan.orders.quantity[k]), 6)] += 1
    for f in range(len(inputs.firm.lane)):
        key = (int(inputs.firm.lane[f]), round(float(inputs.firm.quantity[f]), 6))
        if kept[key] <= 0:
            yield Violation(rule="firm order changed", where=f"firm order {f}", found=0.0, allowed=key[1])
        kept[key] -= 1
