"""The guides of docs/guide, shown in the product: one text for people who read it here and in the repository."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from siop.accounts.enums import Role

FOLDER = Path(settings.BASE_DIR) / "docs" / "guide"
PICTURES = "../pictures/"
# The order in which they are listed; each role's own comes first for its people.
NAMES = [
    "demand-planner", "supply-planner", "department-head", "executive", "action-owner", "guest", "administrator",
]  # fmt: skip


@dataclass(frozen=True)
class Guide:
    name: str
    title: str
    html: str


@lru_cache(maxsize=len(NAMES))
def guide(name: str) -> Guide:
    """One guide as HTML; raises KeyError for a name that is none."""
    if name not in NAMES:
        raise KeyError(name)
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    title, body = _title(tokens), tokens[3:]
    for token in _inside(body):
        _settle(token)
    renderer = parser.renderer
    assert isinstance(renderer, RendererHTML)  # noqa: S101 - the only one that is used here
    return Guide(name, title, renderer.render(body, parser.options, {}))


def _title(tokens: list[Token]) -> str:
    """The first line is `# Guide: role`; the page has its own heading."""
    words = tokens[1].content.removeprefix("Guide: ")
    return words[:1].upper() + words[1:]


def _inside(tokens: list[Token]) -> list[Token]:
    return [one for token in tokens for one in (token, *_inside(token.children or []))]


def _settle(token: Token) -> None:
    """Pictures come from the static files, links between guides stay in the product."""
    source = str(token.attrs.get("src", ""))
    if source.startswith(PICTURES):
        token.attrs["src"] = static(f"guide/{source.removeprefix(PICTURES)}")
        token.attrs["loading"] = "lazy"
    target = str(token.attrs.get("href", ""))
    if target.endswith(".md") and "/" not in target:
        token.attrs["href"] = f"../{target.removesuffix('.md')}/"


def guides() -> list[Guide]:
    return [guide(name) for name in NAMES]


def own_guide(roles: list[str]) -> str:
    """Name of the guide of the first role that has one."""
    names = [role.replace("_", "-") for role in roles]
    return next((name for name in names if name in NAMES), Role.GUEST.value)
