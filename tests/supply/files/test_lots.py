"""`plan_files`: minimums, multiples, units and lots, by hand; 1 January 2026 is today."""

import pytest
from folders import DEMAND, Planner, column, orders, record, table


def test_a_week_of_70_with_a_minimum_of_100_and_a_multiple_of_30(plan: Planner) -> None:
    """100 last ten days at ten a day: 40 of the week missing, raised to 100, then to 120; these last to the 27th."""
    mondays = ("2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26")
    found = plan(
        "--horizon", "4", "--bucket", "week", as_of="2026-01-05",
        demand=table(DEMAND.strip(), (f"A,P,{monday},70" for monday in mondays)),
        on_hand="item,location,quantity\nA,P,100",
        sourcing="item,location,source,kind,lead_time_days,moq,order_multiple\nA,P,S,buy,7,100,30",
    )  # fmt: skip
    assert orders(found["planned_orders"], "quantity", "order_by", "due_date") == [
        ("120", "2026-01-08", "2026-01-15"), ("120", "2026-01-20", "2026-01-27"),
    ]  # fmt: skip
    assert record(found["projection"], "A", "closing") == [(30,), (80,), (10,), (60,)]


def test_lots_of_two_periods_and_of_25(plan: Planner) -> None:
    found = plan(
        "--horizon", "4",
        demand=table(
            DEMAND.strip(), (f"{item},P,2026-0{k}-01,{10 * k}" for item in ("TWO", "LOT") for k in (1, 2, 3, 4))
        ),
        sourcing="item,location,source,kind\nTWO,P,S,buy\nLOT,P,S,buy",
        policies=table(
            "item,location,lot_sizing,lot_parameter", ("TWO,P,period_order_quantity,2", "LOT,P,fixed_order_quantity,25")
        ),
    )  # fmt: skip
    assert record(found["projection"], "TWO", "planned_receipts", "closing") == [
        (30, 20),
        (0, 0),
        (70, 40),
        (0, 0),
    ]
    assert record(found["projection"], "LOT", "planned_receipts", "closing") == [
        (25, 15),
        (25, 20),
        (25, 15),
        (25, 0),
    ]


@pytest.mark.parametrize(("step", "multiple", "said"), [
    ("1", "", "rounding to whole units adds 0.50"),
    ("12", "", "rounding to steps of 12 adds 11.50"),
    ("1", "12", "order multiple adds 11.50"),
])  # fmt: skip
def test_an_order_says_whether_its_step_or_its_multiple_rounds_it(
    plan: Planner, step: str, multiple: str, said: str
) -> None:
    found = plan(
        "--horizon", "1",
        items=f"item,step\nA,{step}",
        demand=DEMAND + "A,P,2026-01-01,12.5",
        sourcing=f"item,location,source,kind,order_multiple\nA,P,S,buy,{multiple}",
    )  # fmt: skip
    (order,) = found["planned_orders"]
    assert order["reason"] == f"needs 12.50 by 2026-01-01; {said}"


def test_a_lot_for_three_weeks_looks_through_the_receipt_among_them(plan: Planner) -> None:
    """Stock of 5 is to be kept. Week 1: 10 now, 20 in week 3 less the 15 to come: 15. Week 5: 30 + 10 = 40."""
    found = plan(
        "--unconstrained", "--bucket", "week", "--horizon", "6", as_of="2026-01-05",
        demand=DEMAND + "A,P,2026-01-05,10\nA,P,2026-01-19,20\nA,P,2026-02-02,30\nA,P,2026-02-09,10",
        on_hand="item,location,quantity\nA,P,5",
        scheduled_receipts="order,line,item,location,quantity,due_date\nR,1,A,P,15,2026-01-19",
        policies="item,location,service_policy,service_target,lot_sizing,lot_parameter\n"
        "A,P,fixed_quantity,5,period_order_quantity,3",
        sourcing="item,location,source,kind\nA,P,S,buy",
    )["projection"]  # fmt: skip
    assert column(found, "planned_receipts") == [15, 0, 0, 0, 40, 0]
    assert column(found, "closing") == [10, 10, 5, 5, 15, 5]


def test_only_what_fits_is_bought_ahead_of_a_tariff(plan: Planner) -> None:
    """0.60 a unit from 1 April; 20,000 for June take 83.3 m3 from March on, 12,000 fit into 50. They cost 2 months' holding."""
    found = plan(
        "--horizon", "6",
        items="item,category,unit_cost,unit_price,holding_cost_pct,volume_m3,units_per_carton\nBTL,B,4,12,24,0.05,12",
        locations="location,country,storage_m3\nNJ,US,50",
        suppliers="supplier,country\nMOULD,MY",
        demand=DEMAND + "BTL,NJ,2026-06-01,20000",
        sourcing="item,location,source,kind,lead_time_days,unit_cost\nBTL,NJ,MOULD,buy,30,4",
        tariffs="category,origin,destination,valid_from,rate_pct\nB,MY,US,2025-01-01,10\nB,MY,US,2026-04-01,25",
    )["exceptions"]  # fmt: skip
    (row,) = (row for row in found if row["kind"] == "tariff")
    holding = 12000 * 4.40 * 0.24 * 2 / 12
    assert float(row["money_at_risk"]) == 12000
    assert float(row["action_cost"]) == pytest.approx(holding)
    assert float(row["avoidable_loss"]) == pytest.approx(12000 * 0.60 - holding)
    assert row["suggestion"].startswith(
        "Receive 12,000 before 2026-04-01, no more of 20,000 fit: +0.60 a unit saved"
    )
