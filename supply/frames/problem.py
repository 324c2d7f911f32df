"""One planning problem: what the targets and the supply plan of a set of item-locations are computed from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from inventory.engine import Lines, Lots
from inventory.frames import StockSettings, read_lots, read_settings, read_stock
from inventory.services.errors import ClassLessons, error_by_span
from inventory.services.targets import Replenishment, Uncertainty
from siop import bulk
from siop.plans import selectors as plans
from siop.plans.models import PlanVersion
from supply.engine import (
    Calendar,
    FirmOrders,
    PlanInputs,
    SupplyPlan,
)
from supply.engine.basics import LONGEST_DAYS, MEAN_DAYS
from supply.engine.circles import closing_lanes, without_lanes
from supply.engine.lanes import terms_in_force
from supply.engine.requirements import assembly_lines, first_lanes, passed_down
from supply.engine.shapes import Array, IntArray
from supply.expiry import planned_without_unsold
from supply.models import PlannedOrder

from .errors import read_errors, read_published
from .firm import firm_orders_of
from .lead_times import read_lead_time_spread
from .network import Network, read_network
from .places import Places, read_places
from .receipts import Receipts, read_receipts


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All that is known about the item-locations of one plan; safety stock comes in when targets are set.

    `left_out` are second sources that would close a circle; the network takes no orders on them. `sourceless` are
    firm orders that no source can bring any more: they are kept, and not planned.
    """

    plan: PlanVersion
    places: Places
    settings: StockSettings
    network: Network
    left_out: IntArray
    calendar: Calendar
    demand: Array
    on_hand: Array
    expired: Array
    lots: Lots
    receipts: Receipts
    firm: FirmOrders
    firm_orders: list[PlannedOrder]
    sourceless: list[PlannedOrder]

    @cached_property
    def unit_cost(self) -> Array:
        """The item's own cost, else that of its first lane with one, else 0."""
        lanes = self.network.lanes
        priced = np.flatnonzero(lanes.unit_cost > 0)[::-1]
        from_lane = np.zeros(self.places.count)
        from_lane[lanes.item[lanes.term_lane[priced]]] = lanes.unit_cost[priced]
        return np.where(np.isfinite(self.settings.unit_cost), self.settings.unit_cost, from_lane)

    @cached_property
    def margin(self) -> Array:
        """Money lost with one unit short: price less cost, the company's usual share where no price is known."""
        assumed = self.unit_cost * usual_margin(self.plan)
        price = self.settings.unit_price
        return np.maximum(np.where(np.isfinite(price), price - self.unit_cost, assumed), 0.0)

    @property
    def capital_rate(self) -> float:
        return capital_rate(self.plan)

    @cached_property
    def holding_rate(self) -> Array:
        own = self.settings.holding_rate
        return np.where(np.isfinite(own), own, self.capital_rate)

    def inputs(self, safety_stock: Array) -> PlanInputs:
        """What the supply engine reads, for safety stocks by period (T, N); stock that expires unsold is no stock."""
        return self.told(safety_stock)[0]

    def told(self, safety_stock: Array) -> tuple[PlanInputs, SupplyPlan | None]:
        """As `inputs`, with their plan where finding out what expires unsold has made it already."""
        priced = np.isfinite(self.settings.unit_price)
        inputs = PlanInputs(
            calendar=self.calendar,
            demand=self.demand,
            on_hand=self.on_hand,
            safety_stock=safety_stock,
            lanes=self.network.lanes,
            bom=self.network.bom,
            receipts=self.receipts.engine,
            firm=self.firm,
            capacities=self.network.capacities,
            returns=self.network.returns,
            outside=self.receipts.takes,
            priority=self.settings.priority,
            margin=np.where(priced, self.margin, np.inf),
            unit_cost=self.unit_cost,
            blocked_until=self.settings.blocked_until,
            lot_rule=self.settings.lot_rule,
            lot_parameter=self.settings.lot_parameter,
            shelf_life_days=self.settings.shelf_life_days,
            capital_rate=self.capital_rate,
            planning_fence_days=int(self.plan.parameters.get("planning_time_fence_days", 0)),
        )
        return planned_without_unsold(inputs, self.lots)

    def replenishment(self) -> Replenishment:
        """Lead time and MOQ of the lane that comes first at each place; the slowest recovery of its suppliers."""
        lanes, count = self.network.lanes, self.places.count
        first = first_lanes(lanes, count, day=self.calendar.as_of)
        terms = terms_in_force(lanes, self.calendar.as_of)
        term = terms[np.maximum(first, 0)] if len(terms) else np.zeros(count, np.int64)
        has = first >= 0

        def of_term(values: Array | IntArray) -> Array:
            return np.where(has, values[term], 0.0) if len(values) else np.zeros(count)

        spread = read_lead_time_spread(
            self.plan,
            self.places,
            supplier=_of_lane(self.network.supplier, first),
            mode=_of_lane(self.network.mode, first),
            typed_sd=of_term(self.network.lead_time_sd),
        )
        return Replenishment(
            lead_time_days=of_term(lanes.lead_time_days),
            lead_time_sd_days=spread.sd_days,
            measured_receipts=spread.count,
            moq=of_term(lanes.moq),
            recover_days=self._recovery(),
        )

    def _recovery(self) -> Array:
        days = dict(
            zip(
                *bulk.lists_out("SELECT id, COALESCE(time_to_recover_days, 0) FROM supply_supplier"),
                strict=True,
            )
        )
        longest = np.zeros(self.places.count)
        own = np.array([days.get(pk, 0) for pk in self.network.supplier.tolist()], dtype=np.float64)
        np.maximum.at(longest, self.network.lanes.item, own)
        return longest

    def uncertainty(self) -> Uncertainty:
        """Expected requirements with what items above ask for, and the errors of both."""
        past = read_errors(self.plan, self.places)
        lessons = ClassLessons.from_stored(self.plan.inputs.get("class_lessons"))
        whole = self.demand / np.maximum(plans.remaining_share(self.plan), 1e-9)[:, None]
        edges = _whole_edges(self.plan)
        down = passed_down(self.network.lanes, self.network.bom, count=self.places.count, edges=edges)
        own_variance = error_by_span(past, lessons) ** 2
        published = read_published(self.plan, self.places, history=past.history)
        return Uncertainty(
            demand=down.demand(whole),
            own_demand=whole,
            bucket_days=np.diff(edges).astype(np.float64),
            past=past,
            dependent_rmse=np.sqrt(np.maximum(down.variance(own_variance) - own_variance, 0.0)),
            published=replace(
                published,
                missed=down.misses(published.missed),
                planned=down.misses(published.planned.astype(np.float64)) > 0,
            ),
            error_bucket_days=MEAN_DAYS[self.plan.bucket],
            lessons=lessons,
            assemblies=self._assemblies(),
        )

    def _assemblies(self) -> Lines:
        lanes, bom = self.network.lanes, self.network.bom
        rows = assembly_lines(lanes, bom, self.places.count, day=self.calendar.as_of)
        return Lines(parent=bom.parent[rows], component=bom.component[rows])


