"""What the command palette finds beside pages and commands; apps add providers."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from siop.accounts.models import Person

LIMIT = 8


@dataclass(frozen=True)
class Hit:
    label: str
    hint: str
    url: str


Provider = Callable[[Person, str], Iterable[Hit]]
_providers: list[Provider] = []


def search_provider(provider: Provider) -> Provider:
    """Register `(person, text) -> hits`, best first; at most LIMIT of them are taken."""
    _providers.append(provider)
    return provider


def search(person: Person, text: str) -> list[dict[str, str]]:
    wanted = text.strip()
    if len(wanted) < 2:
        return []
    return [asdict(hit) for provider in _providers for hit in list(provider(person, wanted))[:LIMIT]]
