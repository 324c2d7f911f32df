"""What each parameter means, what is entered where, and what holds while nobody has set it.

Rooms add theirs from apps.py; the Settings page shows the whole book, and refuses what a reader could not use.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .enums import Bucket
from .models import Parameter
from .parameters import ParameterError, Parameters, as_number

TEXT, NUMBER, WHOLE, CHOICE, EMAIL = "text", "number", "whole", "choice", "email"
# What stands in another group has a page of its own.
GROUPS = ["Planning", "Money", "Reminders and fences", "Cycle", "Key figures", "Other"]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One parameter; `default` is what holds while it is not set, in words where it is no value."""

    name: str
    label: str
    help: str
    group: str
    kind: str = NUMBER
    unit: str = ""
    default: str = ""
    choices: Choices | Callable[[], Choices] = ()
    least: int = 0
    most: int = 10**9

    @property
    def options(self) -> Choices:
        return self.choices() if callable(self.choices) else self.choices

    def refusal(self, value: str) -> str:
        """Why a value that an import brings cannot be read, as a sentence; empty where it can."""
        if self.kind == CHOICE:
            known = [str(key) for key, _ in self.options]
            return "" if value.strip().lower() in known else f"{self.label}: enter {' or '.join(known)}"
        if self.kind not in (NUMBER, WHOLE):
            return ""
        try:
            found = as_number(self.name, value)
        except ParameterError:
            return "This parameter is a number of 0 or more"
        if not self.least <= found <= self.most:
            return f"{self.label}: enter {self.least} to {self.most}"
        return "" if self.kind == NUMBER or found == int(found) else f"{self.label}: enter a whole number"


_entries: dict[str, Entry] = {}


def register(*entries: Entry) -> None:
    for entry in entries:
        _entries.setdefault(entry.name, entry)


def entries() -> list[tuple[str, list[Entry]]]:
    """Groups in their order, each with its entries as they were registered."""
    return [
        (group, found)
        for group in GROUPS
        if (found := [entry for entry in _entries.values() if entry.group == group])
    ]


def find(name: str) -> Entry | None:
    return _entries.get(name)


def unknown() -> list[Parameter]:
    """Parameters that are set but stand in no book, such as those of a later version."""
    return list(Parameter.objects.exclude(name__in=_entries))


_OWN = Parameters()
register(
    Entry(name="bucket", label="Bucket", help="Length of a planning period.", group="Planning", kind=CHOICE,
          choices=[(value, label) for value, label in Bucket.choices], default=_OWN.bucket),
    Entry(name="horizon", label="Horizon", help="Periods planned ahead.", group="Planning", kind=WHOLE, unit="periods",
          default="18 months or 78 weeks", most=240),
    Entry(name="history", label="History used", help="Periods of sales that the forecast looks back on.", group="Planning",
          kind=WHOLE, unit="periods", default="60 months or 208 weeks", most=600),
    Entry(name="review_days", label="Review interval", help="Days between two looks at an item's stock; a policy may say "
          "otherwise.", group="Planning", kind=WHOLE, unit="days", default=str(_OWN.review_days), most=365),
    Entry(name="excess_cover_days", label="Cover before excess", help="Stock beyond the demand of this many days is excess.",
          group="Planning", kind=WHOLE, unit="days", default=str(_OWN.excess_cover_days), most=3650),
    Entry(name="plan_improvement_seconds", label="Improve each plan by cost for", help="Seconds of computing after each "
          "plan, spent on cheaper lots, suppliers and modes; 0: only when somebody asks for it on the plan's page.",
          group="Planning", kind=WHOLE, unit="seconds", default=str(_OWN.plan_improvement_seconds), most=3600),
    Entry(name="capacity_install_months", label="Time to add capacity", help="Months from deciding on more of a limit to "
          "having it; the outlook on the capacity page counts back by it.", group="Planning", kind=WHOLE, unit="months",
          default="4", most=60),
    Entry(name="currency", label="Currency", help="ISO code; one for the whole company.", group="Money", kind=TEXT,
          default=_OWN.currency),
    Entry(name="capital_cost_pct", label="Cost of capital", help="What money tied up in stock costs a year.", group="Money",
          unit="%", default=f"{_OWN.capital_cost_pct:g}", most=100),
    Entry(name="margin_pct", label="Margin where no price is known", help="Share of the cost that a lost sale is taken to lose.",
          group="Money", unit="%", default=f"{_OWN.margin_pct:g}", most=1000),
    Entry(name="reminder_days", label="Reminder before an order is due", help="Days ahead of the order-by date.",
          group="Reminders and fences", kind=WHOLE, unit="days", default=str(_OWN.reminder_days), most=180),
    Entry(name="demand_time_fence_days", label="Demand time fence", help="Inside it, orders in hand count and the forecast does "
          "not.", group="Reminders and fences", kind=WHOLE, unit="days", default=str(_OWN.demand_time_fence_days), most=730),
    Entry(name="planning_time_fence_days", label="Planning time fence", help="Inside it, the planner changes orders and the run "
          "does not.", group="Reminders and fences", kind=WHOLE, unit="days", default=str(_OWN.planning_time_fence_days),
          most=730),
)  # fmt: skip
