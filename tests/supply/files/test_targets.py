"""`plan_files`: stock targets of a folder, by hand; 1 January 2026 is today."""

from datetime import date, timedelta
from statistics import NormalDist

import pytest
from folders import DEMAND, Planner, column, months, orders, record, table

SPACE = {
    "items": "item,unit_cost,volume_m3,holding_cost_pct\nBIG,10,1,20\nFLAT,10,0.5,20\nKEPT,10,1,20",
    "demand": table(DEMAND.strip() + ",error_sd", [f"{item},P,2026-01-01,300,100" for item in ("BIG", "FLAT", "KEPT")]),
    "policies": "item,location,service_policy,service_target\n"
    "BIG,P,cycle_service,0.95\nFLAT,P,cycle_service,0.95\nKEPT,P,fixed_quantity,30",
    "sourcing": "item,location,source,kind,lead_time_days\nBIG,P,V,buy,30\nFLAT,P,V,buy,30\nKEPT,P,V,buy,30",
}  # fmt: skip


@pytest.mark.parametrize(("limit", "flags"), [("280", ()), ("150", ("--unconstrained",))])
def test_targets_stay_where_they_fit_and_in_the_classic_record(
    plan: Planner, limit: str, flags: tuple[str, ...]
) -> None:
    """z 1.645 x 100 x root(30 / 30.4375) = 163.3: 164, 164 and 30 need 276 m3."""
    found = plan("--horizon", "1", *flags, **SPACE, locations=f"location,storage_m3\nP,{limit}")
    assert orders(found["safety_stock"], "safety_stock") == [("164",), ("164",), ("30",)]


def test_targets_give_way_to_a_storage_limit_at_one_price_on_volume(plan: Planner) -> None:
    """A price p leaves a service of 1 - 0.05 (1 + p v / h), h = 2 a year: the same p of both; what is fixed stays."""
    found = plan("--horizon", "1", **SPACE, locations="location,storage_m3\nP,150")
    big, flat, kept = (float(row["safety_stock"]) for row in found["safety_stock"])
    assert kept == 30
    assert 150 - 1.5 <= big + 0.5 * flat + kept <= 150 + 1.5  # whole units
    sd = 100 * (30 / 30.4375) ** 0.5
    prices = [
        ((1 - NormalDist().cdf(stock / sd)) / 0.05 - 1) * 2 / volume
        for stock, volume in ((big, 1), (flat, 0.5))
    ]
    assert prices[0] == pytest.approx(prices[1], rel=0.02)
    assert "to fit the storage" in found["safety_stock"][0]["reason"]
    (space,) = found["capacity"]  # one more m3 saves p a year, 31/365 of it in January
    assert float(space["value_of_one_more"]) == pytest.approx(prices[0] * 31 / 365, rel=0.02)


def test_never_run_out_is_what_seeded_paths_confirm(plan: Planner) -> None:
    """z 3.090 x 30 x root(60) = 718.1 where the lead time is sure; one of 60 +- 10 days is skewed, and the normal's
    3.090 x root(232.4^2 + (100 x 10)^2) = 3,173 runs out three times as often as was promised."""
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(12)]
    found = plan(
        "--bucket", "week", "--horizon", "12", as_of="2026-01-05",
        demand=table(DEMAND.strip() + ",error_sd",
                     [f"{item},P,{day},700,{30 * 7**0.5}" for item in ("SURE", "LATE") for day in days]),
        policies="item,location,service_policy,service_target\nSURE,P,never_run_out,0.999\nLATE,P,never_run_out,0.999",
        sourcing="item,location,source,kind,lead_time_days,lead_time_sd_days\nSURE,P,V,buy,60,0\nLATE,P,V,buy,60,10",
    )  # fmt: skip
    late, sure = found["safety_stock"]
    assert sure["safety_stock"] == "719"
    assert 3_400 < float(late["safety_stock"]) < 3_900
    assert "3,173, raised to what simulated paths ask for" in late["reason"]


