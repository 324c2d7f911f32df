"""The supply plan as a list: its order, its counts, its pages; and what chips count."""

from typing import Any

import pytest
from planning import Planned

from supply.enums import OrderStatus
from supply.selectors.pages import orders
from supply.selectors.pages.orders import KINDS, OrderFilters

ITEMS = 2


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


def test_chips_of_exceptions_count_what_words_and_kind_leave(sams: Any, made: Planned) -> None:
    every = sams.get("/supply/exceptions/").context
    kind = every["lines"][0]["row"]["exception"].kind
    for given in ({"q": "CPS"}, {"kind": kind}, {"q": "no such"}):
        found = sams.get("/supply/exceptions/", given).context
        assert found["states"][0]["count"] == str(found["totals"].count)
    assert every["states"][0]["count"] == str(every["totals"].count) != "0"
