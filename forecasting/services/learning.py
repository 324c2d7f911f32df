"""Elasticities learn: from each closed month that a driver was forecast in, and from history where nobody typed one."""

from __future__ import annotations

import re

import numpy as np

from forecasting import engine
from forecasting.frames import SeriesFrame
from forecasting.models import DriverEffect, DriverObservation, DriverValue, LearnedEffect
from forecasting.selectors import drivers as book
from siop import bulk
from siop.catalog import calendar
from siop.plans.models import PlanVersion

from .accuracy import earlier_plans

SMALLEST_CHANGE = 0.05  # a driver that moved less, as a logarithm, tells nothing
OBSERVED_SD = 0.1  # of what one month tells at best
FEWEST_PERIODS = 12
# Sign and size that an elasticity may have, by the driver's name.
GUARDS = (
    (re.compile(r"price", re.IGNORECASE), (-6.0, 0.0)),
    (re.compile(r"ads|advert|spend|market|promo|display|deal", re.IGNORECASE), (0.0, 2.0)),
)
ANY_SIGN = (-3.0, 3.0)

# What was forecast one period ahead without the driver, and what came, summed over the series of each effect.
OBSERVED = """
SELECT t.effect, sum(t.base), sum(t.actual), sum(t.base * t.ratio) / sum(t.base), sqrt(sum(t.error_sd ^ 2))
FROM (
    SELECT (x ->> 'effect')::bigint AS effect, l.statistical[1] - (x -> 'units' ->> 0)::float8 AS base,
           (x -> 'ratio' ->> 0)::float8 AS ratio, COALESCE(h.quantity[%(place)s], 0) AS actual, l.error_sd
    FROM forecasting_consensusline c
    JOIN forecasting_forecastline l ON l.run_id = c.run_id AND l.series_id = c.series_id
    JOIN forecasting_saleshistory h ON h.series_id = c.series_id AND h.origin = %(origin)s
    CROSS JOIN LATERAL jsonb_array_elements(l.causes) x
    WHERE c.plan_id = %(plan)s AND l.causes <> '[]' AND x ->> 'effect' IS NOT NULL
) t
JOIN forecasting_drivereffect e ON e.id = t.effect
WHERE t.base > 0 AND abs(ln(t.ratio)) > %(smallest)s
  AND NOT EXISTS (SELECT 1 FROM forecasting_driverobservation o WHERE o.effect_id = t.effect AND o.month = %(month)s)
GROUP BY t.effect
"""


def observe(*, plan: PlanVersion) -> int:
    """Hold each closed month against what an earlier plan made of its drivers; returns new observations."""
    if not DriverEffect.objects.exists():
        return 0
    found = [one for source in earlier_plans(plan) for one in _observed(plan, source)]
    DriverObservation.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def _observed(plan: PlanVersion, source: PlanVersion) -> list[DriverObservation]:
    """Of the first period of `source`; none before it has closed or where no driver moved."""
    place = calendar.load().between(plan.origin, source.as_of) + 1
    if place < 1 or source.as_of >= plan.as_of:
        return []
    columns = bulk.lists_out(
        OBSERVED,
        {
            "plan": source.pk,
            "place": place,
            "origin": plan.origin,
            "month": source.as_of,
            "smallest": SMALLEST_CHANGE,
        },
    )
    rows = zip(*columns, strict=True)
    return [_observation(source, *row) for row in rows if row[2] > 0]


def _observation(
    source: PlanVersion, effect: int, baseline: float, actual: float, ratio: float, error_sd: float
) -> DriverObservation:
    implied = engine.implied_elasticity(np.array(actual), np.array(baseline), np.array(ratio))
    return DriverObservation(
        effect_id=effect,
        month=source.as_of,
        ratio=ratio,
        baseline=baseline,
        actual=actual,
        elasticity=float(implied),
        sd=max(OBSERVED_SD, error_sd / baseline / abs(float(np.log(ratio)))),
    )


def learn(*, plan: PlanVersion, series: SeriesFrame) -> int:
    """Fit each driver to history, year on year, and keep one effect an item; returns how many.

    Demand over that of the year before against the driver over its year before: the season falls out.
    """
    season = int(plan.parameters["season"])
    found: list[LearnedEffect] = []
    if plan.history_periods >= season + FEWEST_PERIODS:
        names = DriverValue.objects.order_by("driver").values_list("driver", flat=True).distinct()
        for driver in names:
            found += _fitted(driver, plan, series, season)
    LearnedEffect.objects.all().delete()
    LearnedEffect.objects.bulk_create(found)
    return len(found)


def _fitted(driver: str, plan: PlanVersion, series: SeriesFrame, season: int) -> list[LearnedEffect]:
    changes = np.log(book.history_ratios(driver, plan, series, book.lineage())[season:])
    sold = np.maximum(series.history, 0.0)
    growth = np.where(
        sold[:-season] > 0, sold[season:] / np.where(sold[:-season] > 0, sold[:-season], 1.0), np.nan
    )
    known = np.isfinite(changes) & np.isfinite(growth) & (growth > 0)
    useful = np.flatnonzero(
        (known.sum(axis=0) >= FEWEST_PERIODS) & (_spread(changes, known) > SMALLEST_CHANGE)
    )
    if not len(useful):
        return []
    low, high = next((guard for name, guard in GUARDS if name.search(driver)), ANY_SIGN)
    model = engine.fit_drivers(
        np.where(known, growth, np.nan)[:, useful],
        changes[None, :, useful],
        series.category[useful],
        lower=np.array([low]),
        upper=np.array([high]),
    )
    weight = sold[-season:, useful].sum(axis=0) + 1e-9
    return _by_item(driver, model, series.item[useful], weight, known.sum(axis=0)[useful])


def _spread(changes: engine.Array, known: engine.BoolArray) -> engine.Array:
    """Standard deviation (N,) of the known changes: a driver that grows evenly tells nothing."""
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, changes, 0.0).sum(axis=0) / count
    return np.asarray(np.sqrt(np.where(known, (changes - mean) ** 2, 0.0).sum(axis=0) / count))


def _by_item(
    driver: str,
    model: engine.DriverModel,
    items: engine.IntArray,
    weight: engine.Array,
    periods: engine.IntArray,
) -> list[LearnedEffect]:
    """One effect an item: the mean of its series by their sales; kept where most of its sales speak for it and it
    is larger than its own doubt."""
    found = []
    for item in np.unique(items).tolist():
        mine = items == item
        share = weight[mine] / weight[mine].sum()
        elasticity, sd = float(share @ model.coefficients[0, mine]), float(share @ model.sd[0, mine])
        found.append(
            LearnedEffect(
                driver=driver,
                item_id=item,
                elasticity=elasticity,
                sd=sd,
                kept=bool(share @ model.kept[mine] > 0.5) and abs(elasticity) > sd,
                periods=int(periods[mine].max()),
            )
        )
    return found
