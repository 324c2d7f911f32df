"""The cycle keeps its rhythm: the next one opens by itself, and a missed one raises an alarm (S45)."""

import logging
from datetime import date

from siop.accounts.enums import Role
from siop.catalog import calendar

from ..enums import StageKind
from ..errors import CycleError
from ..models import Cycle
from ..selectors import cycles
from ..words import day as day_words
from ..words import many
from . import templates
from .cycles import next_period, open_cycle
from .telling import tell

log = logging.getLogger(__name__)


def keep(*, today: date | None = None) -> Cycle | None:
    """Open the cycle that is due; tell about one that is missed. The first cycle is opened by a person."""
    day = today or cycles.today()
    if not Cycle.objects.exists():
        return None
    due = next_period()
    if due > day:
        return None
    running = cycles.open_cycle()
    if running is not None:
        _alarm(running, due, day)
        return None
    cycle = open_cycle(person=None, period=due, today=day)
    log.info("opened the %s cycle by itself", cycle.name)
    return cycle


def _alarm(running: Cycle, due: date, day: date) -> None:
    """The next cycle should have begun while this one is not published."""
    stage = StageKind(running.stage).label.lower()
    people = {
        person.pk: person
        for role in (Role.EXECUTIVE, Role.ADMINISTRATOR)
        for person in templates.holders(role)
    }
    tell(
        people.values(),
        key=f"missed:{due}",
        text=(
            f"The {due:%B %Y} cycle is missed: it was due on {day_words(due)}, but {running.name} still stands in {stage}. "
            "Publish or close it, so that the next one can open."
        ),
        url="/cycle/",
    )


def missed(*, today: date | None = None) -> str:
    """The alarm as a sentence for pages; empty while the rhythm is kept."""
    day, running = today or cycles.today(), cycles.open_cycle()
    if running is None:
        return ""
    try:
        due = next_period()
    except CycleError:
        return ""
    if due > day:
        return ""
    late = calendar.load().between(due, day) + 1
    return (
        f"The {due:%B %Y} cycle is missed: {running.name} is not published ({many(late, 'period')} behind)."
    )
