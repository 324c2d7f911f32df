"""A node of the demand hierarchy as it is written in addresses: `all`, `c7`, `i12-l3`, `s901`."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from siop.accounts.models import Person
from siop.catalog.visibility import visible, with_below

from .models import DemandSeries

SHAPE = re.compile(r"(?:all|([cis])([1-9]\d{0,17}))(?:-l([1-9]\d{0,17}))?(?:-g([1-9]\d{0,17}))?")


@dataclass(frozen=True)
class Node:
    """A category, an item or one series (none of them: everything), within a location and a segment or all."""

    category: int | None = None
    item: int | None = None
    series: int | None = None
    location: int | None = None
    segment: int | None = None

    @property
    def key(self) -> str:
        letters = (("c", self.category), ("i", self.item), ("s", self.series))
        head = next((f"{letter}{pk}" for letter, pk in letters if pk is not None), "all")
        tail = f"-l{self.location}" if self.location is not None else ""
        return head + tail + (f"-g{self.segment}" if self.segment is not None else "")

    def visible_series(self, person: Person) -> QuerySet[DemandSeries]:
        """Series beneath the node that a person may see."""
        series = visible(DemandSeries.objects.all(), person)
        if self.category is not None:
            series = series.filter(item__category__in=with_below({self.category}))
        plain = {"item": self.item, "pk": self.series, "location": self.location, "segment": self.segment}
        return series.filter(**{name: pk for name, pk in plain.items() if pk is not None})


def parse(key: str) -> Node:
    found = SHAPE.fullmatch(key)
    if found is None:
        raise Http404(f"{key!r} names no node of the demand plan.")
    letter, pk, location, segment = found.groups()
    name = {"c": "category", "i": "item", "s": "series"}.get(letter or "")
    return Node(
        **({name: int(pk)} if name else {}),
        location=int(location) if location else None,
        segment=int(segment) if segment else None,
    )
