"""Every supply page: who may see it, what it takes from the database, and that each figure says why."""

import re
from collections.abc import Callable
from copy import copy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from planning import Planned

from supply.models import PlanException, PlannedOrder, ScheduledReceipt
from supply.selectors.pages.orders import KINDS

ITEMS = 2
PAGES = {
    "plan": "/supply/",
    "calendar": "/supply/?view=calendar",
    "inventory": "/supply/inventory/",
    "exceptions": "/supply/exceptions/",
    "capacity": "/supply/capacity/",
    "suppliers": "/supply/suppliers/",
}


def _item_location(made: Planned, tab: str = "overview") -> str:
    line = made.lines[0]
    return f"/supply/items/{line.item_id}/{line.location_id}/?tab={tab}"


def test_pages_open_and_carry_no_inline_code(sams: Any, made: Planned) -> None:
    for path in PAGES.values():
        answer = sams.get(path)
        text = answer.content.decode()
        assert answer.status_code == 200, path
        assert " style=" not in text
        assert "onclick=" not in text


@pytest.mark.parametrize("gone", [(PlannedOrder, PlanException), (PlannedOrder,), (PlanException,), ()])
def test_a_plan_without_orders_or_messages_opens(sams: Any, made: Planned, gone: tuple[Any, ...]) -> None:
    for model in gone:
        model.objects.all().delete()
    kinds = [f"/supply/?show={kind}" for kind in KINDS]
    for path in (*PAGES.values(), *kinds, "/supply/?sort=-value", "/supply/?q=nothing"):
        assert sams.get(path).status_code == 200, path


def test_outsiders_and_strangers_stay_out(client: Any, omar: Any) -> None:
    assert {client.get(path).status_code for path in PAGES.values()} == {302}
    client.force_login(omar)
    assert {client.get(path).status_code for path in PAGES.values()} == {403}


def test_who_reads_the_plan_is_told_who_changes_it_and_where_to_ask(
    client: Any, sams: Any, person: Callable[..., Any], made: Planned
) -> None:
    changed_by = "Supply planners change and release orders"
    assert changed_by not in sams.get("/supply/").text
    client.force_login(person("olga", "department_head", department="sales"))
    for path in ("/supply/", _item_location(made)):
        text = client.get(path).text
        assert f'{changed_by}; you sign the plan in the <a href="/meeting/">meeting</a>.' in text
        assert "comment" in text
    client.force_login(person("guy", "guest"))
    assert f"{changed_by}. To ask about one, open it and comment beside it." in client.get("/supply/").text


def _queries(client: Any, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_queries_do_not_grow_with_rows(sams: Any, made: Planned) -> None:
    """Eight item-locations and ninety take the same number of queries; what a page lacks needs none."""
    paths = [*PAGES.values(), _item_location(made)]
    for path in paths:
        _queries(sams, path)
    few = {path: _queries(sams, path) for path in paths}
    _multiply(made, times=10)
    many = {path: _queries(sams, path) for path in paths}
    assert {path: count for path, count in many.items() if count > few[path]} == {}


def _multiply(made: Planned, *, times: int) -> None:
    """More items, lines, targets, orders, exceptions and receipts like those that are there."""
    from inventory.models import InventoryTarget
    from siop.catalog.models import Item
    from supply.models import PlanException, PlanLine, PlannedOrder

    copies = Item.objects.bulk_create(
        Item(code=f"{item.code}-{number}", category=item.category, unit_cost=12)
        for number in range(times)
        for item in made.items
    )
    named = {item.code: item for item in copies}
    for model in (PlanLine, InventoryTarget, PlannedOrder, PlanException, ScheduledReceipt):
        rows = list(model.objects.filter(item__in=made.items).select_related("item"))
        model.objects.bulk_create(_copy(row, number, named) for number in range(times) for row in rows)


def _copy(row: Any, number: int, named: dict[str, Any]) -> Any:
    made = copy(row)
    made.pk, made.item = None, named[f"{row.item.code}-{number}"]
    for field in ("number", "key", "order"):
        if getattr(row, field, ""):
            setattr(made, field, f"{getattr(row, field)}-{number}")
    return made


@pytest.mark.parametrize("page", ["inventory", "suppliers", "capacity", "exceptions", "item-location"])
def test_every_figure_that_says_why_adds_up(sams: Any, made: Planned, page: str) -> None:
    address = PAGES.get(page) or _item_location(made)
    asked = set(re.findall(r'data-why="([^"]+)"', sams.get(address).content.decode()))
    assert asked
    for address in sorted(asked)[:120]:
        assert sams.get(address).status_code == 200, address


ODD = [
    ("/supply/", "sort=-value&show=release&q=CAP"),
    ("/supply/", "sort=item__category__parent&show=nothing&page=99&order_by=1"),
    ("/supply/inventory/", "sort=-excess&show=below&class=A&category=abc&location=1"),
    ("/supply/inventory/", "sort=person__password&show=__all__&page=-3&line=x"),
    ("/supply/exceptions/", "state=snoozed&kind=shortage&cause=Capacity&q=short"),
    ("/supply/exceptions/", "state=';--&kind=;&exception=abc&page=zz"),
    ("/supply/capacity/", "kind=supplier&load=1&h=99999999999"),
    ("/supply/suppliers/", "sort=otif&supplier=zz&q=%27"),
]


def test_parameters_are_whitelisted(sams: Any, made: Planned) -> None:
    for path, odd in ODD:
        assert sams.get(f"{path}?{odd}").status_code == 200, odd


def test_scope_limits_every_page(client: Any, person: Callable[..., Any], made: Planned) -> None:
    from supply.models import PlanLine

    client.force_login(person("cara", "supply_planner", category=made.categories["Drinks"]))
    seen = client.get("/supply/inventory/").context["page"].object_list
    assert {line.item.category.code for line in seen} == {"Capsules"}
    rows = client.get("/supply/").context["rows"]
    assert {row["item"].category.code for row in rows} == {"Capsules"}
    other = PlanLine.objects.filter(plan=made.plan, item__category__code="Bottles").first()
    assert client.get(f"/supply/items/{other.item_id}/{other.location_id}/").status_code == 404


def test_guests_and_demand_planners_may_not_edit_supply(
    client: Any, dana: Any, person: Any, made: Planned
) -> None:
    for someone in (dana, person("gus", "guest")):
        client.force_login(someone)
        policy = f"/supply/policies/{made.items[0].pk}/{made.locations[0].pk}/"
        assert client.post(policy, {"version": "0"}).status_code == 403
        assert client.post("/supply/orders/release/", {"order": "1"}).status_code == 403
        assert client.post(f"/supply/exceptions/{made.exceptions[0].pk}/snooze/", {}).status_code == 403
        assert client.post("/supply/exceptions/snooze/", {}).status_code == 403
        assert "data-pick" not in client.get("/supply/exceptions/").content.decode()
