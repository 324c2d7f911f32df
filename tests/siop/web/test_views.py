"""Search, comments, notifications and lists of rows."""

from typing import Any

import pytest
from planning import Planned

from siop.web.models import Comment, Notification
from siop.web.services import notify

ITEMS = 1


def _labels(client: Any, text: str) -> list[str]:
    return [hit["label"] for hit in client.get("/web/search/", {"q": text}).json()["results"]]


def test_search_finds_items_suppliers_and_orders(client: Any, sam: Any, made: Planned) -> None:
    client.force_login(sam)
    assert "CAP-101 Capsules 1" in _labels(client, "cap-101")
    assert "MOULDER-A Moulder A" in _labels(client, "moulder")
    assert _labels(client, "P-000001")[0].startswith("P-000001")
    assert _labels(client, "x") == []
    for hit in client.get("/web/search/", {"q": "cap"}).json()["results"]:
        assert client.get(hit["url"]).status_code == 200


def test_without_words_the_palette_recalls_what_was_looked_at_last_and_may_still_be_seen(
    client: Any, sam: Any, made: Planned
) -> None:
    client.force_login(sam)
    assert _labels(client, "") == []
    caps, bottle = (
        next(line for line in made.lines if line.item.code == code) for code in ("CAP-101", "BOT-101")
    )
    for line in (caps, bottle, caps):
        client.get(f"/supply/items/{line.item_id}/{line.location_id}/")
    assert [label.split()[0] for label in _labels(client, "")] == ["CAP-101", "BOT-101"]
    sam.grants.update(category=made.categories["Bottles"])
    assert [label.split()[0] for label in _labels(client, "")] == ["BOT-101"]


def test_search_keeps_to_the_scope(client: Any, person: Any, made: Planned) -> None:
    client.force_login(person("cara", "supply_planner", category=made.categories["Bottles"]))
    assert _labels(client, "Capsules") == []
    assert _labels(client, "Bottles") != []


def test_comment_is_added_shown_as_plain_text_and_resolved(client: Any, sam: Any) -> None:
    client.force_login(sam)
    place = "item-location:A-1/UK"
    panel = client.post(
        "/web/comments/", {"place": place, "text": "<b>Call them</b>"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "&lt;b&gt;Call them&lt;/b&gt;" in panel
    comment = Comment.objects.get(place=place)
    client.post(f"/web/comments/{comment.pk}/resolve/", headers={"HX-Request": "true"})
    comment.refresh_from_db()
    assert comment.resolved is not None
    assert "resolved" in client.get("/web/comments/", {"place": place}).content.decode()


@pytest.mark.parametrize(
    ("place", "text"), [("", "x"), ("nowhere", "x"), ("item:a", "  "), ("item:a", "x" * 2001)]
)
def test_comments_without_place_or_text_are_refused(client: Any, sam: Any, place: str, text: str) -> None:
    client.force_login(sam)
    assert client.post("/web/comments/", {"place": place, "text": text}).status_code == 422
    assert not Comment.objects.exists()


def test_comment_leads_back_to_our_own_page_only(client: Any, sam: Any) -> None:
    client.force_login(sam)
    data = {"place": "item:a", "text": "x"}
    assert client.post("/web/comments/", data | {"next": "/supply/"}).url == "/supply/"
    assert client.post("/web/comments/", data | {"next": "//elsewhere.example"}).url == "/"


def test_notifications_are_ones_own(client: Any, sam: Any, dana: Any) -> None:
    mine = notify(person=sam, key="order:1", text="Order by Friday", url="/supply/")
    other = notify(person=dana, key="order:1", text="Look at demand")
    assert notify(person=sam, key="order:1", text="again") == mine
    client.force_login(sam)
    page = client.get("/web/notifications/").content.decode()
    assert "Order by Friday" in page
    assert "Look at demand" not in page
    assert client.post(f"/web/notifications/{mine.pk}/read/").url == "/supply/"
    assert client.post(f"/web/notifications/{other.pk}/read/").status_code == 404
    assert client.post("/web/notifications/read/").status_code == 302
    assert Notification.objects.filter(read=None).get() == other


def test_lists_of_rows_filter_page_and_refuse_nonsense(client: Any, sam: Any, made: Planned) -> None:
    client.force_login(sam)
    for kind in (
        "sales",
        "overrides",
        "marks",
        "on_hand",
        "policies",
        "receipts",
        "lanes",
        "orders",
        "pegs",
        "items",
        "imports",
    ):
        assert client.get(f"/web/rows/{kind}/").status_code == 200, kind
    assert (
        client.get(f"/web/rows/sales/?item={made.items[0].pk}&month=2026-03-01")
        .context["page"]
        .paginator.count
        == 4
    )
    assert client.get("/web/rows/sales/?item=abc").status_code == 404
    assert client.get("/web/rows/sales/?month=soon").status_code == 404
    assert client.get("/web/rows/passwords/").status_code == 404


def test_rows_keep_to_the_scope(client: Any, person: Any, made: Planned) -> None:
    client.force_login(person("cara", "supply_planner", location=made.locations[0]))
    rows = client.get("/web/rows/sales/").context["page"].object_list
    assert {row.location for row in rows} == {made.locations[0]}


def test_comments_opened_by_their_address_are_a_page_and_without_a_place_none(client: Any, sam: Any) -> None:
    client.force_login(sam)
    page = client.get("/web/comments/", {"place": "page:home"}).content.decode()
    panel = client.get(
        "/web/comments/", {"place": "page:home"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert ("<html" in page, "<html" in panel) == (True, False)
    assert client.get("/web/comments/").status_code == 404
