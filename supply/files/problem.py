"""A folder of tables as one planning problem: the engine's inputs and the codes behind its indices."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from inventory.engine import Lots, TargetInputs, Targets, demand_ahead, policy_codes
from supply.engine import Lanes, LotRule, PlanInputs, SupplyCycleError
from supply.engine.basics import MEAN_DAYS, Array, IntArray
from supply.engine.circles import closing_lanes, without_lanes
from supply.engine.lanes import terms_in_force
from supply.engine.requirements import expected_requirements, first_lanes

from .calendar import Buckets, build_buckets, demand_by_bucket
from .columns import amount
from .goals import Goals, Space, find_goals
from .items import Items
from .lanes import engine_lanes, find_lanes
from .places import LaneRow, Places, bundle_contents, find_places, targets_of, unit_factors
from .receipts import OpenOrders, open_orders
from .structure import CapacityRow, engine_bom, engine_capacities, engine_returns
from .tables import FileTable, Folder, PlanFilesError
from .terms import Terms, dated_terms

_RULES = {
    "": LotRule.LOT_FOR_LOT,
    "lot_for_lot": LotRule.LOT_FOR_LOT,
    "fixed_order_quantity": LotRule.FIXED_ORDER_QUANTITY,
    "period_order_quantity": LotRule.PERIOD_ORDER_QUANTITY,
}
_SHOWN = 20  # item-locations of one kind that notes name
_DEFAULT_SERVICE = 0.95  # cycle service where a demand error is given and nobody has set a policy


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Inputs of the engine, with what exports and messages need to name them. (N,) unless said otherwise."""

    inputs: PlanInputs
    buckets: Buckets
    places: Places
    lanes: list[LaneRow]
    suppliers: list[str]
    modes: list[str]
    capacities: list[CapacityRow]
    open_orders: OpenOrders
    targets: Targets
    items: Items
    policies: "_Policies"
    expired: Array
    lots: Lots
    storage_m3: dict[str, float]
    price_of_space: dict[str, float]  # money that one more m3 saves a year
    recover_days: dict[str, float]
    mode_loads: dict[str, float]
    improvement_seconds: float
    notes: list[str]

    @cached_property
    def step(self) -> Array:
        return self.items.step

    @cached_property
    def unit_volume(self) -> Array:
        return self.items.unit_volume

    @cached_property
    def holding_rate(self) -> Array:
        return self.items.holding_rate(self.inputs.capital_rate)

    @cached_property
    def money_margin(self) -> Array:
        """Money lost with one unit short, 0 where no price is known."""
        return np.where(np.isfinite(self.inputs.margin), self.inputs.margin, 0.0)

    @property
    def reserve_ashore(self) -> Array:
        return self.policies.reserve_ashore

    @property
    def max_per_shipment(self) -> Array:
        return self.policies.max_per_shipment


def build_problem(folder: Folder, *, as_of: date, bucket: str, horizon: int, unconstrained: bool) -> Problem:
    """Everything that `plan_supply` or `classic_record` reads; PlanFilesError where the tables do not fit together."""
    buckets = build_buckets(folder, as_of=as_of, bucket=bucket, horizon=horizon)
    places = find_places(folder)
    lanes = find_lanes(folder, places, implied_buy=unconstrained)
    items = Items.read(folder, places)
    terms = dated_terms(folder, places, lanes)
    built, suppliers, modes = engine_lanes(folder, places, lanes, terms, items)
    ordered = open_orders(
        folder, places, built, as_of=buckets.calendar.as_of, suppliers=suppliers, modes=modes
    )
    capacities, capacity_rows = engine_capacities(folder, places, lanes, buckets)
    demand, error_sd, of_demand = _demand(folder, places, buckets)
    of_demand += _outside_life(demand, items, places, buckets)
    on_hand, expired, lots = _on_hand(folder, places, buckets)
    unit_cost = _unit_costs(items.unit_cost, built)
    policy, bom = _Policies.read(folder, places), engine_bom(folder, places)
    inputs = PlanInputs(
        calendar=buckets.calendar,
        demand=demand,
        on_hand=on_hand,
        safety_stock=np.zeros(demand.shape),
        lanes=built,
        bom=bom,
        receipts=ordered.receipts,
        capacities=capacities,
        returns=engine_returns(folder, places, buckets),
        priority=items.numbers("priority", 1.0).astype(np.int64),
        margin=_margins(items.numbers("unit_price", np.nan), unit_cost, bom.component),
        unit_cost=unit_cost,
        blocked_until=items.days("certificate_date", 0.0).astype(np.int64),
        lot_rule=policy.lot_rule,
        lot_parameter=policy.lot_parameter,
        shelf_life_days=items.numbers("shelf_life_days", np.inf),
        capital_rate=_parameter(folder, "capital_cost_pct", 10.0) / 100,
        planning_fence_days=int(_parameter(folder, "planning_time_fence_days", 0.0)),
    )
    limits = _known(folder["locations"], "location", "storage_m3")
    space = _space({} if unconstrained else limits, inputs, places, items)
    goals = _goals(inputs, policy, items, error_sd, buckets, folder, lanes, terms, space)
    return Problem(
        inputs=replace(inputs, safety_stock=goals.levels),
        buckets=buckets,
        places=places,
        lanes=lanes,
        suppliers=suppliers,
        modes=modes,
        capacities=capacity_rows,
        open_orders=ordered,
        targets=goals.targets,
        items=items,
        policies=policy,
        expired=expired,
        lots=lots,
        storage_m3=limits,
        price_of_space=goals.price_of_space,
        recover_days=_known(folder["suppliers"], "supplier", "time_to_recover_days"),
        mode_loads=_known(folder["modes"], "mode", "load_m3"),
        improvement_seconds=_parameter(folder, "plan_improvement_seconds", 0.0),
        notes=[*folder.notes, *of_demand, *_later_counts(folder, buckets), *goals.notes],
    )


