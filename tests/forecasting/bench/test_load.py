"""What `bench load` says of the answers that came back, and whom it sends."""

import subprocess
import sys

import pytest
from django.contrib.auth import authenticate

from forecasting.bench import load, processor
from siop.accounts.access import roles_of
from siop.accounts.enums import Role
from siop.accounts.models import Person

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def test_rate_late_answers_and_failures_are_those_of_the_log() -> None:
    log = load.Log()
    for number in range(100):
        log.add(load.READ, 500 if number == 99 else 200, 0.010 * (number + 1))
    rate, late, broken, reads = load._figures(log, 0.5)
    assert (rate["value"], rate["met"]) == ("200", True)
    assert (late["value"], late["met"]) == ("950 ms", False)
    assert (broken["value"], broken["met"], broken["peer"]) == ("1", False, "200: 99, 500: 1")
    assert reads["peer"].startswith("100 requests")


def test_processor_time_is_told_by_process_for_each_request() -> None:
    log = load.Log()
    for _ in range(10):
        log.add(load.EDIT, 200, 0.01)
    figure = load._processor({"web": 0.06, "postgres": 0.04, processor.GENERATOR: 0.01}, log)
    assert (figure["value"], figure["met"]) == ("11.0 ms", False)
    assert figure["peer"] == "web 6.0, postgres 4.0, generator 1.0"


def test_processor_time_of_children_counts_while_they_run_and_after() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}]); input()"
    own = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
    try:
        while processor._of_tree(own.pid) < 0.3:
            assert own.poll() is None
    finally:
        own.communicate(b"\n")


@pytest.mark.django_db
def test_each_visitor_is_a_planner_of_their_own() -> None:
    load.hire(3)
    people = list(Person.objects.filter(email__endswith=load.DOMAIN))
    assert len(people) == 3
    for person in people:
        assert authenticate(None, username=person.email, password=load.PASSWORD) == person
        assert [grant.role for grant in roles_of(person)] == [Role.DEMAND_PLANNER]
