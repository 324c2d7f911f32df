"""Method and backtest of a plan's forecasts beside seasonal naive, before any month has closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forecasting.engine import METHOD_LABELS, Method
from forecasting.nodes import Node
from siop import bulk
from siop.accounts.models import Person
from siop.plans.models import PlanVersion

# Weights are the sales of the tested months, so that the shares of a node add up to its error.
BY_METHOD = """
SELECT f.method, count(*), count(f.backtest_wape), max(f.backtest_origins),
       coalesce(sum(w.sold), 0), coalesce(sum(w.sold * f.backtest_wape), 0), coalesce(sum(w.sold * f.naive_wape), 0)
FROM forecasting_consensusline c
JOIN forecasting_forecastline f ON f.run_id = c.run_id AND f.series_id = c.series_id
CROSS JOIN LATERAL (
    SELECT sum(abs(q)) AS sold FROM unnest(f.history[cardinality(f.history) - f.backtest_origins + 1:]) q
    WHERE f.backtest_wape IS NOT NULL AND f.naive_wape IS NOT NULL
) w
WHERE c.plan_id = %(plan)s AND c.series_id = ANY(%(series)s)
GROUP BY f.method ORDER BY 5 DESC, 1
"""
BY_LAG = """
SELECT lag, sum(w.sold), sum(w.sold * f.lag_wape[lag]), sum(w.sold * f.naive_lag_wape[lag]),
       sum(w.sold * f.cumulative_wape[lag])
FROM forecasting_consensusline c
JOIN forecasting_forecastline f ON f.run_id = c.run_id AND f.series_id = c.series_id
CROSS JOIN LATERAL (
    SELECT sum(abs(q)) AS sold FROM unnest(f.history[cardinality(f.history) - f.backtest_origins + 1:]) q
) w
CROSS JOIN LATERAL generate_series(
    1, LEAST(cardinality(f.lag_wape), cardinality(f.naive_lag_wape), cardinality(f.cumulative_wape))) lag
WHERE c.plan_id = %(plan)s AND c.series_id = ANY(%(series)s)
GROUP BY lag HAVING sum(w.sold) > 0 ORDER BY lag
"""


@dataclass(frozen=True, kw_only=True)
class AtLag:
    """Share of sales missed `lag` periods ahead, by last year's figures, and of the first `lag` ones together."""

    lag: int
    wape: float
    naive_wape: float
    together: float


@dataclass(frozen=True, kw_only=True)
class Tested:
    """Series of one method: how many, how many of them tested over how many origins, units sold and missed."""

    method: str
    series: int
    tested: int
    origins: int
    sold: float
    missed: float
    naive_missed: float

    @property
    def wape(self) -> float | None:
        return self.missed / self.sold if self.sold else None

    @property
    def naive_wape(self) -> float | None:
        return self.naive_missed / self.sold if self.sold else None

    @property
    def is_naive(self) -> bool:
        return self.method == METHOD_LABELS[Method.SEASONAL_NAIVE]


def by_method(plan: PlanVersion, person: Person, node: Node) -> list[Tested]:
    """One row a method, the one with most sales first."""
    return [_tested(row) for row in _rows(BY_METHOD, plan, person, node)]


def by_lag(plan: PlanVersion, person: Person, node: Node) -> list[AtLag]:
    """One row for each number of periods ahead that was tested, weighed by the sales of the tested periods."""
    return [
        AtLag(lag=lag, wape=missed / sold, naive_wape=naive / sold, together=together / sold)
        for lag, sold, missed, naive, together in _rows(BY_LAG, plan, person, node)
    ]


def _rows(query: str, plan: PlanVersion, person: Person, node: Node) -> Iterator[tuple[Any, ...]]:
    series = list(node.visible_series(person).values_list("pk", flat=True))
    return zip(*bulk.lists_out(query, {"plan": plan.pk, "series": series}), strict=True)


def _tested(row: tuple[Any, ...]) -> Tested:
    method, series, tested, origins, sold, missed, naive = row
    return Tested(
        method=method,
        series=series,
        tested=tested,
        origins=origins,
        sold=sold,
        missed=missed,
        naive_missed=naive,
    )


def total(rows: list[Tested]) -> Tested:
    return Tested(
        method="All",
        series=sum(row.series for row in rows),
        tested=sum(row.tested for row in rows),
        origins=max((row.origins for row in rows), default=0),
        sold=sum(row.sold for row in rows),
        missed=sum(row.missed for row in rows),
        naive_missed=sum(row.naive_missed for row in rows),
    )
