"""Two people at one row: a form carries what it was made on; a save over newer values shows base, mine and theirs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed, or that both did."""

    label: str
    base: str
    mine: str
    theirs: str


def sealed(values: Mapping[str, str]) -> str:
    """What a form was made on, by label, for its hidden field."""
    return json.dumps(dict(values), sort_keys=True)


def one_of(seen: str, name: str) -> str:
    """What one row was made on, of a form over several: their seals, sealed by name."""
    return read(seen).get(name, "")


def conflict(seen: str, *, mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[Difference]:
    """What differs between what was seen, typed and stored; nothing where the row is still as it was seen."""
    if not seen or seen == sealed(theirs):
        return []
    base = read(seen)
    return [
        Difference(label, base.get(label, ""), mine.get(label, ""), value)
        for label, value in theirs.items()
        if value != base.get(label, "") or value != mine.get(label, "")
    ]


def made_on(form: forms.Form, theirs: Mapping[str, str], **hidden: Any) -> None:
    """A form that met other values keeps what was typed, and is made on those: sent again, it puts mine in place.

    `hidden` are further fields to be made on them, such as a version.
    """
    form.data = dict(form.data.items()) | {"seen": sealed(theirs)} | hidden


@dataclass(frozen=True)
class Merge:
    """What one person changed of what they saw, and where somebody else has set another value since, by name."""

    changed: dict[str, str]
    clashes: dict[str, str]


def merged(seen: str, *, mine: Mapping[str, str], theirs: Mapping[str, str]) -> Merge:
    """Only what differs from what was seen counts as mine, so that a page left open takes nothing back."""
    base = read(seen) if seen else dict(theirs)
    changed = {name: value for name, value in mine.items() if value != base.get(name, "")}
    now = {name: theirs.get(name, "") for name in changed}
    return Merge(
        changed={name: value for name, value in changed.items() if value != now[name]},
        clashes={
            name: now[name] for name, value in changed.items() if now[name] not in (value, base.get(name, ""))
        },
    )


def read(seen: str) -> dict[str, str]:
    """What a hidden field was sealed with; nothing where it is none of ours."""
    try:
        found = json.loads(seen)
    except ValueError:
        return {}
    return {str(label): str(value) for label, value in found.items()} if isinstance(found, dict) else {}
