"""S49: forecast 6,000 +- 791 (95 %); by day 12 of 30: 3,900 against 2,400 +- 500: alert at the next import, with a
recomputed plan."""

from datetime import date
from typing import Any

import pytest
from chain import exported, plan_now, work_all

from forecasting.models import SalesLine
from siop.gather.services import load_tables
from siop.plans.selectors import current_live_plan
from siop.web.models import Notification

pytestmark = pytest.mark.django_db

JUNE = date(2026, 6, 1)
PLACE = {"item": "BTL", "location": "NJ"}


def company(*, planned: float, reach: float) -> None:
    load_tables(
        {
            "items": [{"item": "BTL", "unit_cost": 12, "unit_price": 30}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "sales": [PLACE | {"segment": "WEB", "date": date(2026, 5, 9), "order": "0", "quantity": planned}],
            "on_hand": [PLACE | {"date": date(2026, 5, 31), "quantity": 20_000}],
            "demand": [
                PLACE | {"date": date(2026, month, 1), "quantity": planned, "error_sd": reach / 1.959964}
                for month in range(6, 13)
            ],
        }
    )  # fmt: skip
    plan_now(as_of=JUNE)


def sell(units: float, until: date) -> None:
    """Sales of the month so far, imported; the workers do the rest by themselves."""
    load_tables({"sales": [PLACE | {"segment": "WEB", "date": until, "order": "J", "quantity": units}]})
    work_all()


def alerts() -> list[dict[str, Any]]:
    return [row for row in exported("exceptions") if row["kind"] == "forecast_shift"]


def test_demand_outside_its_range_raises_an_alert_at_the_next_import(client: Any, dana: Any) -> None:
    company(planned=6_000, reach=791)
    assert alerts() == []
    before = current_live_plan()
    month = next(row for row in exported("forecast") if row["month"] == JUNE.isoformat())
    assert [round(month[name]) for name in ("low_95", "consensus", "high_95")] == [5209, 6000, 6791]

    sell(3_900, date(2026, 6, 12))
    (alert,) = alerts()
    assert (alert["item"], alert["location"], alert["month"]) == ("BTL", "NJ", JUNE.isoformat())
    assert alert["quantity"] == 1_500  # 3,900 sold against 2,400
    assert alert["money_at_risk"] == 1_500 * 18
    assert alert["suggestion"].startswith("Set June to 7,500 in the demand plan")

    after = current_live_plan()
    assert before is not None
    assert after is not None
    assert after.pk > before.pk
    assert after.computed is not None
    told = Notification.objects.get(person=dana)
    assert "sold 3,900 by 12 Jun, expected 1,900 to 2,900" in told.text
    client.force_login(dana)
    assert "sold 3,900 by 12 Jun, expected 1,900 to 2,900" in client.get("/").content.decode()
    assert client.get(told.url).status_code == 200


@pytest.mark.parametrize(
    ("units", "day", "raised"),
    [(2_890, 12, False), (2_910, 12, True), (1_910, 12, False), (1_890, 12, True), (6_700, 30, False), (6_800, 30, True)],
)  # fmt: skip
def test_the_range_is_a_share_of_the_mean_and_the_root_of_the_share_of_the_width(
    units: int, day: int, raised: bool
) -> None:
    company(planned=6_000, reach=791)
    sell(units, date(2026, 6, day))
    assert bool(alerts()) == raised


def test_the_same_shift_is_told_once(dana: Any) -> None:
    company(planned=6_000, reach=791)
    sell(3_900, date(2026, 6, 12))
    sell(4_100, date(2026, 6, 13))
    assert Notification.objects.filter(person=dana).count() == 1


def test_sums_of_a_month_dated_on_its_first_day_are_no_shift_of_that_day(client: Any, dana: Any) -> None:
    """What companies bring first: one row a month. That June sold 3,900 says nothing about 1 June."""
    company(planned=6_000, reach=791)
    SalesLine.objects.update(date=date(2026, 5, 1))
    sell(3_900, JUNE)
    assert alerts() == []


def test_one_sale_by_the_day_makes_the_first_day_count_again(client: Any, dana: Any) -> None:
    company(planned=6_000, reach=791)
    sell(3_900, JUNE)
    assert len(alerts()) == 1
