"""The supply pages: what they show, who may see it, and how many queries they take."""

import re
from collections.abc import Callable
from copy import copy
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from factories import plan_exception
from planning import Planned

from siop.web.explanations import explain
from siop.web.templatetags.siop import day
from supply.enums import OrderStatus
from supply.models import PlanException, PlannedOrder, ReturnRule
from supply.selectors.pages import orders
from supply.selectors.pages.orders import KINDS, OrderFilters

ITEMS = 2
PAGES = {
    "plan": "/supply/",
    "calendar": "/supply/?view=calendar",
    "inventory": "/supply/inventory/",
    "exceptions": "/supply/exceptions/",
    "capacity": "/supply/capacity/",
    "suppliers": "/supply/suppliers/",
}


@pytest.fixture
def sams(client: Any, sam: Any) -> Any:
    client.force_login(sam)
    return client


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


def test_every_tab_of_an_item_location_opens(sams: Any, made: Planned) -> None:
    for tab in ("overview", "forecast", "stock", "supply", "policy", "audit"):
        answer = sams.get(_item_location(made, tab))
        assert answer.status_code == 200
        assert made.lines[0].item.code in answer.content.decode()


def test_rail_leads_to_the_item_location_looked_at_last(sams: Any, made: Planned) -> None:
    sams.get(_item_location(made))
    line = made.lines[0]
    assert sams.get("/supply/items/").url == f"/supply/items/{line.item_id}/{line.location_id}/"


def test_previous_and_next_walk_through_all_item_locations(sams: Any, made: Planned) -> None:
    first = min(made.lines, key=lambda line: (line.item.code, line.location.code))
    address, seen = f"/supply/items/{first.item_id}/{first.location_id}/", []
    while address:
        answer = sams.get(address)
        seen.append(answer.context["found"].line.pk)
        address = answer.context["next"]
    assert sorted(seen) == sorted(line.pk for line in made.lines)


def test_projection_table_shows_what_the_plan_holds(sams: Any, made: Planned) -> None:
    line = made.lines[0]
    table = sams.get(_item_location(made)).context["table"]
    closing = next(row for row in table["rows"] if row["cells"][0]["text"] == "Stock, month end")
    assert closing["cells"][1]["text"] == f"{line.closing[0]:,.0f}"
    assert all(cell["why"] for cell in closing["cells"][1:])


def test_what_twelve_months_come_to_says_why_in_every_row(sam: Any, sams: Any, made: Planned) -> None:
    """The sum of what flows is told by month, what stands at an end by its last month; each as it is shown."""
    table = sams.get(_item_location(made)).context["table"]
    for row in table["rows"]:
        label, *_, total = row["cells"]
        kind, *keys = total["why"].removeprefix("/web/why/").split("/")
        told = explain(sam, kind, *keys)
        assert float(total["text"].replace(",", "").replace("−", "-")) == pytest.approx(
            float(told.total), abs=0.5
        ), label["text"]
        if kind == "over_months":
            assert len(told.parts) == len(row["cells"]) - 2
            assert all(part.url for part in told.parts)


@pytest.mark.parametrize("keys", [("stock", "12"), ("agreed", "0"), ("agreed", "99"), ("agreed", "x")])
def test_no_sum_of_what_is_not_shown(sam: Any, made: Planned, keys: tuple[str, str]) -> None:
    line = made.lines[0]
    with pytest.raises(Http404):
        explain(sam, "over_months", str(made.plan.pk), str(line.item_id), str(line.location_id), *keys)


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
    from supply.models import PlanException, PlanLine, PlannedOrder, ScheduledReceipt

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


