"""S34: never run out, 0.1 %: more than 10 of 10,000 seeded paths short within the protection interval, no approval
without an executive exception with a name."""

from datetime import date

import pytest
from chain import days_in, demand_rows, exported, plan_now
from factories import cycle_in, heads, move_to

from inventory.models import InventoryTarget
from meetings.errors import CycleError
from meetings.services import agenda, approvals, decisions
from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)
LEAD_DAYS, A_DAY, SD_A_DAY = 60, 100, 30
BUCKET_DAYS = 365.25 / 12


def capsules(*, on_hand: float, sd_days: float = 0) -> None:
    rows = demand_rows("CAP", "NJ", AS_OF, [A_DAY * days for days in days_in(AS_OF, 24)])
    load_tables(
        {
            "categories": [{"category": "CAPSULES"}],
            "items": [
                {"item": "CAP", "category": "CAPSULES", "service_policy": "never_run_out", "service_target": "0.999",
                 "unit_cost": 2, "unit_price": 5}
            ],
            "locations": [{"location": "NJ"}],
            "suppliers": [{"supplier": "FILLER"}],
            "sourcing": [
                {"item": "CAP", "location": "NJ", "source": "FILLER", "kind": "buy", "lead_time_days": LEAD_DAYS,
                 "lead_time_sd_days": sd_days}
            ],
            "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": on_hand}],
            "demand": [row | {"error_sd": SD_A_DAY * BUCKET_DAYS**0.5} for row in rows],
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)


def risk() -> float:
    return InventoryTarget.objects.get(plan__status="draft").simulated_risk


@pytest.mark.django_db
@pytest.mark.parametrize(("sds", "holds"), [(3.6, True), (2.6, False)])
def test_more_than_ten_short_paths_of_ten_thousand_stop_the_approval(ada, person, sds, holds):
    """Demand over 60 days has a mean of 6,000 and an sd of 30 x sqrt(60) = 232."""
    capsules(on_hand=round(6000 + sds * SD_A_DAY * LEAD_DAYS**0.5))
    cycle_in("executive_meeting", ada, period=AS_OF)
    head = heads(person)["operations"]

    assert (risk() <= 0.001) is holds
    if holds:
        assert approvals.approve(person=head)
        return
    with pytest.raises(CycleError, match="1 never-run-out target does not hold: CAP"):
        approvals.approve(person=head)


@pytest.mark.django_db
def test_a_named_executive_exception_lets_the_plan_be_approved(ada, erin, person):
    capsules(on_hand=5000)
    cycle = cycle_in("executive_meeting", ada, period=AS_OF)
    head = heads(person)["operations"]
    agenda.build(cycle)
    topic = cycle.agenda.get(key="never_run_out")
    with pytest.raises(CycleError):
        approvals.approve(person=head)

    options = topic.facts["options"]
    question = {
        "person": erin,
        "cycle": cycle,
        "question": topic.title,
        "options": options,
        "agenda_item": topic,
    }

    decisions.decide(**question, chosen=0, text="Bring stock forward")
    cycle.refresh_from_db()
    assert cycle.stage == "supply_review"

    move_to("executive_meeting", ada)
    with pytest.raises(CycleError, match="does not hold"):
        approvals.approve(person=head)

    accepted = decisions.decide(**question, chosen=1, text="Accepted until the air freight lands")
    assert accepted.approver == erin
    assert approvals.approve(person=head)


@pytest.mark.django_db
def test_the_target_itself_is_confirmed_by_paths() -> None:
    """A late receipt makes demand over the lead time skewed: the paths ask for more than the formula."""
    capsules(on_hand=12_000, sd_days=10)
    (target,) = exported("safety_stock")
    by_formula = 3.0902 * ((30**2 * 60) + (100 * 10) ** 2) ** 0.5
    assert by_formula < target["safety_stock"] < 1.3 * by_formula
    assert "never run out 99.9 %" in target["reason"]


@pytest.mark.django_db
def test_stock_on_its_way_counts_when_it_lands_in_time(ada):
    capsules(on_hand=4000)
    load_tables(
        {
            "scheduled_receipts": [
                {"order": "PO-1", "line": "1", "item": "CAP", "location": "NJ", "supplier": "FILLER", "quantity": 4000,
                 "order_date": "2025-12-01", "due_date": "2026-01-20", "status": "in_transit"}
            ]
        }
    )  # fmt: skip
    plan_now(as_of=AS_OF)
    cycle_in("executive_meeting", ada, period=AS_OF)
    assert risk() <= 0.001
