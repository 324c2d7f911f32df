"""One item at one location: its tabs, its coming stock, its neighbours."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from planning import Planned

from siop.web.explanations import explain
from siop.web.templatetags.siop import day
from supply.models import ReturnRule

ITEMS = 2


def _item_location(made: Planned, tab: str = "overview") -> str:
    line = made.lines[0]
    return f"/supply/items/{line.item_id}/{line.location_id}/?tab={tab}"


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


def test_an_older_plan_can_be_looked_at(sams: Any, made: Planned) -> None:
    assert sams.get(f"/supply/?plan={made.plan.pk}").context["plan"] == made.plan
    assert sams.get("/supply/?plan=99999").status_code == 404
    assert sams.get("/supply/?plan=abc").status_code == 404
