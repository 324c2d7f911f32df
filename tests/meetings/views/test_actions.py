import re
from datetime import date

from django.urls import reverse
from django.utils import timezone

from meetings.enums import ActionStatus
from meetings.models import ActionItem
from meetings.services import actions
from siop.web.models import Notification


def move(client, who, item, status, *, version=2, **headers):
    """Version 2: the action was carried over once."""
    client.force_login(who)
    url = reverse("meetings:move_action", args=[item.pk])
    return client.post(url, {"status": status, "version": version}, headers=headers)


def test_board_and_list_show_late_ones_first(client, world):
    actions.create(
        person=world.erin, cycle=world.cycle, title="Later", owner=world.dana, due=date(2099, 1, 1)
    )
    client.force_login(world.sam)
    page = client.get(reverse("meetings:actions"))
    assert [card["row"].title for card in page.context["cards"]] == ["Second source for part 37", "Later"]
    assert "late" in page.content.decode()
    mine = client.get(reverse("meetings:actions"), {"show": "mine"})
    assert [card["row"].owner for card in mine.context["cards"]] == [world.sam]
    found = client.get(reverse("meetings:actions"), {"q": "later"})
    assert [card["row"].title for card in found.context["cards"]] == ["Later"]


def test_who_makes_an_action_of_an_exception_stays_in_the_list_and_sees_what_is_being_done(client, world):
    client.force_login(world.erin)
    place = "/supply/exceptions/?kind=expedite&exception=7"
    typed = {
        "title": "Ask for PO-7 earlier.", "owner": world.sam.pk, "due": "2099-01-05", "kind": "corrective",
        "root_cause": "Open order PO-7 is late", "next": place,
    }  # fmt: skip
    answer = client.post(reverse("meetings:create_action"), typed)
    assert answer.url == place
    assert (
        client.post(reverse("meetings:create_action"), typed | {"next": "https://elsewhere"}).url
        == "/actions/"
    )

    def being_done(**asked):
        return client.get(reverse("meetings:actions_against"), asked).content.decode()

    assert "Ask for PO-7 earlier." in being_done(cause="Open order PO-7 is late")
    assert "Ask for PO-7 earlier." in being_done(title="Ask for PO-7 earlier.")
    assert being_done(cause="Another", title="").strip() == ""
    assert being_done().strip() == ""


def test_moving_a_card_answers_with_its_new_version(client, world):
    answer = move(client, world.sam, world.late, "doing", **{"X-Requested-With": "board"})
    assert (answer.status_code, answer.content) == (200, b"3")
    assert move(client, world.sam, world.late, "done", **{"X-Requested-With": "board"}).status_code == 409
    world.late.refresh_from_db()
    assert world.late.status == ActionStatus.DOING


def test_moving_works_without_javascript(client, world):
    assert move(client, world.sam, world.late, "waiting").status_code == 302
    world.late.refresh_from_db()
    assert world.late.status == ActionStatus.WAITING


def offered(client, page):
    """The note behind the Undo of the message on a page."""
    return re.search(r'name="token" value="([^"]+)"', client.get(reverse(page)).content.decode())[1]


def test_an_action_done_from_my_work_is_taken_back_with_the_undo_beside_its_message(client, world):
    client.force_login(world.sam)
    done = {"status": "done", "version": 2, "from": "my_work"}
    client.post(reverse("meetings:move_action", args=[world.late.pk]), done)
    world.late.refresh_from_db()
    assert (world.late.status, bool(world.late.closed)) == (ActionStatus.DONE, True)
    token = offered(client, "meetings:my_work")
    client.post(reverse("meetings:undo_action"), {"token": token})
    world.late.refresh_from_db()
    assert (world.late.status, world.late.closed, world.late.version) == (ActionStatus.OPEN, None, 4)
    again = client.post(reverse("meetings:undo_action"), {"token": token}, follow=True)
    assert "changed by somebody else" in again.content.decode()


def new_action(client, world, owner, **more):
    client.force_login(world.erin)
    typed = {"title": "Ask for PO-7 earlier.", "owner": owner.pk, "due": "2099-01-05", "kind": "corrective"}
    client.post(reverse("meetings:create_action"), typed | more)
    return ActionItem.objects.get(title="Ask for PO-7 earlier.")


def test_a_new_action_is_taken_back_where_it_was_made_and_its_owner_is_not_asked_for_it(client, world):
    place = "/supply/exceptions/?kind=expedite"
    item = new_action(client, world, world.sam, next=place)
    assert Notification.objects.filter(person=world.sam, url=f"/actions/{item.pk}/").exists()
    page = client.get(reverse("meetings:actions")).text
    sent = dict(re.findall(r'<input type="hidden" name="(token|next)" value="([^"]+)">', page))
    answer = client.post(reverse("meetings:undo_new_action"), sent)
    assert answer.url == place
    assert not ActionItem.objects.filter(pk=item.pk).exists()
    assert not Notification.objects.filter(url=f"/actions/{item.pk}/").exists()
    assert f"Taken back: {item.code} is gone." in client.get(reverse("meetings:actions")).text


