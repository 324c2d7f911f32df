"""A threat to the plan and what to do about it, as one row with its money; the largest avoidable loss comes first."""

from dataclasses import dataclass
from enum import IntEnum

from .shapes import Cause

NOTICEABLE = 0.5  # of a unit: less is a rounding of lots, not a decision


class Threat(IntEnum):
    """What a row of `find_threats` or `find_hazards` is about."""

    SHORTAGE = 0
    BELOW_SAFETY_STOCK = 1
    ORDER_LATE = 2
    EXPEDITE = 3
    DEFER = 4
    CANCEL = 5
    EXCESS = 6
    EXPIRY = 7
    CAPACITY = 8
    STORAGE = 9
    RESERVE = 10
    TARIFF = 11
    SUPPLIER_RISK = 12
    NEVER_RUN_OUT = 13


class Action(IntEnum):
    """The next best action; `ThreatRow.action_quantity` and `action_day` belong to it."""

    NONE = 0
    ORDER_NOW = 1
    FASTER_LANE = 2
    EXPEDITE = 3
    DEFER = 4
    CANCEL = 5
    ADD_CAPACITY = 6
    FIND_SOURCE = 7
    SPLIT_OFF = 8
    HOLD_BACK = 9
    BUY_AHEAD = 10
    USE_UP = 11
    RAISE_STOCK = 12
    WRITE_OFF = 13
    SMALLER_LOT = 14


@dataclass(frozen=True, kw_only=True)
class ThreatRow:
    """One exception. `avoidable` = probability x (money at risk - lost anyway) - cost of the action, never below 0.

    `lost_anyway` is the money of what is needed before the action can bring anything.
    `cause_ref` is what the cause refers to (capacity, component, receipt); `order`, `receipt` the rows meant;
    `scarce` the item-location that the action brings: the part at the root, not the assembly that waits for it.
    `action_quantity` is in units of it. `stops` are the item-locations that wait, with units and money of each.
    `figures` are the numbers that its sentence needs beside them, as the kind says.
    """

    kind: Threat
    item: int
    bucket: int
    quantity: float
    money_at_risk: float
    probability: float = 1.0
    lost_anyway: float = 0.0
    action_cost: float = 0.0
    last_day: int = -1
    cause: Cause = Cause.NONE
    cause_ref: int = -1
    root_cause: Cause = Cause.NONE
    root_ref: int = -1
    scarce: int = -1
    order: int = -1
    receipt: int = -1
    action: Action = Action.NONE
    action_quantity: float = 0.0
    action_day: int = -1
    lane: int = -1
    stops: tuple[tuple[int, float, float], ...] = ()
    figures: tuple[float, ...] = ()

    @property
    def avoidable(self) -> float:
        return max(self._saved - self.action_cost, 0.0)

    @property
    def pays(self) -> bool:
        """Does acting save what it costs? An order of the plan has been weighed there and goes out in any case."""
        return self.action is Action.ORDER_NOW or self.action_cost <= self._saved

    @property
    def _saved(self) -> float:
        return self.probability * (self.money_at_risk - self.lost_anyway)


def ranked(rows: list[ThreatRow]) -> list[ThreatRow]:
    """Largest avoidable loss first; equal ones by money at risk, then by place, so that the order is stable.

    >>> first = ThreatRow(kind=Threat.SHORTAGE, item=0, bucket=0, quantity=1, money_at_risk=20000, probability=0.3)
    >>> second = ThreatRow(kind=Threat.EXCESS, item=1, bucket=0, quantity=1, money_at_risk=5000)
    >>> [row.avoidable for row in ranked([second, first])]
    [6000.0, 5000.0]
    """
    return sorted(rows, key=lambda row: (-row.avoidable, -row.money_at_risk, row.kind, row.item, row.bucket))