def _space(limit_m3: dict[str, float], inputs: PlanInputs, places: Places, items: Items) -> Space:
    """What may be stored, and what a unit of each item-location takes of it and costs in it, unit costs of 0 as 1."""
    unit_cost = np.where(inputs.unit_cost > 0, inputs.unit_cost, 1.0)
    return Space(
        limit_m3=limit_m3,
        locations=places.locations,
        unit_m3=items.unit_volume,
        unit_holding_cost=unit_cost * items.holding_rate(inputs.capital_rate),
    )


def without_circles(problem: Problem) -> Problem:
    """The problem without second sources that would close a circle; each is said."""
    inputs, places = problem.inputs, problem.places
    closed = closing_lanes(inputs.count, inputs.lanes, bom=inputs.bom, firm=inputs.firm)
    said = [
        f"sourcing: {places.name(lane.item)} is not planned from {lane.source}, for that is supplied from there itself; "
        "set its priority before the others to use it."
        for lane in (problem.lanes[number] for number in closed.tolist())
    ]
    lanes = without_lanes(inputs.lanes, closed)
    return replace(problem, inputs=replace(inputs, lanes=lanes), notes=[*problem.notes, *said])


def _missed_demand(rows: int) -> list[str]:
    return (
        [f"demand: {rows} rows lie before the planning date's bucket or beyond the horizon."] if rows else []
    )


def _negative_demand(buckets: int) -> list[str]:
    said = f"demand: {buckets} buckets of item-locations come out below zero and count as none."
    return [said] if buckets else []


def _outside_life(demand: Array, items: Items, places: Places, buckets: Buckets) -> list[str]:
    """What is asked for (T, N) in buckets that are over before the item's launch, or begin after its end."""
    edges = buckets.calendar.edges[:, None]
    early = (edges[1:] <= items.days("launch_date", -np.inf)) & (demand > 0)
    late = (edges[:-1] > items.days("end_date", np.inf)) & (demand > 0)
    return [
        f"demand: {amount(float(demand[:, place][outside[:, place]].sum()))} of {places.name(place)} "
        f"are asked for {when}; they are planned all the same."
        for outside, when in ((early, "before its launch_date"), (late, "after its end_date"))
        for place in np.flatnonzero(outside.any(axis=0)).tolist()[:_SHOWN]
    ]


def _later_counts(folder: Folder, buckets: Buckets) -> list[str]:
    as_of = buckets.calendar.as_of
    rows = int((folder["on_hand"].days("date", as_of) > as_of).sum())
    return [f"on_hand: {rows} rows were counted after the planning date and are not used."] if rows else []


def _known(table: FileTable, code: str, column: str) -> dict[str, float]:
    values = table.numbers(column, np.nan).tolist()
    return {str(name): value for name, value in zip(table.codes(code), values, strict=True) if value == value}


def _parameter(folder: Folder, name: str, default: float) -> float:
    table = folder["parameters"]
    found = [
        str(v)
        for n, v in zip(table.codes("name"), table.codes("value"), strict=True)
        if str(n).lower() == name
    ]
    if not found or not found[-1]:
        return default
    try:
        value = float(found[-1].replace("%", "").strip())
    except ValueError:
        value = np.nan
    if not 0 <= value < np.inf:
        raise PlanFilesError(f"parameters: {name} is {found[-1]!r}; enter a number of 0 or more.")
    return value


