"""S35 goes on: what people plan to sell of a durable raises its consumable, and weeks are parts of a month."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from chain import consensus_of, exported, plan_now, work_all, work_until

from forecasting.models import ConsensusLine, ForecastLine, ForecastRun, InstalledBase
from forecasting.selectors import launch_pages
from forecasting.selectors.demand_cube import cube_of, forget_all
from forecasting.selectors.demand_plan import Shown
from forecasting.services import following, overrides
from forecasting.services.override_changes import Typed
from siop.catalog.models import Item
from siop.gather.services import load_tables
from siop.jobs.services import open_jobs, request_recomputation
from siop.plans import freezing
from siop.plans.models import PlanVersion
from siop.web.grid import GridQuery
from supply.models import PlanLine

pytestmark = pytest.mark.django_db

PLACE = {"location": "NJ", "segment": "WEB"}


def company(*, sales: list[dict[str, Any]], as_of: date, churn: float = 0, **tables: Any) -> None:
    """100 bottles sold a period; 20,000 owners use 1.5 capsules a month."""
    load_tables(
        {
            "items": [{"item": "BTL"}, {"item": "CPS"}],
            "locations": [{"location": "NJ"}],
            "segments": [{"segment": "WEB"}],
            "installed_base": [
                PLACE
                | {"durable": "BTL", "consumable": "CPS", "active_units": 20_000, "as_of": as_of}
                | {"units_per_active_month": 1.5, "monthly_churn_pct": churn}
            ],
            "sales": [PLACE | {"item": "BTL", "order": "1", "quantity": 100} | row for row in sales],
            **tables,
        }
    )


def monthly_company() -> None:
    company(sales=[{"date": date(2024 + m // 12, m % 12 + 1, 5)} for m in range(24)], as_of=date(2026, 1, 1))


def type_units(
    plan: PlanVersion, dana: Any, code: str, *, column: int, quantity: int, write: Any = overrides.save
) -> overrides.Saved:
    """Type a quantity of an item for one month."""
    shown = Shown(cube_of(plan), GridQuery(), dana)
    row = shown.named(f"i{Item.objects.get(code=code).pk}")
    version = int(shown.cube.version[row.leaves].sum())
    typed = Typed(row, version, {column: Decimal(quantity)}, {})
    saved = write(plan=plan, cube=shown.cube, person=dana, key=uuid4(), typed=[typed], reason="campaign")
    assert isinstance(saved, overrides.Saved)
    return saved


def plan_more_bottles(plan: PlanVersion, dana: Any, quantity: int) -> overrides.Saved:
    return type_units(plan, dana, "BTL", column=0, quantity=quantity)


@pytest.mark.parametrize(("bottles", "capsules"), [(5_100, 37_650), (0, 30_000)])
def test_bottles_that_people_plan_raise_capsules_from_the_next_month_by_themselves(
    bottles: int, capsules: float, dana: Any
) -> None:
    """At once, in the plan that people look at: nothing else is forecast anew for it."""
    forget_all()
    monthly_company()
    plan = plan_now(as_of=date(2026, 1, 1))
    assert consensus_of(plan)["CPS"][:2] == [30_000, 30_150]

    saved = plan_more_bottles(plan, dana, bottles)
    assert consensus_of(plan)["CPS"][:2] == [30_000, capsules]
    assert PlanLine.objects.get(plan=plan, item__code="CPS").demand[:2] == [30_000, capsules]
    assert not open_jobs().filter(kind="forecast").exists()
    assert consensus_of(plan_now(as_of=date(2026, 1, 1)))["CPS"][:2] == [30_000, capsules]

    live = plan_now()
    overrides.undo(plan=live, person=dana, key=uuid4(), batch_id=saved.batch)
    assert consensus_of(live)["CPS"][:2] == [30_000, 30_150]


def test_bottles_typed_while_a_new_plan_is_computed_raise_its_capsules_too(dana: Any) -> None:
    forget_all()
    monthly_company()
    older = plan_now(as_of=date(2026, 1, 1))
    request_recomputation(as_of="2026-01-01", why="again")
    work_until("supply_plan")
    plan_more_bottles(older, dana, 5_100)
    newer = plan_now()
    assert newer.pk > older.pk
    assert consensus_of(newer)["CPS"][:2] == [30_000, 37_650]
    assert PlanLine.objects.get(plan=newer, item__code="CPS").demand[:2] == [30_000, 37_650]


@pytest.mark.parametrize(("bottles", "capsules"), [(5_100, 37_650), (0, 30_000)])
def test_capsules_follow_bottles_in_an_open_cycle_plan_at_once(
    bottles: int, capsules: float, dana: Any
) -> None:
    """The plan keeps its forecast of all else; what was typed for the capsules themselves stands on top."""
    forget_all()
    monthly_company()
    live = plan_now(as_of=date(2026, 1, 1))
    cycle = freezing.freeze(live, name="January")
    run = cycle.inputs["forecast_run"]
    type_units(cycle, dana, "CPS", column=2, quantity=33_000)

    saved = type_units(cycle, dana, "BTL", column=0, quantity=bottles)
    assert consensus_of(cycle)["CPS"][:3] == [30_000, capsules, 33_000]
    assert consensus_of(live)["CPS"][:3] == [30_000, capsules, 33_000]
    of_forecast = ForecastLine.objects.get(run=run, series__item__code="CPS")
    assert of_forecast.statistical[1] == 30_150
    line = ConsensusLine.objects.get(plan=cycle, series__item__code="CPS")
    assert ForecastLine.objects.get(run=line.run, series=line.series).statistical[1] == capsules
    assert line.overridden == [2]
    assert ConsensusLine.objects.get(plan=cycle, series__item__code="BTL").run_id == run
    assert Shown(cube_of(cycle), GridQuery(), dana).cube.statistical[1].max() == capsules
    planned = PlanLine.objects.get(plan=cycle, item__code="CPS")
    assert planned.demand[:3] == [30_000, capsules, 33_000]

    overrides.undo(plan=cycle, person=dana, key=uuid4(), batch_id=saved.batch)
    assert consensus_of(cycle)["CPS"][:3] == [30_000, 30_150, 33_000]


@pytest.mark.parametrize(("code", "others"), [("BTL", True), ("CPS", False)])
def test_what_follows_says_whether_other_items_moved(code: str, others: bool, dana: Any) -> None:
    """Then the grid shows them at once, also those that had no row before."""
    forget_all()
    monthly_company()
    cycle = freezing.freeze(plan_now(as_of=date(2026, 1, 1)), name="January")
    saved = type_units(cycle, dana, code, column=0, quantity=5_100, write=overrides.record)
    assert following.follow(person=dana, batch_ids=[saved.batch]) is others


def test_no_run_is_kept_where_a_plan_has_no_such_consumable(dana: Any) -> None:
    forget_all()
    monthly_company()
    plan = plan_now(as_of=date(2026, 1, 1))
    ForecastLine.objects.filter(series__item__code="CPS").delete()
    ConsensusLine.objects.filter(series__item__code="CPS").delete()
    before = ForecastRun.objects.count()
    type_units(plan, dana, "BTL", column=0, quantity=5_100)
    assert ForecastRun.objects.count() == before


def test_the_line_says_how_many_bottles_people_added(dana: Any) -> None:
    forget_all()
    monthly_company()
    plan_more_bottles(plan_now(as_of=date(2026, 1, 1)), dana, 5_100)
    agreed = ConsensusLine.objects.get(plan=plan_now(), series__item__code="CPS")
    line = ForecastLine.objects.get(run=agreed.run_id, series=agreed.series_id)
    assert line.method == "Owners of BTL"
    assert line.note == "Counts on the consensus of BTL: 5,000 units more than its statistical forecast."


def test_the_page_shows_of_owners_the_forecast_that_the_plan_counts_on(dana: Any) -> None:
    """Capsules are sold in a shop, too, without owners: that line counts on the forecast of all, theirs on one of its own."""
    forget_all()
    months = [date(2024 + m // 12, m % 12 + 1, 5) for m in range(24)]
    in_shop = {"item": "CPS", "segment": "SHOP", "order": "2"}
    company(
        sales=[{"date": day} for day in months] + [in_shop | {"date": day} for day in months],
        as_of=date(2026, 1, 1),
        segments=[{"segment": "WEB"}, {"segment": "SHOP"}],
    )
    plan = plan_now(as_of=date(2026, 1, 1))
    plan_more_bottles(plan, dana, 5_100)
    (row,) = launch_pages.owners(plan, dana)
    assert row.units == pytest.approx(consensus_of_owners(plan))


def consensus_of_owners(plan: PlanVersion) -> float:
    line = ConsensusLine.objects.get(plan=plan, series__item__code="CPS", series__segment__code="WEB")
    return float(sum(line.quantity[:12]))


def test_overrides_of_other_items_ask_for_no_new_forecast(dana: Any) -> None:
    forget_all()
    monthly_company()
    plan = plan_now(as_of=date(2026, 1, 1))
    InstalledBase.objects.all().delete()
    plan_more_bottles(plan, dana, 5_100)
    work_all()
    assert plan_now().pk == plan.pk


def test_a_promotion_lifts_what_owners_use_not_what_history_shows(dana: Any) -> None:
    """20 % on the 30,150 of 20,100 owners in February, though no capsule was ever sold; the item ends with May."""
    monthly_company()
    load_tables(
        {
            "items": [{"item": "CPS", "end_date": date(2026, 5, 31)}],
            "events": [
                {"event": "VALENTINE", "kind": "promotion", "item": "CPS", "uplift_pct": 20}
                | {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
            ],
        }
    )
    plan = plan_now(as_of=date(2026, 1, 1))
    assert consensus_of(plan)["CPS"][:3] == [30_000, 36_180, 30_300]
    assert consensus_of(plan)["CPS"][5] == 0
    line = ForecastLine.objects.get(series__item__code="CPS")
    assert (line.level[1], line.events[1], line.causes[0]["units"][1]) == pytest.approx(
        (30_150, 6_030, 6_030)
    )


def test_a_week_uses_its_days_of_the_month() -> None:
    """20,000 x 1.5 = 30,000 in January; a week of seven of its 31 days: 6,774."""
    monday = date(2026, 1, 5)
    company(
        sales=[{"date": monday - timedelta(weeks=k + 1)} for k in range(60)],
        as_of=monday,
        parameters=[{"name": "bucket", "value": "week"}],
    )
    plan_now(as_of=monday)
    weeks = [row["statistical"] for row in exported("forecast") if row["item"] == "CPS" and row["method"]]
    assert weeks[0] == pytest.approx(30_000 * 7 / 31)
    assert weeks[1] == pytest.approx(30_150 * 7 / 31)
