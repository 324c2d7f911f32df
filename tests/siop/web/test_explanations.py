"""Every number explains itself: parts sum to it exactly, and each link opens its rows."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning import Planned, months, planned

from siop.web import explanations
from siop.web.explanations import DoesNotAddUp, Explanation, Part, rounded_to_sum

QUICK, ALL, LINKS = 50, 1000, 60


def _cells(made: Planned) -> Iterator[tuple[str, tuple[object, ...], Callable[[], float]]]:
    """Every explained number: its kind, its keys, and what the row itself says."""
    from forecasting.models import ConsensusLine, ForecastLine
    from inventory.models import InventoryTarget

    plan = made.plan.pk
    statistical = {line.series_id: line.statistical for line in ForecastLine.objects.all()}
    consensus = {line.series_id: line.quantity for line in ConsensusLine.objects.filter(plan=plan)}
    nodes: list[tuple[str, list[int]]] = [(f"s{one.pk}", [one.pk]) for one in made.series]
    for item in made.items:
        nodes.append((f"i{item.pk}", [s.pk for s in made.series if s.item_id == item.pk]))
        for place in made.locations:
            mine = [s.pk for s in made.series if (s.item_id, s.location_id) == (item.pk, place.pk)]
            nodes.append((f"i{item.pk}-l{place.pk}", mine))
    below = {"Drinks": ("Capsules",), "Capsules": ("Capsules",), "Bottles": ("Bottles",)}
    for name, category in made.categories.items():
        nodes.append((f"c{category.pk}", [s.pk for s in made.series if s.item.category.code in below[name]]))
    nodes.append(("all", [s.pk for s in made.series]))
    for h, month in enumerate(months()):
        for key, series in nodes:
            yield "forecast", (plan, key, month), lambda h=h, s=series: sum(statistical[k][h] for k in s)
            yield "consensus", (plan, key, month), lambda h=h, s=series: sum(consensus[k][h] for k in s)
        for line in made.lines:
            keys = (plan, line.item_id, line.location_id, month)
            yield "closing", keys, lambda h=h, line=line: line.closing[h]
            yield "shortage", keys, lambda h=h, line=line: line.shortage[h]
            yield "opening", keys, lambda h=h, line=line: line.opening[h]
            yield "dependent_demand", keys, lambda h=h, line=line: line.dependent_demand[h]
            yield "scheduled_receipts", keys, lambda h=h, line=line: line.scheduled_receipts[h]
            yield "closing_value", keys, lambda h=h, line=line: line.closing[h] * 12
    for target in InventoryTarget.objects.filter(plan=plan):
        keys = (plan, target.item_id, target.location_id)
        yield "safety_stock", keys, lambda target=target: target.safety_stock
        yield "target", keys, lambda target=target: target.safety_stock + target.reserve
    for order in made.orders:
        yield "order", (order.pk,), lambda order=order: float(order.quantity)
    for one in made.exceptions:
        yield "exception", (one.pk,), lambda one=one: float(one.avoidable_loss)


def _drawn(made: Planned, count: int) -> list[Any]:
    """Up to `count` random cells of each kind."""
    by_kind: dict[str, list[Any]] = {}
    for cell in _cells(made):
        by_kind.setdefault(cell[0], []).append(cell)
    random = Random(3)
    return [cell for cells in by_kind.values() for cell in random.sample(cells, min(count, len(cells)))]


def _number(text: str) -> Decimal:
    return Decimal(text.replace("\u2212", "-").replace("+", "").replace(",", "").replace(" %", ""))


def _check(person: Any, kind: str, keys: tuple[object, ...], shown: float) -> set[str]:
    explanation = explanations.explain(person, kind, *map(str, keys))
    assert float(explanation.total) == pytest.approx(shown, rel=1e-9, abs=1e-9)
    assert sum(float(part.value) for part in explanation.parts) == pytest.approx(shown, rel=1e-6, abs=1e-6)
    context = explanation.context()
    for group in (context, *context["groups"]):
        printed = sum(_number(part["value"]) for part in group["parts"])
        assert printed == _number(group["total"]["value"]), (kind, keys)
    links = {source.url for source in explanation.sources} | {
        part.url for part in explanation.parts if part.url
    }
    assert explanation.sources or any(part.url for part in explanation.parts), f"{kind} leads nowhere"
    return links


def _check_all(client: Any, person: Any, made: Planned, count: int) -> None:
    client.force_login(person)
    links: set[str] = set()
    for kind, keys, shown in _drawn(made, count):
        links |= _check(person, kind, keys, shown())
    for link in _some_of_each(links):
        answer = client.get(link)
        assert answer.status_code == 200, link


def _some_of_each(links: set[str]) -> list[str]:
    """Up to LINKS of each page that links lead to."""
    by_page: dict[str, list[str]] = {}
    for link in sorted(links):
        by_page.setdefault("/".join(link.partition("?")[0].split("/")[:4]), []).append(link)
    random = Random(5)
    return [link for found in by_page.values() for link in random.sample(found, min(LINKS, len(found)))]


def test_parts_sum_to_the_number_and_links_open_rows(client: Any, dana: Any) -> None:
    _check_all(client, dana, planned(dana, items=2), QUICK // 10)


@pytest.mark.slow
def test_thousand_random_cells_of_every_kind_sum_and_link(client: Any, dana: Any) -> None:
    _check_all(client, dana, planned(dana, items=4), ALL)


def test_rows_behind_a_forecast_are_the_sales_of_that_month(client: Any, dana: Any) -> None:
    made = planned(dana, items=1)
    series = made.series[0]
    found = explanations.explain(dana, "forecast", str(made.plan.pk), f"s{series.pk}", "2027-03-01")
    client.force_login(dana)
    answer = client.get(found.sources[0].url)
    assert found.sources[0].label == "Sales in Mar 26"
    assert answer.context["page"].paginator.count == 1
    assert answer.context["page"].object_list[0].date.isoformat() == "2026-03-05"


def test_panel_for_htmx_and_page_for_a_link(client: Any, dana: Any) -> None:
    made = planned(dana, items=1)
    client.force_login(dana)
    line = made.lines[0]
    address = explanations.url("closing", made.plan.pk, line.item_id, line.location_id, months()[0])
    panel = client.get(address, headers={"HX-Request": "true"}).content.decode()
    page = client.get(address).content.decode()
    assert "<html" not in panel
    assert "<html" in page
    assert "Why " in panel


@pytest.mark.parametrize(
    "path",
    ["nothing/1", "closing/1/2/3", "forecast/1/x9/2026-12-01", "forecast/1/all/yesterday", "order/999"],
)
def test_unknown_numbers_are_not_found(client: Any, dana: Any, path: str) -> None:
    client.force_login(dana)
    assert client.get(f"/web/why/{path}").status_code == 404


def test_outsider_may_not_ask(client: Any, dana: Any, omar: Any) -> None:
    made = planned(dana, items=1)
    client.force_login(omar)
    assert client.get(explanations.url("order", made.orders[0].pk)).status_code == 403


def test_scope_hides_numbers_of_other_families(client: Any, dana: Any, person: Any) -> None:
    made = planned(dana, items=1)
    scoped = person("cara", "demand_planner", category=made.categories["Drinks"])
    client.force_login(scoped)
    own, other = (
        next(line for line in made.lines if line.item.category.code == code)
        for code in ("Capsules", "Bottles")
    )
    for line, status in ((own, 200), (other, 404)):
        address = explanations.url("closing", made.plan.pk, line.item_id, line.location_id, months()[0])
        assert client.get(address).status_code == status
    total = explanations.explain(scoped, "consensus", str(made.plan.pk), "all", "2026-12-01").total
    inner = explanations.explain(
        dana, "consensus", str(made.plan.pk), f"c{made.categories['Drinks'].pk}", "2026-12-01"
    )
    assert float(total) == pytest.approx(float(inner.total))


def test_parts_that_miss_the_number_are_refused() -> None:
    wrong = Explanation(
        title="Why 5?",
        sentence=[],
        parts=[Part(label="a", value=2), Part(label="b", value=2)],
        total=5,
        total_label="x",
    )
    with pytest.raises(DoesNotAddUp, match="parts sum to 4"):
        wrong.check()


@given(
    st.lists(st.floats(-1e7, 1e7, allow_nan=False), min_size=1, max_size=12),
    st.integers(min_value=0, max_value=3),
)
def test_printed_parts_always_sum_to_the_printed_total(values: list[float], places: int) -> None:
    total = sum(values)
    shown = rounded_to_sum(values, total, places=places)
    unit = Decimal(1).scaleb(-places)
    assert sum(shown) == Decimal(str(total)).quantize(unit, "ROUND_HALF_UP")
    assert all(abs(Decimal(str(value)) - part) <= unit for value, part in zip(values, shown, strict=True))
