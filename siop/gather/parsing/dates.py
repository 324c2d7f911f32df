"""Dates: ISO, month names, or day and month in the order that the column makes certain; never guessed."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable

from siop.gather.parsing.cells import BadValue

EARLIEST = dt.date(1950, 1, 1)
LATEST = dt.date(2199, 12, 31)
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"

_TIME = (
    r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.]?(\d{2})", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2\s*(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_DAY_NAME = re.compile(rf"(\d{{1,2}})\.?[-\s/]*([A-Za-z]{{3,9}})\.?[-,\s/]*(\d{{4}}|\d{{2}}){_TIME}")
_NAME_DAY = re.compile(
    rf"([A-Za-z]{{3,9}})\.?[-\s/]*(\d{{1,2}})(?:st|nd|rd|th)?[-,\s/]+(\d{{4}}|\d{{2}}){_TIME}"
)
_SERIAL = re.compile(r"(\d{1,6})(?:\.\d+)?", re.ASCII)
_MONTHS = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_EPOCHS = {"1900": dt.date(1899, 12, 30), "1904": dt.date(1904, 1, 1)}
_PHANTOM_LEAP_DAY = 60  # serial of 29 February 1900, which a spreadsheet invented


def date_order(texts: Iterable[str]) -> str:
    """ "dmy" or "mdy" where some day above 12 decides it for the column; "" where nothing or both do."""
    seen = set()
    for text in texts:
        match = _NUMERIC.fullmatch(text)
        if match is None:
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            seen.add(DAY_FIRST)
        elif second > 12 >= first:
            seen.add(MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else ""


def parse_date(text: str, *, order: str = "", date_system: str = "", month: bool = False) -> dt.date:
    """The date a cell names; `month` also takes 2026-12. Raises BadValue with the reason."""
    value = _written(text, order=order, date_system=date_system, month=month)
    if not EARLIEST <= value <= LATEST:
        raise BadValue(f"The year {value.year} is outside {EARLIEST.year} to {LATEST.year}")
    return value


def _written(text: str, *, order: str, date_system: str, month: bool) -> dt.date:
    if match := _ISO.fullmatch(text):
        return _date(int(match[1]), int(match[3]), int(match[4]))
    if (match := _COMPACT.fullmatch(text)) and 1900 <= int(match[1]) <= 2199:
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if month and (match := _MONTH.fullmatch(text)) and 1900 <= int(match[1]) <= 2199:
        return _date(int(match[1]), int(match[2]), 1)
    if match := _NUMERIC.fullmatch(text):
        return _ordered(text, match, order)
    if match := _DAY_NAME.fullmatch(text):
        return _date(_year(match[3]), _month_number(match[2]), int(match[1]))
    if match := _NAME_DAY.fullmatch(text):
        return _date(_year(match[3]), _month_number(match[1]), int(match[2]))
    if match := _SERIAL.fullmatch(text):
        return _from_serial(int(match[1]), date_system)
    raise BadValue("The text is not a date", "Write dates as YYYY-MM-DD")


def _ordered(text: str, match: re.Match[str], order: str) -> dt.date:
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    if first > 12 and second > 12:
        raise BadValue("There is no month above 12")
    if first == second:
        return _date(year, first, second)
    if not order and max(first, second) > 12:
        raise BadValue(
            "The column mixes dates with the day first and with the month first", "Write YYYY-MM-DD"
        )
    if not order:
        raise BadValue(
            f"{text} may be day or month first; nothing in the column decides it",
            "Say which comes first, or write YYYY-MM-DD",
        )
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    if month > 12:
        raise BadValue(
            "The month comes first elsewhere in the column, here the day", f"Use {year}-{day:02}-{month:02}"
        )
    return _date(year, month, day)


def _date(year: int, month: int, day: int) -> dt.date:
    if not 1 <= month <= 12:
        raise BadValue(f"There is no month {month}")
    if year < 1:
        raise BadValue("There is no year 0")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        name = calendar.month_name[month]
        when = f" {year}" if month == 2 else ""
        raise BadValue(
            f"{name}{when} has {last} days", f"Use {year:04}-{month:02}-{last:02}" if day > last else ""
        )
    return dt.date(year, month, day)


def _year(text: str) -> int:
    if len(text) == 2:
        raise BadValue(
            "The year has two digits; the century is not certain", "Write the year with four digits"
        )
    return int(text)


def _month_number(name: str) -> int:
    number = _MONTHS.get(name.casefold())
    if number is None:
        raise BadValue(f"{name!r} is no month", "Write dates as YYYY-MM-DD")
    return number


def _from_serial(serial: int, date_system: str) -> dt.date:
    """Spreadsheet day numbers; which of its two calendars counts is known in a workbook only."""
    if not date_system:
        raise BadValue(
            "The number is no date; spreadsheets count days from 1900 or from 1904",
            "Write dates as YYYY-MM-DD",
        )
    if date_system == "1900" and serial == _PHANTOM_LEAP_DAY:
        raise BadValue("29 February 1900 does not exist")
    return _EPOCHS[date_system] + dt.timedelta(days=serial)
