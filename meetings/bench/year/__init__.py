"""`bench year`: twelve monthly cycles of a company in a simulated world, beside a buyer by months of cover in the same one.

Each month the company exports its files, imports them, walks the cycle and releases week by week what the plan says;
the world delivers it, late and with scrap, and customers ask for what they ask for. One path is luck: `--seeds N`
lives N of them, and figures are then their mean and range.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from siop.embedded import trial

from . import naive, records
from .world import SEED

Figure = dict[str, Any]
COVERS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
NEWS = (2, 3, 4, 8, 9)  # months in which something was heard: spend, tariff, the end of an item, the failure


@dataclass(frozen=True)
class Lived:
    """One seed's year: what SIOP's world and months were, and the worlds of buyers by each of COVERS."""

    world: dict[str, Any]
    months: list[dict[str, Any]]
    buyers: list[dict[str, Any]]

    @property
    def enough(self) -> int:
        """Position in COVERS of the least one that serves bottles as well; the last where none does."""
        served = (k for k, buyer in enumerate(self.buyers) if buyer["bottles"][0] >= self.world["bottles"][0])
        return next(served, len(COVERS) - 1)

    @property
    def peer(self) -> dict[str, Any]:
        return self.buyers[self.enough]

    @cached_property
    def frontier(self) -> float:
        """Mean stock of a buyer between two covers who serves bottles just as well."""
        pair = self.buyers[max(self.enough - 1, 0) : self.enough + 1]
        served = [buyer["bottles"][0] for buyer in pair]
        return float(np.interp(self.world["bottles"][0], served, [buyer["stock"] for buyer in pair]))

    def moved(self, *, news: bool) -> tuple[float, float]:
        """Medians of the share of a plan that moved from one cycle to the next, and of how many months its units did, over
        months with or without news."""
        months = [m for m in self.months if m["changed"] is not None and (m["number"] in NEWS) == news]
        share, far = zip(*(month["changed"] for month in months), strict=True)
        return float(median(share)), float(median(far))


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """Lives the year with `scale` seeds, each in a product of its own; `out` keeps what happened month by month."""
    years = [_live(seed) for seed in (SEED, *range(1, scale))]
    if out is not None:
        out.write_text(json.dumps([{"world": year.world, "months": year.months} for year in years], indent=1))
    return [*_of_service(years), *_of_plans(years)]


def _live(seed: int) -> Lived:
    with trial.running("year-bench", names=()) as stack:
        code = f"from {__name__}.cycle import tell; tell({seed})"
        told = json.loads(stack.run("shell", "-v", "0", "-c", code).strip().splitlines()[-1])
    buyers = [records.of_world(naive.year(cover, seed=seed)) for cover in COVERS]
    return Lived(told["world"], told["months"], buyers)


def _of_service(years: list[Lived]) -> list[Figure]:
    covers = f"{_spread((COVERS[year.enough] for year in years), 'g')} months of cover"
    stock, peer = (_spread((world["stock"] for world in of), ",.0f") for of in _worlds(years))
    short = max(year.world["capsules"][1] for year in years)
    below = mean(year.world["stock"] for year in years) < mean(year.peer["stock"] for year in years)
    words = f"{peer}, {covers}, for as much fill of bottles"
    frontier = (year.world["stock"] / year.frontier - 1 for year in years)
    return [
        *(
            _figure(f"fill of {name}, % (days on which one was short)", fill, peer=f"{peer}, {covers}")
            for name in ("bottles", "capsules") for fill, peer in [[_fill(of, name) for of in _worlds(years)]]
        ),
        _figure("never-run-out items short, days", short, goal="0", met=short == 0),
        _figure("mean stock at cost", stock, goal="below the peer's", met=below, peer=words),
        _figure(
            "the same against a buyer between two covers, %", _spread((100 * share for share in frontier), "+.1f"),
            peer=f"{_spread((year.frontier for year in years), ',.0f')}, for just as much fill",
        ),
        _figure("left of the item that ended, units", *(_spread((world["left"] for world in of), ",.0f") for of in _worlds(years))),
    ]  # fmt: skip


def _worlds(years: list[Lived]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """SIOP's, and those of its peer."""
    return [year.world for year in years], [year.peer for year in years]


def _fill(worlds: list[dict[str, Any]], name: str) -> str:
    filled, days = ([world[name][k] for world in worlds] for k in (0, 1))
    return f"{_spread((100 * one for one in filled), '.1f')} ({_spread(days, '.0f')})"


def _of_plans(years: list[Lived]) -> list[Figure]:
    months = [month for year in years for month in year.months]
    lost = [one for month in months for one in month["differences"]]
    quiet, news = ([year.moved(news=heard) for year in years] for heard in (False, True))
    share, share_then = (_spread((100 * one for one, _ in of), ".0f") for of in (quiet, news))
    far, far_then = (_spread((one for _, one in of), ".2f") for of in (quiet, news))
    shares = [one for month in months for one in month["seconds"].values()]
    first, last = months[0]["megabytes"], months[-1]["megabytes"]
    return [
        _figure("stock and open orders of plans that differ from the world's", len(lost), goal="0", met=not lost),
        _figure("moved in months 2 to 4 without news, %", share, peer=f"{share_then} with"),
        _figure("months by which a unit of it moved", far, peer=f"{far_then} with"),
        _figure("seconds a month, all work", f"{sum(shares) / len(months):.0f}"),
        _figure("database after the year, MB", f"{last:.0f}", peer=f"{first:.0f} after a month"),
    ]  # fmt: skip


def _spread(values: Iterable[float], form: str) -> str:
    """Mean and range; one value alone."""
    found = list(values)
    shown = format(mean(found), form)
    return shown if len(found) == 1 else f"{shown} ({format(min(found), form)} to {format(max(found), form)})"


def _figure(name: str, value: object, peer: str = "", *, goal: str = "", met: bool | None = None) -> Figure:
    return {"name": name, "value": str(value), "goal": goal, "met": met, "peer": peer}
