"""Lanes, stock, open orders, policies and tariffs as they stand at the start of one month."""

from datetime import date, timedelta

import numpy as np

from .catalogue import (
    BOTTLES,
    FLAVOURS,
    KITS,
    LAUNCH,
    OTHER_SUPPLIERS,
    PART_SUPPLIERS,
    PARTS,
    Row,
    Tables,
    capsule_codes,
    part_code,
    part_cost,
)
from .demand import patterns
from .months import Calendar

VALVE_SEAT, SLOW_PART = 37, 21
PART_ORDER = 14_000


def tables(calendar: Calendar, *, scale: int, until: int) -> Tables:
    """Tables of supply as known on the first day of month `until`."""
    return {
        "sourcing": [*_buy_lanes(), *_make_lanes(scale)],
        "price_breaks": [
            {"item": "BODY-700", "location": "NJ", "source": "MOULDER-A", "mode": "ocean", "valid_from": "",
             "min_quantity": quantity, "unit_cost": cost}
            for quantity, cost in ((8_000, 2.64), (20_000, 2.48), (40_000, 2.39))
        ],
        "tariffs": [
            {"category": category, "origin": origin, "destination": "US", "valid_from": start, "rate_pct": rate}
            for category in ("Materials", "Cap parts")
            for origin, start, rate in (
                ("MY", calendar.m(-36), 10), ("MY", calendar.m(2), 25), ("TW", calendar.m(-36), 6),
                ("CN", calendar.m(-36), 22), ("VN", calendar.m(-36), 12),
            )
        ],
        "returns": [
            {"item": code, "returns_as": "SHELL-60", "location": "NJ", "rate": 0.35, "lag_days": 30}
            for code in capsule_codes(scale)
        ],
        "policies": _policies(scale),
        "on_hand": _on_hand(calendar, scale=scale, until=until),
        "scheduled_receipts": [
            *_past_orders(calendar, until=until), *_arrived(calendar, until=until),
            *_part_orders(calendar, until=until), *_open_orders(calendar, until=until),
        ],
        "deliveries": _deliveries(calendar, until=until),
        "measures": _measures(calendar, until=until),
        "closures": _closures(calendar),
        "parameters": [
            {"name": "currency", "value": "USD"}, {"name": "capital_cost_pct", "value": "12"},
            {"name": "reminder_days", "value": "7"}, {"name": "demand_time_fence_days", "value": "14"},
            {"name": "planning_time_fence_days", "value": "30"}, *_class_policies(),
        ],
    }  # fmt: skip


def _class_policies() -> list[Row]:
    """The parts of a cap follow their class."""
    return [
        {"name": f"class_{klass}_{field}", "value": value}
        for klass in ("az", "bz", "cz")
        for field, value in (("policy", "cycle_service"), ("target", "0.95"))
    ]


