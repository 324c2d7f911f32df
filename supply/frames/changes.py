"""What a scenario changes, applied to a planning problem in memory: the same arrays, nothing in the database.

A change names its target by codes, so that it reads the same a year later. What each kind holds:

| kind | target | after |
|---|---|---|
| demand | item or category, location, segment, first, last | pct |
| lead_time | supplier or item, location, mode | days (added) |
| capacity | load (kind and code), first, last | units (added a month) |
| policy | item, location | service_policy, service_target |
| order | order, or item, location, source, mode | quantity, due |
| supplier_out | supplier | until |
| price | item or category | pct |
| cost | supplier or item | pct |
| tariff | origin, destination, category | rate_pct, from |
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

import numpy as np

from inventory.engine import policy_codes
from siop import bulk
from siop.catalog.models import Category, Item, Location
from siop.catalog.visibility import with_below
from siop.plans import selectors as plans
from supply.engine import FirmOrders, Kind, PlanInputs, SupplyPlan
from supply.engine.figures import Worth
from supply.engine.risk import without_supplier
from supply.engine.shapes import Array, BoolArray, IntArray
from supply.enums import ChangeKind, OrderStatus
from supply.models import PlannedOrder, Resource, Routing, SourcingLane, Supplier

from .capacities import shares_of_month
from .problem import Problem


class Change(Protocol):
    kind: str
    target: dict[str, Any]
    after: dict[str, Any]


class CannotChange(ValueError):
    """A change that fits nothing in the plan; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A problem with what its units are worth, and the suppliers that ship nothing before a day."""

    problem: Problem
    worth: Worth
    out: tuple[tuple[int, int], ...] = ()

    def told(self, safety_stock: Array) -> tuple[PlanInputs, SupplyPlan | None]:
        """What the supply engine reads, with its plan where that is known already."""
        inputs, plan = self.problem.told(safety_stock)
        for supplier, until_day in self.out:
            inputs, plan = without_supplier(inputs, supplier, until_day=until_day), None
        return inputs, plan


def apply(setting: Setting, changes: Sequence[Change]) -> Setting:
    """The setting after all changes, in their order. Raises CannotChange where one fits nothing."""
    for change in changes:
        setting = APPLY[ChangeKind(change.kind)](setting, change.target, change.after)
    return setting


def touched_items(changes: Sequence[Change]) -> set[int]:
    """Ids of the items that the changes speak of, before what is linked to them."""
    found: set[int] = set()
    for change in changes:
        found |= set(_touched(ChangeKind(change.kind), change.target))
    return found


def _touched(kind: ChangeKind, target: dict[str, Any]) -> list[int]:
    if kind == ChangeKind.CAPACITY:
        return _items_of_load(target["load"], target["code"])
    if kind == ChangeKind.TARIFF:
        lanes = SourcingLane.objects.filter(supplier__country=target["origin"])
        if target.get("category"):
            lanes = lanes.filter(item__in=items_of(target))
        return list(lanes.values_list("item_id", flat=True))
    if target.get("supplier"):
        return list(
            SourcingLane.objects.filter(supplier__code=target["supplier"]).values_list("item_id", flat=True)
        )
    return items_of(target)


def items_of(target: dict[str, Any]) -> list[int]:
    """Items of a node: one by its code, those of a category and all below it, or all."""
    rows = Item.objects.all()
    if target.get("item"):
        rows = rows.filter(code=target["item"])
    elif target.get("category"):
        top = set(Category.objects.filter(code=target["category"]).values_list("pk", flat=True))
        rows = rows.filter(category__in=with_below(top))
    return list(rows.values_list("pk", flat=True))


def _items_of_load(kind: str, code: str) -> list[int]:
    if kind == "supplier":
        supplier = code.split("/")[0]
        return list(SourcingLane.objects.filter(supplier__code=supplier).values_list("item_id", flat=True))
    names = {code, code.split(" at ")[0]}
    known = Resource.objects.filter(code__in=names).values_list("code", flat=True)
    return list(Routing.objects.filter(resource__in=known).values_list("item_id", flat=True))


def _places(problem: Problem, target: dict[str, Any]) -> BoolArray:
    """Item-locations (N,) of a node."""
    mask = np.isin(problem.places.item, items_of(target))
    if target.get("location"):
        ids = list(Location.objects.filter(code=target["location"]).values_list("pk", flat=True))
        mask &= np.isin(problem.places.location, ids)
    return mask


def months_mask(problem: Problem, target: dict[str, Any]) -> BoolArray:
    """Planned periods (T,) from `first` to `last`, both with the month they begin in; all where none is named."""
    months = plans.planned_months(problem.plan)
    first = date.fromisoformat(target["first"]) if target.get("first") else months[0]
    last = date.fromisoformat(target["last"]) if target.get("last") else months[-1]
    return np.array([first.replace(day=1) <= month.replace(day=1) <= last.replace(day=1) for month in months])


def _demand(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    problem = setting.problem
    share = _share_of_segment(problem, target.get("segment", ""))
    places = _places(problem, target)
    when = months_mask(problem, target)
    _require(places.any() and when.any(), "No demand of the plan lies there; choose other items or months.")
    factor = np.where(when[:, None] & places, 1 + share * float(after["pct"]) / 100, 1.0)
    return replace(
        setting, problem=replace(problem, demand=np.maximum(problem.demand * np.maximum(factor, 0.0), 0.0))
    )


def _share_of_segment(problem: Problem, segment: str) -> Array | float:
    """Part of the demand (T, N) that one segment asks for; 1 for all segments."""
    if not segment:
        return 1.0
    item, location, quantity = bulk.copy_out(
        "SELECT s.item_id, s.location_id, c.quantity FROM forecasting_consensusline c "
        "JOIN forecasting_demandseries s ON s.id = c.series_id JOIN catalog_segment g ON g.id = s.segment_id "
        "WHERE c.plan_id = %s AND g.code = %s AND s.item_id = ANY(%s)",
        [problem.plan.pk, segment, np.unique(problem.places.item).tolist()],
        columns=f"i i f{problem.plan.horizon}",
    )
    own = np.zeros((problem.places.count, problem.plan.horizon))
    np.add.at(own, problem.places.index(item, location), quantity)
    whole = problem.demand / np.maximum(plans.remaining_share(problem.plan), 1e-9)[:, None]
    return np.asarray(np.divide(own.T, whole, out=np.zeros_like(whole), where=whole > 0))


def _lanes(problem: Problem, target: dict[str, Any]) -> BoolArray:
    """Lanes (L,) of a supplier, a mode and a node; at least one of them is named."""
    network = problem.network
    mask = _places(problem, target)[network.lanes.item]
    if target.get("supplier"):
        mask &= network.supplier == _supplier(target["supplier"])
    if target.get("mode"):
        ids = dict(zip(*bulk.lists_out("SELECT code, id FROM supply_mode"), strict=True))
        mask &= network.mode == ids.get(target["mode"], -1)
    return mask


def _supplier(code: str) -> int:
    found = Supplier.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CannotChange(f"There is no supplier {code!r}.")
    return found


def _lead_time(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    lanes = setting.problem.network.lanes
    terms = _lanes(setting.problem, target)[lanes.term_lane]
    _require(terms.any(), "No way of supply is meant; choose another item or supplier.")
    lead = np.where(terms, np.maximum(lanes.lead_time_days + int(after["days"]), 0), lanes.lead_time_days)
    changed = replace(lanes, lead_time_days=lead, transit_days=np.minimum(lanes.transit_days, lead))
    return _with_lanes(setting, changed)


def _with_lanes(setting: Setting, lanes: Any) -> Setting:
    network = replace(setting.problem.network, lanes=lanes)
    return replace(setting, problem=replace(setting.problem, network=network))


def _capacity(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    problem, network = setting.problem, setting.problem.network
    names = [(kind.value, code) for kind, code, _ in network.loads]
    wanted = (target["load"], target["code"])
    _require(wanted in names, f"{target['code']} has no capacity in the plan; import one first.")
    column = names.index(wanted)
    when = months_mask(problem, target)
    available = network.capacities.available.copy()
    share = shares_of_month(problem.plan)
    available[when, column] = np.maximum(available[when, column] + float(after["units"]) * share[when], 0.0)
    changed = replace(network, capacities=replace(network.capacities, available=available))
    return replace(setting, problem=replace(problem, network=changed))


def _policy(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    problem = setting.problem
    places = _places(problem, target)
    _require(places.any(), "This item is not planned there.")
    settings = problem.settings
    code = int(policy_codes([after["service_policy"]])[0])
    changed = replace(
        settings,
        policy=np.where(places, code, settings.policy),
        service_target=np.where(places, float(after["service_target"]), settings.service_target),
    )
    hard = np.where(places, after["service_policy"] == "never_run_out", setting.worth.hard)
    return replace(
        setting, problem=replace(problem, settings=changed), worth=replace(setting.worth, hard=hard)
    )


def _order(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    """An open order at another day or quantity, or a planned or new one held firm."""
    problem = setting.problem
    name = target.get("order", "")
    if name in problem.receipts.names:
        return _receipt(setting, problem.receipts.names.index(name), after)
    lane, kept = _lane_of_order(problem, target)
    firm = problem.firm
    due = date.fromisoformat(after["due"]).toordinal()
    return replace(
        setting,
        problem=replace(
            problem,
            firm=FirmOrders(
                lane=np.append(firm.lane[kept], lane),
                quantity=np.append(firm.quantity[kept], float(after["quantity"])),
                due_day=np.append(firm.due_day[kept], due),
            ),
        ),
    )


def _receipt(setting: Setting, row: int, after: dict[str, Any]) -> Setting:
    problem = setting.problem
    receipts = problem.receipts.engine
    day, quantity = receipts.day.copy(), receipts.quantity.copy()
    day[row] = date.fromisoformat(after["due"]).toordinal()
    quantity[row] = float(after["quantity"])
    changed = replace(problem.receipts, engine=replace(receipts, day=day, quantity=quantity))
    return replace(setting, problem=replace(problem, receipts=changed))


def _lane_of_order(problem: Problem, target: dict[str, Any]) -> tuple[int, IntArray]:
    """Lane of the order, and the rows of the firm orders that stay beside it."""
    every = np.arange(len(problem.firm.lane))
    if not target.get("order"):
        return _lane_of_source(problem, target), every
    order = PlannedOrder.objects.filter(plan=problem.plan, number=target["order"]).first()
    if order is None:
        raise CannotChange(f"Order {target['order']} is not in the plan; choose one that is.")
    terms = dict(zip(problem.network.term_id.tolist(), problem.network.lanes.term_lane.tolist(), strict=True))
    lane = terms.get(order.lane_id or 0, -1)
    if lane < 0:
        where = {"item": order.item.code, "location": order.location.code}
        lane = _lane_of_source(problem, where)
    if order.status != OrderStatus.FIRM:
        return lane, every
    numbers = [one.number for one in problem.firm_orders]
    return lane, np.array([k for k in every if numbers[k] != order.number], np.int64)


def _lane_of_source(problem: Problem, target: dict[str, Any]) -> int:
    """The lane from a source, by a mode, to an item-location: the first by priority that fits."""
    network = problem.network
    mask = _lanes(problem, {name: target.get(name, "") for name in ("item", "location", "mode")})
    if target.get("source"):
        suppliers = list(Supplier.objects.filter(code=target["source"]).values_list("pk", flat=True))
        places = list(Location.objects.filter(code=target["source"]).values_list("pk", flat=True))
        bought = (network.lanes.kind == Kind.BUY) & np.isin(network.supplier, suppliers)
        mask &= bought | ((network.lanes.kind == Kind.TRANSFER) & np.isin(network.sender, places))
    found = np.flatnonzero(mask)
    _require(len(found) > 0, "Nothing supplies this item from there; choose another source.")
    return int(found[np.argmin(network.lanes.priority[found])])


def _supplier_out(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    known = setting.problem.network.suppliers
    index = int(np.searchsorted(known, _supplier(target["supplier"])))
    fits = index < len(known) and known[index] == _supplier(target["supplier"])
    _require(fits, f"{target['supplier']} supplies nothing in the plan.")
    return replace(setting, out=(*setting.out, (index, date.fromisoformat(after["until"]).toordinal())))


def _price(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    problem = setting.problem
    places = _places(problem, target)
    _require(bool((setting.worth.price[places] > 0).any()), "None of these items has a selling price.")
    factor = np.where(places, 1 + float(after["pct"]) / 100, 1.0)
    settings = replace(problem.settings, unit_price=problem.settings.unit_price * factor)
    worth = replace(setting.worth, price=setting.worth.price * factor)
    return replace(setting, problem=replace(problem, settings=settings), worth=worth)


def _cost(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    """What suppliers charge; the unit cost that stock is valued at stays as it is."""
    lanes = setting.problem.network.lanes
    mine = _lanes(setting.problem, target) & (lanes.kind == Kind.BUY)
    _require(mine.any(), "Nothing is bought there; choose another item or supplier.")
    factor = np.where(mine[lanes.term_lane], 1 + float(after["pct"]) / 100, 1.0)
    changed = replace(
        lanes, unit_cost=lanes.unit_cost * factor, break_cost=lanes.break_cost * factor[lanes.break_term]
    )
    return _with_lanes(setting, changed)


def _tariff(setting: Setting, target: dict[str, Any], after: dict[str, Any]) -> Setting:
    """One rate from a day on, on all that arrives from a country; what was to come later gives way."""
    lanes = setting.problem.network.lanes
    mine = np.flatnonzero(_taxed(setting.problem, target))
    _require(len(mine) > 0, f"Nothing in the plan comes from {target['origin']}.")
    since = date.fromisoformat(after["from"]).toordinal()
    stays = ~(np.isin(lanes.tariff_lane, mine) & (lanes.tariff_from >= since))
    lane = np.concatenate([lanes.tariff_lane[stays], mine])
    start = np.concatenate([lanes.tariff_from[stays], np.full(len(mine), since)])
    rate = np.concatenate([lanes.tariff_pct[stays], np.full(len(mine), float(after["rate_pct"]))])
    order = np.lexsort((start, lane))
    changed = replace(lanes, tariff_lane=lane[order], tariff_from=start[order], tariff_pct=rate[order])
    return _with_lanes(setting, changed)


def _taxed(problem: Problem, target: dict[str, Any]) -> BoolArray:
    lanes, network = problem.network.lanes, problem.network
    category = {"category": target["category"]} if target.get("category") else {}
    mask = _places(problem, category)[lanes.item]
    abroad = list(Supplier.objects.filter(country=target["origin"]).values_list("pk", flat=True))
    senders = list(Location.objects.filter(country=target["origin"]).values_list("pk", flat=True))
    mask &= np.isin(network.supplier, abroad) | (
        (lanes.kind == Kind.TRANSFER) & np.isin(network.sender, senders)
    )
    if target.get("destination"):
        here = list(Location.objects.filter(country=target["destination"]).values_list("pk", flat=True))
        mask &= np.isin(problem.places.location[lanes.item], here)
    return mask


def _require(fits: bool | np.bool_, message: str) -> None:
    if not fits:
        raise CannotChange(message)


APPLY: dict[ChangeKind, Callable[[Setting, dict[str, Any], dict[str, Any]], Setting]] = {
    ChangeKind.DEMAND: _demand,
    ChangeKind.LEAD_TIME: _lead_time,
    ChangeKind.CAPACITY: _capacity,
    ChangeKind.POLICY: _policy,
    ChangeKind.ORDER: _order,
    ChangeKind.SUPPLIER_OUT: _supplier_out,
    ChangeKind.PRICE: _price,
    ChangeKind.COST: _cost,
    ChangeKind.TARIFF: _tariff,
}
