"""What a key figure is about: a plan, the last finished period, and the items and places it covers."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from siop.catalog import calendar
from siop.catalog.models import Category, Item, Location
from siop.catalog.visibility import with_below
from siop.plans.models import PlanVersion


@dataclass(frozen=True)
class Node:
    """What a figure is about: items and locations by id, or everything."""

    items: list[int] | None = None
    locations: list[int] | None = None

    def lists(self) -> list[list[int] | None]:
        return [self.items, self.items, self.locations, self.locations]

    def rows(self, item: str = "item", location: str = "location") -> Q:
        found = Q()
        if self.items is not None:
            found &= Q(**{f"{item}_id__in": self.items})
        if self.locations is not None and location:
            found &= Q(**{f"{location}_id__in": self.locations})
        return found


EVERYTHING = Node()


def node_from(codes: dict[str, str]) -> Node:
    """A node from codes as a decision stores them: {"item"} or {"category"}, {"location"}."""
    items = locations = None
    if codes.get("item"):
        items = list(Item.objects.filter(code=codes["item"]).values_list("id", flat=True))
    elif codes.get("category"):
        top = set(Category.objects.filter(code=codes["category"]).values_list("id", flat=True))
        items = list(Item.objects.filter(category__in=with_below(top)).values_list("id", flat=True))
    if codes.get("location"):
        locations = list(Location.objects.filter(code=codes["location"]).values_list("id", flat=True))
    return Node(items, locations)


@dataclass(frozen=True)
class Moment:
    """The plan that a figure is read from, and the period it is about: the last finished one."""

    plan: PlanVersion
    start: date
    end: date
    node: Node = EVERYTHING
    last_cycle: PlanVersion | None = None


def moment(
    plan: PlanVersion,
    *,
    month: date | None = None,
    node: Node = EVERYTHING,
    last_cycle: PlanVersion | None = None,
) -> Moment:
    """Of the period of `month`, else of the last one that is finished before the plan begins."""
    periods = calendar.load()
    start = periods.start_of(month) if month else periods.shift(plan.as_of, -1)
    return Moment(plan=plan, start=start, end=periods.end_of(start), node=node, last_cycle=last_cycle)
