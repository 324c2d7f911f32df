"""Two people write into one cell at once, over HTTP and two server processes: nothing accepted is lost.

`bench edits` does the same ten thousand times, and with fifty people.
"""

import pytest

from forecasting.bench.edits import CONFLICT, write
from forecasting.bench.server import running

pytestmark = pytest.mark.faults


def test_accepted_edits_are_versions_and_history_and_every_loser_is_told() -> None:
    people = ("dana", "dora")
    with running(20, people=people) as (url, servers):
        tally = write(url, servers.variables()["DATABASE_URL"], people=people, edits=300)
    assert sum(tally.answers.values()) == 300
    assert tally.kept, tally
    assert tally.answers[CONFLICT] > 0
