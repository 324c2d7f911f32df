"""Demand that was decided elsewhere stands in for the forecast in the periods it is given for."""

import numpy as np

from forecasting.engine import Array, BoolArray, IntArray
from forecasting.frames import series_keys
from forecasting.models import ForecastLine, ForecastRun
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

METHOD = "Made elsewhere"
Z = {"80": 1.2815515655446004, "95": 1.959963984540054}
SERIES = (
    "statistical",
    "level",
    "trend",
    "season",
    "drivers",
    "events",
    "low_80",
    "high_80",
    "low_95",
    "high_95",
)
MADE_ELSEWHERE = (
    "EXISTS (SELECT 1 FROM forecasting_externaldemand e WHERE e.item_id = s.item_id "
    "AND e.location_id = s.location_id)"
)


def apply(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Rewrite the lines of item-locations with outside demand; returns how many.

    It is split over the segments by the forecast's shares; its error, where it came with one, makes the range.
    """
    series, item, location, *read = bulk.copy_out(
        f"""
        SELECT l.series_id, s.item_id, s.location_id, {", ".join(f"l.{name}" for name in SERIES)}
        FROM forecasting_forecastline l JOIN forecasting_demandseries s ON s.id = l.series_id
        WHERE l.run_id = %(run)s AND {MADE_ELSEWHERE} ORDER BY l.series_id
        """,  # noqa: S608 - only the constants of this module are put in
        {"run": run.pk},
        columns="i i i " + " ".join([f"f{run.horizon}"] * len(SERIES)),
    )
    if not len(series):
        return 0
    lines = dict(zip(SERIES, read, strict=True))
    places = series_keys(item, location, np.zeros_like(item))
    given, error, known = _outside(plan)
    row = np.minimum(np.searchsorted(known, places), max(len(known) - 1, 0))
    found = (known[row] == places) if len(known) else np.zeros(len(places), dtype=bool)
    asked = np.where(found[:, None], given[row] if len(known) else 0.0, np.nan)
    share = _shares(places, lines["statistical"])
    sd = np.where(found, error[row] if len(known) else np.nan, np.nan)[:, None] * np.sqrt(share)
    told: BoolArray = np.isfinite(asked)
    _store(run, series, _rewritten(lines, np.where(told, asked * share, 0.0), told, sd), told, sd)
    return len(series)


def _rewritten(lines: dict[str, Array], demand: Array, told: BoolArray, sd: Array) -> dict[str, Array]:
    """Series with the given periods replaced; the range is the error that came along, else the forecast's."""
    new = {name: np.where(told, 0.0, lines[name]) for name in ("trend", "season", "drivers", "events")}
    new["level"] = np.where(told, demand, lines["level"])
    new["statistical"] = np.where(told, demand, lines["statistical"])
    for share, z in Z.items():
        low, high = lines[f"low_{share}"], lines[f"high_{share}"]
        down = np.where(np.isfinite(sd), z * sd, lines["statistical"] - low)
        up = np.where(np.isfinite(sd), z * sd, high - lines["statistical"])
        new[f"low_{share}"] = np.where(told, np.maximum(demand - down, 0.0), low)
        new[f"high_{share}"] = np.where(told, demand + up, high)
    return new


def _shares(places: IntArray, statistical: Array) -> Array:
    """Share of each series in its item-location, period by period (N, H); equal where nothing is forecast."""
    unique, column = np.unique(places, return_inverse=True)
    total = np.zeros((len(unique), statistical.shape[1]))
    np.add.at(total, column, statistical)
    alone = np.bincount(column, minlength=len(unique))[column][:, None]
    whole = total[column]
    return np.where(whole > 0, statistical / np.where(whole > 0, whole, 1.0), 1.0 / alone)


def _outside(plan: PlanVersion) -> tuple[Array, Array, IntArray]:
    """Outside demand (P, H), NaN where none is given, its error sd (P,) and the keys (P,) in order."""
    item, location, day, quantity, error = bulk.copy_out(
        "SELECT item_id, location_id, date, quantity::float8, COALESCE(error_sd, 'NaN') "
        "FROM forecasting_externaldemand WHERE date >= %s",
        [plan.as_of],
        columns="i i d f f",
    )
    keys, row = np.unique(series_keys(item, location, np.zeros_like(item)), return_inverse=True)
    period = calendar.load().index(day, origin=plan.as_of)
    inside = period < plan.horizon
    given, seen = np.zeros((len(keys), plan.horizon)), np.zeros((len(keys), plan.horizon), dtype=bool)
    np.add.at(given, (row[inside], period[inside]), quantity[inside])
    seen[row[inside], period[inside]] = True
    worst = np.full(len(keys), -np.inf)
    named = np.isfinite(error)
    np.maximum.at(worst, row[named], error[named])
    return np.where(seen, given, np.nan), np.where(np.isfinite(worst), worst, np.nan), keys


def _store(run: ForecastRun, series: IntArray, new: dict[str, Array], told: BoolArray, sd: Array) -> None:
    bulk.execute("CREATE TEMP TABLE given (LIKE forecasting_forecastline INCLUDING IDENTITY) ON COMMIT DROP")
    own = np.isfinite(sd[:, 0])
    bulk.copy_in(
        ForecastLine,
        new
        | {
            "run_id": run.pk,
            "series_id": series,
            "history": [[]] * len(series),
            "method": [METHOD if any_ else "" for any_ in np.asarray(told.any(axis=1)).tolist()],
            "error_sd": np.where(own, np.nan_to_num(sd[:, 0]), -1.0),
        },
        table="given",
    )
    columns = ", ".join(f"{name} = g.{name}" for name in SERIES)
    bulk.execute(
        f"UPDATE forecasting_forecastline l SET {columns}, "  # noqa: S608 - names of columns
        "method = CASE g.method WHEN '' THEN l.method ELSE g.method END, "
        "error_sd = CASE WHEN g.error_sd < 0 THEN l.error_sd ELSE g.error_sd END, "
        "cumulative_rmse = CASE WHEN g.error_sd < 0 THEN l.cumulative_rmse ELSE '{}' END "
        "FROM given g WHERE l.run_id = %s AND l.series_id = g.series_id",
        [run.pk],
    )
    bulk.execute("DROP TABLE given")
