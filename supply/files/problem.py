"""A folder of tables as one planning problem: the engine's inputs and the codes behind its indices."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from inventory.engine import TargetInputs, demand_ahead, policy_codes
from supply.engine import Lanes, LotRule, PlanInputs, SupplyCycleError
from supply.engine.basics import MEAN_DAYS, Array, IntArray
from supply.engine.circles import closing_lanes, without_lanes
from supply.engine.lanes import terms_in_force
from supply.engine.requirements import first_lanes, passed_down

from .calendar import Buckets, build_buckets
from .goals import Goals, Space, find_goals
from .items import Items
from .lanes import engine_lanes, find_lanes
from .places import LaneRow, Places, find_places
from .policies import Policies
from .quantities import Stock, read_demand, read_stock
from .receipts import OpenOrders, open_orders
from .structure import CapacityRow, engine_bom, engine_capacities, engine_returns
from .tables import FileTable, Folder, PlanFilesError
from .terms import Terms, dated_terms


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Inputs of the engine, with what exports and messages need to name them. (N,) unless said otherwise."""

    inputs: PlanInputs
    buckets: Buckets
    places: Places
    lanes: list[LaneRow]
    suppliers: list[str]
    capacities: list[CapacityRow]
    open_orders: OpenOrders
    goals: Goals
    items: Items
    policies: Policies
    stock: Stock
    storage_m3: dict[str, float]
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
    demand = read_demand(folder, places, items, buckets)
    stock = read_stock(folder, places, as_of=buckets.calendar.as_of)
    unit_cost = _unit_costs(items.unit_cost, built)
    policies, bom = Policies.read(folder, places), engine_bom(folder, places)
    inputs = PlanInputs(
        calendar=buckets.calendar,
        demand=demand.units,
        on_hand=stock.on_hand,
        safety_stock=np.zeros(demand.units.shape),
        lanes=built,
        bom=bom,
        receipts=ordered.receipts,
        capacities=capacities,
        returns=engine_returns(folder, places, buckets),
        priority=items.numbers("priority", 1.0).astype(np.int64),
        margin=_margins(items.numbers("unit_price", np.nan), unit_cost, bom.component),
        unit_cost=unit_cost,
        blocked_until=items.days("certificate_date", 0.0).astype(np.int64),
        lot_rule=policies.lot_rule,
        lot_parameter=policies.lot_parameter,
        shelf_life_days=items.numbers("shelf_life_days", np.inf),
        capital_rate=_parameter(folder, "capital_cost_pct", 10.0) / 100,
        planning_fence_days=int(_parameter(folder, "planning_time_fence_days", 0.0)),
    )
    limits = _known(folder["locations"], "location", "storage_m3")
    space = _space({} if unconstrained else limits, inputs, places, items)
    goals = _goals(inputs, policies, items, demand.error_sd, buckets, folder, lanes, terms, space)
    return Problem(
        inputs=replace(inputs, safety_stock=goals.levels),
        buckets=buckets,
        places=places,
        lanes=lanes,
        suppliers=suppliers,
        capacities=capacity_rows,
        open_orders=ordered,
        goals=goals,
        items=items,
        policies=policies,
        stock=stock,
        storage_m3=limits,
        recover_days=_known(folder["suppliers"], "supplier", "time_to_recover_days"),
        mode_loads=_known(folder["modes"], "mode", "load_m3"),
        improvement_seconds=_parameter(folder, "plan_improvement_seconds", 0.0),
        notes=[*folder.notes, *demand.notes, *stock.notes, *goals.notes],
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


def _goals(
    inputs: PlanInputs,
    policies: Policies,
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
    names, target = policies.completed(error_sd)
    protection = np.maximum(lead + policies.review_days, 1.0)
    calendar = inputs.calendar
    asked = _asked(inputs)
    ahead = demand_ahead(asked, calendar.days.astype(np.float64), protection)[0] / protection
    given = TargetInputs(
        policy=policy_codes(names),
        service_target=target,
        demand_per_day=ahead,
        lead_time_days=lead,
        lead_time_sd_days=lead_sd,
        review_days=policies.review_days,
        error_sd=error_sd,
        error_bucket_days=MEAN_DAYS[buckets.bucket],
        moq=moq,
        order_quantity=np.where(
            policies.lot_rule == LotRule.FIXED_ORDER_QUANTITY, policies.lot_parameter, 0.0
        ),
        step=items.numbers("step", 1.0),
        reserve=policies.reserve_ashore,
        minimum=policies.minimum,
        maximum=policies.maximum,
        shelf_life_days=items.numbers("shelf_life_days", np.inf),
        time_to_recover_days=_recovery(folder, lanes, count),
    )
    return find_goals(given, asked=asked, calendar=calendar, space=space)


def _asked(inputs: PlanInputs) -> Array:
    """Own demand (T, N) and what is passed down; own alone where items require themselves, which the plan refuses."""
    try:
        down = passed_down(inputs.lanes, inputs.bom, count=inputs.count, edges=inputs.calendar.edges)
        return down.demand(inputs.demand)
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
