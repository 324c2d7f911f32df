"""Stock that expires before its turn to be sold is not counted on; worked by hand."""

import numpy as np
import pytest
from folders import Planner
from supply_networks import bom, even, lanes, months, problem

from inventory.engine import Lots
from supply.engine import Kind, plan_supply
from supply.expiry import planned_without_unsold, without_unsold


def record(rows: list[dict[str, str]], *columns: str, item: str = "A") -> list[tuple[float, ...]]:
    return [tuple(float(row[name]) for name in columns) for row in rows if row["item"] == item]


EVEN = "item,location,date,quantity\nA,P,2026-01-01,3100\nA,P,2026-02-01,2800"
BOUGHT = "item,location,source,kind\nA,P,S,buy"


def test_a_lot_that_lives_ten_days_feeds_ten_days(plan: Planner) -> None:
    """1,500 on hand until 10 January and 100 a day: 1,000 are sold, so 2,100 of January's 3,100 come on the 11th."""
    found = plan(
        "--horizon", "2",
        items="item,unit_cost\nA,4",
        demand=EVEN, sourcing=BOUGHT,
        on_hand="date,item,location,expiry_date,quantity\n2026-01-01,A,P,2026-01-11,1500",
    )  # fmt: skip
    assert record(found["projection"], "opening", "planned_receipts", "closing") == [
        (1000, 2100, 0),
        (0, 2800, 0),
    ]
    assert [row["due_date"] for row in found["planned_orders"]] == ["2026-01-11", "2026-02-01"]
    (told,) = [row for row in found["exceptions"] if row["kind"] == "expiry"]
    assert (told["quantity"], told["money_at_risk"], told["last_responsible_date"]) == (
        "500", "2000", "2026-01-10",
    )  # fmt: skip
    assert told["suggestion"] == "Use up or sell 500 by 2026-01-10"


def test_the_oldest_lot_goes_first(plan: Planner) -> None:
    """600 until the 4th, of which 300 go; 900 until the 11th, of which seven days' 700 go; 400 that live on."""
    found = plan(
        "--horizon", "2",
        demand=EVEN, sourcing=BOUGHT,
        on_hand="date,item,location,expiry_date,quantity\n"
        "2026-01-01,A,P,2026-01-11,900\n2026-01-01,A,P,,400\n2026-01-01,A,P,2026-01-04,600",
    )  # fmt: skip
    assert record(found["projection"], "opening", "planned_receipts") == [(1400, 1700), (0, 2800)]
    assert [row["quantity"] for row in found["exceptions"] if row["kind"] == "expiry"] == ["500"]


def test_what_is_made_of_a_lot_in_time_does_not_expire(plan: Planner) -> None:
    """Nothing sells B itself; January's lot of A takes 3,100 of it on the 1st, February's finds the rest expired."""
    found = plan(
        "--horizon", "2",
        demand=EVEN,
        bom="parent,component,quantity_per\nA,B,1",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
        on_hand="date,item,location,expiry_date,quantity\n2026-01-01,B,P,2026-01-21,2500",
    )  # fmt: skip
    assert record(found["projection"], "opening", "planned_receipts", item="B") == [(2500, 600), (0, 2800)]


def test_stock_that_is_all_sold_in_time_stays_as_it_is(plan: Planner) -> None:
    found = plan(
        "--horizon", "2",
        demand=EVEN, sourcing=BOUGHT,
        on_hand="date,item,location,expiry_date,quantity\n2026-01-01,A,P,2026-01-16,1500",
    )  # fmt: skip
    assert record(found["projection"], "opening", "planned_receipts") == [(1500, 1600), (0, 2800)]
    assert not [row for row in found["exceptions"] if row["kind"] == "expiry"]


def test_what_is_made_too_late_expires(plan: Planner) -> None:
    """A has stock until 10 January, 1,000; its lot of the 11th finds that B's 2,500 expired on the 6th."""
    found = plan(
        "--horizon", "2",
        demand=EVEN,
        bom="parent,component,quantity_per\nA,B,1",
        sourcing="item,location,source,kind\nA,P,P,make\nB,P,S,buy",
        on_hand="date,item,location,expiry_date,quantity\n2026-01-01,A,P,,1000\n2026-01-01,B,P,2026-01-06,2500",
    )  # fmt: skip
    assert record(found["projection"], "opening", "planned_receipts", item="B") == [(0, 2100), (0, 2800)]
    assert [(row["item"], row["quantity"]) for row in found["exceptions"] if row["kind"] == "expiry"] == [
        ("B", "2500")
    ]


