"""One product for all fault tests, with 3,000 items planned; it keeps what it acknowledged."""

from collections.abc import Iterator

import pytest

from meetings.bench.struck import Struck, running


@pytest.fixture(scope="session")
def stack() -> Iterator[Struck]:
    with running("faults") as stack:
        yield stack


@pytest.fixture(scope="session")
def token(stack: Struck) -> str:
    """Of an administrator, for the API."""
    return stack.call("token")


@pytest.fixture(scope="module")
def settled(stack: Struck) -> None:
    """What tests before this imported and typed is planned, and targets know the backtest of the newest sales."""
    stack.settled()
