"""Items, categories, locations, suppliers, bills of material: what Tidewell makes, from what, and where."""

from typing import Any

from .months import Calendar

# The warehouse is small for what it has to hold: nearly full in the months before the season.
STORAGE_M3 = 148
# The flavour that is launched in the third planned month; until then it has neither sales nor stock.
LAUNCH = "109"
Row = dict[str, Any]
Tables = dict[str, list[Row]]

FLAVOURS = {
    "101": "mint", "102": "berry", "103": "peach", "104": "citrus", "105": "cola", "106": "ginger",
    "107": "cherry", "108": "iced tea", "109": "lime",
}  # fmt: skip
BOTTLES = {
    "400": ("Travel bottle 0.4 L", 18.0),
    "700": ("Bottle 0.7 L", 24.0),
    "1000": ("Sport bottle 1 L", 29.0),
}
KITS = {
    "305": ("Flavour kit, fruit", ["102", "103", "107"]),
    "310": ("Flavour kit, fresh", ["101", "104", "106"]),
}
PART_NAMES = [
    "Cap housing", "Inner ring", "Straw holder", "Hinge pin", "Latch", "Spring", "Valve body", "Valve seat",
    "O-ring", "Air filter",
]  # fmt: skip
# Days until each delivers again: weeks where it is a matter of machines, a quarter where tools are cut anew.
PART_SUPPLIERS = [
    ("P-01", "Penang Precision", "MY", 21), ("P-02", "Klang Mouldings", "MY", 28), ("P-03", "Johor Plastics", "MY", 98),
    ("P-04", "Hsinchu Valves", "TW", 35), ("P-05", "Taichung Springs", "TW", 25), ("P-06", "Ningbo Seals", "CN", 105),
    ("P-07", "Shenzhen Filters", "CN", 38), ("P-08", "Dongguan Hinges", "CN", 33), ("P-09", "Tainan Rings", "TW", 20),
    ("P-10", "Ipoh Pins", "MY", 18), ("P-11", "Newark Gaskets", "US", 10), ("P-12", "Trenton Fasteners", "US", 12),
    ("P-13", "Melaka Silicone", "MY", 100), ("P-14", "Perak Valve Seats", "MY", 35),
]  # fmt: skip
OTHER_SUPPLIERS = [
    ("MOULDER-A", "Selangor Moulding", "MY", 75, 24_000),
    ("MOULDER-B", "Vietnam Forming", "VN", 40, 10_000),
    ("SHELL-MY", "Shell Works Penang", "MY", 45, 90_000),
    ("FLAVOUR-NJ", "Garden State Flavours", "US", 60, None),
    ("SEAL-NJ", "Hudson Foils", "US", 10, None),
    ("PACKER-NJ", "Elizabeth Packing", "US", 7, None),
]
# Which of the sixty parts come from whom: in turn, but the valve seat (37) from its one maker.
PARTS = {n: PART_SUPPLIERS[12 if n == 13 else 13 if n == 37 else (n * 7) % 12][0] for n in range(1, 61)}


def part_code(number: int) -> str:
    return f"PRT-{number:03d}"


def part_cost(number: int) -> float:
    return round(0.04 + (number * 37 % 23) / 100, 3) + (0.42 if number in (1, 37) else 0.0)


