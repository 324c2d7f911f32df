"""Changes of a scenario in words, as pages, reasons and assumptions say them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from siop.catalog.enums import ServicePolicy
from siop.web.templatetags.siop import day, month, number, percent, signed
from supply.enums import ChangeKind
from supply.frames.changes import Change

Words = dict[str, Any]


def words(change: Change) -> str:
    """One change as a phrase: `Demand of Bottles +10 %, Jan 27 to Mar 27`."""
    return WORDS[ChangeKind(change.kind)](change.target, change.after)


def _node(target: Words) -> str:
    what = target.get("item") or target.get("category") or "all items"
    where = [target[name] for name in ("location", "segment") if target.get(name)]
    return f"{what} at {' for '.join(where)}" if where else str(what)


def _months(target: Words) -> str:
    first, last = target.get("first"), target.get("last")
    if not first and not last:
        return ", all periods"
    start = month(date.fromisoformat(first)) if first else "now"
    end = month(date.fromisoformat(last)) if last else "the end"
    return f", {start}" if start == end else f", {start} to {end}"


def _demand(target: Words, after: Words) -> str:
    return f"Demand of {_node(target)} {signed(after['pct'], _places(after['pct']))} %{_months(target)}"


def _lead_time(target: Words, after: Words) -> str:
    days = int(after["days"])
    unit = "day" if abs(days) == 1 else "days"
    return f"Lead time of {_source(target)} {signed(days)} {unit}"


def _source(target: Words) -> str:
    parts = [target[name] for name in ("supplier", "mode") if target.get(name)]
    if target.get("item") or not parts:
        parts.append(_node(target))
    return ", ".join(parts)


def _capacity(target: Words, after: Words) -> str:
    return f"Capacity of {target['code']} {signed(after['units'], _places(after['units']))} a month{_months(target)}"


def _policy(target: Words, after: Words) -> str:
    policy, wanted = ServicePolicy(after["service_policy"]), float(after["service_target"])
    aim = percent(wanted, 1) if policy in FRACTIONS else number(wanted)
    return f"Policy of {_node(target)}: {policy.label.lower()} {aim}"


FRACTIONS = {ServicePolicy.CYCLE_SERVICE, ServicePolicy.FILL_RATE, ServicePolicy.NEVER_RUN_OUT}


def _order(target: Words, after: Words) -> str:
    due, quantity = day(date.fromisoformat(after["due"])), number(after["quantity"])
    if target.get("order"):
        return f"Order {target['order']}: {quantity} due {due}"
    way = " ".join(str(target[name]) for name in ("source", "mode") if target.get(name))
    return f"Order {quantity} of {_node(target)}" + (f" from {way}" if way else "") + f", due {due}"


def _supplier_out(target: Words, after: Words) -> str:
    return f"{target['supplier']} ships nothing before {day(date.fromisoformat(after['until']))}"


def _price(target: Words, after: Words) -> str:
    return f"Selling price of {_node(target)} {signed(after['pct'], _places(after['pct']))} %"


def _cost(target: Words, after: Words) -> str:
    return f"Purchase price of {_source(target)} {signed(after['pct'], _places(after['pct']))} %"


def _tariff(target: Words, after: Words) -> str:
    to = f" to {target['destination']}" if target.get("destination") else ""
    what = f" on {target['category']}" if target.get("category") else ""
    rate = number(after["rate_pct"], _places(after["rate_pct"]))
    return f"Tariff from {target['origin']}{to}{what} {rate} % from {day(date.fromisoformat(after['from']))}"


def _places(value: Any) -> int:
    return 0 if float(value) == int(float(value)) else 1


WORDS: dict[ChangeKind, Callable[[Words, Words], str]] = {
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
