"""What comments are about: each room says how its places are called, where they stand and who plans them."""

from collections.abc import Callable
from dataclasses import dataclass

from siop.accounts.access import holders, holds_everywhere
from siop.accounts.enums import Permission
from siop.accounts.models import Person


@dataclass(frozen=True, kw_only=True)
class Place:
    """`planner` is what those may do who answer for it, `seen_by` whether a person may see it."""

    name: str
    url: str
    planner: Permission
    seen_by: Callable[[Person], bool]

    def planners(self) -> list[Person]:
        return [person for person in holders(self.planner) if self.seen_by(person)]


Describe = Callable[[str], Place | None]
_rooms: dict[str, Describe] = {}


def describes(room: str) -> Callable[[Describe], Describe]:
    """Register what describes places that begin with `room:`; it is given what follows, None is no such place."""

    def register(describe: Describe) -> Describe:
        _rooms[room] = describe
        return describe

    return register


def described(place: str) -> Place | None:
    room, _, name = place.partition(":")
    describe = _rooms.get(room)
    return describe(name) if describe else None


def may_read(person: Person, place: str) -> bool:
    """Whether what is said at a place is for somebody's eyes: all of it where a role covers the whole company."""
    if holds_everywhere(person, Permission.VIEW):
        return True
    found = described(place)
    return found is not None and found.seen_by(person)
