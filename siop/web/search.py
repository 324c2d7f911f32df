"""What the command palette finds beside pages and commands, and what was looked at last; apps add providers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from django.contrib.sessions.backends.base import SessionBase

from siop.accounts.models import Person

LIMIT = 8
MOST_RECENT = 6


@dataclass(frozen=True)
class Hit:
    label: str
    hint: str
    url: str


Provider = Callable[[Person, str], Iterable[Hit]]
_providers: list[Provider] = []
Key = list[int]  # ids that name what was looked at
Recalled = Callable[[Person, list[Key]], Iterable[Hit]]
_recalled: dict[str, Recalled] = {}


def search_provider(provider: Provider) -> Provider:
    """Register `(person, text) -> hits`, best first; at most LIMIT of them are taken."""
    _providers.append(provider)
    return provider


def recalls(kind: str) -> Callable[[Recalled], Recalled]:
    """Register `(person, keys) -> hits` for what `looked_at` remembers of a kind, the newest first."""
    return lambda provider: _recalled.setdefault(kind, provider)


def looked_at(session: SessionBase, kind: str, key: Key) -> None:
    """Remember it as the newest of its kind; a session is written only where it changes."""
    known = recent(session, kind)
    keys = [key, *(one for one in known if one != key)][:MOST_RECENT]
    if keys != known:
        session[kind] = keys


def recent(session: SessionBase, kind: str) -> list[Key]:
    return list(session.get(kind, []))


def lately(person: Person, session: SessionBase) -> list[dict[str, str]]:
    """What this person looked at last and still may see."""
    return [asdict(hit) for kind, found in _recalled.items() for hit in found(person, recent(session, kind))]


def search(person: Person, text: str) -> list[dict[str, str]]:
    wanted = text.strip()
    if len(wanted) < 2:
        return []
    return [asdict(hit) for provider in _providers for hit in list(provider(person, wanted))[:LIMIT]]
