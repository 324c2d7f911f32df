"""Small drawings made on the server; numbers and dates have their filters in `siop`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("components/sparkline.html")
def sparkline(
    values: Sequence[float | Decimal | None], label: str = "Trend", width: int = 84, height: int = 26
) -> dict[str, Any]:
    """A line of the values in one small drawing; fewer than two values draw nothing."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return {"points": ""}
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    step = (width - 6) / (len(known) - 1)
    points = [
        (f"{3 + step * index:.1f}", f"{height - 4 - (value - low) / reach * (height - 8):.1f}")
        for index, value in enumerate(known)
    ]
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last": points[-1],
        "width": width,
        "height": height,
        "label": label,
    }
