"""Scenarios as options of an agenda item: offered, weighed in money, decided, and kept when the agenda is built anew."""

from typing import Any

import pytest
from factories import cycle_in, somebody
from scenario_company import AS_OF, demand, planned_company

from forecasting.selectors.demand_cube import forget_all
from meetings.errors import CycleError
from meetings.models import AgendaItem
from meetings.selectors.options import chart_of, offered, options_of, to_offer
from meetings.services import agenda, decisions
from supply.models import PlanLine, ScenarioLine
from supply.services import scenarios

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cycle_once(kept_rows: None) -> Any:
    planned_company()
    return cycle_in("executive_meeting", somebody("ada", "administrator"), period=AS_OF)


@pytest.fixture
def item(cycle_once: Any, erin: Any) -> Any:
    forget_all()
    return agenda.add(person=erin, title=f"How many caps in {cycle_once}?")


def test_a_scenario_is_an_option_with_its_money_and_is_decided(item: Any, erin: Any, sam: Any) -> None:
    plus, price = (
        scenarios.create(person=sam, name=name, changes=[change])
        for name, change in (
            ("Ten more", demand(10, item="CAP")),
            ("Dearer", {"kind": "price", "target": {"item": "CAP"}, "after": {"pct": 10}}),
        )
    )
    assert set(to_offer(item)) == {plus, price}
    for one in (plus, price):
        item = agenda.offer(person=sam, item=item, scenario=one)
    first, second = options_of(item)
    assert (first["title"], first["money"], first["scenario"]) == ("Ten more", 32_400.0, plus.pk)
    assert second["money"] == 48_600.0
    assert [label for label, _, _ in first["figures"]] == [label for label, _, _ in second["figures"]]

    decision = decisions.decide(
        person=erin,
        cycle=item.cycle,
        question=item.title,
        options=options_of(item),
        chosen=0,
        agenda_item=item,
    )
    assert decision.options[decision.chosen]["scenario"] == plus.pk
    with pytest.raises(CycleError, match="is decided"):
        agenda.withdraw(person=sam, item=item, scenario_id=price.pk)


def test_what_was_offered_stays_when_the_agenda_is_built_anew_and_is_taken_away(
    item: Any, ada: Any, sam: Any
) -> None:
    scenario = scenarios.create(person=sam, name="Ten more", changes=[demand(10, item="CAP")])
    built = agenda.rebuild(person=ada)[0]
    agenda.offer(person=sam, item=built, scenario=scenario)
    again = next(one for one in agenda.rebuild(person=ada) if one.pk == built.pk)
    assert offered(again) == [scenario]
    assert offered(agenda.withdraw(person=sam, item=again, scenario_id=scenario.pk)) == []
    extra = [scenarios.create(person=sam, name=f"Plus {number}") for number in range(4)]
    for one in extra[:3]:
        again = agenda.offer(person=sam, item=again, scenario=one)
    with pytest.raises(CycleError, match="3 scenarios"):
        agenda.offer(person=sam, item=again, scenario=extra[3])


def test_the_chart_shows_what_each_scenario_makes_of_the_stock_and_names_those_that_leave_it(
    item: AgendaItem, sam: Any
) -> None:
    line = PlanLine.objects.get(plan=item.cycle.plan, item__code="CAP")
    stock = {"name": "Stock at period end", "kind": "line", "values": line.closing}
    chart = {"title": "CAP is short", "spec": {"x": ["Jan", "Feb"], "series": [stock]}}
    item.facts = {
        "options": [{"title": "Accept it"}],
        "chart": chart,
        "place": [line.item_id, line.location_id],
    }
    item.save()
    assert chart_of(item) == chart
    plus = scenarios.create(person=sam, name="Half more", changes=[demand(50, item="CAP")])
    dearer = {"kind": "price", "target": {"item": "BTL"}, "after": {"pct": 10}}
    for one in (plus, scenarios.create(person=sam, name="Dearer bottles", changes=[dearer])):
        item = agenda.offer(person=sam, item=item, scenario=one)
    shown = chart_of(item)
    assert shown is not None
    changed = ScenarioLine.objects.get(scenario=plus, item=line.item_id)
    expected = [stock - short for stock, short in zip(changed.closing, changed.shortage, strict=True)]
    assert [row["name"] for row in shown["spec"]["series"]] == ["Stock at period end", "2 Half more"]
    assert shown["spec"]["series"][1]["values"] == expected != line.closing
    assert shown["spec"]["foot"] == "Option 3: the same stock as the plan's."


def test_options_beside_scenarios_say_what_their_figures_are_of_and_name_the_shortage_of_the_same_place(
    item: AgendaItem, sam: Any
) -> None:
    line = PlanLine.objects.get(plan=item.cycle.plan, item__code="CAP")
    item.facts = {"options": [{"title": "Accept it"}], "place": [line.item_id, line.location_id]}
    item.save()
    assert options_of(item) == [{"title": "Accept it"}]
    more = scenarios.create(person=sam, name="Ten times as many", changes=[demand(900, item="CAP")])
    own, beside = options_of(agenda.offer(person=sam, item=item, scenario=more))
    short = max(ScenarioLine.objects.get(scenario=more, item=line.item_id).shortage)
    assert short > 0
    assert own["about"] == "This item alone"
    assert beside["about"] == "This item, then the whole plan"
    assert beside["figures"][0] == ["Most short here", f"{short:,.0f}", "bad"]
