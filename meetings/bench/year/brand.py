"""Ridgeway Drinks, invented: what it sells, from what, from whom, and what is about to happen to it in this year.

Bottles are moulded in Malaysia by ten thousands and come by sea, in a pinch by air; sixty parts make a cap; capsules
are filled in New Jersey into shells of which more than half come back, and must never run out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
Tables = dict[str, list[Row]]

FIRST, CYCLES, HISTORY = date(2025, 12, 1), 12, 12
HERE = "NJ"
ADS_DOUBLE, TARIFF_RISES, LAUNCHED, FAILS, ENDS = 4, 5, 6, 8, 10  # months of the year, counted from 1
TOLD_BEFORE = 2  # months between the news and the event; nobody knows of the failure before it happens
LAUNCH, ENDING = "BTL-LITE", "BTL-CLASSIC"
FAILING, FAILURE_DAYS = "P-03", 45
ELASTICITY = 0.25  # the true one; people believe 0.2
PARTS, MAKERS = 60, 12


@dataclass(frozen=True)
class Sold:
    """True demand of an item: units a month at the start, growth a year, season, share of the web shop, noise."""

    level: float
    growth: float
    season: tuple[float, ...]
    direct: float
    price: float
    noise: float = 0.07


@dataclass(frozen=True)
class Lane:
    """One way to get an item. What comes is late by `sd` days and more; none comes before its day but for a few days."""

    item: str
    source: str
    mode: str
    lead: int
    sd: float
    moq: int
    multiple: int
    cost: float
    transit: int = 2
    freight: float = 0.01
    priority: int = 1

    @property
    def is_made(self) -> bool:
        return self.source == HERE


GIFTS = (0.88, 0.90, 0.94, 0.97, 1.02, 1.06, 1.04, 1.0, 0.95, 0.96, 1.10, 1.18)
SUMMER = (0.90, 0.92, 0.97, 1.02, 1.08, 1.13, 1.14, 1.10, 1.01, 0.93, 0.90, 0.90)
SOLD = {
    "BTL-SPORT": Sold(5_200, 0.10, GIFTS, 0.5, 26.0),
    "BTL-TRAVEL": Sold(2_900, 0.05, GIFTS, 0.6, 19.0),
    ENDING: Sold(1_700, -0.10, GIFTS, 0.3, 22.0),
    LAUNCH: Sold(2_400, 0.0, GIFTS, 0.7, 24.0),
    "CPS-MINT": Sold(9_500, 0.15, SUMMER, 0.8, 4.9),
    "CPS-BERRY": Sold(7_200, 0.15, SUMMER, 0.8, 4.9),
    "CPS-CITRUS": Sold(5_100, 0.20, SUMMER, 0.8, 4.9),
    "CPS-COLA": Sold(2_600, 0.0, SUMMER, 0.9, 4.9),
    "CPS-GINGER": Sold(900, 0.30, SUMMER, 0.9, 4.9, 0.15),
}
BOTTLES = [item for item in SOLD if item.startswith("BTL")]
CAPSULES = [item for item in SOLD if item.startswith("CPS")]
CAP, SHELL = "CAP-60", "SHELL"
BODY = {item: item.replace("BTL", "BODY") for item in BOTTLES}
FLAVOUR = {item: item.replace("CPS", "FLV") for item in CAPSULES}
PART_CODES = [f"PART-{n:02d}" for n in range(1, PARTS + 1)]
COMING_BACK, BACK_DAYS = 0.6, 30
SCRAP = 0.02
COUNTRIES = {"MOULDER": "MY", "SHELLMAKER": "MY", "FLAVOURS": "US"} | {
    f"P-{n:02d}": ("MY", "TW", "CN", "US")[n % 4] for n in range(1, MAKERS + 1)
}
RECOVER = {"MOULDER": 30, "SHELLMAKER": 30, "FLAVOURS": 14}


def maker_of(part: str) -> str:
    return f"P-{int(part[-2:]) % MAKERS + 1:02d}"


def part_cost(part: str) -> float:
    return round(0.03 + int(part[-2:]) * 37 % 23 / 100, 2)


def lanes() -> list[Lane]:
    """Every way to get every item, the usual one of each first."""
    found = []
    for body in BODY.values():
        found += [
            Lane(body, "MOULDER", "sea", 60, 6, 10_000, 1_000, 3.0, 32, 0.25),
            Lane(body, "MOULDER", "air", 16, 2, 500, 100, 3.0, 4, 2.6, 2),
        ]
    for part in PART_CODES:
        maker = maker_of(part)
        if COUNTRIES[maker] == "US":
            found.append(Lane(part, maker, "road", 15, 2, 5_000, 500, part_cost(part)))
        else:
            found += [
                Lane(part, maker, "sea", 55, 6, 10_000, 1_000, part_cost(part), 32, 0.01),
                Lane(part, maker, "air", 14, 2, 1_000, 500, part_cost(part), 4, 0.08, 2),
            ]
    found += [
        Lane(SHELL, "SHELLMAKER", "sea", 50, 5, 20_000, 1_000, 0.3, 32, 0.012),
        Lane(SHELL, "SHELLMAKER", "air", 14, 2, 2_000, 500, 0.3, 4, 0.15, 2),
        *(Lane(code, "FLAVOURS", "road", 18, 3, 200, 10, 9.0) for code in FLAVOUR.values()),
        Lane(CAP, HERE, "", 6, 0, 500, 100, 5.6, 0, 0.0),
        *(Lane(item, HERE, "", 4, 0, 200, 50, 9.0, 0, 0.0) for item in BOTTLES),
        *(Lane(item, HERE, "", 4, 0, 500, 100, 1.1, 0, 0.0) for item in CAPSULES),
    ]
    return found


def recipe() -> dict[str, dict[str, float]]:
    """What one good unit of an item holds, before scrap."""
    found: dict[str, dict[str, float]] = {item: {BODY[item]: 1, CAP: 1} for item in BOTTLES}
    found |= {item: {SHELL: 1, FLAVOUR[item]: 0.05} for item in CAPSULES}
    return found | {CAP: dict.fromkeys(PART_CODES, 1)}


def month(number: int) -> date:
    """First day of a month of the year, 1 the first; history has the numbers 0 and below."""
    index = FIRST.year * 12 + FIRST.month - 1 + number - 1
    return date(index // 12, index % 12 + 1, 1)


def number_of(day: date) -> int:
    """Month of the year in which a day lies."""
    return (day.year - FIRST.year) * 12 + day.month - FIRST.month + 1


def spend(number: int) -> float:
    """Advertising for bottles in a month: it has wavered, and doubles for good."""
    wavering = (1.0, 0.85, 1.2, 0.95, 1.3, 0.8, 1.1, 0.9, 1.25, 1.0, 0.8, 1.15)[number % 12]
    return 40_000.0 * (2.0 if number >= ADS_DOUBLE else wavering)


def master(known: int) -> Tables:
    """Everything but figures, as it is known at the start of a month of the year."""
    return {
        "categories": [{"category": name, "parent": "", "family": name} for name in ("Bottles", "Capsules", "Materials")],
        "locations": [{"location": HERE, "kind": "plant", "country": "US", "storage_m3": 420}],
        "segments": [{"segment": "DTC"}, {"segment": "RETAIL"}],
        "modes": [{"mode": mode, "load_m3": 60, "load_cost": cost} for mode, cost in (("sea", 4_000), ("air", 9_000), ("road", 600))],
        "suppliers": [
            {"supplier": code, "country": country, "time_to_recover_days": RECOVER.get(code, 35)}
            for code, country in COUNTRIES.items()
        ],
        "items": _items(known),
        "bom": [
            {"parent": parent, "component": component, "quantity_per": per, "scrap_pct": 100 * SCRAP, "valid_from": ""}
            for parent, parts in recipe().items() for component, per in parts.items()
        ],
        "sourcing": [_sourcing(lane) for lane in lanes()],
        "returns": [
            {"item": item, "returns_as": SHELL, "location": HERE, "rate": COMING_BACK, "lag_days": BACK_DAYS}
            for item in CAPSULES
        ],
        "resources": [
            {"resource": "FILLING", "location": HERE, "capacity_per_month": 45_000, "unit": "capsules"},
            {"resource": "CAPPING", "location": HERE, "capacity_per_month": 24_000, "unit": "caps"},
        ],
        "routings": [
            *({"item": item, "resource": "FILLING", "usage_per_unit": 1} for item in CAPSULES),
            {"item": CAP, "resource": "CAPPING", "usage_per_unit": 1},
        ],
        "tariffs": _tariffs(known),
        "drivers": _drivers(known),
        "driver_effects": [{"driver": "ads", "category": "Bottles", "item": "", "elasticity": 0.2, "sd": 0.1}],
        "policies": [
            *({"item": item, "location": HERE, "service_policy": "never_run_out", "service_target": 0.999, "review_days": 30,
             "lot_sizing": "period_order_quantity", "lot_parameter": 1}
              for item in CAPSULES),
        ],
        "parameters": [
            {"name": name, "value": value}
            for name, value in (("currency", "USD"), ("capital_cost_pct", "12"), ("review_days", "30"))
        ],
    }  # fmt: skip


def _items(known: int) -> list[Row]:
    rows = []
    volume = {
        "BTL": 0.004,
        "BOD": 0.003,
        "CPS": 0.0003,
        "CAP": 0.0006,
        "SHE": 0.0002,
        "FLV": 0.001,
        "PAR": 0.00003,
    }
    cost_of = {lane.item: lane.cost for lane in reversed(lanes())}
    for item in [*SOLD, *BODY.values(), *FLAVOUR.values(), CAP, SHELL, *PART_CODES]:
        sold = SOLD.get(item)
        rows.append({
            "item": item, "category": {"BTL": "Bottles", "CPS": "Capsules"}.get(item[:3], "Materials"), "unit": "each",
            "step": 0.1 if item.startswith("FLV") else 1, "unit_cost": cost_of[item], "unit_price": sold.price if sold else "",
            "volume_m3": volume[item[:3]], "units_per_carton": "", "priority": 1 if item in CAPSULES else 2,
            "launch_date": month(LAUNCHED) if item == LAUNCH else "",
            "end_date": month(ENDS + 1) - timedelta(days=1) if item == ENDING and known >= ENDS - 3 * TOLD_BEFORE else "",
            "like_item": "BTL-SPORT" if item == LAUNCH else "", "like_item_scale": 0.45 if item == LAUNCH else "",
            "service_policy": "fill_rate" if item in BOTTLES else "", "service_target": 0.98 if item in BOTTLES else "",
        })  # fmt: skip
    return rows


def _sourcing(lane: Lane) -> Row:
    return {
        "item": lane.item, "location": HERE, "source": lane.source, "mode": lane.mode, "valid_from": "",
        "kind": "make" if lane.is_made else "buy", "lead_time_days": lane.lead, "lead_time_sd_days": lane.sd,
        "transit_days": lane.transit, "moq": lane.moq, "order_multiple": lane.multiple, "unit_cost": lane.cost,
        "freight_cost": lane.freight, "order_cost": 80, "priority": lane.priority,
    }  # fmt: skip


def _tariffs(known: int) -> list[Row]:
    rates = [(country, month(-24), rate) for country, rate in (("MY", 10), ("TW", 6), ("CN", 20))]
    if known >= TARIFF_RISES - TOLD_BEFORE:
        rates.append(("MY", month(TARIFF_RISES), 25))
    return [
        {
            "category": "Materials",
            "origin": origin,
            "destination": "US",
            "valid_from": since,
            "rate_pct": rate,
        }
        for origin, since, rate in rates
    ]


def _drivers(known: int) -> list[Row]:
    """Spend by month, a year and a half ahead; that it doubles is known some months before."""
    doubling = known >= ADS_DOUBLE - TOLD_BEFORE
    return [
        {"driver": "ads", "month": month(n), "category": "Bottles", "item": "", "segment": "",
         "value": spend(n) if doubling or n < ADS_DOUBLE else 40_000.0}
        for n in range(1 - HISTORY, known + 19)
    ]  # fmt: skip
