"""Nodes of the demand plan as comments name them."""

from urllib.parse import urlencode

from django.urls import reverse

from siop.accounts.enums import Permission
from siop.catalog.models import Category, Item, Location, Segment
from siop.web.places import Place, describes

from . import nodes
from .overrides_book import Node


@describes("demand")
def of_node(name: str) -> Place | None:
    """`category.item.location.segment` by id, 0 for all."""
    try:
        node = Node.parse(name)
    except (TypeError, ValueError):  # too few numbers, or none
        return None
    within = nodes.Node(
        category=node.category or None, item=node.item or None,
        location=node.location or None, segment=node.segment or None,
    )  # fmt: skip
    query = {"q": _code(Item, node.item), "only": "comments"}
    return Place(
        name=_named(node),
        url=f"{reverse('forecasting:demand_plan')}?{urlencode({key: value for key, value in query.items() if value})}",
        planner=Permission.EDIT_DEMAND,
        seen_by=lambda person: within.visible_series(person).exists(),
    )


def _named(node: Node) -> str:
    what = _code(Item, node.item) or _code(Category, node.category) or "all items"
    where = [_code(Location, node.location), _code(Segment, node.segment)]
    return " · ".join([what, *(code for code in where if code)])


def _code(model: type[Item | Category | Location | Segment], pk: int) -> str:
    return str(model.objects.filter(pk=pk).values_list("code", flat=True).first() or "") if pk else ""
