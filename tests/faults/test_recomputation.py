"""kill -9 of worker, Redis or PostgreSQL in the middle of a recomputation: it ends with the same result.

A worker that loses Redis within a task ends itself, because the message library cannot give the task back over a
connection that is gone; the supervisor starts another, and the ledger knows what is left.
"""

import time

import pytest
import redis
from struck import Struck

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("settled")]


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
