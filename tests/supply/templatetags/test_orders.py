"""A row of the supply list is written without a template, but escaped as one."""

from types import SimpleNamespace
from typing import Any

from supply.list_pages.orders import COLUMNS
from supply.templatetags.orders import CELLS, order_row

SHOWN = [column.key for column in COLUMNS]
NAUGHTY = "<b>\"A\" & 'B'</b>"


def row(**given: Any) -> dict[str, Any]:
    item = SimpleNamespace(code="A-1", description="Bottle of a very long name")
    return {
        "pk": 7, "checkbox": True, "tag": ("Planned", "", ""), "act_by": None, "late": False,
        "reference": "P-1", "url": "?order=P-1", "item": item, "location": SimpleNamespace(code="NJ"),
        "place": "/supply/items/1/2/", "units": "1,000", "source": "Maker", "mode": "", "arrives": None, "landed": None,
        "value": 12.5, "why": "/web/why/order/7", "reason": "needed",
    } | given  # fmt: skip


def test_what_people_typed_is_escaped_wherever_it_stands() -> None:
    item = SimpleNamespace(code=NAUGHTY, description=NAUGHTY)
    written = order_row(
        row(
            reference=NAUGHTY,
            url=NAUGHTY,
            item=item,
            location=SimpleNamespace(code=NAUGHTY),
            source=NAUGHTY,
            reason=NAUGHTY,
        ),
        may_release=True,
        shown=SHOWN,
    )
    assert "<b>" not in written
    assert "&lt;b&gt;&quot;A&quot; &amp; &#x27;B&#x27;&lt;/b&gt;" in written


def test_only_who_may_release_chooses_and_only_what_is_not_released() -> None:
    assert 'value="7" data-pick' in order_row(row(), may_release=True, shown=SHOWN)
    assert "box-cell" not in order_row(row(), may_release=False, shown=SHOWN), "nor is there an empty column"
    assert "data-pick" not in order_row(row(checkbox=False), may_release=True, shown=SHOWN)


def test_late_rows_and_changed_quantities_say_so() -> None:
    written = order_row(row(late=True, firm_delta=200), may_release=True, shown=SHOWN)
    assert "overdue" in written
    assert 'title="+200 on what the run proposed"' in written


def test_a_message_without_an_item_has_empty_places() -> None:
    written = order_row(row(pk=None, item=None, location=None, checkbox=False), may_release=True, shown=SHOWN)
    assert "hx-get" not in written
    assert "<td></td>" in written
    assert "A-1" not in written


def test_a_row_has_a_cell_for_each_column_that_is_shown_in_its_order() -> None:
    assert set(CELLS) == set(SHOWN)
    written = order_row(row(), may_release=True, shown=["order", "value"])
    assert written.count("<td") == 3
    assert written.index("P-1") < written.index(">13<")
    assert "Bottle" not in written