def usual_margin(plan: PlanVersion) -> float:
    """Margin of a unit without a known price, a share of its cost: by the company's usual share of the price."""
    of_price = float(plan.parameters.get("margin_pct", 30.0)) / 100
    return of_price / max(1 - of_price, 0.01)


def capital_rate(plan: PlanVersion) -> float:
    """Cost of money, a share a year."""
    return float(plan.parameters.get("capital_cost_pct", 0.0)) / 100


def read_problem(plan: PlanVersion, *, items: Iterable[int] | None = None) -> Problem:
    """Everything about the plan's item-locations, of all items or of some that are linked among themselves."""
    places = read_places(plan, items=items)
    settings = read_settings(places.item, places.location)
    network = read_network(
        plan,
        places,
        step=settings.step,
        unit_volume=settings.unit_volume,
        unit_cost=settings.unit_cost,
    )
    edges = plans.bucket_edges(plan)
    usable, expired = read_stock(places.item, places.location, day=plans.planning_day(plan))
    lots = read_lots(places.item, places.location, day=plans.planning_day(plan).toordinal())
    firm, firm_orders, sourceless = _read_firm(plan, places, network)
    left_out = closing_lanes(places.count, network.lanes, bom=network.bom, firm=firm)
    network = replace(network, lanes=without_lanes(network.lanes, left_out))
    return Problem(
        plan=plan,
        places=places,
        settings=settings,
        network=network,
        left_out=left_out,
        calendar=Calendar(edges=edges, nominal_days=LONGEST_DAYS[plan.bucket]),
        demand=_read_demand(plan, places) * plans.remaining_share(plan)[:, None],
        on_hand=usable,
        expired=expired,
        lots=lots,
        receipts=read_receipts(plan, places, network),
        firm=firm,
        firm_orders=firm_orders,
        sourceless=sourceless,
    )


def _of_lane(values: IntArray, lane: IntArray) -> IntArray:
    """That of the lane of each place (N,), 0 where there is none."""
    return np.where(lane >= 0, values[np.maximum(lane, 0)], 0) if len(values) else np.zeros_like(lane)


def _whole_edges(plan: PlanVersion) -> IntArray:
    edges = plans.bucket_edges(plan)
    edges[0] = plan.as_of.toordinal()
    return edges


def _read_demand(plan: PlanVersion, places: Places) -> Array:
    """Consensus demand of all segments (T, N)."""
    item, location, quantity = bulk.copy_out(
        "SELECT s.item_id, s.location_id, c.quantity FROM forecasting_consensusline c "
        "JOIN forecasting_demandseries s ON s.id = c.series_id WHERE c.plan_id = %s AND s.item_id = ANY(%s)",
        [plan.pk, places.item_ids],
        columns=f"i i f{plan.horizon}",
    )
    demand = np.zeros((places.count, plan.horizon))
    np.add.at(demand, places.index(item, location), quantity)
    return np.ascontiguousarray(demand.T)


def _read_firm(
    plan: PlanVersion, places: Places, network: Network
) -> tuple[FirmOrders, list[PlannedOrder], list[PlannedOrder]]:
    """Orders that people fixed, with their rows, and the rows of those that no source can bring any more.

    They are those of the plan itself; a new live plan takes over those of the open plans.
    """
    lane_of_term = dict(zip(network.term_id.tolist(), network.lanes.term_lane.tolist(), strict=True))
    first = first_lanes(network.lanes, places.count, day=plan.as_of.toordinal())
    kept: list[tuple[PlannedOrder, int]] = []
    sourceless: list[PlannedOrder] = []
    for order in firm_orders_of(plan, places.item_ids):
        place = int(places.index(np.array([order.item_id]), np.array([order.location_id]))[0])
        lane = lane_of_term.get(order.lane_id or -1, int(first[place]) if place >= 0 else -1)
        if place >= 0 and lane >= 0:
            kept.append((order, lane))
        else:
            sourceless.append(order)
    firm = FirmOrders(
        lane=np.array([lane for _, lane in kept], np.int64),
        quantity=np.array([float(order.quantity) for order, _ in kept]),
        due_day=np.array([order.due_date.toordinal() for order, _ in kept], np.int64),
    )
    return firm, [order for order, _ in kept], sourceless
