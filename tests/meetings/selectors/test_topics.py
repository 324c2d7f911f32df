"""What the agenda takes up of the exceptions: the greatest stakes, also where nothing can be avoided any more."""

import pytest
from factories import AS_OF, company, cycle_in, live_plan, plan_exception

from meetings.selectors.topics import stock_chart, topics
from supply.models import PlanLine

pytestmark = pytest.mark.django_db


def test_a_shortage_that_the_plan_can_only_lessen_is_taken_up_by_its_loss(ada) -> None:
    plan = live_plan(company(("Bottles",)), demand=100)
    stays = {"money_at_risk": 41_000, "action_cost": 200, "avoidable_loss": 0}
    plan_exception(plan, title="Flown already", action="order_now", **stays)
    plan_exception(
        plan, title="Put off", kind="defer", money_at_risk=3000, action_cost=0, avoidable_loss=3000
    )
    plan_exception(plan, title="Not worth acting", action="", **stays)
    found = [
        topic for topic in topics(cycle_in("executive_meeting", ada, period=AS_OF)) if topic.key[:4] == "exce"
    ]
    assert [topic.title for topic in found] == ["Flown already", "Put off"]
    assert "41,000 lost even so" in found[0].detail
    assert "3,000 avoidable" in found[1].detail
    accept, act = found[0].facts["options"]
    assert (accept["label"], act["label"]) == ("against accepting it", "the plan counts on it already")
    assert found[1].facts["options"][1]["label"] == "against accepting it"


@pytest.mark.parametrize(
    ("late", "parts", "said"),
    [
        (407, [["407 units at risk", 1]], "BOT-1 at NJ is 407 short at the end of Jan 27"),
        (417, [["417 units at risk", 1]], "; the 417 that come late count what is late within a period, too"),
        (
            417,
            [["410 of BOT-1 at NJ", 1], ["7 of BOT-2 at NJ", 1]],
            "; the 417 that come late count other items and what is late within a period, too",
        ),
    ],
)
def test_a_chart_says_why_its_exception_counts_more_than_the_worst_month_end(late, parts, said) -> None:
    made = company(("Bottles",))
    plan = live_plan(made, demand=100)
    line = PlanLine.objects.get(plan=plan, item=made.items[0], location=made.location)
    line.shortage = [0.0, 407.0, *line.shortage[2:]]
    line.save()
    row = plan_exception(plan, item=line.item, location=line.location, quantity=late, parts=parts)
    title = stock_chart(row)["title"]
    assert title.endswith(said)
    assert "is 407 short at the end of" in title