def test_each_figure_of_an_item_location_in_the_inventory_says_what_it_is_made_of(
    sams: Any, sam: Any, made: Planned
) -> None:
    """100 on hand at 12 each: 70 used in time, 20 too many, 10 expire; 8 a day, 0.02 m³ by the carton of ten."""
    from inventory.models import InventoryTarget
    from siop.web.explanations import explain
    from supply.models import PlanLine

    line = made.lines[0]
    PlanLine.objects.filter(pk=line.pk).update(on_hand=100, excess=20, obsolete=0, expiring=14, expired=4)
    InventoryTarget.objects.filter(item=line.item, location=line.location).update(daily_demand=8)
    type(line.item).objects.filter(pk=line.item_id).update(
        unit_cost=12, volume_m3="0.02", units_per_carton=10
    )
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    told = {
        kind: explain(sam, kind, *keys)
        for kind in ("stock_value", "excess_value", "days_of_supply", "space_taken")
    }
    assert {part.label: part.value for part in told["stock_value"].parts} == {
        "Used in time": 840, "Excess": 240, "Expires unsold": 120,
    }  # fmt: skip
    assert [part.value for part in told["excess_value"].parts] == [1200, -840, -120]
    assert {kind: one.total for kind, one in told.items()} == {
        "stock_value": 1200, "excess_value": 240, "days_of_supply": 12.5, "space_taken": 0.2,
    }  # fmt: skip
    asked = set(
        re.findall(
            r'data-why="/web/why/(\w+)/' + "/".join(keys) + '"', sams.get(PAGES["inventory"]).content.decode()
        )
    )
    assert asked >= {*told, "on_hand", "safety_stock", "target"}


def test_the_planned_orders_of_a_month_are_named_each(sam: Any, made: Planned) -> None:
    from siop.web.explanations import explain
    from supply.models import PlannedOrder

    order = PlannedOrder.objects.filter(plan=made.plan).first()
    assert order is not None
    line = next(one for one in made.lines if one.item_id == order.item_id)
    h = next(k for k, units in enumerate(line.planned_receipts) if units)
    month = made.plan.as_of.replace(day=1)
    for _ in range(h):
        month = (month + timedelta(days=32)).replace(day=1)
    told = explain(
        sam,
        "planned_receipts",
        str(made.plan.pk),
        str(line.item_id),
        str(line.location_id),
        month.isoformat(),
    )
    assert told.total == line.planned_receipts[h]
    assert [part.label for part in told.parts if order.number in part.label]


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