def _demand(folder: Folder, places: Places, buckets: Buckets) -> tuple[Array, Array, list[str]]:
    """Demand (T, N) with bundles taken apart, the sd of a bucket's forecast error (N,), and notes of what is not used."""
    table, count = folder["demand"], len(places.items)
    column = places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    factor = unit_factors(folder, table)
    day = table.days("date").astype(np.int64)
    quantity = table.numbers("quantity") * factor
    sd = table.numbers("error_sd", np.nan) * factor
    given = ~np.isnan(sd)
    rows = np.bincount(column[given], minlength=count)
    error_sd = np.sqrt(
        np.bincount(column[given], weights=sd[given] ** 2, minlength=count) / np.maximum(rows, 1)
    )
    column, day, quantity = _take_bundles_apart(folder, places, column, day, quantity)
    demand, missed = demand_by_bucket(buckets, column=column, day=day, quantity=quantity, count=count)
    notes = [*_missed_demand(missed), *_negative_demand(int((demand < 0).sum()))]
    return np.maximum(demand, 0.0), error_sd, notes


def _take_bundles_apart(
    folder: Folder, places: Places, column: IntArray, day: IntArray, quantity: Array
) -> tuple[IntArray, IntArray, Array]:
    """A bundle has no demand of its own: it is that of its items."""
    parts = bundle_contents(folder)
    bundled = np.array([places.items[c] in parts for c in column.tolist()], bool)
    columns, days, quantities = [column[~bundled]], [day[~bundled]], [quantity[~bundled]]
    for row in np.flatnonzero(bundled).tolist():
        place = int(column[row])
        for item, per in parts[places.items[place]].items():
            columns.append(np.array([places.add(item, places.locations[place])]))
            days.append(day[row : row + 1])
            quantities.append(quantity[row : row + 1] * per)
    return np.concatenate(columns), np.concatenate(days), np.concatenate(quantities)


def _on_hand(folder: Folder, places: Places, buckets: Buckets) -> tuple[Array, Array, Lots]:
    """Usable stock of the newest count not after the planning date, what of it has expired by then, (N,), and its lots."""
    table, count = folder["on_hand"], len(places.items)
    column = places.columns(table.codes("item").tolist(), table.codes("location").tolist())
    as_of = float(buckets.calendar.as_of)
    day = table.days("date", as_of)
    quantity = table.numbers("quantity") * unit_factors(folder, table)
    usable = day <= as_of
    newest = np.full(count, -np.inf)
    np.maximum.at(newest, column[usable], day[usable])
    current = usable & (day == newest[column])
    days_left = table.days("expiry_date", np.inf) - as_of
    good, gone = current & (days_left > 0), current & (days_left <= 0)
    there = good & (quantity > 0)
    return (
        np.bincount(column[good], weights=quantity[good], minlength=count).astype(np.float64),
        np.bincount(column[gone], weights=quantity[gone], minlength=count).astype(np.float64),
        Lots(place=column[there], days_left=days_left[there], quantity=quantity[there]),
    )


def _margins(price: Array, unit_cost: Array, components: IntArray) -> Array:
    """Price less cost; without a price never short (infinite), and a component is worth what it stops above it."""
    unknown = np.full(len(price), np.inf)
    unknown[components] = 0.0
    return np.where(np.isnan(price), unknown, np.maximum(price - unit_cost, 0.0))


def _unit_costs(own: Array, lanes: Lanes) -> Array:
    """The item's `own` cost (N,), else that of its first lane with one."""
    lane_cost = lanes.unit_cost[np.searchsorted(lanes.term_lane, np.arange(lanes.count))]
    from_lane = np.zeros(len(own))
    for lane in np.flatnonzero(lane_cost > 0)[::-1].tolist():
        from_lane[lanes.item[lane]] = lane_cost[lane]
    return np.where(np.isnan(own), from_lane, own)


@dataclass(frozen=True, kw_only=True)
class _Policies:
    """Policies by item-location, (N,); the row of an item-location before that of its item."""

    names: list[str]
    target: Array
    review_days: Array
    minimum: Array
    maximum: Array
    reserve_ashore: Array
    max_per_shipment: Array
    lot_rule: IntArray
    lot_parameter: Array

    @classmethod
    def read(cls, folder: Folder, places: Places) -> "_Policies":
        table, items = folder["policies"], folder["items"]
        own = dict(zip(items.codes("item"), items.codes("service_policy"), strict=True))
        goal = dict(zip(items.codes("item"), items.numbers("service_target", np.nan), strict=True))
        row = np.full(len(places.items), -1, np.int64)
        located = table.codes("location")
        for specific in (False, True):
            for at in np.flatnonzero((located != "") == specific).tolist():
                row[targets_of(places, str(table.codes("item")[at]), str(located[at]))] = at
        names = [str(table.codes("service_policy")[at]) if at >= 0 else "" for at in row]
        target = np.append(table.numbers("service_target", np.nan), np.nan)[row]
        for n, item in enumerate(places.items):
            if not names[n]:
                names[n] = str(own.get(item, ""))
                target[n] = goal.get(item, np.nan) if np.isnan(target[n]) else target[n]
        rules = [str(table.codes("lot_sizing")[at]) if at >= 0 else "" for at in row]

        def numbers(column: str, default: float) -> Array:
            return np.asarray(np.append(table.numbers(column, default), default)[row])

        return cls(
            names=names,
            target=target,
            review_days=numbers("review_days", 0.0),
            minimum=numbers("min_qty", 0.0),
            maximum=numbers("max_qty", np.inf),
            reserve_ashore=numbers("reserve_ashore", 0.0),
            max_per_shipment=numbers("max_per_shipment_pct", 0.0) / 100,
            lot_rule=np.array([int(_RULES[rule]) for rule in rules], np.int64),
            lot_parameter=numbers("lot_parameter", 0.0),
        )