def tables(calendar: Calendar, *, scale: int) -> Tables:
    """Master data; `scale` multiplies the range of capsules, as a company with many flavours would have it."""
    return {
        "categories": _categories(),
        "locations": [
            {"location": "NJ", "description": "New Jersey plant", "kind": "plant", "country": "US", "storage_m3": STORAGE_M3},
            {"location": "MY", "description": "Penang consolidation hub", "kind": "warehouse", "country": "MY", "storage_m3": 6},
        ],
        "segments": [
            {"segment": "DTC", "description": "Web shop, direct to consumer"},
            {"segment": "RETAIL", "description": "Retail chains"},
            {"segment": "MARKET", "description": "Online marketplaces"},
        ],
        "suppliers": [
            *(_supplier(*supplier, None) for supplier in PART_SUPPLIERS),
            *(_supplier(*supplier) for supplier in OTHER_SUPPLIERS),
        ],
        "modes": [
            {"mode": "ocean", "load_m3": 67, "load_cost": 4200},
            {"mode": "air", "load_m3": 8, "load_cost": 5600},
            {"mode": "road", "load_m3": 45, "load_cost": 650},
        ],
        "items": [*_bottles(), *_capsules(calendar, scale), *_kits(), *_caps(), *_materials(scale)],
        "units": [
            {"item": f"CPS-{code}", "unit": "carton", "factor": 48} for code in FLAVOURS
        ] + [{"item": f"BTL-{code}", "unit": "carton", "factor": 12} for code in BOTTLES],
        "bundles": [
            {"bundle": "BND-START", "item": "BTL-700", "quantity": 1},
            {"bundle": "BND-START", "item": "CPS-102", "quantity": 2},
            {"bundle": "BND-DUO", "item": "CPS-104", "quantity": 2},
        ],
        "bom": [*_bottle_bom(), *_cap_bom(), *_capsule_bom(scale), *_kit_bom()],
        "resources": [
            {"resource": "FILL-1", "location": "NJ", "capacity_per_month": 70_000 * scale, "unit": "capsules"},
            {"resource": "CAP-LINE", "location": "NJ", "capacity_per_month": 14_200, "unit": "caps"},
            {"resource": "KITTING", "location": "NJ", "capacity_per_month": 26_000, "unit": "sets"},
        ],
        "routings": [
            *({"item": code, "resource": "FILL-1", "usage_per_unit": 1} for code in capsule_codes(scale)),
            {"item": "CAP-STD", "resource": "CAP-LINE", "usage_per_unit": 1},
            *({"item": f"BTL-{code}", "resource": "KITTING", "usage_per_unit": 1} for code in BOTTLES),
        ],
    }  # fmt: skip


def _supplier(code: str, name: str, country: str, recover_days: int, capacity: int | None) -> Row:
    return {
        "supplier": code, "description": name, "country": country, "time_to_recover_days": recover_days,
        "capacity_per_month": capacity,
    }  # fmt: skip


def capsule_codes(scale: int) -> list[str]:
    own = [f"CPS-{code}" for code in FLAVOURS]
    return own + [f"CPS-{200 + n}" for n in range((scale - 1) * len(FLAVOURS))]


def _categories() -> list[Row]:
    reviewer = "dana@tidewell.example"
    return [
        {"category": "Bottles", "parent": "", "family": "Bottles", "reviewer": reviewer},
        {"category": "Capsules", "parent": "", "family": "Capsules", "reviewer": reviewer},
        {"category": "Fruit capsules", "parent": "Capsules", "family": "Capsules", "reviewer": reviewer},
        {"category": "Fresh capsules", "parent": "Capsules", "family": "Capsules", "reviewer": reviewer},
        {"category": "Kits", "parent": "", "family": "Kits", "reviewer": reviewer},
        {"category": "Spares", "parent": "", "family": "Spares", "reviewer": reviewer},
        {"category": "Materials", "parent": "", "family": "Materials", "reviewer": ""},
        {"category": "Cap parts", "parent": "Materials", "family": "Materials", "reviewer": ""},
    ]


def _item(code: str, description: str, category: str, cost: float, price: float | None, **more: Any) -> Row:
    base = {"unit": "pcs", "step": 1, "priority": 3, "holding_cost_pct": 22, "units_per_carton": 1}
    return base | {
        "item": code, "description": description, "category": category, "unit_cost": cost, "unit_price": price,
    } | more  # fmt: skip


def _bottles() -> list[Row]:
    volumes = {"400": 0.036, "700": 0.05, "1000": 0.066}
    return [
        _item(
            f"BTL-{code}", name, "Bottles", round(price * 0.34, 2), price,
            units_per_carton=12, volume_m3=volumes[code], priority=2,
            service_policy="fill_rate", service_target=0.98,
        )
        for code, (name, price) in BOTTLES.items()
    ]  # fmt: skip


def _capsules(calendar: Calendar, scale: int) -> list[Row]:
    launch = {
        "launch_date": calendar.m(2), "like_item": "CPS-104", "like_item_scale": 0.45, "certificate_date": calendar.day(1, 18),
    }  # fmt: skip
    rows = []
    for n, code in enumerate(capsule_codes(scale)):
        flavour = FLAVOURS.get(code[4:], f"blend {n}")
        category = (
            "Fruit capsules" if flavour in ("berry", "peach", "cherry", "cola") or n % 2 else "Fresh capsules"
        )
        rows.append(
            _item(
                code, f"Capsule, {flavour} 60 g", category, 1.15, 4.9,
                units_per_carton=48, volume_m3=0.022, priority=1, shelf_life_days=540,
                service_policy="never_run_out", service_target=0.999,
                **(launch if code == f"CPS-{LAUNCH}" else {}),
            )
        )  # fmt: skip
    return rows


