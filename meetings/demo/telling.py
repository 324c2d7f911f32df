"""How the story is told: somebody does something on a day, through the services that people use."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from forecasting.selectors.demand_cube import cube_of
from forecasting.selectors.demand_plan import Shown
from forecasting.services import overrides
from forecasting.services.override_changes import Typed
from meetings.enums import StageKind
from meetings.models import Cycle
from meetings.selectors.reviews import family_reviews
from meetings.services import reviews
from siop.accounts.models import Person
from siop.catalog.models import Item
from siop.plans.selectors import working_plan
from siop.web import audit
from siop.web.grid import GridQuery

from .clock import told_on
from .months import Calendar

NAMESPACE = UUID("7f8a0e52-1c0d-4f6e-9d5f-0a51c0de5107")


@dataclass(frozen=True)
class Teller:
    cast: dict[str, Person]
    calendar: Calendar

    @contextmanager
    def by(self, name: str, day: date, at: str, *, reason: str = "") -> Iterator[Person]:
        """`name` acts on `day` at a time of day."""
        person = self.cast[name]
        with told_on(day, at), audit.acting(person.pk, reason=reason):
            yield person


def override(
    person: Person, item: str, months: dict[int, str], *, reason: str, expires: date | None = None
) -> None:
    """Type values for an item over all its places; months count from the first planned one."""
    plan = working_plan()
    if plan is None:
        raise LookupError("there is no plan to edit yet")
    shown = Shown(cube_of(plan), GridQuery(), person)
    row = shown.named(f"i{Item.objects.get(code=item).pk}")
    typed = Typed(
        row=row,
        version=int(shown.cube.version[row.leaves].sum()),
        cells={month: Decimal(value) for month, value in months.items()},
    )
    key = uuid5(NAMESPACE, f"{plan.pk} {item} {reason}")
    audit.because(reason)
    overrides.save(
        plan=plan, cube=shown.cube, person=person, key=key, typed=[typed], reason=reason, expires=expires
    )


def review(person: Person, cycle: Cycle, notes: dict[str, str], *, leave_out: Sequence[str] = ()) -> None:
    """Agree to the families of the stage that the cycle stands in, each with its note."""
    cycle.refresh_from_db()
    for waiting in family_reviews(cycle, StageKind(cycle.stage)):
        if waiting.family not in leave_out:
            note = notes.get(waiting.family, "Looked at item by item; nothing to add.")
            reviews.review(person=person, family=waiting.family, note=note)