def test_sorting_by_value_puts_the_dearest_order_first(sams: Any, made: Planned) -> None:
    rows = sams.get("/supply/?sort=-value").context["rows"]
    values = [row["value"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(values) > 1


def test_each_list_of_orders_is_as_long_as_its_count_says(sam: Any, made: Planned) -> None:
    for order, status in zip(orders.planned_orders(sam, made.plan), OrderStatus.values, strict=False):
        order.status = status
        order.save()
    day = made.plan.as_of
    listed = {
        kind: len(orders.order_rows(sam, made.plan, OrderFilters(kind=kind), day=day, order_by="act_by"))
        for kind in KINDS
    }
    assert orders.totals(sam, made.plan, day=day).counts == listed
    assert listed["firm"] == listed["released"] == 1


@pytest.mark.parametrize("text", ["cps", "PO-", "malaysia", "50%_", "no such"])
def test_counts_beside_a_search_are_of_what_it_leaves(sam: Any, made: Planned, text: str) -> None:
    day = made.plan.as_of
    found = orders.totals(sam, made.plan, day=day, text=text)
    for kind in KINDS:
        rows = orders.order_rows(
            sam, made.plan, OrderFilters(kind=kind, text=text), day=day, order_by="act_by"
        )
        assert found.counts[kind] == len(rows)


def test_chips_of_orders_count_what_the_search_leaves(sams: Any, made: Planned) -> None:
    everything = sams.get("/supply/").context
    found = sams.get("/supply/", {"q": "CPS"}).context
    assert found["chips"][0]["count"] == str(len(found["rows"])) != everything["chips"][0]["count"]
    assert [kpi.value for kpi in found["kpis"]] == [kpi.value for kpi in everything["kpis"]]


def test_chips_of_stock_count_what_the_filters_leave(sams: Any, made: Planned) -> None:
    for given in ({"q": "CPS"}, {"class": "A"}, {"q": "no such"}):
        for show in ("all", "excess", "below"):
            found = sams.get("/supply/inventory/", given | {"show": show}).context
            chosen = next(chip for chip in found["chips"] if chip["on"])
            assert chosen["count"] == str(found["page"].paginator.count)
    assert sams.get("/supply/inventory/").context["chips"][0]["count"] != "0"


def test_chips_of_exceptions_count_what_words_and_kind_leave(sams: Any, made: Planned) -> None:
    every = sams.get("/supply/exceptions/").context
    kind = every["lines"][0]["row"]["exception"].kind
    for given in ({"q": "CPS"}, {"kind": kind}, {"q": "no such"}):
        found = sams.get("/supply/exceptions/", given).context
        assert found["states"][0]["count"] == str(found["totals"].count)
    assert every["states"][0]["count"] == str(every["totals"].count) != "0"


@pytest.mark.parametrize("order_by", ["act_by", "-act_by", "item_code", "-worth"])
def test_pages_of_orders_and_messages_together_are_the_whole_list_in_order(
    sam: Any, made: Planned, order_by: str
) -> None:
    rows = orders.order_rows(sam, made.plan, OrderFilters(), day=made.plan.as_of, order_by=order_by)
    whole = list(rows[0 : len(rows)])
    assert {row[0] for row in whole} == {orders.ORDER, orders.MESSAGE}
    assert [row for first in range(0, len(rows), 4) for row in rows[first : first + 4]] == whole
    column = orders.COLUMNS.index(order_by.lstrip("-"))
    known = [row[column] for row in whole if row[column] is not None]
    assert known == sorted(known, reverse=order_by.startswith("-"))


def test_scope_limits_every_page(client: Any, person: Callable[..., Any], made: Planned) -> None:
    from supply.models import PlanLine

    client.force_login(person("cara", "supply_planner", category=made.categories["Drinks"]))
    seen = client.get("/supply/inventory/").context["page"].object_list
    assert {line.item.category.code for line in seen} == {"Capsules"}
    rows = client.get("/supply/").context["rows"]
    assert {row["item"].category.code for row in rows} == {"Capsules"}
    other = PlanLine.objects.filter(plan=made.plan, item__category__code="Bottles").first()
    assert client.get(f"/supply/items/{other.item_id}/{other.location_id}/").status_code == 404


def test_kpi_of_the_page_equals_its_explanation(sams: Any, sam: Any, made: Planned) -> None:
    from siop.web import explanations

    for path in ("/supply/", "/supply/inventory/", "/supply/exceptions/", "/supply/capacity/"):
        for kpi in sams.get(path).context["kpis"]:
            kind, *keys = kpi.why.removeprefix("/web/why/").split("/")
            found = explanations.explain(sam, kind, *keys)
            assert found.context()["total"]["value"] == kpi.value, kpi.label
            assert sams.get(kpi.why).status_code == 200


def test_a_count_names_the_most_pressing_of_what_it_counts(sams: Any, sam: Any, made: Planned) -> None:
    """Ten item-locations below their safety stock: eight by name, the emptiest first, two together."""
    from siop.web.explanations import explain
    from supply.models import PlanLine
    from supply.selectors.pages import inventory

    lines = list(inventory.inventory(sam, made.plan).filter(safety__gt=0)[:10])
    for part, line in enumerate(lines):
        PlanLine.objects.filter(pk=line.pk).update(on_hand=vars(line)["safety"] * (0.9 - part / 20))
    below = inventory.summary(inventory.summary_by_location(inventory.inventory(sam, made.plan)))
    found = explain(sam, "count", str(made.plan.pk), "below")
    assert float(found.total) == below["n_below"] + below["n_short"]
    assert sum(float(part.value) for part in found.parts) == float(found.total)


def test_stock_on_hand_is_the_sum_of_the_lots_that_can_be_used(sams: Any, sam: Any, made: Planned) -> None:
    """Lots of the newest count; those that expired before the plan began do not count; a later count does not either."""

    from inventory.models import StockOnHand
    from siop.plans.selectors import planning_day
    from siop.web.explanations import explain
    from supply.models import PlanLine

    line, today = made.lines[0], planning_day(made.plan)
    StockOnHand.objects.all().delete()
    lots = [(0, None, 40), (0, 30, 25), (0, -1, 7), (-9, None, 500), (5, None, 900)]
    for counted, expires, units in lots:
        StockOnHand.objects.create(
            item=line.item, location=line.location, date=today + timedelta(days=counted), quantity=units,
            expiry_date=None if expires is None else today + timedelta(days=expires),
        )  # fmt: skip
    PlanLine.objects.filter(pk=line.pk).update(on_hand=65)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    assert [float(part.value) for part in explain(sam, "on_hand", *keys).parts] == [25, 40]
    PlanLine.objects.filter(pk=line.pk).update(on_hand=70)
    assert [float(part.value) for part in explain(sam, "on_hand", *keys).parts] == [25, 40, 5]
    assert sams.get(f"/web/why/on_hand/{'/'.join(keys)}").status_code == 200


def test_a_count_after_the_plans_day_is_named_with_the_way_to_plan_by_it(sam: Any, made: Planned) -> None:
    from inventory.models import StockOnHand
    from siop.plans.selectors import planning_day
    from siop.web.explanations import explain

    line, today = made.lines[0], planning_day(made.plan)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    StockOnHand.objects.all().delete()
    StockOnHand.objects.create(item=line.item, location=line.location, date=today, quantity=40)
    assert explain(sam, "on_hand", *keys).note == ""
    later = today + timedelta(days=5)
    StockOnHand.objects.create(item=line.item, location=line.location, date=later, quantity=900)
    assert f"recompute --as-of {later.isoformat()}" in explain(sam, "on_hand", *keys).note


def test_a_lead_time_is_told_by_the_terms_in_force_and_adds_up(sams: Any, sam: Any, made: Planned) -> None:
    """50 days of which 30 at sea, give or take 4; from the plan's first day on it is 70, and 20 more before it ships."""
    from datetime import timedelta

    from inventory.models import InventoryTarget
    from siop.web.explanations import explain
    from supply.models import SourcingLane

    line = made.lines[0]
    place = {"item": line.item, "location": line.location}
    SourcingLane.objects.filter(**place).delete()
    terms = place | {"kind": "buy", "supplier": made.suppliers[0], "transit_days": 30, "lead_time_sd_days": 4}
    SourcingLane.objects.create(lead_time_days=50, **terms)
    InventoryTarget.objects.filter(plan=made.plan, **place).update(lead_time_days=50, lead_time_sd_days=4)
    keys = (str(made.plan.pk), str(line.item_id), str(line.location_id))
    found = explain(sam, "lead_time", *keys)
    assert [(part.label, float(part.value)) for part in found.parts] == [
        ("Until it ships", 20),
        ("On the way", 30),
    ]
    assert "give or take 4, as its terms say" in "".join(text for text, _ in found.sentence)
    SourcingLane.objects.create(lead_time_days=70, valid_from=made.plan.as_of - timedelta(days=1), **terms)
    assert [float(part.value) for part in explain(sam, "lead_time", *keys).parts] == [40, 30, -20]
    assert sams.get(f"/web/why/lead_time/{'/'.join(keys)}").status_code == 200


def test_a_count_or_limit_that_does_not_exist_has_no_explanation(sams: Any, made: Planned) -> None:
    for address in (f"count/{made.plan.pk}/nonsense", f"fullest/{made.plan.pk}/nonsense", "actions/nonsense"):
        assert sams.get(f"/web/why/{address}").status_code == 404


def test_actual_lead_time_is_the_mean_of_the_orders_that_came(sams: Any, sam: Any, made: Planned) -> None:
    """30, 40 and 53 days from order to receipt: 41.0 on average, of which 10, 13.33 and 17.67."""
    from datetime import date, timedelta

    from siop.web.explanations import explain
    from supply.models import ScheduledReceipt, Supplier

    late = Supplier.objects.create(code="LATE")
    for number, days in enumerate([30, 40, 53]):
        ordered = date(2026, 4, 1) + timedelta(days=number)
        ScheduledReceipt.objects.create(
            order=f"L-{number}", line="1", item=made.items[0], location=made.locations[0], supplier=late, quantity=10,
            order_date=ordered, requested_date=ordered + timedelta(days=30), due_date=ordered + timedelta(days=30),
            received_date=ordered + timedelta(days=days), received_quantity=10, status="received",
        )  # fmt: skip
    found = explain(sam, "supplier_lead_time", str(made.plan.pk), str(late.pk))
    assert float(found.total) == 41
    assert [round(float(part.value), 2) for part in found.parts] == [17.67, 13.33, 10]


def test_an_older_plan_can_be_looked_at(sams: Any, made: Planned) -> None:
    assert sams.get(f"/supply/?plan={made.plan.pk}").context["plan"] == made.plan
    assert sams.get("/supply/?plan=99999").status_code == 404
    assert sams.get("/supply/?plan=abc").status_code == 404


def test_capacity_over_its_limit_is_marked_and_priced(sams: Any, made: Planned) -> None:
    from supply.models import CapacityLoad

    load = CapacityLoad.objects.get(kind="supplier")
    quiet = [0.0] * 11
    load.required, load.missing, load.tried = [1000.0] + [500.0] * 11, [160.0, *quiet], [1.0, *quiet]
    load.value_of_one_more, load.worth_of_missing = [18.0, *quiet], [2880.0, *quiet]
    load.save()
    answer = sams.get(f"/supply/capacity/?load={load.pk}&h=0")
    assert answer.context["cell"].over == pytest.approx(160)
    page = " ".join(answer.content.decode().split())
    assert "▲ 116" in page
    assert "One more is worth <b>$18.00</b>; all <b>160</b> that are missing save <b>$2,880</b>" in page
    quiet_month = sams.get(f"/supply/capacity/?load={load.pk}&h=1").content.decode()
    assert "Nothing waits for it: more would save no sale." in quiet_month


def test_supplier_scorecard_is_the_one_of_s15(sams: Any, made: Planned) -> None:
    """Ten orders, seven on time in full, three 4, 8 and 18 days late: 70 %, mean delay 3.0 days over all ten."""
    from datetime import date, timedelta

    from supply.models import ScheduledReceipt, Supplier

    late = Supplier.objects.create(code="LATE")
    for number, days in enumerate([0, 0, 0, -5, 0, 0, 0, 4, 8, 18]):
        asked = date(2026, 6, 1) + timedelta(days=7 * number)
        ScheduledReceipt.objects.create(
            order=f"L-{number}", line="1", item=made.items[0], location=made.locations[0], supplier=late, quantity=10,
            order_date=asked - timedelta(days=30), requested_date=asked, due_date=asked,
            received_date=asked + timedelta(days=days), received_quantity=10, status="received",
        )  # fmt: skip
    card = next(
        row["card"] for row in sams.get("/supply/suppliers/").context["rows"] if row["supplier"] == late
    )
    assert (card.orders, card.on_time_in_full, card.otif, card.mean_delay_days) == (10, 7, 0.7, 3.0)


def test_inventory_value_is_units_at_cost(sams: Any, made: Planned) -> None:
    expected = sum(Decimal(line.on_hand) * line.item.unit_cost for line in made.lines)
    kpi = sams.get("/supply/inventory/").context["kpis"][0]
    assert kpi.value == f"{expected:,.0f}"


def test_money_that_was_rounded_when_it_was_stored_still_adds_up(made: Any, sam: Any) -> None:
    """39.1149859 x 5.5 % is 2.1513242; the plan keeps four decimals of it."""
    from siop.web.explanations import explain

    row = plan_exception(
        made.plan, money_at_risk="39.1150", probability=0.0550000062, action_cost=0, avoidable_loss="2.1513"
    )
    found = explain(sam, "exception", str(row.pk))
    assert [part.label for part in found.parts] == ["Loss if nothing is done", "Cost of acting"]
    assert float(found.total) == pytest.approx(2.1513)


def test_what_is_not_asked_for_yet_says_from_when_on_it_will_be(sams: Any, made: Planned) -> None:
    from inventory.models import InventoryTarget
    from supply.models import PlanLine

    line = made.lines[0]
    InventoryTarget.objects.filter(item=line.item, location=line.location).update(daily_demand=0)
    later = [0.0, 0.0, *([50.0] * (len(line.demand) - 2))]
    nothing = [0.0] * len(later)
    address = f"/supply/items/{line.item_id}/{line.location_id}/"
    for demand, said in ((later, "asked for from"), (nothing, "no demand ahead")):
        PlanLine.objects.filter(pk=line.pk).update(demand=demand, dependent_demand=nothing)
        assert said in sams.get(address).context["kpis"][0].note


def test_where_no_item_location_fits_nothing_is_drawn_of_the_rest(sams: Any, made: Planned) -> None:
    assert "What becomes of the stock" in sams.get(PAGES["inventory"]).content.decode()
    assert "What becomes of the stock" not in sams.get(PAGES["inventory"], {"q": "zzz"}).content.decode()


def test_an_item_says_what_blocks_it_and_which_loop_it_is_part_of(sams: Any, made: Planned) -> None:
    line = made.lines[0]
    item, other = line.item, made.items[1]
    item.certificate_date, item.launch_date = (
        line.plan.as_of + timedelta(days=40),
        line.plan.as_of - timedelta(days=9),
    )
    item.save()
    ReturnRule.objects.create(item=item, returns_as=other, location=line.location, rate=0.7, lag_days=30)
    text = sams.get(_item_location(made)).content.decode()
    assert f"No receipt before {day(item.certificate_date)}" in text
    assert "Launch " not in text, "that day is past"
    assert (
        f"70 % of {item.code} comes back as {other.code} after 30 days."
        in sams.get(_item_location(made, "supply")).content.decode()
    )
