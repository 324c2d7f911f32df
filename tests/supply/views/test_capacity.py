"""Capacity: what the map says of limits that are far exceeded, outgrown, or priced in space."""

from datetime import date
from typing import Any

import pytest
from chain import demand_rows, plan_now
from planning import Planned, planned

from siop.gather.services import load_tables
from supply.enums import LoadKind
from supply.models import CapacityLoad, Routing
from supply.selectors.pages.capacity import orders_on


@pytest.fixture
def made(dana: Any) -> Planned:
    return planned(dana, items=1)


def _load(
    made: Planned, kind: LoadKind, code: str, required: float, available: float = 100.0
) -> CapacityLoad:
    months = made.plan.horizon
    return CapacityLoad.objects.create(
        plan=made.plan, kind=kind, code=code, unit="m3", required=[required] * months, available=[available] * months
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "says"), [(12.5, "12.50</b>"), (0.0, "more space would change none of them")]
)
def test_space_has_a_price_where_targets_were_cut_to_fit(
    sams: Any, made: Planned, price: float, says: str
) -> None:
    place = made.locations[0]
    load = made.plan.loads.get(kind=LoadKind.STORAGE, code=place.code)
    made.plan.inputs |= {"prices_of_space": {str(place.pk): price} if price else {}}
    made.plan.save()
    page = sams.get(f"/supply/capacity/?load={load.pk}&h=0").content.decode()
    assert says in page.split("What more space is worth")[1]


@pytest.mark.parametrize(("required", "shown"), [(87.4, "87"), (998.0, "998"), (1250.0, "999+")])
def test_a_percent_of_four_digits_does_not_burst_its_column(
    sams: Any, made: Planned, required: float, shown: str
) -> None:
    load = _load(made, LoadKind.RESOURCE, "OVEN", required)
    groups = sams.get("/supply/capacity/?kind=resource").context["groups"]
    (row,) = (row for row in groups[0]["rows"] if row["name"].startswith(load.code))
    assert {cell["text"] for cell in row["cells"]} == {shown}
    assert all(f"{required:,.0f} of 100" in cell["title"] for cell in row["cells"])


@pytest.mark.django_db
def test_what_is_made_ahead_of_a_full_month_is_told_on_its_order_and_in_both_months(sams: Any) -> None:
    """80, 150 and 60 on a line of 100 a month: 20 of February's are made in the last seven days of January."""
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}],
            "sourcing": [{"item": "CAP", "location": "NJ", "source": "NJ", "kind": "make", "lead_time_days": 0}],
            "policies": [{"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}],
            "resources": [{"resource": "LINE", "location": "NJ", "capacity_per_month": 100}],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "demand": demand_rows("CAP", "NJ", date(2026, 1, 1), [80, 150, 60]),
        }
    )  # fmt: skip
    plan = plan_now(as_of=date(2026, 1, 1))
    load = plan.loads.get(code="LINE")
    assert load.made_ahead[:3] == [20, 0, 0]
    texts = [sams.get(f"/supply/capacity/?load={load.pk}&h={h}").content.decode() for h in (0, 1, 2)]
    said = [
        "<b>20</b> are made for later months",
        "<b>20</b> of what is received in Feb 26 are made before it",
    ]
    assert [[words in text for words in said] for text in texts] == [
        [True, False],
        [False, True],
        [False, False],
    ]
    reasons = plan.orders.order_by("due_date").values_list("reason", flat=True)
    assert ["begun by 25 Jan 2026, for LINE is full in Feb 26" in reason for reason in reasons] == [
        False, True, False,
    ]  # fmt: skip


def test_what_is_asked_of_an_outgrown_limit_is_told_by_item_location(
    sams: Any, sam: Any, made: Planned
) -> None:
    """Two of the limit a unit: twice what is asked for of the one item that runs on it, in the month it is outgrown."""
    from siop.web.explanations import explain

    line = made.lines[0]
    Routing.objects.create(item=line.item, resource="FILL-1", usage_per_unit=2)
    load = CapacityLoad.objects.get(plan=made.plan, code="FILL-1")
    CapacityLoad.objects.filter(pk=load.pk).update(available=[1.0] * made.plan.horizon)
    answer = sams.get("/supply/capacity/")
    (row,) = answer.context["outlooks"]
    assert row["why"] in answer.content.decode()
    told = explain(sam, "asked_of_limit", str(load.pk), row["outlook"].exceeded.isoformat())
    assert told.total == row["outlook"].asked == 2 * (line.demand[0] + line.dependent_demand[0])
    assert [part.label for part in told.parts] == [f"{line.item.code} at {line.location.code}"]


@pytest.mark.django_db
def test_the_limit_of_one_way_is_named_by_its_mode_follows_its_dates_and_shows_its_orders(sam: Any) -> None:
    """Ships bring 60 a month, 40 from February on; the plane what is lacking of 100. Nothing else takes of the ships."""
    lane = {"item": "CAP", "location": "NJ", "source": "MOULD", "kind": "buy", "lead_time_days": 0}
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "MOULD"}],
            "modes": [{"mode": "SEA"}, {"mode": "AIR"}],
            "sourcing": [
                lane | {"mode": "SEA", "unit_cost": 4, "capacity_per_month": 60, "valid_from": "2025-01-01"},
                lane | {"mode": "SEA", "unit_cost": 4, "capacity_per_month": 40, "valid_from": "2026-02-01"},
                lane | {"mode": "AIR", "unit_cost": 5, "priority": 2},
            ],
            "policies": [{"item": "CAP", "location": "NJ", "service_policy": "fixed_quantity", "service_target": 0}],
            "demand": demand_rows("CAP", "NJ", date(2026, 1, 1), [100, 100]),
        }
    )  # fmt: skip
    plan = plan_now(as_of=date(2026, 1, 1))
    load = plan.loads.get(kind=LoadKind.SUPPLIER)
    assert (load.code, load.available[:3]) == ("MOULD/CAP/NJ/SEA", [60, 40, 40])
    on_it = [
        list(orders_on(sam, plan, load, month).values_list("mode", "quantity"))
        for month in (date(2026, 1, 1), date(2026, 2, 1))
    ]
    assert on_it == [[("SEA", 60)], [("SEA", 40)]]


@pytest.mark.django_db
def test_lines_of_one_name_at_two_plants_show_the_orders_of_their_own(sam: Any) -> None:
    plants = ("NJ", "KL")
    load_tables(
        {
            "items": [{"item": "CAP", "unit_cost": 4, "unit_price": 22}],
            "locations": [{"location": plant} for plant in plants],
            "sourcing": [
                {"item": "CAP", "location": plant, "source": plant, "kind": "make", "lead_time_days": 0} for plant in plants
            ],
            "resources": [{"resource": "LINE", "location": plant, "capacity_per_month": 100} for plant in plants],
            "routings": [{"item": "CAP", "resource": "LINE", "usage_per_unit": 1}],
            "policies": [{"item": "CAP", "location": plant, "service_policy": "fixed_quantity"} for plant in plants],
            "demand": [row for plant in plants for row in demand_rows("CAP", plant, date(2026, 1, 1), [80])],
        }
    )  # fmt: skip
    plan = plan_now(as_of=date(2026, 1, 1))
    loads = plan.loads.filter(kind=LoadKind.RESOURCE)
    shown = {
        load.code: [order.location.code for order in orders_on(sam, plan, load, date(2026, 1, 1))]
        for load in loads
    }
    assert shown == {"LINE at KL": ["KL"], "LINE at NJ": ["NJ"]}


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
