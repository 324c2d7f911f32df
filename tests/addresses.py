"""Every URL of the product with its view, for tests that go through all of them."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

WORD, UUID = "none", "00000000-0000-0000-0000-000000000000"


def addresses(*, number: int) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """(name, path, view) of every URL; `number` stands where an address has an id."""
    yield from _walk(get_resolver().url_patterns, prefix="/", namespace="", number=number)


def _walk(
    entries: list[Any], *, prefix: str, namespace: str, number: int
) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for entry in entries:
        path = prefix + _filled(entry, number)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry.url_patterns, prefix=path, namespace=inner, number=number)
        elif isinstance(entry, URLPattern):
            yield namespace + (entry.name or path), path, entry.callback


def _filled(entry: Any, number: int) -> str:
    route, samples = str(entry.pattern), {"IntConverter": str(number), "UUIDConverter": UUID}
    for converter in entry.pattern.converters.values():
        sample = samples.get(type(converter).__name__, WORD)
        route = route[: route.index("<")] + sample + route[route.index(">") + 1 :]
    return route
