"""One figure of the strip under a page's title, as `components/kpis.html` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A figure in words: what it is, its value, what it is held against and where it explains itself.

    `tone` ("good", "bad" or "") colours `delta`, the change against `base`; `trend` is drawn as a small line;
    `why` is the address of its explanation, `name` what a page makes that address of.
    """

    label: str
    value: str
    definition: str = ""
    delta: str = ""
    tone: str = ""
    base: str = ""
    note: str = ""
    trend: Sequence[float | None] = ()
    why: str = ""
    name: str = ""