@pytest.mark.parametrize(
    ("on_hand", "short"), [(6837, None), (6604, True)], ids=["3.6 sd above the mean", "2.6 sd above the mean"]
)
def test_never_run_out_that_more_than_ten_of_10000_paths_break_is_an_exception(
    plan: Planner, on_hand: int, short: bool | None
) -> None:
    """S34 in a folder: over 60 days demand has a mean of 6,000 and an sd of 30 x root(60) = 232; the target is 719."""
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(12)]
    found = plan(
        "--bucket", "week", "--horizon", "12", as_of="2026-01-05",
        demand=table(DEMAND.strip() + ",error_sd", [f"CAP,P,{day},700,{30 * 7**0.5}" for day in days]),
        on_hand=f"item,location,quantity\nCAP,P,{on_hand}",
        policies="item,location,service_policy,service_target\nCAP,P,never_run_out,0.999",
        items="item,unit_cost,unit_price\nCAP,2,5",
        sourcing="item,location,source,kind,lead_time_days\nCAP,P,V,buy,60",
    )  # fmt: skip
    rows = [row for row in found["exceptions"] if row["kind"] == "never_run_out"]
    if short is None:
        assert rows == []
        return
    (row,) = rows
    expected = 10_000 * (1 - NormalDist().cdf(2.6))
    paths = float(row["probability"]) * 10_000
    assert (
        0.5 * expected < paths < 1.5 * expected
    )  # a path may run short on any day, the last is the likeliest
    assert f"{paths:.0f} of 10,000 paths run short within 60 days, 10 may" in row["suggestion"]
    assert float(row["quantity"]) == pytest.approx(719 - 604, abs=1)
    assert float(row["money_at_risk"]) == pytest.approx(3 * float(row["quantity"]))


def test_a_target_is_no_more_than_sells_before_it_expires(plan: Planner) -> None:
    """Ten a day and five days of life: 50, whatever the policy asks for."""
    found = plan(
        "--horizon", "2",
        items="item,shelf_life_days\nA,5",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280",
        sourcing="item,location,source,kind\nA,P,S,buy",
        policies="item,location,service_policy,service_target\nA,P,fixed_quantity,1000",
    )  # fmt: skip
    assert [row["safety_stock"] for row in found["safety_stock"]] == ["50"]
    assert record(found["projection"], "A", "planned_receipts", "closing") == [(360, 50), (280, 50)]


