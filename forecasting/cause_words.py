"""Drivers and events inside a forecast, in words and as parts that add up."""

from collections.abc import Iterator
from typing import Any

from siop.web.explanations import Change, Part
from siop.web.templatetags.siop import number, signed

from .models import ForecastLine

SLACK = 1e-6


def parts(line: ForecastLine, h: int, *, places: int) -> list[Part]:
    """One part for each driver and event of a period; what came from elsewhere since is one part of its kind."""
    found = [
        Part(label=cause["name"], value=cause["units"][h], note=_note(cause, h, places))
        for cause in touching(line, h)
    ]
    rest = line.drivers[h] + line.events[h] - sum(float(part.value) for part in found)
    if abs(rest) > SLACK:
        found.append(Part(label="Drivers and events", value=rest))
    return found


def touching(line: ForecastLine, h: int) -> Iterator[dict[str, Any]]:
    """Causes that move a period; none where demand made elsewhere or owners took their place."""
    if line.drivers[h] or line.events[h]:
        yield from (cause for cause in line.causes if cause["units"][h])


def sentence(line: ForecastLine, h: int, *, places: int) -> str:
    """ "ads add 743 (359 to 1,156), SPRING adds 60; " or nothing."""
    words = [_word(cause, h, places) for cause in touching(line, h)]
    return f"{', '.join(words)}; " if words else ""


def span(line: ForecastLine, h: int, *, places: int) -> str:
    """What the forecast would be at one sd of each elasticity either way."""
    doubted = [cause for cause in touching(line, h) if "low" in cause]
    if not doubted:
        return ""
    low, high = (sum(cause[side][h] - cause["units"][h] for cause in doubted) for side in ("low", "high"))
    names = " and ".join(cause["name"] for cause in doubted)
    total = line.statistical[h]
    return (
        f"One standard deviation of what {names} may do: {number(total + low, places)} to "
        f"{number(total + high, places)}. "
    )


def changes(line: ForecastLine, h: int) -> list[Change]:
    return [
        Change(
            label=f"Without {cause['name']}",
            delta=-cause["units"][h],
            value=line.statistical[h] - cause["units"][h],
        )
        for cause in touching(line, h)
    ]


def _word(cause: dict[str, Any], h: int, places: int) -> str:
    units = cause["units"][h]
    verb = "adds" if units > 0 else "takes"
    reach = (
        f" ({number(cause['low'][h], places)} to {number(cause['high'][h], places)})"
        if "low" in cause
        else ""
    )
    return f"{cause['name']} {verb} {number(abs(units), places)}{reach}"


def _note(cause: dict[str, Any], h: int, places: int) -> str:
    if "ratio" not in cause:
        return "event"
    return (
        f"{number(cause['ratio'][h], 2)} times the year before, elasticity {number(cause['elasticity'], 2)} ± "
        f"{number(cause['sd'], 2)}: {signed(cause['low'][h], places)} to {signed(cause['high'][h], places)}"
    )
