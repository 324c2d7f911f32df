"""One product for all fault tests, with 3,000 items planned; it keeps what it acknowledged."""

from collections.abc import Iterator

import pytest
from stack import running
from struck import PEOPLE, PROFILE, TOKEN, Struck, add_profile, write_sales


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Struck]:
    with running("faults", demo=False, durable=True) as made:
        stack = Struck(made.url, made.servers, made.children)
        file = tmp_path_factory.mktemp("sales") / "sales.csv.gz"
        write_sales(file)
        add_profile(stack)
        stack.run("shell", "-c", PEOPLE)
        stack.run("import_data", str(file), "--table", "sales", "--profile", PROFILE)
        stack.published()
        with stack.supervised():
            yield stack


@pytest.fixture(scope="session")
def token(stack: Struck) -> str:
    """Of an administrator, for the API."""
    return stack.run("shell", "-v", "0", "-c", TOKEN).strip().splitlines()[-1]


@pytest.fixture(scope="module")
def settled(stack: Struck) -> None:
    """What tests before this imported and typed is planned, and targets know the backtest of the newest sales."""
    _, plan = stack.published()
    stack.run("recompute")
    stack.published(than=plan)
