"""The inventory page: stock, its value, what each figure is made of."""

import re
from decimal import Decimal
from typing import Any

from planning import Planned

from siop.web.explanations import explain

ITEMS = 2


def test_each_figure_of_an_item_location_in_the_inventory_says_what_it_is_made_of(
    sams: Any, sam: Any, made: Planned
) -> None:
    """100 on hand at 12 each: 70 used in time, 20 too many, 10 expire; 8 a day, 0.02 m³ by the carton of ten."""
    from inventory.models import InventoryTarget
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
            r'data-why="/web/why/(\w+)/' + "/".join(keys) + '"',
            sams.get("/supply/inventory/").content.decode(),
        )
    )
    assert asked >= {*told, "on_hand", "safety_stock", "target"}


def test_chips_of_stock_count_what_the_filters_leave(sams: Any, made: Planned) -> None:
    for given in ({"q": "CPS"}, {"class": "A"}, {"q": "no such"}):
        for show in ("all", "excess", "below"):
            found = sams.get("/supply/inventory/", given | {"show": show}).context
            chosen = next(chip for chip in found["chips"] if chip["on"])
            assert chosen["count"] == str(found["page"].paginator.count)
    assert sams.get("/supply/inventory/").context["chips"][0]["count"] != "0"


def test_inventory_value_is_units_at_cost(sams: Any, made: Planned) -> None:
    expected = sum(Decimal(line.on_hand) * line.item.unit_cost for line in made.lines)
    kpi = sams.get("/supply/inventory/").context["kpis"][0]
    assert kpi.value == f"{expected:,.0f}"


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
    assert "What becomes of the stock" in sams.get("/supply/inventory/").content.decode()
    assert "What becomes of the stock" not in sams.get("/supply/inventory/", {"q": "zzz"}).content.decode()
