"""Numbers, counts and dates as pages print them: locale separators, a true minus, '-' for what is missing."""

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString

register = template.Library()
LARGE = {"T": 10**12, "B": 10**9, "M": 10**6}
SHORT_FROM = 10**10
MINUS = "\u2212"
CODE = re.compile(r"(?<!\S)(?=\S*\w-\w*\d|[A-Z]+-[A-Z])\S{1,24}(?!\S)")
UNITS = [Decimal(1).scaleb(-places) for places in range(10)]


@register.filter
def number(value: Any, places: int = 0) -> str:
    """1234.5 -> 1,234 (half to even is never shown: rounding is half away from zero)."""
    if value is None or value == "":
        return "-"
    text = f"{_rounded(value, places):,.{places}f}"
    return MINUS + text[1:] if text.startswith("-") else text


def among_others(value: Any, places: int) -> str:
    """A figure in a column of several units: what its unit counts, without the zeros that only one unit asks for."""
    text = number(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def signed(value: Any, places: int = 0) -> str:
    """With its sign: +1,234, −5, 0."""
    if value is None or value == "":
        return "-"
    text = number(value, places)
    return text if text.startswith(MINUS) or _rounded(value, places) == 0 else "+" + text


@register.filter
def signed_money(value: Any, symbol: str) -> str:
    """With sign and currency: +$1,234, −$5, $0; short from ten billions on: +$14.21 B."""
    if value in (None, "") or abs(Decimal(str(value))) < SHORT_FROM:
        return in_money(signed(value), symbol)
    short = money(value)
    return in_money(short if short.startswith(MINUS) else f"+{short}", symbol)


@register.filter
def in_print(text: str) -> str:
    """A sentence of the files with the signs of print: "60 days +- 10, x 1.2" -> 60 days ± 10, × 1.2."""
    return text.replace("+-", "±").replace(" x ", " × ")


@register.filter
def in_money(text: str, currency: str) -> str:
    """ "−1,234" -> −$1,234; a currency without a sign keeps its code before the number: CHF 1,234."""
    if text == "-":
        return text
    sign = text[:1] if text[:1] in ("+", MINUS) else ""
    return f"{sign}{currency}{' ' if currency.isalpha() else ''}{text.removeprefix(sign)}"


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """0.184 -> 18.4 %."""
    return "-" if value is None or value == "" else f"{number(Decimal(str(value)) * 100, places)} %"


@register.filter
def points(value: Any, places: int = 1) -> str:
    """0.242 -> 24.2, where the unit stands in the header."""
    return "-" if value is None or value == "" else number(Decimal(str(value)) * 100, places)


@register.filter
def money(value: Any) -> str:
    """Short from ten millions on: 14.21 M, 14.21 B, 14.21 T, as the axes of charts write it."""
    if value is None or value == "":
        return "-"
    amount = Decimal(str(value))
    for letter, unit in LARGE.items():
        if abs(amount) >= 10 * unit:
            return f"{number(amount / unit, 2)} {letter}"
    return number(amount)


@register.filter
def day(value: date | None) -> str:
    return "-" if value is None else f"{value.day} {value:%b %Y}"


@register.filter
def short_day(value: date | None) -> str:
    return "-" if value is None else f"{value.day} {value:%b}"


@register.filter
def month(value: date | None) -> str:
    return "-" if value is None else f"{value:%b %y}"


@register.filter
def span(days: tuple[date, date]) -> str:
    """Aug 26 to Oct 26; one month once."""
    return " to ".join(dict.fromkeys(map(month, days)))


def many(count: int, one: str, more: str = "") -> str:
    """1 item, 3 items."""
    return f"{number(count)} {one if count == 1 else more or one + 's'}"


def listed(names: list[str], limit: int = 3) -> str:
    """A, B, C and D; A, B, C and 4 more: one more is named."""
    if len(names) > limit + 1:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


@register.filter
def first_clause(text: str) -> str:
    """What to do without its reasons: "Put PO-7 off to 8 Dec: nothing needs it." -> "Put PO-7 off to 8 Dec"."""
    return re.split(r"[.,:;](?: |$)", text, maxsplit=1)[0].strip()


@register.filter
def unbroken(text: str) -> SafeString:
    """Words, of which codes and numbers with hyphens stay in one line: P-78-2-1, BODY-700; very long ones do not."""
    return SafeString(CODE.sub(r'<span class="nw">\g<0></span>', html.escape(text)))


@register.filter
def shortened(text: str, length: int) -> str:
    """At most `length` characters, the last one an ellipsis where something is left out."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _rounded(value: Any, places: int) -> Decimal:
    amount = Decimal(str(value)).quantize(UNITS[places], rounding="ROUND_HALF_UP")
    return amount if amount else Decimal(0)