def test_days_of_supply_of_a_part_end_and_begin_with_its_line_of_the_bill(plan: Planner) -> None:
    """Ten a day, of OLD until 15 January and of NEW from then on."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280\nA,P,2026-03-01,310",
        bom="parent,component,quantity_per,valid_from,valid_to\nA,OLD,1,,2026-01-15\nA,NEW,1,2026-01-16,",
        sourcing="item,location,source,kind\nA,P,P,make\nOLD,P,S,buy\nNEW,P,S,buy",
        policies="item,location,service_policy,service_target\nOLD,P,days_of_supply,7\nNEW,P,days_of_supply,7",
    )  # fmt: skip
    assert record(found["projection"], "OLD", "safety_stock")[:2] == [(0,), (0,)]
    assert record(found["projection"], "NEW", "safety_stock")[:2] == [(70,), (70,)]


def test_days_of_supply_cover_what_is_made_and_sent_from_a_place(plan: Planner) -> None:
    """10 A a day at SHOP: 5 days of A at PLANT are 50, 5 of B, two to an A and a fifth of them lost, are 125."""
    found = plan(
        "--horizon", "2",
        demand=DEMAND + "A,SHOP,2026-01-01,310\nA,SHOP,2026-02-01,280",
        bom="parent,component,quantity_per,scrap_pct\nA,B,2,20",
        sourcing="item,location,source,kind\nA,SHOP,PLANT,transfer\nA,PLANT,PLANT,make\nB,PLANT,S,buy",
        policies="item,location,service_policy,service_target\n"
        "A,PLANT,days_of_supply,5\nB,PLANT,days_of_supply,5",
    )  # fmt: skip
    levels = {(row["item"], row["location"]): row["safety_stock"] for row in found["safety_stock"]}
    assert levels == {("A", "SHOP"): "0", ("A", "PLANT"): "50", ("B", "PLANT"): "125"}


def test_the_reason_of_days_of_supply_ends_in_the_level_they_ask_for(plan: Planner) -> None:
    """Nothing is asked for in January and 10 a day from February on: 7 days of what follows January are 70."""
    found = plan(
        "--horizon", "3",
        demand=DEMAND + "A,P,2026-01-01,0\nA,P,2026-02-01,280\nA,P,2026-03-01,310",
        sourcing="item,location,source,kind,lead_time_days\nA,P,S,buy,10",
        policies="item,location,service_policy,service_target\nA,P,days_of_supply,7",
    )  # fmt: skip
    (row,) = found["safety_stock"]
    assert (row["safety_stock"], row["reorder_point"]) == ("70", "170")
    assert row["reason"].startswith("7 days of supply at 10/day: 70")


def test_a_life_of_days_caps_the_stock_of_a_part_by_what_is_made_of_it(plan: Planner) -> None:
    """20 B a day go into A: with five days of life at most 100 are kept, whatever the policy says."""
    found = plan(
        "--horizon", "2",
        items="item,shelf_life_days\nB,5",
        demand=DEMAND + "A,P,2026-01-01,310\nA,P,2026-02-01,280",
        bom="parent,component,quantity_per\nA,B,2",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
        policies="item,location,service_policy,service_target\nB,P,fixed_quantity,1000",
    )  # fmt: skip
    assert [row["safety_stock"] for row in found["safety_stock"] if row["item"] == "B"] == ["100"]


def test_targets_stand_on_the_lead_time_in_force_today(plan: Planner) -> None:
    """30 days until November, 120 from December on: in January twice the safety stock of 30 days, not the same."""
    head = "item,location,source,lead_time_days,valid_from\n"
    later = "A,P,S,120,2025-12-01"

    def safety_stock(sourcing: str) -> float:
        (row,) = plan(
            demand="item,location,date,quantity,error_sd\n"
            + "\n".join(f"A,P,2026-{month:02}-01,1000,100" for month in range(1, 13)),
            policies="item,location,service_policy,service_target\nA,P,cycle_service,0.95",
            sourcing=head + sourcing,
        )["safety_stock"]
        return float(row["safety_stock"])

    before, after = safety_stock("A,P,S,30,"), safety_stock(f"{later}\nA,P,S,30,")
    assert after == pytest.approx(2 * before, rel=0.02)
    assert safety_stock("A,P,S,30,\nA,P,S,120,2026-06-01") == before


def test_a_reserve_ashore_is_a_floor_of_stock_and_keeps_1500_off_the_water(plan: Planner) -> None:
    """20,000 in all, 18,500 of them afloat, 3,000 to stay on land."""
    found = plan(
        "--horizon", "3",
        items="item,unit_cost,unit_price\nA,10,28",
        demand=DEMAND + months("A", 500, 500, 500),
        on_hand="item,location,quantity\nA,P,1500",
        scheduled_receipts="order,line,item,location,quantity,ship_date,due_date,status\n"
        "R,1,A,P,18500,2025-12-20,2026-02-01,in_transit",
        policies="item,location,reserve_ashore\nA,P,3000",
        sourcing="item,location,source,kind,lead_time_days,transit_days\nA,P,S,buy,60,45",
    )  # fmt: skip
    assert found["safety_stock"][0]["reason"].endswith("raised to keep the reserve ashore: 3,000")
    assert column(found["projection"], "safety_stock") == [3000, 3000, 3000]
    assert column(found["projection"], "below_safety_stock") == [2000, 0, 0]
    assert column(found["exceptions"], "quantity", kind="reserve") == [1500]
