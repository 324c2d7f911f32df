"""A threat as people read it: what it concerns, the money by what stops, and the next best action as a sentence."""

from datetime import date

import numpy as np

from inventory.engine.arrays import round_up
from inventory.engine.reasons import quantity
from siop.web.templatetags.siop import day as day_in_words
from supply.engine.shapes import Array
from supply.engine.threat_rows import Action, Threat, ThreatRow
from supply.frames import Problem

from .words import Names

MOST_STOPS = 12


def among(names: Names, threat: ThreatRow) -> str:
    """The item-location, and how many more stop with it."""
    place = f"{names.item(threat.item)} at {names.location(threat.item)}"
    more = len(threat.stops) - 1
    return f"{place} and {more} more" if more > 0 else place


def parts_at_risk(names: Names, threat: ThreatRow, step: Array) -> list[tuple[str, float]]:
    """The money at risk by what stops, the dearest first; units in whole steps (N,) of each item."""
    if not threat.stops:
        return [(f"{quantity(threat.quantity)} units at risk", round(threat.money_at_risk, 4))]
    stops = sorted(threat.stops, key=lambda stop: (-stop[2], stop[0]))
    parts = [
        (f"{_whole(units, step[item])} of {names.item(item)} at {names.location(item)}", round(money, 4))
        for item, units, money in stops[:MOST_STOPS]
    ]
    rest = stops[MOST_STOPS:]
    if rest:
        parts.append((f"{len(rest)} more item-locations", round(sum(money for _, _, money in rest), 4)))
    return parts


def _whole(units: float, step: float) -> str:
    return quantity(float(round_up(np.array([units]), np.array([step]))[0]))


def suggestion(problem: Problem, names: Names, threat: ThreatRow, order: str) -> str:
    """The next best action as a sentence; nothing to do where acting costs more than it saves."""
    if not threat.pays:
        return f"Accept it: acting would cost {quantity(threat.action_cost)}, more than it saves."
    item, units = names.item(threat.item), quantity(threat.action_quantity)
    scarce = names.item(threat.scarce) if threat.scarce >= 0 else item
    day = day_in_words(date.fromordinal(threat.action_day)) if threat.action_day > 0 else ""
    texts = {
        Action.NONE: "",
        Action.ORDER_NOW: f"Release {order or item} now{_brings(names, threat, units, day)}.",
        Action.FASTER_LANE: f"Order {units} of {scarce} on its faster lane, to arrive by {day}.",
        Action.EXPEDITE: f"Ask for {order or f'{units} of {scarce}'} earlier{_until(problem, threat)}.",
        Action.DEFER: f"Put {order} off to {day}.",
        Action.CANCEL: f"Cancel {order}: nothing needs it within the horizon.",
        Action.ADD_CAPACITY: f"Add capacity at {names.capacity(threat.root_ref)} or plan earlier.",
        Action.FIND_SOURCE: f"Name a source for {scarce}.",
        Action.WRITE_OFF: f"Write off {units} of {item}: their life is over.",
        Action.USE_UP: f"Sell or use up {units} of {item} {f'by {day}' if day else 'before ordering more'}.",
        Action.RAISE_STOCK: f"Hold {units} more of {item}.",
    }
    if threat.action is Action.SMALLER_LOT:
        return _smaller_lot(threat, order, units, unit_cost=float(problem.unit_cost[threat.item]))
    return texts[threat.action] if threat.action in texts else _freight_advice(threat, item, order)


def _smaller_lot(threat: ThreatRow, order: str, sells: str, *, unit_cost: float) -> str:
    """What to agree; where the loss is more than the rest of the lot earns, not to order it else."""
    lost, earned = threat.figures
    said = f"Agree a lot of {sells} instead of {order}: {quantity(round(lost))} of it expire unsold"
    if lost * unit_cost > earned:
        said += f" and cost more than the {quantity(round(earned))} that the rest earns; else order none"
    return f"{said}."


def _until(problem: Problem, threat: ThreatRow) -> str:
    """Until when it has to come, unless that day is over."""
    if threat.action_day <= problem.calendar.as_of:
        return ""
    return f", by {day_in_words(date.fromordinal(threat.action_day))}"


def _brings(names: Names, threat: ThreatRow, units: str, day: str) -> str:
    """What an order that the plan has already does about a shortage."""
    if threat.kind is not Threat.SHORTAGE:
        return ""
    return (
        f": it brings the {units} of {names.item(threat.scarce)} that are missing, by {day}; no way is faster"
    )


def _freight_advice(threat: ThreatRow, item: str, order: str) -> str:
    """What to do about ships and tariffs, with the figures of its kind."""
    units = quantity(threat.action_quantity)
    if threat.action is Action.HOLD_BACK:
        afloat, total = threat.figures
        return f"Hold {units} of {item} back or fly them: {quantity(afloat)} of {quantity(total)} are afloat."
    if threat.action is Action.SPLIT_OFF:
        return (
            f"Ship {order} as {' + '.join(map(quantity, threat.figures))}, no vessel with too much of {item}."
        )
    rise, holding, _ = threat.figures
    return receive_before(
        date.fromordinal(threat.action_day),
        f"{units} of {item}",
        saves=f"saves {rise:.2f} a unit",
        saving=rise * threat.action_quantity,
        holding=holding,
    )


def receive_before(day: date, what: str, *, saves: str, saving: float, holding: float) -> str:
    """To buy ahead of a tariff: what it `saves` in words, and its saving and cost to hold in money."""
    return (
        f"Receive {what} before {day_in_words(day)}: {saves}, "
        f"costs {quantity(round(holding))} to hold, net {quantity(round(saving - holding))}."
    )
