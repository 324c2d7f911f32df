"""Pages whose blocks are kept for all who hold the same rights (`siop.web.kept`, ADR 17).

The blocks are made for nobody: for a person without a name or a number, who holds the rights of the one who asks. So
nothing of one person can stand in what another is shown. The page around them is each person's own and made anew.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, wraps
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Context, RequestContext
from django.template.base import NodeList, Template, TextNode
from django.template.loader import get_template
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode
from django.utils import timezone

from siop.accounts.access import person_of, remember_roles, rights_of
from siop.accounts.models import Person, RoleGrant

from .context import allowed
from .kept import kept
from .render import is_for_a_part, render_page

View = Callable[..., dict[str, Any] | HttpResponse]
TOKEN = token_hex(32)  # stands in kept forms where each answer puts its own
FRAME = ("page_title", "plan_label")  # what base.html takes from a view's context


@dataclass(frozen=True)
class _Page:
    blocks: Mapping[str, str]
    names: Mapping[str, Any]  # what the frame and the blocks that are made anew take from the view's context

    @property
    def size(self) -> int:
        return sum(map(len, self.blocks.values()))


def kept_page(
    template: str,
    *,
    partial: str,
    of_person: Callable[[Person], Hashable],
    own: Mapping[str, Sequence[str]] | None = None,
) -> Callable[[View], Callable[..., HttpResponse]]:
    """A page of a view that gives the context of `template`, which extends base.html, and reads rows, its address, the
    day and rights only.

    What `of_person` finds of the one who asks is given to the view: those of whom it is the same share the page.
    `own` are blocks that are made anew for each, with what they take from that context.
    A view may give an answer instead, which is not kept.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def shown(request: HttpRequest) -> HttpResponse:
            person = person_of(request)
            found = of_person(person)
            if not is_for_a_part(request):
                key = (template, request.get_full_path(), rights_of(person), timezone.localdate(), found)
                asked = _of_nobody(request)
                page = kept(key, lambda: _made(template, view(asked, found), asked, own or {}), size=_size)
                if page is not None:
                    return HttpResponse(_assembled(template, page, own or {}, request))
            given = view(request, found)
            return (
                given
                if isinstance(given, HttpResponse)
                else render_page(request, template, given, partial=partial)
            )

        return shown

    return decorate


def _size(page: _Page | None) -> int:
    return page.size if page else 0


def _of_nobody(request: HttpRequest) -> HttpRequest:
    """The same question from nobody in particular with the same rights."""
    grants = [
        RoleGrant(role=role, department_id=department, category_id=category, location_id=place)
        for role, department, category, place in rights_of(person_of(request))
    ]
    asked = copy(request)
    asked.user = Person()
    asked.session = None  # type: ignore[assignment]
    remember_roles(asked.user, grants)
    return asked


def _made(
    template: str,
    given: dict[str, Any] | HttpResponse,
    request: HttpRequest,
    own: Mapping[str, Sequence[str]],
) -> _Page | None:
    """The blocks that are nobody's own, written; None where the view gives an answer instead."""
    if isinstance(given, HttpResponse):
        return None
    found = _template(template)
    context = RequestContext(
        request,
        given | allowed(request.user) | {"user": request.user, "request": request, "csrf_token": TOKEN},
    )
    with Context.bind_template(context, found):  # without what context processors say of the person
        base, blocks = _base(found, context), BlockContext()
        blocks.add_blocks(_blocks(found))
        with _within(base, blocks, context):
            texts = {name: block.render(context) for name, block in _blocks(found).items() if name not in own}
    names = {*FRAME, *(name for names in own.values() for name in names)}
    return _Page(texts, {name: given[name] for name in names if name in given})


def _assembled(template: str, page: _Page, own: Mapping[str, Sequence[str]], request: HttpRequest) -> str:
    """The whole page: base.html with the blocks that were kept, and those of the person."""
    found, token = _template(template), get_token(request)
    texts = {name: text.replace(TOKEN, token) for name, text in page.blocks.items()}
    blocks = BlockContext()
    blocks.add_blocks({name: BlockNode(name, NodeList([TextNode(text)])) for name, text in texts.items()})
    blocks.add_blocks({name: _blocks(found)[name] for name in own})
    context = RequestContext(request, {**page.names, "csrf_token": token})
    with context.bind_template(found):
        base = _base(found, context)
        with _within(base, blocks, context):
            return str(base._render(context))


def _base(template: Template, context: Context) -> Any:
    return _extends(template).get_parent(context)


@contextmanager
def _within(base: Any, blocks: BlockContext, context: Context) -> Iterator[None]:
    """Blocks over those of the template they extend, to which `block.super` leads."""
    blocks.add_blocks(_named_in(base))
    with context.render_context.push_state(base):
        context.render_context[BLOCK_CONTEXT_KEY] = blocks
        yield


def _template(name: str) -> Template:
    found: Any = get_template(name)
    template: Template = found.template
    return template


@lru_cache(maxsize=256)
def _named_in(base: Template) -> dict[str, BlockNode]:
    found: Any = base.nodelist.get_nodes_by_type(BlockNode)
    return {node.name: node for node in found}


@lru_cache(maxsize=256)
def _extends(template: Template) -> ExtendsNode:
    extends: Any = template.nodelist.get_nodes_by_type(ExtendsNode)[0]
    node: ExtendsNode = extends
    return node


def _blocks(template: Template) -> dict[str, BlockNode]:
    blocks: dict[str, BlockNode] = _extends(template).blocks
    return blocks
