"""Money, counts and days in the words of pages, packs and minutes."""

from datetime import date
from decimal import Decimal

from siop.catalog import parameters
from siop.catalog.currency import sign_of
from siop.web.templatetags.siop import MINUS, listed, many, number, signed, signed_money
from siop.web.templatetags.siop import money as short_number

__all__ = [
    "day", "listed", "long_day", "many", "money", "percent", "share", "short_money", "signed_money", "span", "symbol",
]  # fmt: skip


def symbol() -> str:
    """What stands before a number: the currency's sign where everybody knows it, else its code and a space."""
    sign = sign_of(parameters.load().currency)
    return f"{sign} " if sign.isalpha() else sign


def money(value: float | Decimal | None, sign: str) -> str:
    """−$366,138; "-" for what is missing."""
    if value is None:
        return "-"
    text = number(abs(value))
    return f"{MINUS if value < 0 and text != '0' else ''}{sign}{text}"


def short_money(value: float | Decimal | None, sign: str) -> str:
    """$14.21 M from ten millions on, $14.21 B, $14.21 T."""
    if value is None:
        return "-"
    text = short_number(abs(value))
    return f"{MINUS if value < 0 and text != '0' else ''}{sign}{text}"


def share(value: float | None, places: int = 1) -> str:
    """−2.5 % with its sign; what rounds to nothing has none."""
    if value is None:
        return "-"
    return f"{signed(100 * value, places)} %"


def percent(value: float | None, places: int = 1) -> str:
    return "-" if value is None else f"{number(100 * value, places)} %"


def day(value: date | None) -> str:
    return "-" if value is None else f"{value.day} {value:%b}"


def long_day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B %Y}"


def span(first: date, last: date) -> str:
    """1 to 3 Dec; 21 Dec to 8 Jan; 18 Dec."""
    if first == last:
        return day(first)
    head = str(first.day) if (first.year, first.month) == (last.year, last.month) else day(first)
    return f"{head} to {day(last)}"
