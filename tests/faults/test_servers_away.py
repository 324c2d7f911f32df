"""What people can still do while a server is away, and what is there again after it."""

import json
import os
import signal

import pytest

from meetings.bench.struck import Struck

pytestmark = pytest.mark.faults
PAGES = ("/", "/demand/", "/supply/", "/data/", "/supply/exceptions/", "/cycle/")


def test_without_redis_people_sign_in_read_and_edit_and_the_recomputation_follows(stack: Struck) -> None:
    _, plan = stack.published()
    stack.servers.stop_redis()
    try:
        with stack.visit("dana") as dana:
            assert {path: dana.get(path)[0] for path in PAGES} == dict.fromkeys(PAGES, 200)
            assert json.loads(dana.get("/healthz")[1]) == {"status": "waiting"}
            (row,) = dana.rows(0, 1)
            assert dana.edit(dana.plan(), [{"id": row["id"], "v": row["v"], "set": {"0": "321"}}])[0] == 200
            assert dana.follow() == 200
        stack.run("recompute")
    finally:
        stack.servers.start_redis()
    stack.published(than=plan, seconds=120)


def test_every_acknowledged_edit_survives_kill_9_of_postgres(stack: Struck) -> None:
    with stack.visit("dana") as dana:
        (row,), plan = dana.rows(5, 1), dana.plan()
        for number in range(30):
            cells = {"id": row["id"], "v": row["v"] + number, "set": {"1": str(500 + number)}}
            assert dana.edit(plan, [cells])[0] == 200
        stack.strike("postgres")
        (after,) = dana.rows(5, 1)
        assert dana.follow() == 200
    assert (after["v"], after["c"][1]) == (row["v"] + 30, 529)


def test_no_edit_fails_or_counts_twice_while_web_servers_are_restarted_under_it(stack: Struck) -> None:
    with stack.visit("dana") as dana:
        (row,), plan = dana.rows(6, 1), dana.plan()
        for number in range(60):
            if number % 20 == 10:
                os.kill(stack.children.pid("web"), signal.SIGHUP)
            cells = {"id": row["id"], "v": row["v"] + number, "set": {"1": str(700 + number)}}
            assert dana.edit(plan, [cells])[0] == 200
        (after,) = dana.rows(6, 1)
        assert dana.follow() == 200
    assert (after["v"], after["c"][1]) == (row["v"] + 60, 759)
