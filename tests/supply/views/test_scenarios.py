"""The scenarios page: begun, changed, refused where it was typed, compared, promoted, and who may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from scenario_company import demand, planned_company

from forecasting.selectors.demand_cube import forget_all
from siop.plans.models import PlanVersion
from siop.plans.selectors import planning_day
from siop.web.explanations import explain
from siop.web.templatetags.siop import day, signed
from supply.models import PlanException, SourcingLane, SupplierRisk
from supply.services import scenarios
from supply.services.scenarios.keeping import changes_of

pytestmark = pytest.mark.django_db
PAGE = "/supply/scenarios/"


@pytest.fixture(scope="module")
def company(kept_rows: None) -> Any:
    return planned_company()


@pytest.fixture
def plan(company: Any, db: None) -> Any:
    forget_all()
    return PlanVersion.objects.get(pk=company.pk)


@pytest.fixture
def page(client: Any, sam: Any) -> Any:
    client.force_login(sam)
    return client


def made(sam: Any, *changes: Any, name: str = "More caps") -> Any:
    return scenarios.create(person=sam, name=name, changes=list(changes))


def test_an_empty_page_says_what_a_scenario_is(page: Any, plan: Any) -> None:
    text = page.get(PAGE).content.decode()
    assert "Nothing has been tried on this plan yet" in text
    assert "New scenario" in text


def test_the_failure_of_a_supplier_that_was_tested_is_tried_in_one_click(page: Any, plan: Any) -> None:
    lane = SourcingLane.objects.filter(supplier__isnull=False).first()
    assert lane is not None
    assert lane.supplier is not None
    address = f"{PAGE}from-supplier/{lane.supplier.pk}/"
    SupplierRisk.objects.filter(plan=plan).delete()
    assert page.post(address).status_code == 404
    SupplierRisk.objects.create(plan=plan, supplier=lane.supplier, survive_days=5, recover_days=30)
    text = page.post(address, follow=True).content.decode()
    until = day(planning_day(plan) + timedelta(days=30))
    assert f"{lane.supplier.code} ships nothing before {until}" in text
    assert f"{lane.supplier.description or lane.supplier.code} fails" in text


def test_a_scenario_is_begun_changed_and_seen_beside_the_plan(page: Any, plan: Any) -> None:
    answer = page.post(f"{PAGE}new/", {"name": "More caps"}, follow=True)
    scenario = PlanVersion.objects.get(kind="scenario")
    assert "stands on" in answer.content.decode()
    answer = page.post(
        f"{PAGE}{scenario.pk}/changes/", {"kind": "demand", "what": "CAP", "pct": "10", "show": str(scenario.pk)}, follow=True
    )  # fmt: skip
    text = answer.content.decode()
    assert "Demand of CAP +10 %, all periods" in text
    assert "+32,400" in text  # 54,000 x 10 % x (9 - 3)
    assert " style=" not in text


def test_a_scenario_without_changes_asks_for_the_first_one_before_it_can_be_promoted(
    page: Any, plan: Any, sam: Any
) -> None:
    one = made(sam)
    text = page.get(f"{PAGE}?chosen={one.pk}").text
    primary = re.findall(r'<a class="btn pri" href="([^"]+)"[^>]*>([^<]+)</a>', text)
    assert primary == [("#id_what", "Add a change")]
    assert re.search(r'<input[^>]*id="id_what"[^>]*autofocus', text) or re.search(
        r'<input[^>]*autofocus[^>]*id="id_what"', text
    )
    assert "autofocus" not in page.get(PAGE).text.partition('id="add-change"')[2]
    more = made(sam, demand(1.1), name="More")
    text = page.get(f"{PAGE}?chosen={more.pk}").text
    assert "autofocus" not in text[text.index('id="add-change"') :]


def test_three_stand_side_by_side_and_a_fourth_pushes_the_first_out(page: Any, plan: Any, sam: Any) -> None:
    four = [made(sam, demand(step, item="CAP"), name=f"Plus {step}") for step in (1, 2, 3, 4)]
    keys = ",".join(str(one.pk) for one in four)
    context = page.get(f"{PAGE}?show={keys}").context
    assert [column["scenario"].name for column in context["columns"]] == ["Plus 1", "Plus 2", "Plus 3"]
    assert [cell["delta"] for cell in context["groups"][0]["rows"][0]["cells"]] == [
        "+540",
        "+1,080",
        "+1,620",
    ]


def test_differences_only_leaves_out_what_is_equal(page: Any, plan: Any, sam: Any) -> None:
    price = {"kind": "price", "target": {"item": "CAP"}, "after": {"pct": 10}}
    scenario = made(sam, price)
    groups = page.get(f"{PAGE}?show={scenario.pk}&only=differences").context["groups"]
    assert [row["label"] for group in groups for row in group["rows"]] == [
        "Revenue served in its period",
        "Margin",
    ]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"kind": "demand", "what": "NOPE", "pct": "10"}, "There is no item or category"),
        ({"kind": "demand", "what": "CAP", "pct": ""}, "Enter it: change, %."),
        ({"kind": "demand", "what": "CAP", "pct": "5", "first": "2026-03-01", "last": "2026-02-01"},
         "The last month lies before the first"),
        ({"kind": "order", "quantity": "10", "due": "2026-02-01"}, "Name an order, or the item of a new one"),
        ({"kind": "order", "order": "P-none", "quantity": "10", "due": "2026-02-01"}, "is not in the plan"),
        ({"kind": "policy", "item": "CAP", "location": "NJ", "service_policy": "fill_rate", "service_target": "95"},
         "is no share"),
        ({"kind": "lead_time", "days": "5"}, "Name a supplier, an item, or both"),
    ],
)  # fmt: skip
def test_a_refused_change_is_told_where_it_was_typed(
    page: Any, plan: Any, sam: Any, sent: dict[str, str], says: str
) -> None:
    scenario = made(sam)
    answer = page.post(f"{PAGE}{scenario.pk}/changes/?kind={sent['kind']}", sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not scenario.changes.exists()


def test_every_kind_of_change_has_a_form(page: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam)
    kinds = ("demand", "order", "policy", "capacity", "lead_time", "supplier_out", "price", "cost", "tariff")
    for kind in kinds:
        assert page.get(f"{PAGE}?chosen={scenario.pk}&kind={kind}").status_code == 200


def test_an_exception_becomes_a_scenario(page: Any, plan: Any) -> None:
    line = plan.lines.get(item__code="BTL")
    threat = PlanException.objects.create(
        plan=plan, key="shortage/x", rank=1, kind="shortage", title="Shortage: 700 of BTL", item=line.item,
        location=line.location, month="2026-04-01", quantity=700,
    )  # fmt: skip
    answer = page.post(f"{PAGE}from-exception/{threat.pk}/", follow=True)
    assert "Order 700 of BTL at NJ from MOULD air, due 1 Apr 2026" in answer.content.decode()


def test_promotion_asks_for_a_reason_and_is_taken_back(page: Any, plan: Any, sam: Any) -> None:
    order = {
        "kind": "order", "target": {"item": "BTL", "location": "NJ", "source": "MOULD", "mode": "air"},
        "after": {"quantity": 1500, "due": "2026-02-10"},
    }  # fmt: skip
    scenario = made(sam, order)
    address = f"{PAGE}{scenario.pk}/promote/"
    assert "Order 1,500 of BTL" in page.get(address).content.decode()
    assert page.post(address, {"reason": ""}).status_code == 422
    text = page.post(address, {"reason": "Agreed"}, follow=True).content.decode()
    assert "was promoted by Sam: “Agreed”" in text
    assert plan.orders.filter(status="firm").count() == 1
    page.post(f"{PAGE}{scenario.pk}/take-back/")
    assert not plan.orders.filter(status="firm").exists()


def test_a_scenario_that_breaks_a_limit_is_never_the_default_of_promote(
    page: Any, plan: Any, sam: Any
) -> None:
    ahead = {
        "kind": "order", "target": {"item": "BTL", "location": "NJ", "source": "MOULD", "mode": "air"},
        "after": {"quantity": 12000, "due": "2026-01-25"},
    }  # fmt: skip
    scenario = made(sam, ahead)
    text = page.get(f"{PAGE}?show={scenario.pk}").content.decode()
    assert "▲ Promote A" in text
    assert "Promote A to plan" not in text


@pytest.mark.parametrize(("pct", "offered"), [(10, "Promote A to plan</a>"), (-10, "Promote A …</a>")])
def test_a_scenario_that_earns_less_than_the_plan_is_no_primary_button(
    page: Any, plan: Any, sam: Any, pct: int, offered: str
) -> None:
    scenario = made(sam, {"kind": "price", "target": {}, "after": {"pct": pct}})
    text = page.get(f"{PAGE}?show={scenario.pk}").content.decode()
    assert offered in text
    assert (f'class="btn pri" href="{PAGE}{scenario.pk}/promote/"' in text) == (pct > 0)


def test_readers_compare_but_do_not_change(client: Any, person: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam, demand(10, item="CAP"))
    client.force_login(person("gus", "guest"))
    text = client.get(f"{PAGE}?show={scenario.pk}").content.decode()
    assert "Add and compute" not in text
    assert client.post(f"{PAGE}new/", {"name": "x"}).status_code == 403
    assert client.post(f"{PAGE}{scenario.pk}/promote/", {"reason": "x"}).status_code == 403


def test_a_person_sees_the_figures_of_their_own_categories(
    client: Any, person: Any, plan: Any, sam: Any
) -> None:
    from siop.catalog.models import Category

    scenario = made(sam, demand(10, item="CAP"), demand(10, item="BTL"))
    scoped = person("dora", "demand_planner", category=Category.objects.get(code="Bottles"))
    client.force_login(scoped)
    rows = client.get(f"{PAGE}?show={scenario.pk}").context["groups"][0]["rows"]
    assert (rows[0]["base"]["text"], rows[0]["cells"][0]["delta"]) == ("28,000", "+2,800")


def test_scenarios_go_out_as_a_file(page: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam, demand(10, item="CAP"))
    body = b"".join(
        page.get(reverse("web:export_file", args=["scenarios", "csv"])).streaming_content
    ).decode()
    line = next(row for row in body.splitlines() if ",demand," in row)
    assert line.startswith(
        f'{scenario.pk},More caps,Sam,"Demand of CAP +10 %, all periods",6,demand,units,82000,87400,5400'
    )


def policy(target: float) -> Any:
    """What the policy of BTL at NJ would become."""
    return {
        "kind": "policy", "target": {"item": "BTL", "location": "NJ"},
        "after": {"service_policy": "cycle_service", "service_target": target},
    }  # fmt: skip


def test_promotion_writes_nothing_that_its_page_did_not_show(page: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam, policy(0.9))
    address = f"{PAGE}{scenario.pk}/promote/"
    shown = page.get(address).context["looked_at"]
    scenarios.remove_change(person=sam, scenario_id=scenario.pk, change_id=scenario.changes.get().pk)
    scenarios.add_change(person=sam, scenario_id=scenario.pk, **policy(0.99))
    answer = page.post(address, {"reason": "Agreed", "changes": shown, "seen": ["stale", "limits"]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert re.search("it has gained “Policy of BTL.*99.*” and lost “Policy of BTL.*90.*”", text)
    scenario.refresh_from_db()
    assert "promoted" not in scenario.inputs
    again = {"reason": "Agreed", "changes": answer.context["looked_at"], "seen": ["stale", "limits"]}
    assert page.post(address, again).status_code == 302


def test_who_may_not_write_a_change_is_told_who_may_before_a_reason_is_asked_for(
    page: Any, plan: Any, sam: Any
) -> None:
    scenario = made(sam, demand(10, item="CAP"), policy(0.99))
    text = page.get(f"{PAGE}{scenario.pk}/promote/").content.decode()
    assert "Your role may not edit the demand plan; a demand planner may." in text
    assert 'name="reason"' not in text
    assert page.post(f"{PAGE}{scenario.pk}/promote/", {"reason": "x"}).status_code == 403


def test_a_name_given_meanwhile_is_not_written_over_unseen(page: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam, name="More caps")
    scenarios.rename(person=sam, scenario_id=scenario.pk, name="Caps +10 %")
    answer = page.post(f"{PAGE}{scenario.pk}/rename/", {"name": "Fair", "seen": "More caps"}, follow=True)
    scenario.refresh_from_db()
    assert scenario.name == "Caps +10 %"
    assert "was “More caps” when you opened it and is “Caps +10 %” now; “Fair” was not saved" in answer.text


def test_a_name_that_is_too_long_is_refused_and_not_cut(page: Any, plan: Any, sam: Any) -> None:
    scenario = made(sam, name="More caps")
    answer = page.post(f"{PAGE}{scenario.pk}/rename/", {"name": "C" * 121, "seen": "More caps"}, follow=True)
    assert "name has room for 120 characters; this one has 121." in answer.text
    scenario.refresh_from_db()
    assert scenario.name == "More caps"
    copied = scenarios.copy(person=sam, scenario_id=made(sam, name="C" * 120).pk)
    assert copied.name == "C" * 113 + " (copy)"


def test_a_scenario_thrown_away_comes_back_with_its_owner_and_changes_in_order(
    page: Any, plan: Any, sam: Any, person: Any
) -> None:
    olga = person("olga", role="supply_planner")
    scenario = made(olga, demand(10, item="CAP"), demand(-5, item="BTL"), name="Olga's")
    scenarios.add_change(person=olga, scenario_id=scenario.pk, **demand(2, item="CAP"))
    before, planned = changes_of(scenario), PlanVersion.objects.get(pk=scenario.pk).totals
    answer = page.post(f"{PAGE}{scenario.pk}/delete/", follow=True)
    assert "“Olga&#x27;s” is thrown away." in answer.text
    assert not PlanVersion.objects.filter(kind="scenario").exists()
    (token,) = re.findall(r'name="token" value="([^"]+)"', answer.text)
    answer = page.post(f"{PAGE}undo-delete/", {"token": token}, follow=True)
    assert "is back, with its changes" in answer.text
    again = PlanVersion.objects.get(kind="scenario")
    assert (again.name, again.owner, again.base) == ("Olga's", olga, plan)
    assert changes_of(again) == before
    assert {**again.totals, "seconds": 0} == {**planned, "seconds": 0}


def test_an_undo_that_is_not_of_a_scenario_brings_nothing_back(page: Any, plan: Any) -> None:
    answer = page.post(f"{PAGE}undo-delete/", {"token": "forged"}, follow=True)
    assert "can no longer be taken back" in answer.text
    assert not PlanVersion.objects.filter(kind="scenario").exists()


def test_each_difference_of_a_scenario_is_told_by_the_item_locations_that_make_it(
    page: Any, plan: Any, sam: Any
) -> None:
    """10 % more of CAP in six periods: 32,400 more margin, all of it CAP, from its parts."""
    scenario = made(sam, demand(10, item="CAP"))
    answer = page.get(f"{PAGE}?show={scenario.pk}")
    asked = set(re.findall(r'data-why="(/web/why/scenario_delta/[^"]+)"', answer.content.decode()))
    assert f"/web/why/scenario_delta/{scenario.pk}/margin/6" in asked
    for address in asked:
        assert page.get(address).status_code == 200, address
    told = explain(sam, "scenario_delta", str(scenario.pk), "margin", "6")
    row = next(row for group in answer.context["groups"] for row in group["rows"] if row["sum"])
    assert signed(told.total) == row["cells"][0]["delta"]
    assert {part.label.split(" at ")[0] for part in told.parts} == {"CAP"}
    assert float(told.sums[0].total) == pytest.approx(float(told.total))
    rate = explain(sam, "scenario_delta", str(scenario.pk), "fill_rate", "6")
    assert float(rate.total) == pytest.approx(sum(float(part.value) for part in rate.parts))