def test_who_had_the_action_by_mail_is_told_that_it_is_gone(client, world):
    item = new_action(client, world, world.sam)
    Notification.objects.filter(person=world.sam).update(mailed=timezone.now())
    client.post(reverse("meetings:undo_new_action"), {"token": offered(client, "meetings:actions")})
    told = Notification.objects.get(person=world.sam, key=f"no_action:{item.pk}")
    assert told.text == f"Erin took {item.code} back: Ask for PO-7 earlier."


def test_an_action_that_somebody_works_on_stays(client, world):
    item = new_action(client, world, world.sam)
    token = offered(client, "meetings:actions")
    actions.move(person=world.sam, pk=item.pk, version=item.version, status="doing")
    answer = client.post(reverse("meetings:undo_new_action"), {"token": token}, follow=True)
    assert f"{item.code} was worked on in the meantime" in answer.text
    assert ActionItem.objects.filter(pk=item.pk).exists()


def test_undo_of_an_edit_brings_every_field_back(client, world):
    client.force_login(world.sam)
    url, was = reverse("meetings:action", args=[world.late.pk]), (world.late.title, world.late.due)
    form = client.get(url).context["form"].initial
    typed = {"title": "Third source", "due": "2031-01-05", "effect_value": "12.50", "owner": world.sam.pk}
    client.post(url, form | typed)
    client.post(reverse("meetings:undo_action"), {"token": offered(client, "meetings:actions")})
    world.late.refresh_from_db()
    assert (world.late.title, world.late.due) == was
    assert world.late.effect_value == form["effect_value"]


def test_an_action_handed_to_another_offers_no_undo_that_would_be_refused(client, world, person):
    amir = person("amir", "action_owner")
    item = actions.create(
        person=amir, cycle=world.cycle, title="Ask for quotes", owner=amir, due=date(2099, 1, 1)
    )
    client.force_login(amir)
    url = reverse("meetings:action", args=[item.pk])
    form = client.get(url).context["form"].initial
    client.post(url, form | {"owner": world.dana.pk, "due": "2099-01-01", "effect_value": ""})
    page = client.get(reverse("meetings:actions")).content.decode()
    assert "is saved" in page
    assert 'name="token"' not in page


def test_others_do_not_move_ones_card(client, world, person):
    amir = person("amir", "action_owner")
    answer = move(client, amir, world.late, "done", **{"X-Requested-With": "board"})
    assert answer.status_code == 422
    assert "belongs to Sam" in answer.content.decode()


def test_a_card_without_version_is_428(client, world):
    client.force_login(world.sam)
    assert (
        client.post(reverse("meetings:move_action", args=[world.late.pk]), {"status": "done"}).status_code
        == 428
    )


def test_owner_closes_with_evidence_on_one_page(client, world):
    client.force_login(world.sam)
    url = reverse("meetings:action", args=[world.late.pk])
    form = client.get(url).context["form"].initial
    data = form | {
        "owner": world.sam.pk,
        "due": "2026-11-20",
        "effect_value": "",
        "status": "done",
        "evidence": "2 quotes",
    }
    assert client.post(url, data).status_code == 302
    world.late.refresh_from_db()
    assert (world.late.status, world.late.evidence) == (ActionStatus.DONE, "2 quotes")
    blind = client.post(url, data | {"seen": ""})
    assert blind.status_code == 409
    assert "changed by somebody else" in blind.content.decode()


def test_two_people_at_one_action_see_base_mine_and_theirs(client, world):
    client.force_login(world.sam)
    url = reverse("meetings:action", args=[world.late.pk])
    seen = client.get(url).context["form"].initial
    actions.change(person=world.erin, pk=world.late.pk, version=seen["version"], root_cause="Single source")
    mine = seen | {"title": "Third source", "owner": world.sam.pk, "due": "2026-11-20", "effect_value": ""}
    answer = client.post(url, mine)
    assert answer.status_code == 409
    told = [(row.label, row.base, row.mine, row.theirs) for row in answer.context["conflict"]]
    assert told == [
        ("What is to be done", "Second source for part 37", "Third source", "Second source for part 37"),
        ("Root cause", "", "", "Single source"),
    ]
    again = {name: answer.context["form"][name].value() for name in ("seen", "version")}
    assert client.post(url, mine | again).status_code == 302
    world.late.refresh_from_db()
    assert (world.late.title, world.late.root_cause) == ("Third source", "")


def test_new_action_with_errors_keeps_what_was_typed(client, world):
    client.force_login(world.erin)
    answer = client.post(reverse("meetings:create_action"), {"title": "Rent a hall", "kind": "corrective"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Rent a hall" in text
    assert "Name a due date" in text


def test_the_form_of_a_new_action_stands_on_the_page_once(client, world):
    client.force_login(world.erin)
    text = client.get(reverse("meetings:actions")).content.decode()
    assert text.count('name="root_cause"') == 1
