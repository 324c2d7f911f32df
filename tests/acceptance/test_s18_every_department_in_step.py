"""S18: after approval every page, export and API answer carries the same plan version and content hash."""

import hashlib
import io
import json

import pytest
from django.core.management import call_command
from django.urls import reverse
from factories import company, cycle_in, heads, live_plan

from meetings.services import approvals, packs
from siop.accounts.models import Person
from siop.web import exports

OF_A_PLAN = (
    "meetings:home", "meetings:my_work", "meetings:reconciliation", "meetings:actions", "meetings:accuracy",
    "meetings:packs", "forecasting:demand_plan", "supply:plan", "supply:inventory", "supply:capacity",
    "supply:suppliers", "supply:exceptions", "supply:scenarios", "web:exports",
)  # fmt: skip


@pytest.fixture
def published(db, ada, erin, person):
    live_plan(company())
    team = heads(person)
    cycle = cycle_in("executive_meeting", ada)
    for head in team.values():
        approvals.approve(person=head)
    plan = approvals.publish(person=erin)
    cycle.refresh_from_db()
    return cycle, plan


def test_pages_name_the_version_and_its_hash(published, client, erin):
    cycle, plan = published
    client.force_login(erin)
    pack = packs.generate(person=erin, cycle=cycle)
    pages = [reverse("meetings:meeting"), reverse("meetings:cycle"), reverse("meetings:pack", args=[pack.pk])]
    pages += [f"{reverse(page)}?plan={plan.pk}" for page in OF_A_PLAN]
    for page in pages:
        text = client.get(page).content.decode()
        assert f"v{plan.pk}" in text, page
        assert plan.content_hash[:8] in text, page


def test_every_export_carries_both(published, erin):
    _, plan = published
    asked = [kind.kind for kind in exports.kinds() if kind.kind not in ("audit",)]
    assert {"decisions", "action_items", "kpis", "planned_orders", "safety_stock"} <= set(asked)
    for kind in asked:
        found = exports.extract(kind, person=erin, version="published")
        rows = json.loads(b"".join(exports.pieces(found, format="json")))
        rows = rows["rows"] if isinstance(rows, dict) else rows
        for row in rows[:3]:
            assert (row["version"], row["content_hash"]) == (plan.pk, plan.content_hash), kind


def test_the_api_and_the_command_say_the_same(published, client, erin):
    _, plan = published
    token = "a-token-of-erin"
    Person.objects.filter(pk=erin.pk).update(token_digest=hashlib.sha256(token.encode()).hexdigest())
    for kind in exports.kinds():
        answer = client.get(
            f"/api/v1/{kind.kind}?version=published", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        read = exports.extract(kind.kind, person=erin, version="published")
        assert json.loads(text) == json.loads(b"".join(exports.pieces(read, format="json"))), kind.kind
    out = io.StringIO()
    call_command("cycle_status", "--json", stdout=out)
    status = json.loads(out.getvalue())
    assert (status["version"], status["content_hash"]) == (plan.pk, plan.content_hash)
