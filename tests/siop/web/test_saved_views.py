"""Saved views: named, picked, shared, opened first, deleted and brought back; what is obsolete in them does no harm."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from planning import Planned

from siop.web.models import AuditEvent, FirstView, SavedView

ITEMS = 2
PAGE = "/supply/inventory/"
QUERY = "show=excess&sort=-value&col=value&col=location"


@pytest.fixture
def sams(client: Any, sam: Any, made: Planned) -> Any:
    client.force_login(sam)
    return client


def save(
    client: Any, name: str = "Too much", query: str = QUERY, page: str = "inventory", **more: Any
) -> Any:
    return client.post(f"/web/views/{page}/save/", {"name": name, "query": query, "next": PAGE} | more)


def saved(name: str = "Too much") -> SavedView:
    return SavedView.objects.get(name=name)


def said(client: Any) -> str:
    return re.sub(r"\s+", " ", client.get(PAGE + "?saved=0").content.decode())


def test_a_view_keeps_filter_sort_and_columns_and_is_picked_by_name(sams: Any) -> None:
    answer = save(sams)
    assert answer.url == f"{PAGE}?show=excess&sort=-value&col=value&col=location&saved={saved().pk}"
    page = sams.get(answer.url)
    assert page.context["filters"].show == "excess"
    assert len(page.context["table"]["columns"]) == 3
    assert page.context["views"].opened.name == "Too much"
    assert not page.context["views"].changed
    assert answer.url.removeprefix(PAGE).replace("&", "&amp;") in sams.get(PAGE).content.decode()


def test_what_is_no_filter_of_the_page_is_not_kept(sams: Any) -> None:
    save(sams, query="?q=CAP&page=3&plan=1&line=7&person__password=x&saved=9")
    assert saved().query == "q=CAP"


def test_an_obsolete_view_does_no_harm(sams: Any, sam: Any) -> None:
    SavedView.objects.create(
        person=sam,
        page="inventory",
        name="Old",
        query="show=gone&category=999&col=never&sort=-gone&colour=red",
    )
    SavedView.objects.create(person=sam, page="no-such-page", name="Older", query="a=b")
    (view,) = sams.get(PAGE).context["views"].views
    assert "colour" not in view.url
    assert sams.get(PAGE + view.url).status_code == 200


def test_a_view_that_was_changed_says_so_and_takes_the_change(sams: Any) -> None:
    save(sams)
    view = saved()
    page = sams.get(f"{PAGE}?show=short&saved={view.pk}").context["views"]
    assert page.changed
    assert save(sams, "Gone", "show=short", view=view.pk, version=view.version).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.query, view.version) == ("Gone", "show=short", 2)
    save(sams, "Late", "show=all", view=view.pk, version=1)
    view.refresh_from_db()
    assert view.name == "Gone"
    assert "was changed or deleted meanwhile" in said(sams)


def test_a_name_is_given_once_a_page(sams: Any) -> None:
    save(sams)
    save(sams, query="show=short")
    assert saved().query.startswith("show=excess")
    assert "You have a view “Too much” of this page already" in said(sams)
    save(sams, query="q=late", page="exceptions")
    assert SavedView.objects.filter(name="Too much").count() == 2


def test_a_view_without_a_name_or_of_an_endless_search_is_not_saved(sams: Any) -> None:
    save(sams, name=" ")
    assert "Give the view a name first." in said(sams)
    save(sams, query="q=" + "x" * 3000)
    assert "too long to be kept" in said(sams)
    assert save(sams, page="nonsense").status_code == 404
    assert not SavedView.objects.exists()


def test_others_see_what_is_shared_and_nothing_else(client: Any, sams: Any, dana: Any) -> None:
    save(sams, "Mine")
    save(sams, "Ours", shared="on")
    client.force_login(dana)
    (view,) = client.get(PAGE).context["views"].views
    assert (view.name, view.owner, view.mine) == ("Ours", "Sam", False)
    assert client.post(f"/web/views/inventory/{saved('Mine').pk}/first/").status_code == 404
    assert client.post(f"/web/views/inventory/{saved('Mine').pk}/delete/").status_code == 404
    assert client.post(f"/web/views/inventory/{saved('Ours').pk}/delete/").status_code == 403
    save(client, "Theirs", "q=x", view=saved("Ours").pk, version=1)
    assert saved("Ours").query != "q=x"


def test_who_manages_people_clears_away_what_somebody_shared(client: Any, sams: Any, ada: Any) -> None:
    save(sams, "Ours", shared="on")
    client.force_login(ada)
    assert client.post(f"/web/views/inventory/{saved('Ours').pk}/delete/").status_code == 302
    assert not SavedView.objects.exists()


def test_a_guest_has_own_views_but_shares_none(
    client: Any, person: Callable[..., Any], made: Planned
) -> None:
    client.force_login(person("gus", "guest"))
    save(client, "Mine")
    assert save(client, "Ours", shared="on").status_code == 403
    assert [view.name for view in SavedView.objects.all()] == ["Mine"]
    assert "Everybody may pick it" not in client.get(PAGE).content.decode()


def test_a_shared_view_shows_only_what_one_may_see(
    client: Any, sams: Any, made: Planned, person: Callable[..., Any]
) -> None:
    save(sams, "Ours", "q=", shared="on")
    client.force_login(person("cara", "supply_planner", category=made.categories["Drinks"]))
    found = client.get(PAGE + client.get(PAGE).context["views"].views[0].url).context["page"].object_list
    assert {line.item.category.code for line in found} == {"Capsules"}


def test_the_view_that_opens_first_does_so_where_nothing_is_asked(client: Any, sams: Any, dana: Any) -> None:
    save(sams, "Ours", shared="on")
    pk = saved("Ours").pk
    sams.post(f"/web/views/inventory/{pk}/first/")
    assert sams.get(PAGE).url == f"{PAGE}?{QUERY}&saved={pk}"
    assert sams.get(f"{PAGE}?saved=0").status_code == 200
    assert sams.get(f"{PAGE}?show=short").context["filters"].show == "short"
    assert sams.get("/supply/exceptions/").status_code == 200
    client.force_login(dana)
    assert client.get(PAGE).status_code == 200
    client.post(f"/web/views/inventory/{pk}/first/")
    assert client.get(PAGE).status_code == 302
    client.post(f"/web/views/inventory/{pk}/first/")
    assert client.get(PAGE).status_code == 200


def test_another_view_takes_the_first_place_and_one_no_longer_shared_leaves_it(
    client: Any, sams: Any, sam: Any, dana: Any
) -> None:
    save(sams, "Ours", shared="on")
    save(sams, "Mine", "show=short")
    for name in ("Ours", "Mine"):
        sams.post(f"/web/views/inventory/{saved(name).pk}/first/")
    assert [first.view.name for first in FirstView.objects.filter(person=sam)] == ["Mine"]
    client.force_login(dana)
    client.post(f"/web/views/inventory/{saved('Ours').pk}/first/")
    SavedView.objects.update(shared=False)
    assert client.get(PAGE).status_code == 200


def test_a_deleted_view_comes_back_with_undo(sams: Any) -> None:
    save(sams, shared="on")
    assert sams.post(f"/web/views/inventory/{saved().pk}/delete/").url == f"{PAGE}?saved=0"
    text = said(sams)
    token = re.search(r'name="token" value="([^"]+)"', text)
    assert token
    assert "“Too much” is deleted" in text
    sams.post("/web/views/inventory/undo/", {"token": token[1]})
    assert (saved().query, saved().shared, saved().person.name) == (QUERY, True, "Sam")
    sams.post("/web/views/inventory/undo/", {"token": token[1]})
    assert SavedView.objects.count() == 1
    assert "rename it first" in said(sams)
    sams.post("/web/views/inventory/undo/", {"token": "forged"})
    assert SavedView.objects.count() == 1


def test_views_are_audited_by_name(sams: Any, sam: Any) -> None:
    save(sams)
    event = AuditEvent.objects.get(table="web_savedview")
    assert (event.action, event.person_id) == ("insert", sam.pk)
    assert event.changes["name"][1] == "Too much"


def test_names_are_text_and_never_markup(sams: Any) -> None:
    save(sams, name="<b>bold</b>")
    text = sams.get(f"{PAGE}?saved={saved('<b>bold</b>').pk}").content.decode()
    assert "<b>bold</b>" not in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/supply/", "q=CAP&show=release&sort=-value&col=value"),
        ("/supply/exceptions/", "q=short&kind=shortage&each=1&col=loss"),
        ("/supply/suppliers/", "q=a&sort=code&col=otif"),
        ("/supply/capacity/", "kind=storage"),
    ],
)
def test_every_list_has_views_and_its_search_keeps_sort_and_columns(sams: Any, path: str, given: str) -> None:
    page = sams.get(f"{path}?{given}")
    text = page.content.decode()
    assert page.context["views"].query
    for name, value in page.context["views"].carried:
        assert text.count(f'<input type="hidden" name="{name}" value="{value}">') >= 1
    assert sorted(page.context["views"].query.split("&")) == sorted(given.split("&"))
