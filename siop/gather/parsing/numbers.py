"""Numbers as people write them: 1,234.56 and 1.234,56, (12), 12-, 12 %; decided by column, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from siop.gather.parsing.cells import BadValue

_SPACES = " '’\u00a0\u202f\u2009"
_SHAPE = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212])?\s*(?P<body>[0-9.,][0-9.,{_SPACES}]*)(?P<exponent>[eE][-+]?[0-9]{{1,4}})?"
    r"\s*(?P<percent>%)?\s*(?P<trailing>-)?(?P<close>\))?",
    re.ASCII,
)
_STYLES = {
    ".": re.compile(
        rf"[1-9]\d{{0,2}}(?P<group>[,{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*(?:\.\d*)?|\d+\.?\d*|\.\d+"
    ),
    ",": re.compile(
        rf"[1-9]\d{{0,2}}(?P<group>[.{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*(?:,\d*)?|\d+,?\d*|,\d+"
    ),
}
_NOT_DIGITS = re.compile(rf"[,.{_SPACES}]")
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity|1\.#(?:inf|qnan|ind).*|∞)", re.IGNORECASE)
_CURRENCY = re.compile(r"[$€£¥₹₩]|\b(?:USD|EUR|GBP|JPY|CNY|INR|MYR|CHF|RM)\b", re.IGNORECASE)
_MISSING = frozenset(("-", "--", "–", "—", "n/a", "na", "null", "none", "nil", "?"))
_LARGEST_FLOAT = Decimal(10) ** 15


@dataclass(frozen=True, kw_only=True)
class NumberRule:
    """`places` None keeps a float; `percent` says what 12 % is: 12 points, 0.12 as a fraction, or an error."""

    places: int | None = 3
    digits: int = 18
    percent: str = ""  # "points", "fraction" or "" for not allowed
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    positive: bool = False


@dataclass(frozen=True, kw_only=True)
class Written:
    """A number taken apart: the body may still be read with a decimal point or a decimal comma."""

    negative: bool
    body: str
    exponent: str
    percent: bool

    def read(self, mark: str) -> Decimal | None:
        """The value under a decimal mark, None where the body is not written that way."""
        if not _STYLES[mark].fullmatch(self.body):
            return None
        whole, _, part = self.body.partition(mark)
        digits = _NOT_DIGITS.sub("", whole) or "0"
        value = Decimal(f"{digits}.{part or '0'}{self.exponent}")
        return -value if self.negative else value


def take_apart(text: str) -> Written:
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise _not_a_number(text)
    signs = [match["sign"] in ("-", "\u2212"), bool(match["open"]), bool(match["trailing"])]
    if bool(match["open"]) != bool(match["close"]) or sum(signs) > 1 or (match["sign"] == "+" and any(signs)):
        raise BadValue("The sign of the number is written twice or its bracket is not closed")
    return Written(
        negative=any(signs),
        body=match["body"].strip(_SPACES),
        exponent=match["exponent"] or "",
        percent=bool(match["percent"]),
    )


def decimal_mark(texts: Iterable[str], *, machine_numbers: bool) -> str:
    """A point or a comma where the column's numbers decide it, else "": what reads both ways is asked about.

    Where both marks occur, the more frequent one is the column's and the others are errors.
    """
    votes = {".": 0, ",": 0}
    for text in texts:
        try:
            written = take_apart(text)
        except BadValue:
            continue
        readable = [mark for mark in votes if written.read(mark) is not None]
        if len(readable) == 1:
            votes[readable[0]] += 1
        elif machine_numbers and "." in written.body:
            votes["."] += 1
    if votes["."] == votes[","]:
        return ""
    return max(votes, key=lambda mark: votes[mark])


def parse_number(text: str, *, mark: str, rule: NumberRule) -> Decimal:
    """The exact value; raises BadValue with the reason and, where there is one, a suggestion."""
    written = take_apart(text)
    value = _percent(_value(text, written, mark), written, rule)
    limit = _LARGEST_FLOAT if rule.places is None else Decimal(10) ** (rule.digits - rule.places)
    if not abs(value) < limit:
        raise BadValue(
            f"The number is too large: the largest has {limit.adjusted()} digits before the decimal mark"
        )
    if rule.positive and value <= 0:
        raise BadValue("Enter a number above 0")
    if rule.minimum is not None and value < rule.minimum:
        raise BadValue(f"Enter {rule.minimum} or more")
    if rule.maximum is not None and value > rule.maximum:
        raise BadValue(f"Enter {rule.maximum} or less")
    return value


def number_text(value: Decimal, *, rule: NumberRule) -> str:
    """One spelling for one value, as the database reads it."""
    if rule.places is None:
        return repr(float(value))
    return format(value, "f")


def _value(text: str, written: Written, mark: str) -> Decimal:
    point, comma = written.read("."), written.read(",")
    if point is None and comma is None:
        raise BadValue("The points and commas of the number contradict each other")
    if point == comma and point is not None:
        return point
    if mark:
        value = point if mark == "." else comma
        if value is None:
            name = "point" if mark == "." else "comma"
            raise BadValue(f"The other numbers of the column have a decimal {name}, this one has not")
        return value
    if point is not None and comma is not None:
        low, high = sorted((point, comma), key=abs)
        raise BadValue(
            f"{text} may be {low.normalize():f} or {high.normalize():f}; nothing in the column decides it",
            "Say which decimal mark the file uses",
        )
    raise BadValue(
        "The column mixes decimal points and decimal commas", "Write all numbers with the same mark"
    )


def _percent(value: Decimal, written: Written, rule: NumberRule) -> Decimal:
    if not written.percent or rule.percent == "points":
        return value
    if rule.percent == "fraction":
        return value / 100
    raise BadValue("A percentage stands in a number column", "Enter the number without %")


def keep_places(value: Decimal, *, rule: NumberRule) -> Decimal:
    """The value with the decimals that are stored; raises BadValue where that would lose it."""
    if rule.places is None:
        return value
    rounded = value.quantize(Decimal(1).scaleb(-rule.places), rounding=ROUND_HALF_UP)
    if rule.places == 0 and rounded != value:
        raise BadValue("Enter a whole number")
    if value and not rounded:
        raise BadValue(f"The number is smaller than the {rule.places} decimals that are kept")
    return rounded


def _not_a_number(text: str) -> BadValue:
    if text.casefold() in _MISSING:
        return BadValue(f"A missing value is written as {text!r}", "Leave the cell empty")
    if _NOT_FINITE.fullmatch(text):
        return BadValue("The number is not finite")
    bare = _CURRENCY.sub("", text).strip()
    if bare != text and _SHAPE.fullmatch(bare):
        return BadValue("A currency stands in a number column", f"Use {bare}")
    return BadValue("The text is not a number")
