"""Saved views: a person's filter, sort and columns of a page under a name, for oneself or for everybody.

A view is the part of an address that its page knows; what a page no longer knows is left out when it is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from siop.accounts.access import may, person_of, require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.statements import answers

from .lists import ListColumn, shown_columns
from .models import FirstView, SavedView
from .undo import Row, kept, read

OPENED = "saved"  # the parameter that names the view that was picked; 0: none, nor the one that opens first
NO_VIEW = f"?{OPENED}=0"
CARRIED = ("sort", "col", "each", "plan", OPENED)  # what a filter form hands on
LONGEST = 2000
KEPT = ("person_id", "page", "name", "query", "shared")
VIEWS = """
SELECT v.id, v.name, v.query, v.shared, v.version, v.person_id = %(person)s, p.name, f.id IS NOT NULL
FROM web_savedview v JOIN accounts_person p ON p.id = v.person_id
LEFT JOIN web_firstview f ON f.view_id = v.id AND f.person_id = %(person)s
WHERE v.page = %(page)s AND (v.person_id = %(person)s OR v.shared)
ORDER BY v.person_id <> %(person)s, lower(v.name), v.id
"""


class ViewError(Exception):
    """What was asked of a view cannot be; the message says why, for the page."""


@dataclass(frozen=True, kw_only=True)
class ViewedPage:
    """A page whose filters have names: `filters` are parameters that choose rows, `looks` others that a view keeps."""

    name: str
    label: str
    url_name: str
    filters: tuple[str, ...]
    looks: tuple[str, ...] = ()
    columns: Sequence[ListColumn] = ()

    def query(self, given: QueryDict) -> str:
        """The part of an address that a view of this page keeps."""
        names = (*self.filters, *self.looks, "sort", "col")
        return urlencode([(name, value) for name in names for value in given.getlist(name) if value])


@dataclass(frozen=True, kw_only=True)
class View:
    """One view as a person sees it; `first`: it opens where that person goes to the page."""

    pk: int
    name: str
    query: str
    shared: bool
    version: int
    mine: bool
    owner: str
    first: bool

    @property
    def url(self) -> str:
        return f"?{self.query}&{OPENED}={self.pk}" if self.query else f"?{OPENED}={self.pk}"


@dataclass(frozen=True)
class Panel:
    """What components/views.html shows of a page's views and columns, for one request."""

    page: ViewedPage
    person: Person
    given: QueryDict
    views: Sequence[View]

    @cached_property
    def opened(self) -> View | None:
        return next((one for one in self.views if str(one.pk) == self.given.get(OPENED)), None)

    @cached_property
    def query(self) -> str:
        return self.page.query(self.given)

    @property
    def changed(self) -> bool:
        return self.opened is not None and self.opened.query != self.query

    @property
    def first_url(self) -> str:
        """Where the view that opens first stands, if there is one and the address names nothing at all."""
        first = next((one for one in self.views if one.first), None)
        return "" if self.given or first is None else address(self.page, first.url)

    @property
    def everything_url(self) -> str:
        return NO_VIEW if any(one.first for one in self.views) else "?"

    @property
    def may_share(self) -> bool:
        return may(self.person, Permission.SHARE_VIEW)

    @property
    def may_remove(self) -> bool:
        return self.opened is not None and (self.opened.mine or may(self.person, Permission.MANAGE_PEOPLE))

    @property
    def carried(self) -> list[tuple[str, str]]:
        return [(name, value) for name in CARRIED for value in self.given.getlist(name)]

    @property
    def columns(self) -> list[dict[str, Any]]:
        shown = shown_columns(self.given, self.page.columns)
        return [
            {
                "key": one.key,
                "label": one.says or one.label.partition(",")[0],
                "on": one in shown,
                "kept": one.kept,
            }
            for one in self.page.columns
        ]

    @property
    def beside_columns(self) -> list[tuple[str, str]]:
        """What the choice of columns hands on: all of the address but them and the page number."""
        return [
            (name, value)
            for name, values in self.given.lists()
            for value in values
            if name not in ("col", "page")
        ]


_pages: dict[str, ViewedPage] = {}


def register(page: ViewedPage) -> None:
    _pages[page.name] = page


def page_named(name: str) -> ViewedPage:
    if name not in _pages:
        raise Http404(f"There is no page {name!r} with views.")
    return _pages[name]


def panel(request: HttpRequest, page: ViewedPage) -> Panel:
    person = person_of(request)
    return Panel(page, person, request.GET, views_of(person, page))


def views_of(person: Person, page: ViewedPage) -> tuple[View, ...]:
    """A person's own by name, then those that others share."""
    rows = answers(VIEWS, {"person": person.pk, "page": page.name})
    return tuple(
        View(
            pk=pk, name=name, query=page.query(QueryDict(query)), shared=shared, version=version, mine=mine,
            owner=owner, first=first,
        )
        for pk, name, query, shared, version, mine, owner, first in rows
    )  # fmt: skip


def save(
    *,
    person: Person,
    page: ViewedPage,
    name: str,
    given: QueryDict,
    shared: bool,
    of: tuple[int, int] | None = None,
) -> SavedView:
    """A new view, or `of` (id, version) with this name and address from now on.

    Raises ViewError where the name is taken or the view was changed since, PermissionDenied without the right to share.
    """
    query = page.query(given)
    if len(query) > LONGEST:
        raise ViewError("This address is too long to be kept: take words out of the search.")
    if shared:
        require(person, Permission.SHARE_VIEW)
    view = _own(person, *of) if of else SavedView(person=person, page=page.name, version=0)
    view.name, view.query, view.shared, view.version = name, query, shared, view.version + 1
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ViewError(f"You have a view “{name}” of this page already; give another name.") from error
    return view


def _own(person: Person, pk: int, version: int) -> SavedView:
    view = SavedView.objects.select_for_update().filter(pk=pk, person=person).first()
    if view is None or view.version != version:
        raise ViewError("This view was changed or deleted meanwhile; pick it again.")
    return view


def open_first(*, person: Person, page: ViewedPage, pk: int) -> View | None:
    """The view that opens where this person goes to the page, from now on; again: none. Http404 for what is not seen."""
    view = next((one for one in views_of(person, page) if one.pk == pk), None)
    if view is None:
        raise Http404("There is no such view.")
    FirstView.objects.filter(person=person, page=page.name).delete()
    if view.first:
        return None
    FirstView.objects.create(person=person, page=page.name, view_id=pk)
    return view


def delete(*, person: Person, pk: int) -> Row:
    """Take a view away; returns its columns, for Undo. One's own; who manages people also what others share."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is None or (view.person_id != person.pk and not view.shared):
        raise Http404("There is no such view.")
    if view.person_id != person.pk and not may(person, Permission.MANAGE_PEOPLE):
        raise PermissionDenied("Only its owner may delete a view.")
    row = kept(view, KEPT)
    view.delete()
    return row


def bring_back(row: Row) -> SavedView:
    """A deleted view as it was; ViewError where its name was given anew."""
    try:
        with transaction.atomic():
            return SavedView.objects.create(**read(SavedView, row))
    except IntegrityError as error:
        raise ViewError(f"There is another view “{row['name']}” by now; rename it first.") from error


def address(page: ViewedPage, query: str) -> str:
    return reverse(page.url_name) + query
