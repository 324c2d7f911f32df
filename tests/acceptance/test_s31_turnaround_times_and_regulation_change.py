"""S31: lead times by order date, closed days, and items blocked until their certificate date."""

from datetime import date

import pytest
from chain import demand_rows, exported, plan_now

from siop.gather.services import load_tables

AS_OF = date(2026, 1, 1)


def company(need: date, **tables: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """One item whose lead time grows from 30 to 45 days for orders from 1 May, needed on one day."""
    lane = {"item": "CAP", "location": "NJ", "source": "VALVES", "kind": "buy"}
    # a need on one day: the day's demand falls on the first day of a bucket, or what is left of it is in stock
    first = need.replace(day=1)
    following = (first.replace(day=28) + date.resolution * 4).replace(day=1)
    per_day = 10
    quantity = per_day * (following - first).days
    stock = per_day * (need - first).days
    return {
        "items": [{"item": "CAP", "unit_cost": 2, "unit_price": 9}],
        "locations": [{"location": "NJ"}],
        "suppliers": [{"supplier": "VALVES"}],
        "sourcing": [
            {**lane, "lead_time_days": 30, "valid_from": "2025-01-01", "valid_to": "2026-04-30"},
            {**lane, "lead_time_days": 45, "valid_from": "2026-05-01", "valid_to": ""},
        ],
        "on_hand": [{"date": AS_OF, "item": "CAP", "location": "NJ", "quantity": stock}],
        "demand": demand_rows("CAP", "NJ", first, [quantity]),
        **tables,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("need", "order_by"),
    [
        (date(2026, 6, 20), date(2026, 5, 6)),
        (date(2026, 6, 10), date(2026, 4, 30)),
        (date(2026, 5, 20), date(2026, 4, 20)),
    ],
)
def test_order_by_follows_the_lead_time_of_its_own_date(need: date, order_by: date) -> None:
    load_tables(company(need))
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert (order["order_by"], order["due_date"]) == (order_by.isoformat(), need.isoformat())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "change", "need", "order_by"),
    [
        ((30, 45), date(2028, 3, 1), date(2028, 3, 20), date(2028, 2, 19)),
        ((30, 45), date(2028, 3, 1), date(2028, 4, 14), date(2028, 2, 29)),
        ((30, 45), date(2028, 3, 1), date(2028, 4, 15), date(2028, 3, 1)),
        ((45, 30), date(2027, 1, 1), date(2027, 1, 30), date(2026, 12, 16)),
        ((45, 30), date(2027, 1, 1), date(2027, 1, 31), date(2027, 1, 1)),
    ],
)
def test_a_change_on_a_leap_day_or_at_the_turn_of_the_year(
    days: tuple[int, int], change: date, need: date, order_by: date
) -> None:
    tables = company(need)
    before, after = tables["sourcing"]
    before |= {"lead_time_days": days[0], "valid_to": change - date.resolution}
    after |= {"lead_time_days": days[1], "valid_from": change}
    load_tables(tables)
    plan_now(as_of=date(2026, 11, 1))
    (order,) = exported("planned_orders")
    assert (order["order_by"], order["due_date"]) == (order_by.isoformat(), need.isoformat())


@pytest.mark.django_db
def test_a_blocked_item_gets_no_receipt_before_its_certificate_date() -> None:
    tables = company(date(2026, 3, 10))
    tables["items"] = [{"item": "CAP", "unit_cost": 2, "unit_price": 9, "certificate_date": "2026-03-25"}]
    load_tables(tables)
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert order["due_date"] == "2026-03-25"
    late = [row for row in exported("pegging") if row["days_late"]]
    assert {row["first_cause"] for row in late} == {"Blocked until its certificate date"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("calendar", "closed", "order_by", "due"),
    [
        ("VALVES", "2026-04-30", "2026-04-29", "2026-06-10"),
        ("NJ", "2026-06-10", "2026-04-30", "2026-06-09"),
    ],
)
def test_closed_days_move_the_dates(calendar: str, closed: str, order_by: str, due: str) -> None:
    load_tables(company(date(2026, 6, 10), closures=[{"calendar": calendar, "date": closed}]))
    plan_now(as_of=AS_OF)
    (order,) = exported("planned_orders")
    assert (order["order_by"], order["due_date"]) == (order_by, due)
