"""Who may see which rows: the scopes of a person's roles as one filter on tables of items and locations."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from siop.accounts.access import scopes_of
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.reading import once

from .models import Category, Item, Location

Row = TypeVar("Row", bound=Model)


def visible(
    rows: QuerySet[Row],
    person: Person,
    *,
    item: str = "item",
    location: str = "location",
    permission: Permission = Permission.VIEW,
) -> QuerySet[Row]:
    """`rows` within the categories (and those below them) and locations where `permission` holds.

    `item` and `location` are the paths to them from the row; an empty one has no such scope. Costs no query
    for people who see everything.
    """
    categories, locations = scopes_of(person, permission)
    if categories is not None and item:
        path = "" if item == "self" else f"{item}__"
        rows = rows.filter(Q(**{f"{path}category__in": with_below(categories)}))
    if locations is not None and location:
        path = "id" if location == "self" else location
        rows = rows.filter(Q(**{f"{path}__in": locations}))
    return rows


def visible_items(person: Person, *, permission: Permission = Permission.VIEW) -> QuerySet[Item]:
    return visible(Item.objects.all(), person, item="self", location="", permission=permission)


def visible_locations(person: Person, *, permission: Permission = Permission.VIEW) -> QuerySet[Location]:
    return visible(Location.objects.all(), person, item="", location="self", permission=permission)


def with_below(categories: set[int]) -> set[int]:
    """The categories and all below them in the tree."""
    children = once("children", _children)
    found, waiting = set(), list(categories)
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting += children.get(pk, [])
    return found


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for pk, parent in Category.objects.exclude(parent=None).values_list("id", "parent_id"):
        found.setdefault(parent, []).append(pk)
    return found
