"""Every number explains itself: a sentence, parts that sum to it exactly, what it rests on.

Apps register one function for each kind of number; `explain` finds it and checks the sum before it is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from inspect import signature
from typing import Any
from urllib.parse import quote

from django.http import Http404
from django.urls import reverse
from django.utils.http import RFC3986_SUBDELIMS

from siop.accounts.models import Person

from .templatetags.siop import number, percent, signed

TOLERANCE = 1e-6
LARGEST = 8  # parts that a sum over many rows names
Amount = float | Decimal
Explain = Callable[..., "Explanation"]

_kinds: dict[str, Explain] = {}


class DoesNotAddUp(Exception):
    """The parts of a number do not sum to it: the number or its explanation is wrong."""


class CannotExplain(Exception):
    """What was asked has no answer for this number; the message says why, for the panel."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One summand, in the unit of the number; `url` opens what it comes from."""

    label: str
    value: Amount
    note: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows, policy or person that a number rests on; `url` opens them."""

    label: str
    url: str
    meta: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would change the number: by `delta`, to `value`; `good` says whether that is better."""

    label: str
    delta: Amount
    value: Amount
    good: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Sum:
    """Further arithmetic below the number, such as target = safety stock + reserve."""

    title: str
    parts: Sequence[Part]
    total: Amount
    total_label: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """`total` is the number as it is shown on pages; `sentence` alternates plain and strong text.

    `places`: decimals shown. `shares` prints each part's share of the total beside it.
    """

    title: str
    sentence: Sequence[tuple[str, bool]]
    parts: Sequence[Part]
    total: Amount
    total_label: str
    places: int = 0
    formula: str = ""
    note: str = ""
    sums: Sequence[Sum] = ()
    sources: Sequence[Source] = ()
    changes: Sequence[Change] = ()
    computed: str = ""
    tag: tuple[str, str] | None = None
    shares: bool = False
    as_percent: bool = False
    path: str = field(default="", compare=False)

    def check(self) -> None:
        _check(self.parts, self.total, self.title)
        for further in self.sums:
            _check(further.parts, further.total, f"{self.title}, {further.title}")

    def context(self) -> dict[str, Any]:
        """What components/why.html shows."""
        return {
            "title": self.title,
            "tag": {"label": self.tag[0], "tone": self.tag[1]} if self.tag else None,
            "runs": self.sentence,
            "parts": self._shown(self.parts, self.total),
            "total": {"label": self.total_label, "value": self._text(self.total)},
            "formula": self.formula,
            "note": self.note,
            "groups": [
                {
                    "title": further.title,
                    "parts": self._shown(further.parts, further.total),
                    "total": {"label": further.total_label, "value": self._text(further.total)},
                }
                for further in self.sums
            ],
            "sources": self.sources,
            "changes": [
                {
                    "label": change.label,
                    "delta": self._text(change.delta, with_sign=True),
                    "value": self._text(change.value),
                    "tone": {True: "good", False: "bad", None: ""}[change.good],
                }
                for change in self.changes
            ],
            "computed": self.computed,
            "link": self.path,
        }

    def _shown(self, parts: Sequence[Part], total: Amount) -> list[dict[str, str]]:
        values = rounded_to_sum([part.value for part in parts], total, places=self._decimals)
        return [
            {
                "label": part.label,
                "note": part.note,
                "url": part.url,
                "value": self._text(value, with_sign=position > 0 and value > 0 and not self.shares),
                "share": percent(float(part.value) / float(total)) if self.shares and total else "",
            }
            for position, (part, value) in enumerate(zip(parts, values, strict=True))
        ]

    @property
    def _decimals(self) -> int:
        return self.places + 2 if self.as_percent else self.places

    def _text(self, value: Amount, *, with_sign: bool = False) -> str:
        if self.as_percent:
            text = percent(value, self.places)
            return f"+{text}" if with_sign and value > 0 else text
        return signed(value, self.places) if with_sign else number(value, self.places)


def stored_parts(stored: Sequence[Any]) -> list[Part]:
    """Parts as a run wrote them, [label, value]; those of nothing are left out."""
    return [
        Part(label=_sentence_case(str(label).replace("_", " ")), value=float(value))
        for label, value, *_ in stored
        if float(value)
    ]


def _sentence_case(text: str) -> str:
    """MOQ and SKU stay what they are."""
    return text[:1].upper() + text[1:]


def read_period(text: str) -> date:
    """A period in an address, by its first day; Http404 for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404(f"{text!r} is no month; write it as 2026-12-01.") from None


def named(found: Sequence[tuple[str, float, str]], *, others: str) -> list[Part]:
    """The largest by name, the rest as one part."""
    ranked = sorted(found, key=lambda one: -abs(one[1]))
    parts = [Part(label=label, value=value, url=address) for label, value, address in ranked[:LARGEST]]
    if len(ranked) > LARGEST:
        parts.append(
            Part(label=f"{len(ranked) - LARGEST} {others}", value=sum(one[1] for one in ranked[LARGEST:]))
        )
    return parts


def explains(kind: str) -> Callable[[Explain], Explain]:
    """Register `(person, *keys) -> Explanation` under a kind; it raises Http404 for what is not visible."""

    def register(function: Explain) -> Explain:
        _kinds[kind] = function
        return function

    return register


def runs(*texts: str) -> list[tuple[str, bool]]:
    """A sentence from plain and strong text in turn: runs("Stock of ", "1,689", " keeps the shelf full.")."""
    return [(text, position % 2 == 1) for position, text in enumerate(texts) if text]


def kinds() -> list[str]:
    return sorted(_kinds)


def url(kind: str, *keys: object) -> str:
    """Address of an explanation, for data-why."""
    return _address_of(kind) + quote("/".join(map(str, keys)), safe=RFC3986_SUBDELIMS + "/~:@")


@cache
def _address_of(kind: str) -> str:
    """Every number of a page has such an address, so the part they share is looked up once."""
    return reverse("web:why", args=[kind, "-"]).removesuffix("-")


def explain(person: Person, kind: str, *keys: str) -> Explanation:
    """The explanation of one number as this person may see it; raises Http404 and DoesNotAddUp."""
    function = _kinds.get(kind)
    if function is None or len(keys) != len(signature(function).parameters) - 1:
        raise Http404(f"There is no explanation of {kind} for {len(keys)} keys.")
    explanation = function(person, *keys)
    explanation.check()
    return explanation


def rounded_to_sum(values: Sequence[Amount], total: Amount, *, places: int) -> list[Decimal]:
    """Each value rounded half up; where that misses the rounded total, those nearest to a half give way."""
    unit = Decimal(1).scaleb(-places)
    exact = [Decimal(str(value)) for value in values]
    rounded = [value.quantize(unit, ROUND_HALF_UP) for value in exact]
    missing = Decimal(str(total)).quantize(unit, ROUND_HALF_UP) - sum(rounded)
    step = unit if missing > 0 else -unit
    order = sorted(range(len(exact)), key=lambda k: (exact[k] - rounded[k]) * step, reverse=True)
    for k in order[: int(abs(missing) / unit)]:
        rounded[k] += step
    return rounded


def _check(parts: Sequence[Part], total: Amount, title: str) -> None:
    added = sum(float(part.value) for part in parts)
    scale = max(1.0, *(abs(float(part.value)) for part in parts), abs(float(total))) if parts else 1.0
    if not parts or abs(added - float(total)) > TOLERANCE * scale:
        raise DoesNotAddUp(f"{title}: parts sum to {added!r}, the number is {total!r}.")
