"""What hangs on the inventory list: its projection in money, what a service level costs, what becomes of stock."""

from typing import Any

from inventory.selectors.service_cost import service_cost_of_all
from siop.web.lists import query_with
from siop.web.templatetags.siop import money, month, number, percent

from ..selectors.pages import inventory as selectors
from .common import Shown

PERIODS = 12
FATES = (
    ("Usable", "", "up to the order-up-to level and the demand of the cover horizon"),
    ("Excess", "excess", "beyond both: it will be sold, but not soon"),
    ("Obsolete", "obsolete", "nothing asks for it any more"),
    ("Expiring", "expiring", "expired, or expires before its turn to be sold"),
)


def projection_chart(lines: Any, page: Shown) -> dict[str, Any]:
    """Stock in money at the end of each period beside its target."""
    months = page.months[:PERIODS]
    found = selectors.projected_value(lines, periods=len(months))
    gaps = [closing - target for closing, target in zip(found.closing, found.target, strict=True)]
    lowest = min(range(len(gaps)), key=lambda h: gaps[h], default=0)
    return {
        "id": "chart-stock-value",
        "title": _finding(found.closing, gaps[lowest] if gaps else 0.0, month(months[lowest])),
        "note": f"{page.currency}, at the end of each period, at unit cost",
        "height": 200,
        "spec": {
            "x": [month(start) for start in months],
            "x_label": "Month",
            "places": 0,
            "y_min": 0,
            "series": [
                {"name": "Stock", "kind": "line", "style": "blue", "points": True, "values": found.closing},
                {"name": "Target: safety stock and reserve", "kind": "line", "style": "dash", "values": found.target},
            ],
        },
    }  # fmt: skip


def _finding(closing: list[float], lowest: float, when: str) -> str:
    if not any(closing):
        return "No stock is planned, or no item has a unit cost"
    way = "falls" if closing[-1] < closing[0] else "rises"
    beside = f"{money(abs(lowest))} {'above' if lowest > 0 else 'below'}" if round(abs(lowest)) else "at"
    nearest = f"{beside} target at its lowest, {when}"
    return f"Stock {way} from {money(closing[0])} to {money(closing[-1])}; {nearest}"


def service_chart(lines: Any, page: Shown) -> dict[str, Any] | None:
    found = selectors.dearest_targets(lines, page.plan)
    full = len(found) == selectors.MOST_TARGETS
    return service_cost_of_all(found, currency=page.currency, cut=full)


def fates(given: Any, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Money on hand by what becomes of it; the rows sum to the stock on hand and what has expired."""
    amounts = {name: summary[f"all_{name}"] for _, name, _ in FATES if name}
    total = summary["stock_value"] + summary["all_expired"]
    usable = max(total - sum(amounts.values()), 0.0)
    return [
        {
            "label": label,
            "words": words,
            "value": amounts.get(name, usable),
            "share": percent(amounts.get(name, usable) / total) if total else "-",
            "count": number(summary[f"n_{name}"]) if name else "",
            "url": query_with(given, show=name, page=None) if name else "",
        }
        for label, name, words in FATES
    ]


def expiry(lines: Any, page: Shown) -> list[dict[str, Any]]:
    """Money that expires unsold in each month in which some does."""
    return [
        {"month": page.months[found.period], "places": found.places, "value": found.value}
        for found in selectors.expiry_by_period(lines)
    ]
