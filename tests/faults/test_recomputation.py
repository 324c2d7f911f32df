"""kill -9 of worker, Redis or PostgreSQL in the middle of a recomputation, or writes that the database overrules: it
ends with the same result.

A worker that loses Redis within a task ends itself, because the message library cannot give the task back over a
connection that is gone; the supervisor starts another, and the ledger knows what is left.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from meetings.bench.struck import Struck

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("settled")]
SEED = 20261129
EDITS = 60
UNTOUCHED = 2_000  # a row that no other test has typed into: given back, its cell is what it was
BATCHES = "SELECT count(*) FROM forecasting_editbatch"
WRITTEN = {
    "forecasting_editbatch": "INSERT OR UPDATE",
    "forecasting_override": "INSERT",
    "forecasting_consensusline": "INSERT OR UPDATE",
    "inventory_inventorytarget": "INSERT",
    "supply_planline": "INSERT",
    "jobs_job": "INSERT OR UPDATE",
    "jobs_chunk": "UPDATE",
}
# A sequence outlives the transaction that drew from it, so each try meets the next number of one seeded series.
STRIKE = f"""
CREATE SEQUENCE struck START {SEED};
CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF mod(hashint8(nextval('struck')), 10) = 0 THEN RAISE EXCEPTION 'struck' USING ERRCODE = '40001'; END IF;
    RETURN NULL;
END $$;
"""


@pytest.mark.parametrize("victim", ["worker", "redis", "postgres"])
def test_a_recomputation_that_is_struck_ends_with_the_same_result(stack: Struck, victim: str) -> None:
    before, plan = stack.published()
    stack.run("recompute")
    for delay in (0.7, 2.5):
        time.sleep(delay)
        stack.strike(victim)
    after, _ = stack.published(than=plan)
    assert after == before


def test_with_every_message_lost_all_is_done_two_minutes_later(stack: Struck) -> None:
    """Redis is emptied while the work waits and while it runs: the sweeper sends what the database knows."""
    before, plan = stack.published()
    broker = redis.Redis.from_url(stack.servers.variables()["REDIS_URL"])
    stack.run("recompute")
    for _ in range(3):
        broker.flushall()
        time.sleep(0.5)
    after, _ = stack.published(than=plan, seconds=120)
    assert after == before


def test_edits_and_a_recomputation_come_through_where_one_write_in_ten_is_overruled(stack: Struck) -> None:
    before, plan = stack.published()
    with (
        stack.visit("dana") as dana,
        _one_write_in_ten_overruled(stack),
    ):
        (row,), shown = dana.rows(UNTOUCHED, 1), dana.plan()
        ((batches,),) = stack.query(BATCHES)
        for number, value in enumerate([*map(str, range(900, 900 + EDITS)), None], start=row["v"]):
            cells = {"id": row["id"], "v": number, "set": {"1": value}}  # the last one gives the cell back
            assert dana.edit(shown, [cells])[0] == 200
        stack.wait_for(lambda: dana.follow() == 200, what="the edits' own planning")  # 503 is sent again
        stack.run("recompute")
        after, _ = stack.published(than=plan)
        (edited,) = dana.rows(UNTOUCHED, 1)
    assert after == before
    assert edited["c"] == row["c"]
    assert (
        stack.query("SELECT kind, message FROM jobs_job WHERE state = 'failed' AND plan_id > %s", plan) == []
    )
    ((batches_after,),) = stack.query(BATCHES)
    assert batches_after == batches + EDITS + 1


@contextmanager
def _one_write_in_ten_overruled(stack: Struck) -> Iterator[None]:
    """Each statement that writes into one of the tables, as often as the seed says."""
    triggers = [
        f"CREATE TRIGGER strike AFTER {event} ON {table} EXECUTE FUNCTION strike()"
        for table, event in WRITTEN.items()
    ]
    stack.query(";".join([STRIKE, *triggers]))
    try:
        yield
    finally:
        stack.query("DROP FUNCTION strike CASCADE; DROP SEQUENCE struck")
