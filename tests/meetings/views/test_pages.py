"""Every page opens for its readers with figures of the plan, and says what is missing where there is none."""

from django.urls import reverse

PAGES = ["home", "my_work", "cycle", "reconciliation", "meeting", "decisions", "actions", "accuracy", "packs"]


def test_pages_open_for_each_role(client, world):
    for who in (world.ada, world.dana, world.sam, world.erin, world.team["finance"]):
        client.force_login(who)
        for page in PAGES:
            answer = client.get(reverse(f"meetings:{page}"))
            assert answer.status_code == 200, (who, page)
            assert "December 2026" in answer.content.decode()


def test_outsiders_are_refused(client, world, omar):
    for page in PAGES:
        assert client.get(reverse(f"meetings:{page}")).status_code == 302
    client.force_login(omar)
    for page in PAGES:
        assert client.get(reverse(f"meetings:{page}")).status_code == 403


def test_home_shows_cycle_figures_risks_and_tasks(client, world):
    client.force_login(world.sam)
    text = client.get(reverse("meetings:home")).content.decode()
    assert "Top 2 risks: €80,048 of loss can be avoided" in text
    assert "Second source for part 37" in text
    assert "−€21,600" in text  # 216,000 planned against 237,600 of budget
    assert "the change since November is +€21,600" in text


def test_reconciliation_ties_to_units_times_price(client, world):
    client.force_login(world.dana)
    text = client.get(reverse("meetings:reconciliation")).content.decode()
    assert "€21,600 (−9.1 %) under budget" in text
    assert "216,000" in text


def test_meeting_puts_overdue_actions_first(client, world):
    client.force_login(world.erin)
    page = client.get(reverse("meetings:meeting"))
    items = [item.key for item in page.context["items"]]
    assert items[0] == "overdue"
    assert items[-1] == "approve"
    assert "budget" in items
    assert "exception:shortage:1" in items


def test_scoped_people_do_not_see_the_whole_company(client, world, person):
    bob = person("bob", "demand_planner", category=world.company.categories["Bottles"])
    client.force_login(bob)
    assert client.get(reverse("meetings:meeting")).status_code == 403
    text = client.get(reverse("meetings:reconciliation")).content.decode()
    assert "Bottles" in text
    assert "Capsules" not in text.split("<dialog")[0]
