"""Consensus demand of a plan: the statistical forecast, outside demand where given, overrides on top."""

from datetime import date

import numpy as np

from forecasting.frames import series_keys
from forecasting.models import ConsensusLine, ForecastRun
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

from .overrides import replay


def rebuild(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Derive the plan's consensus anew from a forecast run; returns its number of lines.

    Lines of an item-location whose demand was made elsewhere take it for the periods it is given for, split
    by the forecast's shares; all others start as the unrounded statistical forecast.
    """
    bulk.execute("DELETE FROM forecasting_consensusline WHERE plan_id = %s", [plan.pk])
    bulk.execute(
        f"""
        INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, touched)
        SELECT 1, %(plan)s, l.series_id, l.run_id, l.statistical, '{{}}', pg_current_xact_id()::text::bigint
        FROM forecasting_forecastline l JOIN forecasting_demandseries s ON s.id = l.series_id
        WHERE l.run_id = %(run)s AND NOT {MADE_ELSEWHERE}
        """,  # noqa: S608 - only the constant of this module is put in
        {"plan": plan.pk, "run": run.pk},
    )
    _take_outside_demand(plan, run)
    replay(plan=plan)
    return ConsensusLine.objects.filter(plan=plan).count()


def copy_lines(*, source: PlanVersion, target: PlanVersion) -> None:
    """Start a plan with the consensus of another one."""
    bulk.execute(
        "INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, touched) "
        "SELECT 1, %s, series_id, run_id, quantity, overridden, pg_current_xact_id()::text::bigint "
        "FROM forecasting_consensusline WHERE plan_id = %s",
        [target.pk, source.pk],
    )


MADE_ELSEWHERE = (
    "EXISTS (SELECT 1 FROM forecasting_externaldemand e WHERE e.item_id = s.item_id "
    "AND e.location_id = s.location_id)"
)


def outside_error_sd(plan: PlanVersion) -> dict[tuple[int, int], float]:
    """Error of one bucket that came with outside demand, by (item id, location id)."""
    rows = bulk.lists_out(
        "SELECT item_id, location_id, max(error_sd) FROM forecasting_externaldemand "
        "WHERE error_sd IS NOT NULL AND date >= %s GROUP BY item_id, location_id",
        [plan.as_of],
    )
    return {(item, location): sd for item, location, sd in zip(*rows, strict=True)}


def _take_outside_demand(plan: PlanVersion, run: ForecastRun) -> None:
    series, item, location, statistical = bulk.copy_out(
        f"""
        SELECT l.series_id, s.item_id, s.location_id, l.statistical
        FROM forecasting_forecastline l JOIN forecasting_demandseries s ON s.id = l.series_id
        WHERE l.run_id = %(run)s AND {MADE_ELSEWHERE} ORDER BY l.series_id
        """,  # noqa: S608 - only the constant of this module is put in
        {"run": run.pk},
        columns=f"i i i f{run.horizon}",
    )
    if not len(series):
        return
    given, known = _outside(plan, first=date.fromordinal(int(calendar.load().edges(plan.as_of, 1)[0])))
    place_of = series_keys(item, location, np.zeros_like(item))
    places, column = np.unique(place_of, return_inverse=True)
    total = np.zeros((len(places), run.horizon))
    np.add.at(total, column, statistical)
    alone = np.bincount(column, minlength=len(places))[column][:, None]
    share = np.where(
        total[column] > 0, statistical / np.where(total[column] > 0, total[column], 1), 1 / alone
    )
    row = np.searchsorted(known, places)
    row = np.where(
        (row < len(known)) & (np.append(known, -1)[np.minimum(row, len(known))] == places), row, -1
    )
    asked = np.where((row >= 0)[:, None], np.vstack([given, np.full((1, run.horizon), np.nan)])[row], np.nan)[
        column
    ]
    bulk.copy_in(
        ConsensusLine,
        {
            "plan_id": plan.pk,
            "series_id": series,
            "run_id": run.pk,
            "quantity": np.where(np.isfinite(asked), asked * share, statistical),
        },
    )


def _outside(plan: PlanVersion, *, first: date) -> tuple[np.ndarray, np.ndarray]:
    """Outside demand (P, H), NaN where nothing is given, and the keys (P,) of its item-locations in order."""
    item, location, day, quantity = bulk.copy_out(
        "SELECT item_id, location_id, date, quantity::float8 FROM forecasting_externaldemand WHERE date >= %s",
        [first],
        columns="i i d f",
    )
    keys, row = np.unique(series_keys(item, location, np.zeros_like(item)), return_inverse=True)
    period = calendar.load().index(day, origin=plan.as_of)
    inside = period < plan.horizon
    given = np.zeros((len(keys), plan.horizon))
    seen = np.zeros((len(keys), plan.horizon), dtype=bool)
    np.add.at(given, (row[inside], period[inside]), quantity[inside])
    seen[row[inside], period[inside]] = True
    return np.where(seen, given, np.nan), keys
