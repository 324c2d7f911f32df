"""What the database did not take for a reason that passes: run again, or given back to be sent again."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

Given = ParamSpec("Given")
Result = TypeVar("Result")

SERIALIZATION_FAILURE, DEADLOCK, DISK_FULL, SHUTDOWN = "40001", "40P01", "53100", "57P01"
OVERRULED = {SERIALIZATION_FAILURE, DEADLOCK}
PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)


def repeatable(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """For a function whose writes are one transaction: begun anew where PostgreSQL ended it for the sake of another.

    Nothing of it was kept then. Called within a larger transaction it is left alone, because that one ended too.
    """

    @wraps(work)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        if connection.in_atomic_block:
            return work(*args, **kwargs)
        for pause in PAUSES_S:
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                if code_of(error) not in OVERRULED:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
        return work(*args, **kwargs)

    return run


def code_of(error: Exception) -> str | None:
    """PostgreSQL's own name of an error; None where the connection was gone before it could say one."""
    return getattr(error.__cause__, "pgcode", None)


def passes(error: Exception) -> bool:
    """Whether the same work may succeed later: the server is away, out of space, or chose another transaction."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    return code_of(error) in {None, DISK_FULL, SHUTDOWN, *OVERRULED}
