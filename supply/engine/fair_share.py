"""Fair share: sites of one priority that a sender cannot serve in full get of it in proportion to what they need."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .limits import Limits
from .netting import Rank, round_lots
from .ranking import Ranking
from .records import tally
from .shapes import TOLERANCE, Array, IntArray, Lanes


def shared_by_need(
    ranks: Sequence[Rank], ranking: Ranking, *, wanted: Array, sender: IntArray, limits: Limits
) -> list[Rank]:
    """The ranks with ceilings that share out each scarce `sender` (n,), -1 for none, among the sites that it supplies.

    `wanted` (J, T, n): what each site would receive, were nothing scarce.
    """
    calendar, lanes = limits.calendar, limits.lanes
    ceiling = np.stack(
        [np.full(wanted[0].shape, np.inf) if rank.ceiling is None else rank.ceiling for rank in ranks]
    )
    released = calendar.bucket_of(calendar.edges[1:, None] - 1 - lanes.lead_time_days[ranking.term])
    moved = (sender >= 0) & (ranking.lane >= 0) & limits.constrained(ranking.lane)
    for column in np.unique(sender[sender >= 0]).tolist():
        site = np.flatnonzero(sender == column)
        rank, bucket, at = np.nonzero(moved[:, :, site])
        cell = rank, bucket, site[at]
        need = tally(released[cell], at, wanted[cell], shape=(calendar.buckets, len(site)))
        step = np.zeros(len(site))
        np.maximum.at(step, at, _lot_step(lanes, ranking.term[cell]))
        shares = fair_ceilings(limits.held()[:, column], need=np.cumsum(need, axis=0), step=step)
        ceiling[cell] = np.minimum(ceiling[cell], shares[released[cell], at])
    return [replace(rank, ceiling=own) for rank, own in zip(ranks, ceiling, strict=True)]


def _lot_step(lanes: Lanes, term: IntArray) -> Array:
    """Units (K,) in which a lot can be shared out: its multiple, or as many of them as its MOQ takes."""
    multiple = lanes.multiple[term]
    return round_lots(multiple, moq=lanes.moq[term], multiple=multiple)


def fair_shares(units: float, *, need: Array, step: Array) -> Array:
    """What of `units` goes to each of n sites, in proportion to `need` and in whole `step`s (0: any quantity), (n,).

    Each gets the whole steps in its share; what is left goes to the largest remainders first, as far as a step fits.
    Source: fair-share allocation, ASCM Supply Chain Dictionary; Silver, Pyke and Thomas (2017), ch. 11.

    >>> fair_shares(120.0, need=np.array([100.0, 100.0, 40.0]), step=np.array([25.0, 25.0, 0.0])).tolist()
    [50.0, 50.0, 20.0]
    >>> fair_shares(100.0, need=np.array([90.0, 90.0]), step=np.array([60.0, 60.0])).tolist()
    [60.0, 0.0]
    """
    total = float(need.sum())
    if total <= 0 or units <= 0:
        return np.zeros(len(need))
    even = need * (units / total)
    size = np.where(step > 0, step, 1.0)
    given = np.where(step > 0, np.floor(even / size + TOLERANCE) * size, even)
    for site in np.argsort(given - even, kind="stable").tolist():
        if step[site] > 0 and given[site] < need[site] and given.sum() + step[site] <= units + TOLERANCE:
            given[site] += step[site]
    return given


def fair_ceilings(available: Array, *, need: Array, step: Array) -> Array:
    """What each site may have taken of a sender by the end of each bucket, (T, n).

    `available` (T,) and `need` (T, n) are cumulative and do not fall. What is short is shared out anew in each
    bucket, by what each still lacks of its need; what nobody needs stays open to all by their needs on the whole.

    >>> fair_ceilings(np.array([60.0, 130.0]), need=np.array([[90.0, 30.0], [90.0, 60.0]]), step=np.zeros(2)).tolist()
    [[45.0, 15.0], [80.0, 50.0]]
    """
    given = np.zeros(need.shape)
    before = np.zeros(need.shape[1])
    for t, units in enumerate(available.tolist()):
        lacking = np.maximum(need[t] - before, 0.0)
        left = units - before.sum()
        before = before + (
            lacking if lacking.sum() <= left + TOLERANCE else fair_shares(left, need=lacking, step=step)
        )
        given[t] = before
    spare = np.maximum(available - given.sum(axis=1), 0.0)
    spare = np.minimum.accumulate(spare[::-1])[::-1]
    weight = need[-1] / max(float(need[-1].sum()), TOLERANCE)
    open_to_all = np.where(
        np.isinf(spare)[:, None], np.inf, np.where(np.isinf(spare), 0.0, spare)[:, None] * weight
    )
    return given + open_to_all
