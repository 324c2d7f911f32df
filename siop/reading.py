"""One look at the database: within it the same question is asked once.

For pages, which only read, and for work that changes nothing of what it asks.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Answers given inside are kept until it ends; nothing they tell of may be written in between."""
    if _answers.get() is not None:
        yield
        return
    with apart():
        yield


@contextmanager
def apart() -> Iterator[None]:
    """A reading of its own, which takes no answer from the one around it and leaves none to it."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask`, remembered within one reading; asked each time outside of one."""
    known = _answers.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    answer: Answer = known[key]
    return answer


@contextmanager
def overheard() -> Iterator[list[str]]:
    """The statements that run inside, as Django gives them to the driver; who listens around it hears them too."""
    statements: list[str] = []
    token = _heard.set(statements)
    try:
        with connection.execute_wrapper(_hear):
            yield statements
    finally:
        _heard.reset(token)
        for statement in statements:
            hear(statement)


def _hear(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
    hear(statement)
    return execute(statement, *rest)


def hear(statement: str) -> None:
    """For statements that reach the driver by another way."""
    heard = _heard.get()
    if heard is not None:
        heard.append(statement)
