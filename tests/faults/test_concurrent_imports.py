"""Imports and pastes at once, over HTTP and several server processes: some serial order, and never a deadlock."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from forecasting.bench.server import Visitor
from meetings.bench import struck
from meetings.bench.struck import Struck, send

pytestmark = pytest.mark.faults
ROWS, COLUMNS = 280, 18  # 5,040 cells


def sales(order: str, quantity: int, *, items: int = 200) -> bytes:
    lines = [f"2025-05-05,A-{item:05d},UK,DTC,{order},{quantity}" for item in range(items)]
    return ("date,item,location,segment,order,quantity\n" + "\n".join(lines) + "\n").encode()


def test_the_same_file_ten_times_at_once_is_applied_once(stack: Struck, token: str) -> None:
    content = sales("TEN", 3)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(stack.url, token, "sales.csv", content), range(10)))
    assert {status for status, _ in answers} == {200}
    applied = [body for _, body in answers if body["applied"]]
    assert [body["applied"] for body in applied] == [200]
    assert stack.query(
        """SELECT count(*), sum(quantity) FROM forecasting_salesline WHERE "order" = 'TEN'"""
    ) == [(200, 600)]


def test_ten_different_files_on_the_same_rows_are_some_serial_order(stack: Struck, token: str) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(
            pool.map(lambda k: send(stack.url, token, f"sales_{k}.csv", sales("SER", k)), range(1, 11))
        )
    assert {status for status, _ in answers} == {200}
    kept = stack.query("""SELECT DISTINCT quantity FROM forecasting_salesline WHERE "order" = 'SER'""")
    assert len(kept) == 1, "rows of different files stand side by side"
    last = stack.query(
        "SELECT file_name FROM gather_importbatch WHERE starts_with(file_name, 'sales_') "
        "ORDER BY data_version DESC LIMIT 1"
    )
    assert last[0][0] == f"sales_{int(kept[0][0])}.csv"


def test_pasting_5000_cells_during_an_import_and_its_recomputation_never_deadlocks(
    stack: Struck, token: str
) -> None:
    _, plan = stack.published()
    with (
        stack.visit("dana") as dana,
        ThreadPoolExecutor(1) as pool,
    ):
        importing = pool.submit(send, stack.url, token, "sales.csv", struck.sales(order="P"))
        pasted = [_paste(dana, value) for value in range(4)]
        assert dana.follow() == 200
        status, body = importing.result()
    assert (status, body["applied"]) == (200, 54_000)
    assert set(pasted) <= {200, 409, 423}, "a paste is saved, or told that there is a newer plan"
    assert 200 in pasted
    stack.published(than=plan)
    assert "deadlock detected" not in (stack.servers.folder / "postgres.log").read_text()


def _paste(dana: Visitor, value: int) -> int:
    """The cells of the first rows, each on the version just read."""
    cells = {str(column): str(100 + value) for column in range(COLUMNS)}
    plan, rows = dana.plan(), dana.rows(0, ROWS)
    status, _ = dana.edit(plan, [{"id": row["id"], "v": row["v"], "set": cells} for row in rows])
    return status
