"""Sales, marketing, budget and owners: three years for the old range, one for the new, months for the newest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .catalogue import BOTTLES, FLAVOURS, Row, Tables, capsule_codes
from .months import Calendar

SHARES = {"DTC": 0.5, "RETAIL": 0.3, "MARKET": 0.2}
SUMMER = np.array([-0.12, -0.10, -0.04, 0.02, 0.10, 0.18, 0.20, 0.14, 0.02, -0.08, -0.12, -0.20])
GIFTS = np.array([-0.15, -0.12, -0.08, -0.05, 0.0, 0.04, 0.02, 0.0, -0.04, -0.02, 0.12, 0.28])


@dataclass(frozen=True)
class Demand:
    """Monthly pattern of one item: level in the first planned month, growth a year, season, months of history."""

    level: float
    growth: float
    season: Any
    months: int
    noise: float = 0.08


def patterns(scale: int) -> dict[str, Demand]:
    found = {
        "BTL-400": Demand(2_900, 0.30, GIFTS, 14),
        "BTL-700": Demand(5_600, 0.14, GIFTS, 36),
        "BTL-1000": Demand(1_900, 0.05, GIFTS + SUMMER / 2, 36),
        "KIT-305": Demand(1_350, 0.10, GIFTS, 24, 0.14),
        "KIT-310": Demand(900, -0.08, GIFTS, 24, 0.14),
        "CAP-STD": Demand(320, 0.02, SUMMER, 36, 0.22),
    }
    levels = {
        "101": 9_800,
        "102": 11_500,
        "103": 5_200,
        "104": 8_900,
        "105": 4_100,
        "106": 2_300,
        "107": 3_900,
        "108": 2_600,
        "109": 4_000,
    }
    lengths = {
        "101": 36,
        "102": 36,
        "103": 13,
        "104": 36,
        "105": 12,
        "106": 5,
        "107": 26,
        "108": 12,
        "109": 0,
    }
    for code in FLAVOURS:
        found[f"CPS-{code}"] = Demand(levels[code], 0.18, SUMMER, lengths[code])
    for n, code in enumerate(capsule_codes(scale)[len(FLAVOURS) :]):
        found[code] = Demand(400 + 137 * (n % 17), 0.1, SUMMER, 12 + n % 25, 0.15)
    return found


def monthly(pattern: Demand, calendar: Calendar, rng: np.random.Generator) -> NDArray[np.float64]:
    """Units of each month of history, oldest first, shape (months,)."""
    back = np.arange(pattern.months, 0, -1)
    month_of_year = np.array([calendar.m(-int(k)).month - 1 for k in back])
    level = pattern.level * (1 + pattern.growth) ** (-back / 12)
    units = level * (1 + pattern.season[month_of_year]) * rng.lognormal(0, pattern.noise, pattern.months)
    if pattern.months == 5:  # a launch finds its level over its first months
        units *= np.array([0.35, 0.6, 0.8, 0.95, 1.0])
    return np.asarray(units)


def tables(calendar: Calendar, *, scale: int, until: int) -> Tables:
    """Tables of demand as known at the start of month `until` (0: the cycle in progress, -1: the one before)."""
    return {
        "sales": list(_sales(calendar, scale=scale, until=until)),
        "drivers": _spend(calendar),
        "driver_effects": [
            {"driver": "ads", "category": "Bottles", "item": "", "elasticity": 0.2, "sd": 0.1},
            {"driver": "ads", "category": "Capsules", "item": "", "elasticity": 0.12, "sd": 0.06},
        ],
        "events": _events(calendar),
        "budget": _budget(calendar, scale=scale),
        "installed_base": [
            {"durable": "BTL-700", "consumable": "CPS-102", "location": "NJ", "segment": "DTC",
             "active_units": 21_000, "as_of": calendar.counted(until), "units_per_active_month": 0.26,
             "monthly_churn_pct": 2.5},
        ],
    }  # fmt: skip


def _sales(calendar: Calendar, *, scale: int, until: int) -> Iterator[Row]:
    """Order lines: a few days a month in each segment, returns booked some weeks later."""
    for item, pattern in patterns(scale).items():
        if not pattern.months:
            continue
        rng = np.random.default_rng([7, *item.encode()])
        units = monthly(pattern, calendar, rng)
        for position, back in enumerate(range(pattern.months, 0, -1)):
            rows = list(_month_of_sales(item, -back, units[position], calendar, rng))
            if -back < until:
                yield from rows
    yield from _bundle_sales(calendar, until=until)


def _month_of_sales(
    item: str, month: int, units: float, calendar: Calendar, rng: np.random.Generator
) -> Iterator[Row]:
    if item == "CPS-104" and month == -8:
        units *= 0.35  # eleven days without stock: the forecast must not learn that
    if item == "BTL-700" and month == -16:
        units *= 1.9  # one retailer's stock build
    price = {"CPS": 4.9, "KIT": 16.5, "CAP": 11.0}.get(item[:3]) or BOTTLES[item[4:]][1]
    for segment, share in SHARES.items():
        weights = rng.dirichlet(np.full(5, 6.0)) * share * units
        days = np.sort(rng.choice(np.arange(1, 28), 5, replace=False))
        for n, (day, quantity) in enumerate(zip(days, weights, strict=True)):
            if quantity < 0.5:
                continue
            yield {
                "date": calendar.booked(month, int(day)), "item": item, "location": "NJ", "segment": segment,
                "order": f"{segment[0]}{calendar.m(month):%y%m}-{n + 1}", "quantity": round(quantity),
                "unit_price": round(price * (0.72 if segment == "RETAIL" else 1.0), 2),
            }  # fmt: skip
        if segment == "DTC":
            yield {
                "date": calendar.booked(month, 28), "item": item, "location": "NJ", "segment": segment,
                "order": f"R{calendar.m(month):%y%m}", "quantity": -max(1, round(0.015 * share * units)),
                "unit_price": price,
            }  # fmt: skip


def _bundle_sales(calendar: Calendar, *, until: int) -> Iterator[Row]:
    rng = np.random.default_rng(11)
    for month in range(-20, 0):
        starters, duos = int(rng.integers(240, 420)), int(rng.integers(150, 260))
        if month < until:
            for item, quantity, price in (("BND-START", starters, 32.0), ("BND-DUO", duos, 9.0)):
                yield {
                    "date": calendar.booked(month, 15), "item": item, "location": "NJ", "segment": "DTC",
                    "order": f"B{calendar.m(month):%y%m}", "quantity": quantity, "unit_price": price,
                }  # fmt: skip


def _spend(calendar: Calendar) -> list[Row]:
    """Marketing spend by category; it is about to double from the third planned month on, for three months."""
    rows = []
    for category, base in (("Bottles", 40_000), ("Capsules", 24_000)):
        for month in range(-36, 18):
            doubled = 2 if 2 <= month <= 4 else 1
            seasonal = 1.5 if calendar.m(month).month in (11, 12) else 1.0
            rows.append(
                {"driver": "ads", "month": calendar.m(month), "item": "", "category": category, "segment": "",
                 "value": round(base * doubled * seasonal * (1 + month / 120))}
            )  # fmt: skip
    return rows


def _events(calendar: Calendar) -> list[Row]:
    return [
        {"event": "SPRING-PROMO", "kind": "promotion", "item": "", "category": "Fruit capsules", "segment": "RETAIL",
         "start": calendar.day(3, 1), "end": calendar.last_day(3), "uplift_pct": 12, "note": "End-cap display at two chains"},
        {"event": "PRICE-1000", "kind": "price", "item": "BTL-1000", "category": "", "segment": "",
         "start": calendar.day(4, 1), "end": calendar.last_day(9), "uplift_pct": -4, "note": "Price up from 29 to 31"},
        {"event": "GINGER", "kind": "launch", "item": "CPS-106", "category": "", "segment": "",
         "start": calendar.day(-5, 1), "end": calendar.last_day(-4), "uplift_pct": "", "note": "Launch; like berry at 0.2"},
        {"event": "LIME", "kind": "launch", "item": "CPS-109", "category": "", "segment": "",
         "start": calendar.day(2, 1), "end": calendar.last_day(4), "uplift_pct": "", "note": "Launch; like citrus at 0.45"},
    ]  # fmt: skip


def _budget(calendar: Calendar, *, scale: int) -> list[Row]:
    """Set last autumn, with more growth in bottles than has come so far."""
    per_category: dict[str, dict[int, list[float]]] = {}
    for item, pattern in patterns(scale).items():
        category = {"BTL": "Bottles", "CPS": "Capsules", "KIT": "Kits", "CAP": "Spares"}[item[:3]]
        price = {"CPS": 4.9, "KIT": 16.5, "CAP": 11.0}.get(item[:3]) or BOTTLES[item[4:]][1]
        optimism = 1.18 if category == "Bottles" else 1.05
        for month in range(-12, 18):
            growth = (1 + pattern.growth) ** (month / 12)
            units = pattern.level * growth * (1 + pattern.season[calendar.m(month).month - 1]) * optimism
            total = per_category.setdefault(category, {}).setdefault(month, [0.0, 0.0])
            total[0] += units
            total[1] += units * price * 0.92
    return [
        {"month": calendar.m(month), "category": category, "segment": "", "units": round(units), "revenue": round(revenue)}
        for category, months in per_category.items()
        for month, (units, revenue) in months.items()
    ]  # fmt: skip