def _goals(
    inputs: PlanInputs,
    policy: _Policies,
    items: Items,
    error_sd: Array,
    buckets: Buckets,
    folder: Folder,
    lanes: list[LaneRow],
    terms: Terms,
    space: Space,
) -> Goals:
    """What the policies ask for on the lead times in force today."""
    count = inputs.count
    lead, lead_sd, moq = _lead_times(inputs, folder, terms)
    names, target = _complete_policies(policy, error_sd)
    protection = np.maximum(lead + policy.review_days, 1.0)
    calendar = inputs.calendar
    asked = _asked(inputs)
    ahead = demand_ahead(asked, calendar.days.astype(np.float64), protection)[0] / protection
    given = TargetInputs(
        policy=policy_codes(names),
        service_target=target,
        demand_per_day=ahead,
        lead_time_days=lead,
        lead_time_sd_days=lead_sd,
        review_days=policy.review_days,
        error_sd=error_sd,
        error_bucket_days=MEAN_DAYS[buckets.bucket],
        moq=moq,
        order_quantity=np.where(policy.lot_rule == LotRule.FIXED_ORDER_QUANTITY, policy.lot_parameter, 0.0),
        step=items.numbers("step", 1.0),
        reserve=policy.reserve_ashore,
        minimum=policy.minimum,
        maximum=policy.maximum,
        shelf_life_days=items.numbers("shelf_life_days", np.inf),
        time_to_recover_days=_recovery(folder, lanes, count),
    )
    return find_goals(given, asked=asked, calendar=calendar, space=space)


def _complete_policies(policy: _Policies, error_sd: Array) -> tuple[list[str], Array]:
    """Without a policy: cycle service where an error is known, else a fixed quantity of nothing."""
    names, target = list(policy.names), policy.target.copy()
    for n, name in enumerate(names):
        if not name:
            names[n] = "cycle_service" if error_sd[n] > 0 else "fixed_quantity"
        if np.isnan(target[n]):
            fraction = names[n] in ("cycle_service", "fill_rate", "never_run_out")
            target[n] = (0.999 if names[n] == "never_run_out" else _DEFAULT_SERVICE) if fraction else 0.0
    return names, target


def _asked(inputs: PlanInputs) -> Array:
    """Own demand (T, N) and what is passed down; own alone where items require themselves, which the plan refuses."""
    try:
        return expected_requirements(
            inputs.demand,
            np.zeros(inputs.count),
            lanes=inputs.lanes,
            bom=inputs.bom,
            edges=inputs.calendar.edges,
        )[0]
    except SupplyCycleError:
        return inputs.demand


def _lead_times(inputs: PlanInputs, folder: Folder, terms: Terms) -> tuple[Array, Array, Array]:
    """Lead time, its sd and the MOQ (N,) of the lane that serves each item-location first, as in force today."""
    first = first_lanes(inputs.lanes, inputs.count, day=inputs.calendar.as_of)
    if not inputs.lanes.count:
        return np.zeros(inputs.count), np.zeros(inputs.count), np.zeros(inputs.count)
    term = terms_in_force(inputs.lanes, inputs.calendar.as_of)[np.maximum(first, 0)]
    spreads = np.append(folder["sourcing"].numbers("lead_time_sd_days", 0.0), 0.0)[terms.row]

    def of_first(values: Array | IntArray) -> Array:
        return np.where(first >= 0, values[term], 0.0)

    return of_first(inputs.lanes.lead_time_days), of_first(spreads), of_first(inputs.lanes.moq)


def _recovery(folder: Folder, lanes: list[LaneRow], count: int) -> Array:
    days = _known(folder["suppliers"], "supplier", "time_to_recover_days")
    longest = np.zeros(count)
    for lane in lanes:
        longest[lane.item] = max(longest[lane.item], days.get(lane.source, 0.0))
    return longest
