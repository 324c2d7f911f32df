"""What moves demand away from its own past: drivers with an elasticity, and known events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecasting import engine
from forecasting.engine import Array, BoolArray, IntArray
from forecasting.frames import SeriesFrame
from forecasting.models import Event
from forecasting.selectors import drivers as book
from forecasting.selectors.drivers import Lineage
from siop.catalog import calendar
from siop.plans.models import PlanVersion

DRIVER, EVENT = "driver", "event"
NOTE_LENGTH = 300


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Units (H, N) that one driver or event adds, from `lower` to `upper`: one sd of its elasticity either way.

    Of a driver also its `ratio` (H, N), the elasticity (N,), its sd and the id of the effect it came from.
    """

    kind: str
    name: str
    units: Array
    lower: Array
    upper: Array
    ratio: Array | None = None
    elasticity: Array | None = None
    sd: Array | None = None
    effect: IntArray | None = None

    def stored(self, column: int) -> dict[str, Any]:
        """As one entry of `ForecastLine.causes`."""
        entry: dict[str, Any] = {
            "kind": self.kind,
            "name": self.name,
            "units": self.units[:, column].tolist(),
        }
        if self.ratio is None or self.elasticity is None or self.sd is None or self.effect is None:
            return entry
        return entry | {
            "low": np.round(self.lower[:, column], 3).tolist(),
            "high": np.round(self.upper[:, column], 3).tolist(),
            "ratio": [None if np.isnan(one) else round(float(one), 6) for one in self.ratio[:, column]],
            "elasticity": float(self.elasticity[column]),
            "sd": float(self.sd[column]),
            "effect": int(self.effect[column]) or None,
        }


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Units that drivers and events add (H, N), the sd of the drivers' part, each cause, and a note a series."""

    drivers: Array
    driver_sd: Array
    events: Array
    causes: list[Cause]
    notes: list[str]

    def while_sold(self, share: Array) -> Effects:
        """The same for items that end: `share` (H, N) of each period in which they are still sold."""
        return replace(
            self,
            drivers=self.drivers * share,
            driver_sd=self.driver_sd * share,
            events=self.events * share,
            causes=[
                replace(one, units=one.units * share, lower=one.lower * share, upper=one.upper * share)
                for one in self.causes
            ],
        )

    def stored(self) -> list[list[dict[str, Any]]]:
        """Entries of `ForecastLine.causes` for each series: what touches it, drivers before events."""
        found: list[list[dict[str, Any]]] = [[] for _ in self.notes]
        for cause in self.causes:
            for column in np.flatnonzero(np.any(cause.units != 0, axis=0)):
                found[column].append(cause.stored(int(column)))
        return found


def effects(*, plan: PlanVersion, series: SeriesFrame, baseline: Array) -> Effects:
    """What drivers and events add to a baseline (H, N), one after the other."""
    above = book.lineage()
    driven, variance = np.zeros_like(baseline), np.zeros_like(baseline)
    causes: list[Cause] = []
    notes = [""] * series.count
    for driver in book.drivers_with_effect():
        cause, missing = _driver(driver, plan, series, baseline + driven, above)
        driven = driven + cause.units
        variance += ((cause.upper - cause.lower) / 2) ** 2
        causes.append(cause)
        for column in np.flatnonzero(missing):
            said = f"{notes[column]} {driver}: months without a value keep the baseline."
            notes[column] = said.strip()[:NOTE_LENGTH]
    happening = _events(plan, series, baseline + driven, above)
    return Effects(
        drivers=driven,
        driver_sd=np.sqrt(variance),
        events=np.sum([one.units for one in happening], axis=0) if happening else np.zeros_like(baseline),
        causes=[*causes, *happening],
        notes=notes,
    )


def _driver(
    driver: str, plan: PlanVersion, series: SeriesFrame, baseline: Array, above: Lineage
) -> tuple[Cause, BoolArray]:
    """One driver on top of a baseline, and the series that miss a planned value of it."""
    strength, change = book.strengths(driver, series, above), book.ratios(driver, plan, series, above)
    elasticity = np.where(strength.known, strength.elasticity, 0.0)
    sd = np.where(strength.known, strength.sd, 0.0)
    moved = engine.driver_effect(baseline, change.ratio, elasticity=elasticity, sd=sd)
    cause = Cause(
        kind=DRIVER, name=driver, units=moved.units, lower=moved.lower, upper=moved.upper, ratio=change.ratio,
        elasticity=elasticity, sd=sd, effect=strength.effect,
    )  # fmt: skip
    return cause, np.asarray(strength.known & change.missing)


def _events(plan: PlanVersion, series: SeriesFrame, baseline: Array, above: Lineage) -> list[Cause]:
    """Each event by the share of the period that it covers; together they never take more than there is."""
    edges = calendar.load().edges(plan.as_of, plan.horizon)
    left, found = baseline.copy(), []
    for event in Event.objects.filter(uplift_pct__isnull=False, end__gte=plan.as_of).order_by("id"):
        share, columns = book.covered(event, edges), book.columns_of(event, series, above)
        if not columns.any() or not share.any():
            continue
        units = np.zeros_like(baseline)
        units[:, columns] = engine.event_uplift(
            baseline[:, columns], share=share, uplift_pct=event.uplift_pct or 0.0
        )
        units = np.maximum(units, -left)
        left = left + units
        found.append(Cause(kind=EVENT, name=event.code, units=units, lower=units, upper=units))
    return found
