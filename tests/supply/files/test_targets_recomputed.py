"""Targets of random item-locations against the formulas of the books in plain Python: nothing of the product in them."""

import math
import random
from collections.abc import Callable
from statistics import NormalDist

import pytest
from folders import Planner

MONTHS = {"2026-01-01": 31, "2026-02-01": 28, "2026-03-01": 31, "2026-04-01": 30}
MEAN_MONTH = 365.25 / 12
NORMAL = NormalDist()
Place = dict[str, float]
TARGETS: dict[str, Callable[[random.Random], float]] = {
    "cycle_service": lambda r: round(r.uniform(0.85, 0.995), 3),
    "fill_rate": lambda r: round(r.uniform(0.9, 0.995), 3),
    "fixed_quantity": lambda r: r.randint(0, 500),
    "days_of_supply": lambda r: r.randint(1, 40),
}
COLUMNS = {
    "items": "item,step,shelf_life_days",
    "sourcing": "item,location,source,kind,lead_time_days,lead_time_sd_days,moq",
    "policies": "item,location,service_policy,service_target,review_days,min_qty,max_qty",
}


def random_place(r: random.Random) -> Place:
    return {
        "day": r.randint(2, 60), "sd": r.randint(20, 400), "lead": r.randint(3, 40), "lead_sd": r.choice([0, 0, 3, 8]),
        "moq": r.choice([0, 0, 300, 1000]), "review": r.choice([0, 0, 7, 14]), "step": r.choice([1, 1, 12]),
        "life": r.choice([math.inf, math.inf, 25, 60]), "least": r.choice([0, 0, 50]),
        "most": r.choice([math.inf, math.inf, 400]),
    }  # fmt: skip


def loss(level: float, mean: float, sd: float) -> float:
    """Units that normal demand is expected to exceed a level by."""
    z = (level - mean) / sd
    return sd * (NORMAL.pdf(z) - z * (1 - NORMAL.cdf(z)))


def second_loss(level: float, mean: float, sd: float) -> float:
    """The loss summed over all levels from one upwards."""
    z = (level - mean) / sd
    return 0.5 * sd * sd * ((z * z + 1) * (1 - NORMAL.cdf(z)) - z * NORMAL.pdf(z))


def falls_to_zero(gap: Callable[[float], float], low: float, high: float) -> float:
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if gap(middle) > 0 else (low, middle)
    return low


def by_fill(place: Place, target: float) -> float:
    """Silver, Pyke and Thomas 6.9-6.10: by lot, by review, or by lots at reviews."""
    d, lead, lot = place["day"], place["lead"], place["moq"] or place["day"]
    days = lead + place["review"]
    variance, of_lead = place["sd"] ** 2 / MEAN_MONTH, (d * place["lead_sd"]) ** 2
    whole = d * days, math.sqrt(variance * days + of_lead)
    before = d * lead, math.sqrt(variance * lead + of_lead)
    lost = (1 - target) * d * place["review"]

    def gap(level: float) -> float:
        if not place["review"]:
            return loss(level, *whole) - loss(level + lot, *whole) - (1 - target) * lot
        if not place["moq"]:
            return loss(level, *whole) - loss(level, *before) - lost
        over = [second_loss(level, *one) - second_loss(level + lot, *one) for one in (whole, before)]
        return (over[0] - over[1]) / lot - lost

    return falls_to_zero(gap, -lot - 9 * whole[1], whole[0] + 9 * whole[1]) - whole[0]


def expected(place: Place, policy: str, target: float) -> tuple[float, float]:
    """Safety stock and reorder point."""
    d, days, step = place["day"], place["lead"] + place["review"], place["step"]
    sd = math.sqrt(place["sd"] ** 2 / MEAN_MONTH * days + (d * place["lead_sd"]) ** 2)
    wanted = {
        "cycle_service": lambda: NORMAL.inv_cdf(target) * sd,
        "fill_rate": lambda: by_fill(place, target),
        "fixed_quantity": lambda: target,
        "days_of_supply": lambda: target * d,
    }[policy]()
    sold_in_time = max(d * place["life"] - max(place["moq"], d * place["review"]), 0.0)
    cap = min(place["most"], sold_in_time)
    safety = min(max(wanted, place["least"]), cap)
    up = math.ceil(safety / step - 1e-9) * step
    stock = up if up <= cap else math.floor(safety / step + 1e-9) * step
    return stock, math.ceil((d * days + safety) / step - 1e-9) * step


def shown(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else ""


def test_forty_random_targets_of_every_policy(plan: Planner) -> None:
    r = random.Random(5)
    places = {f"I{k:02}": random_place(r) for k in range(40)}
    policy = {item: r.choice(list(TARGETS)) for item in places}
    target = {item: TARGETS[name](r) for item, name in policy.items()}
    rows = {
        "items": [[item, p["step"], p["life"]] for item, p in places.items()],
        "sourcing": [
            [item, "P", "S", "buy", p["lead"], p["lead_sd"], p["moq"]] for item, p in places.items()
        ],
        "policies": [
            [item, "P", policy[item], target[item], p["review"], p["least"], p["most"]]
            for item, p in places.items()
        ],
    }
    tables = {
        name: "\n".join(
            [COLUMNS[name], *(",".join(x if isinstance(x, str) else shown(x) for x in row) for row in found)]
        )
        for name, found in rows.items()
    }
    demand = "\n".join(
        f"{item},P,{month},{p['day'] * days},{p['sd']}"
        for item, p in places.items()
        for month, days in MONTHS.items()
    )
    found = plan("--horizon", "4", demand=f"item,location,date,quantity,error_sd\n{demand}", **tables)
    for row in found["safety_stock"]:
        item = row["item"]
        answer = float(row["safety_stock"]), float(row["reorder_point"])
        assert answer == pytest.approx(expected(places[item], policy[item], target[item])), row["reason"]