def _kits() -> list[Row]:
    kits = [
        _item(f"KIT-{code}", name, "Kits", 4.2, 16.5, units_per_carton=20, volume_m3=0.03, priority=4,
              service_policy="cycle_service", service_target=0.95)
        for code, (name, _) in KITS.items()
    ]  # fmt: skip
    bundles = [
        _item("BND-START", "Starter set: bottle and two berry capsules", "Kits", 0, 32.0),
        _item("BND-DUO", "Two-pack citrus", "Kits", 0, 9.0),
    ]
    return kits + bundles


def _caps() -> list[Row]:
    return [
        _item("CAP-STD", "Cap assembly, 60 parts", "Spares", 5.6, 11.0, units_per_carton=60, volume_m3=0.04,
              service_policy="cycle_service", service_target=0.97),
    ]  # fmt: skip


def _materials(scale: int) -> list[Row]:
    parts = [
        _item(part_code(n), f"{PART_NAMES[(n - 1) % 10]}, part {n}", "Cap parts", part_cost(n), None,
              units_per_carton=2000, volume_m3=0.02)
        for n in PARTS
    ]  # fmt: skip
    bodies = [
        _item(f"BODY-{code}", f"Bottle body {code} ml", "Materials", round(price * 0.11, 2), None,
              units_per_carton=24, volume_m3=0.06, service_policy="cycle_service", service_target=0.95)
        for code, (_, price) in BOTTLES.items()
    ]  # fmt: skip
    flavours = [
        _item(f"FLV-{code[4:]}", f"Concentrate for {code}", "Materials", 9.5, None, unit="kg", step=0.001,
              shelf_life_days=365, units_per_carton=25, volume_m3=0.04, service_policy="cycle_service",
              service_target=0.98)
        for code in capsule_codes(scale)
    ]  # fmt: skip
    return [
        *parts, *bodies, *flavours,
        _item("SHELL-60", "Capsule shell 60 g", "Materials", 0.31, None, units_per_carton=960, volume_m3=0.06,
              service_policy="cycle_service", service_target=0.99),
        _item("FOIL-60", "Seal foil", "Materials", 0.02, None, units_per_carton=10_000, volume_m3=0.02,
              service_policy="cycle_service", service_target=0.99),
        _item("BOX-KIT", "Kit box", "Materials", 0.35, None, units_per_carton=500, volume_m3=0.08,
              service_policy="cycle_service", service_target=0.95),
    ]  # fmt: skip


def _bottle_bom() -> list[Row]:
    return [
        {"parent": f"BTL-{code}", "component": component, "quantity_per": 1, "scrap_pct": scrap}
        for code in BOTTLES
        for component, scrap in ((f"BODY-{code}", 1), ("CAP-STD", 0))
    ]


def _cap_bom() -> list[Row]:
    return [
        {"parent": "CAP-STD", "component": part_code(n), "quantity_per": 1, "scrap_pct": 0.5} for n in PARTS
    ]


def _capsule_bom(scale: int) -> list[Row]:
    rows = []
    for code in capsule_codes(scale):
        rows += [
            {"parent": code, "component": "SHELL-60", "quantity_per": 1, "scrap_pct": 1},
            {"parent": code, "component": f"FLV-{code[4:]}", "quantity_per": 0.06, "scrap_pct": 2},
            {"parent": code, "component": "FOIL-60", "quantity_per": 1, "scrap_pct": 1.5},
        ]
    return rows


def _kit_bom() -> list[Row]:
    rows = []
    for code, (_, flavours) in KITS.items():
        rows += [
            {"parent": f"KIT-{code}", "component": f"CPS-{f}", "quantity_per": 1, "scrap_pct": 0}
            for f in flavours
        ]
        rows.append({"parent": f"KIT-{code}", "component": "BOX-KIT", "quantity_per": 1, "scrap_pct": 1})
    return rows
