"""Parameters of the company, read once and typed; what nobody has set has a default here."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from siop.reading import once
from siop.statements import answers

from .enums import Bucket

STORED = "SELECT name, value FROM catalog_parameter ORDER BY name"


class ParameterError(ValueError):
    """A parameter that cannot be read; the message says which and what to enter."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """`bucket` of all plans; horizon and history in buckets, 0 = by bucket; money cost in percent a year."""

    bucket: str = Bucket.MONTH
    currency: str = "EUR"
    capital_cost_pct: float = 10.0
    horizon: int = 0
    history: int = 0
    reminder_days: int = 7
    cadence: str = "monthly"
    review_days: int = 0
    demand_time_fence_days: int = 0
    planning_time_fence_days: int = 0
    margin_pct: float = 30.0
    excess_cover_days: int = 180
    plan_improvement_seconds: int = 0

    @property
    def season(self) -> int:
        return 52 if self.bucket == Bucket.WEEK else 12

    @property
    def horizon_periods(self) -> int:
        return self.horizon or (78 if self.bucket == Bucket.WEEK else 18)

    @property
    def history_periods(self) -> int:
        return self.history or (208 if self.bucket == Bucket.WEEK else 60)


def load() -> Parameters:
    """All typed parameters; unknown names (limits of KPIs and the like) are read by `text`."""
    given = stored()
    known = {field.name: field.default for field in fields(Parameters)}
    values = {name: _read(name, given[name], default) for name, default in known.items() if name in given}
    return Parameters(**values)


def stored() -> dict[str, str]:
    """Every parameter that is set, by name."""
    return once("parameters", lambda: dict(answers(STORED)))


def text(name: str, default: str = "") -> str:
    return stored().get(name) or default


def number(name: str, default: float) -> float:
    given = text(name)
    return as_number(name, given) if given else default


def _read(name: str, stored: str, default: Any) -> Any:
    if name == "bucket":
        if stored.strip().lower() not in Bucket.values:
            raise ParameterError(f"Parameter bucket is {stored!r}; enter one of {', '.join(Bucket.values)}.")
        return stored.strip().lower()
    readers: dict[type, Callable[[str, str], Any]] = {
        float: as_number,
        int: _whole,
        str: lambda _, value: value,
    }
    return readers[type(default)](name, stored)


def as_number(name: str, stored: str) -> float:
    """The number that a parameter holds; raises ParameterError for what is none."""
    try:
        value = float(stored.replace("%", "").strip())
    except ValueError:
        raise ParameterError(f"Parameter {name} is {stored!r}; enter a number.") from None
    if not 0 <= value < 1e12:
        raise ParameterError(f"Parameter {name} is {stored!r}; enter a number of 0 or more.")
    return value


def _whole(name: str, stored: str) -> int:
    value = as_number(name, stored)
    if value != int(value):
        raise ParameterError(f"Parameter {name} is {stored!r}; enter a whole number.")
    return int(value)
