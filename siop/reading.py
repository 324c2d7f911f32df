"""One look at the database: within it the same question is asked once. For pages, which only read.

Which tables an answer rests on is seen from the statements that were asked for it; `remembering` keeps answers by that.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection

Answer = TypeVar("Answer")
UNREPEATABLE = "*"  # stands among the tables where an answer rests on more than tables
_answers: ContextVar[dict[Hashable, tuple[Any, frozenset[str]]] | None] = ContextVar("answers", default=None)
_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Answers given inside are kept until it ends; nothing may be written in between."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        with connection.execute_wrapper(_note_statement):
            yield
    finally:
        _answers.reset(token)


def is_reading() -> bool:
    return _answers.get() is not None


def once(key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to `ask`, remembered within one reading; asked each time outside of one."""
    known = _answers.get()
    if known is None:
        return ask()
    if key not in known:
        with noting_tables() as tables:
            found = ask()
        known[key] = found, frozenset(tables)
    answer: Answer = known[key][0]
    note_tables(known[key][1])
    return answer


@contextmanager
def noting_tables() -> Iterator[set[str]]:
    """The tables that statements inside name; the block around rests on them, too."""
    tables: set[str] = set()
    token = _noted.set(tables)
    try:
        yield tables
    finally:
        _noted.reset(token)
        note_tables(tables)


def note_tables(tables: Iterable[str]) -> None:
    noted = _noted.get()
    if noted is not None:
        noted.update(tables)


def note_statement(sql: str) -> None:
    """For statements that go past the cursor's `execute`, such as COPY."""
    if _noted.get() is not None:
        note_tables(_named_in(str(sql)))  # a composed statement names its tables in its text, too


def not_repeatable() -> None:
    """What is being answered must be asked anew each time."""
    note_tables([UNREPEATABLE])


def _note_statement(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
    note_statement(sql)
    return execute(sql, parameters, many, context)


@lru_cache(maxsize=4096)
def _named_in(sql: str) -> frozenset[str]:
    """Every table that the text names; one that writes is nothing to repeat."""
    words = frozenset(re.findall(r"\w+", sql))
    written = words & {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "nextval"}
    return (words & _tables()) | (frozenset([UNREPEATABLE]) if written else frozenset())


@cache
def _tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))