TEN_A_DAY = "item,location,date,quantity\nA,P,2026-01-01,310\nA,P,2026-02-01,280\nA,P,2026-03-01,310\nA,P,2026-04-01,300"


@pytest.mark.parametrize(
    ("moq", "stock", "lost", "advice"),
    [
        (2000, 0, "1300", "Agree a lot of 700 instead of P-000001: 1,300 of it expire unsold and cost more than the "
                          "12,600 that the rest earns; else order none"),
        (900, 0, "200", "Agree a lot of 700 instead of P-000001: 200 of it expire unsold"),
        (900, 200, "300", "Agree a lot of 600 instead of P-000001: 300 of it expire unsold"),
        (700, 0, None, None),
    ],
)  # fmt: skip
def test_a_minimum_beyond_what_sells_within_a_life_is_told_in_money(
    plan: Planner, moq: int, stock: int, lost: str | None, advice: str | None
) -> None:
    """Sixty days from 11 January, ten a day since the 1st: 700 sell by 12 March; from the 21st, with 20 days of stock, 600."""
    found = plan(
        "--horizon", "4",
        items="item,unit_cost,unit_price,shelf_life_days\nA,10,28,60",
        demand=TEN_A_DAY,
        on_hand=f"item,location,quantity\nA,P,{stock}",
        sourcing=f"item,location,source,kind,lead_time_days,moq\nA,P,S,buy,{10 if not stock else 20},{moq}",
    )  # fmt: skip
    told = [row for row in found["exceptions"] if row["kind"] == "expiry"]
    assert [(row["quantity"], row["suggestion"]) for row in told] == ([(lost, advice)] if lost else [])
    assert [float(row["money_at_risk"]) for row in told] == ([10 * float(lost)] if lost else [])


def test_a_lot_for_two_months_that_lives_twenty_days_is_told_whole(plan: Planner) -> None:
    """310 and 280 come together on 1 January; by the 21st 200 are sold, 390 are lost, not only February's 280."""
    found = plan(
        "--horizon", "2",
        items="item,unit_cost,unit_price,shelf_life_days\nA,1,3,20",
        demand="item,location,date,quantity\nA,P,2026-01-01,310\nA,P,2026-02-01,280",
        policies="item,location,lot_sizing,lot_parameter\nA,P,period_order_quantity,2",
        sourcing=BOUGHT,
    )  # fmt: skip
    (told,) = [row for row in found["exceptions"] if row["kind"] == "expiry"]
    assert (told["quantity"], told["money_at_risk"]) == ("390", "390")
    assert told["suggestion"] == "Agree a lot of 200 instead of P-000001: 390 of it expire unsold"


def test_the_plan_that_tells_what_is_unsold_is_the_plan_where_nothing_more_is_left_out() -> None:
    """A, made of B, has 500 too many of a lot of ten days; B's lot lives until A takes it: the one plan serves both."""
    calendar = months(2)
    inputs = problem(
        calendar=calendar,
        demand=np.hstack([even(100.0, calendar), np.zeros((2, 1))]),
        on_hand=np.array([1500.0, 2100.0]),
        lanes=lanes({"item": 0, "kind": int(Kind.MAKE)}, {"item": 1}),
        bom=bom((0, 1, 1.0)),
    )
    lots = Lots(place=np.array([0, 1]), days_left=np.array([10.0, 20.0]), quantity=np.array([1500.0, 2100.0]))
    sold, known = planned_without_unsold(inputs, lots)
    assert sold.on_hand.tolist() == [1000.0, 2100.0]
    assert known is not None
    again = plan_supply(sold)
    for name in ("closing", "planned_receipts", "dependent_demand"):
        assert np.array_equal(getattr(known.projection, name), getattr(again.projection, name))
    assert np.array_equal(without_unsold(inputs, lots).on_hand, sold.on_hand)


def test_a_component_that_expires_before_it_is_taken_is_planned_anew_without_it() -> None:
    calendar = months(2)
    inputs = problem(
        calendar=calendar,
        demand=np.hstack([even(100.0, calendar), np.zeros((2, 1))]),
        on_hand=np.array([0.0, 9000.0]),
        lanes=lanes({"item": 0, "kind": int(Kind.MAKE)}, {"item": 1}),
        bom=bom((0, 1, 1.0)),
    )
    lots = Lots(place=np.array([1]), days_left=np.array([20.0]), quantity=np.array([9000.0]))
    sold, known = planned_without_unsold(inputs, lots)
    assert known is None
    assert sold.on_hand.tolist() == [0.0, 3100.0]