def _lane(
    item: str, source: str, mode: str, lead: int, sd: float, moq: float, cost: float, **more: object
) -> Row:
    return {
        "item": item, "location": "NJ", "source": source, "mode": mode, "valid_from": "", "kind": "buy",
        "lead_time_days": lead, "lead_time_sd_days": sd, "transit_days": {"ocean": 32, "air": 4}.get(mode, 2),
        "moq": moq, "order_multiple": max(1, moq // 20), "order_group": "", "unit_cost": cost, "order_cost": 120,
        "freight_cost": {"ocean": 0.02, "air": 0.35}.get(mode, 0.01), "capacity_per_month": "", "priority": 1, "valid_to": "",
    } | more  # fmt: skip


def _buy_lanes() -> list[Row]:
    lanes = []
    for code, (_, price) in BOTTLES.items():
        body, cost = f"BODY-{code}", round(price * 0.11, 2)
        lanes += [
            _lane(body, "MOULDER-A", "ocean", 60, 10, 8_000, cost, freight_cost=0.28, order_group="BODIES"),
            _lane(body, "MOULDER-A", "air", 18, 3, 1_000, cost, freight_cost=3.10, priority=2),
            _lane(
                body,
                "MOULDER-B",
                "ocean",
                68,
                12,
                5_000,
                round(cost * 1.06, 2),
                freight_cost=0.30,
                priority=3,
            ),
        ]
    for number, supplier in PARTS.items():
        country = next(c for code, _, c, _ in PART_SUPPLIERS if code == supplier)
        domestic = country == "US"
        lead, mode = (16, "road") if domestic else (55, "ocean")
        lanes.append(
            _lane(part_code(number), supplier, mode, lead, 2 if domestic else 7, 10_000, part_cost(number))
        )
        if not domestic:
            lanes.append(
                _lane(
                    part_code(number),
                    supplier,
                    "air",
                    14,
                    2,
                    1_000,
                    part_cost(number),
                    freight_cost=0.09,
                    priority=2,
                )
            )
    lanes += [
        *_hub_lanes("SHELL-60", "SHELL-MY", cost=0.31, moq=40_000, ocean=0.012, air=0.16),
        _lane("FOIL-60", "SEAL-NJ", "road", 12, 2, 100_000, 0.02, freight_cost=0.001),
        _lane("BOX-KIT", "PACKER-NJ", "road", 10, 1, 2_000, 0.35),
    ]
    return lanes


def _hub_lanes(item: str, maker: str, *, cost: float, moq: int, ocean: float, air: float) -> list[Row]:
    """Bought into the hub in Penang, sent from there to New Jersey by ocean, in a pinch by air."""
    sent = {"kind": "transfer", "order_cost": 60, "unit_cost": cost}
    return [
        _lane(item, maker, "road", 21, 3, moq, cost, location="MY", freight_cost=0.004),
        _lane(item, "MY", "ocean", 42, 8, moq // 2, cost, freight_cost=ocean, **sent),
        _lane(item, "MY", "air", 8, 2, moq // 8, cost, freight_cost=air, priority=2, **sent),
    ]


def _make_lanes(scale: int) -> list[Row]:
    def make(item: str, days: int, moq: float, cost: float) -> Row:
        return _lane(
            item, "NJ", "", days, 1, moq, cost, kind="make", transit_days=0, freight_cost=0, order_cost=90,
            order_multiple=max(1, moq // 10),
        )  # fmt: skip

    lanes = [make(code, 5, 480, 1.15) for code in capsule_codes(scale)]
    lanes += [make(f"BTL-{code}", 4, 240, round(price * 0.34, 2)) for code, (_, price) in BOTTLES.items()]
    lanes += [make(f"KIT-{code}", 3, 200, 4.2) for code in KITS]
    lanes += [make("CAP-STD", 7, 500, 5.6)]
    lanes += [_lane(f"FLV-{c[4:]}", "FLAVOUR-NJ", "road", 18, 3, 200, 9.5) for c in capsule_codes(scale)]
    return lanes


def _policies(scale: int) -> list[Row]:
    base = {
        "service_policy": "", "service_target": "", "review_days": 7, "lot_sizing": "", "lot_parameter": "",
        "min_qty": "", "max_qty": "", "reserve_ashore": "", "max_per_shipment_pct": "", "location": "NJ",
    }  # fmt: skip
    never_run_out = {
        "service_policy": "never_run_out", "service_target": 0.999, "lot_sizing": "period_order_quantity", "lot_parameter": 1,
    }  # fmt: skip
    return [
        *(base | never_run_out | {"item": code} for code in capsule_codes(scale)),
        base | {"item": "SHELL-60", "reserve_ashore": 15_000, "max_per_shipment_pct": 60, "review_days": 14},
        base | {"item": "BODY-700", "reserve_ashore": 3_000, "max_per_shipment_pct": 70, "review_days": 14},
        base | {"item": "BOX-KIT", "service_policy": "days_of_supply", "service_target": 30},
    ]  # fmt: skip


def _monthly_need(scale: int) -> dict[str, float]:
    """Rough monthly use of every item, from the pattern of demand through the bill of material."""
    need = {item: pattern.level for item, pattern in patterns(scale).items()}
    for kit, (_, flavours) in KITS.items():
        for flavour in flavours:
            need[f"CPS-{flavour}"] += need[f"KIT-{kit}"]
    bottles = sum(need[f"BTL-{code}"] for code in BOTTLES)
    need["CAP-STD"] += bottles
    for code in BOTTLES:
        need[f"BODY-{code}"] = need[f"BTL-{code}"]
    need |= {part_code(number): need["CAP-STD"] for number in PARTS}
    capsules = [need[code] for code in capsule_codes(scale)]
    need["SHELL-60"], need["FOIL-60"] = sum(capsules) * 0.66, sum(capsules)
    need |= {f"FLV-{code[4:]}": need[code] * 0.06 for code in capsule_codes(scale)}
    need["BOX-KIT"] = need["KIT-305"] + need["KIT-310"]
    return need


# Months of use in stock, where the story asks for another figure than what is usual for its class.
COVER = {
    "BTL-700": 0.9, "BTL-400": 0.45, "CPS-102": 0.5, "CPS-104": 0.75, "KIT-310": 4.4, "CAP-STD": 0.22,
    "SHELL-60": 1.6, "BODY-700": 1.4, "BODY-1000": 3.2, part_code(VALVE_SEAT): 0.35, part_code(SLOW_PART): 8.5,
    "CPS-108": 2.4,
}  # fmt: skip


def _on_hand(calendar: Calendar, *, scale: int, until: int) -> list[Row]:
    counted = calendar.counted(until)
    rng = np.random.default_rng([5, until + 100])
    rows = []
    for item, monthly in _monthly_need(scale).items():
        if item.endswith(LAUNCH):
            continue
        usual = {"BTL": 0.8, "CPS": 0.9, "KIT": 1.1, "PRT": 2.9, "BOD": 2.2, "FLV": 1.2}.get(item[:3], 1.5)
        quantity = monthly * COVER.get(item, usual) * float(rng.uniform(0.9, 1.1))
        expiry = counted + timedelta(days=200) if item[:3] in ("CPS", "FLV") else None
        rows.append(_stock(counted, item, quantity, expiry))
        if item == "SHELL-60":
            rows.append(_stock(counted, item, 46_000, None) | {"location": "MY"})
        if item == "CPS-108":  # an old lot that will expire before it sells
            rows.append(_stock(counted, item, 6_000, calendar.day(until + 1, 20)))
    return rows


def _stock(counted: date, item: str, quantity: float, expiry: date | None) -> Row:
    places = 3 if item.startswith("FLV") else None
    return {
        "date": counted, "item": item, "location": "NJ", "expiry_date": expiry or "",
        "quantity": round(quantity, places),
    }  # fmt: skip


def _order(number: str, item: str, supplier: str, mode: str, quantity: float, **dates: object) -> Row:
    return {
        "order": number, "line": "1", "item": item, "location": "NJ", "supplier": supplier, "mode": mode,
        "quantity": quantity, "order_date": "", "requested_date": "", "ship_date": "", "due_date": "",
        "received_date": "", "received_quantity": "", "shipment": "", "status": "open",
    } | dates  # fmt: skip


def _number(month: int, n: int) -> str:
    """Purchase orders count on, a hundred a month."""
    return f"PO-{41_900 + month * 100 + n}"


def _open_orders(calendar: Calendar, *, until: int) -> list[Row]:
    """What is on its way at the start of month `until`."""
    c, u, part = calendar, until, part_code
    open_orders = [
        _order(_number(u, 10), "BODY-700", "MOULDER-A", "ocean", 8_000, order_date=c.day(u - 2, 20), requested_date=c.day(u, 18),
               ship_date=c.day(u - 1, 14), due_date=c.day(u, 22), shipment=f"MSC-{u + 50}", status="in_transit"),
        _order(_number(u, 20), "SHELL-60", "SHELL-MY", "ocean", 40_000, order_date=c.day(u - 2, 26), requested_date=c.day(u, 24),
               ship_date=c.day(u - 1, 20), due_date=c.day(u, 26), shipment=f"ONE-{u + 70}", status="in_transit"),
        _order(_number(u, 30), part(SLOW_PART), "P-03", "ocean", 12_000, order_date=c.day(u - 1, 6), requested_date=c.day(u + 1, 2),
               due_date=c.day(u + 1, 2), status="confirmed"),
        _order(_number(u, 35), "BODY-1000", "MOULDER-A", "ocean", 8_000, order_date=c.day(u - 1, 10),
               requested_date=c.day(u + 1, 12), due_date=c.day(u + 1, 12), status="confirmed"),
    ]  # fmt: skip
    late = 21 if u == 0 else 0
    open_orders.append(
        _order(_number(u, 42), part_code(VALVE_SEAT), PARTS[VALVE_SEAT], "ocean", 20_000, order_date=c.day(u - 2, 28),
               requested_date=c.day(u, 17), ship_date=c.day(u - 1, 25),
               due_date=c.day(u, 17) + timedelta(days=late), status="confirmed")
    )  # fmt: skip
    return open_orders


def _part_orders(calendar: Calendar, *, until: int) -> list[Row]:
    """An order a month for each part but the two of the story: one has come in, one is near, one is further off."""
    rows = []
    for month in range(until - 2, until + 1):
        due = calendar.day(month + 1, 8)
        came = due < calendar.begins(until)
        state = (
            {"status": "received", "received_date": due, "received_quantity": PART_ORDER}
            if came
            else {"status": "confirmed"}
        )
        rows += [
            _order(f"PO-{60_000 + month * 100 + number}", part_code(number), PARTS[number], "", PART_ORDER,
                   order_date=calendar.day(month - 1, 20), requested_date=due, due_date=due, **state)
            for number in PARTS if number not in (VALVE_SEAT, SLOW_PART)
        ]  # fmt: skip
    return rows


def _arrived(calendar: Calendar, *, until: int) -> list[Row]:
    """Orders that were open a month ago and have come in since."""
    return [
        row | {"received_date": row["due_date"], "received_quantity": row["quantity"], "status": "received"}
        for row in _open_orders(calendar, until=until - 1)
        if row["due_date"] < calendar.begins(until)
    ]


def _past_orders(calendar: Calendar, *, until: int) -> list[Row]:
    """A year of received orders: who delivers when asked, and who does not."""
    rng = np.random.default_rng(23)
    reliability = {
        supplier: float(rng.uniform(0.55, 0.98)) for supplier, *_ in [*PART_SUPPLIERS, *OTHER_SUPPLIERS]
    }
    item_of = {supplier: part_code(number) for number, supplier in reversed(PARTS.items())}
    item_of |= {
        "MOULDER-A": "BODY-700",
        "MOULDER-B": "BODY-400",
        "SHELL-MY": "SHELL-60",
        "FLAVOUR-NJ": "FLV-101",
    }
    item_of |= {"SEAL-NJ": "FOIL-60", "PACKER-NJ": "BOX-KIT"}
    rows = []
    for supplier, chance in reliability.items():
        if supplier not in item_of:
            continue
        for month in range(-14, -2):
            asked = calendar.day(month, int(rng.integers(3, 25)))
            delay = 0 if rng.random() < chance else int(rng.integers(3, 22))
            short = delay == 0 and rng.random() < 0.04
            lead = (
                int(rng.normal(58, 6))
                if supplier in ("MOULDER-A", "MOULDER-B", "SHELL-MY")
                else int(rng.normal(42, 8))
            )
            if asked + timedelta(days=delay) >= calendar.begins(until):
                continue
            rows.append(
                _order(f"PO-{supplier}-{month + 40}", item_of[supplier], supplier, "", 5_000, order_date=asked - timedelta(days=lead),
                       requested_date=asked, due_date=asked, received_date=asked + timedelta(days=delay),
                       received_quantity=4_700 if short else 5_000, status="received")
            )  # fmt: skip
    return rows


def _deliveries(calendar: Calendar, *, until: int) -> list[Row]:
    """Customer order lines of the last twelve months, better on time as the year went on."""
    rng = np.random.default_rng(31)
    items = [*(f"BTL-{code}" for code in BOTTLES), *(f"CPS-{code}" for code in FLAVOURS if code != LAUNCH)]
    rows, known = [], calendar.begins(until)
    for month in range(max(-12, until - 12), until):
        for n in range(120):
            promised = calendar.booked(month, 1 + n % 27)
            quantity = int(rng.integers(10, 400))
            on_time = rng.random() < 0.99 + month * 0.003
            full = rng.random() < 0.988
            shipped = (
                promised - timedelta(days=1)
                if on_time
                else promised + timedelta(days=int(rng.integers(1, 9)))
            )
            sent = (quantity if full else round(quantity * 0.8)) if shipped <= known else 0
            rows.append(
                {"order": f"C{calendar.m(month):%y%m}-{n:03d}", "line": "1", "item": items[n % len(items)], "location": "NJ",
                 "segment": ("DTC", "RETAIL", "MARKET")[n % 3], "promised_date": promised,
                 "shipped_date": shipped if sent else "", "ordered_quantity": quantity, "shipped_quantity": sent}
            )  # fmt: skip
    return rows


def _measures(calendar: Calendar, *, until: int) -> list[Row]:
    rng = np.random.default_rng(37)
    rows = []
    for month in range(until - 12, until):
        noise = rng.normal(0, 1, 2)
        picks = round(3_900 + 45 * (month + 12) + 60 * float(noise[0]))
        tickets = round((180 - 4 * (month + 12) + 6 * float(noise[1])) / 10, 1)
        for measure, value, target, source in (
            ("picks per day", picks, 5_000, "warehouse system"),
            ("support tickets per 1,000 orders", tickets, 12, "help desk"),
        ):
            rows.append(
                {
                    "measure": measure,
                    "month": calendar.m(month),
                    "value": value,
                    "target": target,
                    "source": source,
                }
            )
    return rows


def _closures(calendar: Calendar) -> list[Row]:
    """A week of holiday at the Malaysian makers, and the warehouse's inventory day."""
    start = calendar.day(3, 10)
    week = [start + timedelta(days=n) for n in range(7)]
    makers = ["MOULDER-A", "SHELL-MY", *(code for code, _, country, _ in PART_SUPPLIERS if country == "MY")]
    rows = [{"calendar": maker, "date": day, "note": "Holiday week"} for maker in makers for day in week]
    return [*rows, {"calendar": "NJ", "date": calendar.last_day(2), "note": "Inventory day"}]
