"""What published plans missed by, weighed with the error that a backtest lets expect (ADR 0208)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.engine.arrays import Array, BoolArray, IntArray, as_array

FEWEST_WINDOWS = 2
"""Windows that an expectation stands for which no backtest measured, and that of a class, whose members share months."""
MOST_SDS = 3.0
"""A miss counts for no more expected sds, and for no more than twice the median: one luckless month is no new error."""


@dataclass(frozen=True, kw_only=True)
class PublishedMisses:
    """What was asked for less what O published plans had said, units.

    missed: (O, P, N), summed over their first 1 to P buckets. closed: (O,), how many of these are over, at least one.
    planned: (O, N), True where the plan held the item-location in its first bucket.
    """

    missed: Array
    closed: IntArray
    planned: BoolArray

    @classmethod
    def none(cls, spans: int, count: int) -> "PublishedMisses":
        """Nothing was published, or no bucket of it is over."""
        return cls(
            missed=np.zeros((0, spans, count)),
            closed=np.zeros(0, np.int64),
            planned=np.zeros((0, count), dtype=bool),
        )

    def where(self, chosen: BoolArray) -> "PublishedMisses":
        """Those of some item-locations."""
        return PublishedMisses(
            missed=self.missed[:, :, chosen], closed=self.closed, planned=self.planned[:, chosen]
        )


@dataclass(frozen=True, kw_only=True)
class Experience:
    """The `error` (N,) to reckon with, units: of what was `expected` and how large `published` plans alone make it, and
    how many `plans` tell.
    """

    error: Array
    expected: Array
    published: Array
    plans: Array


def class_factors(
    published: PublishedMisses, expected: Array, *, group: NDArray[np.intp], groups: int
) -> Array:
    """Factor (P, G) on the RMSE over 1 to P buckets that published plans ask for in each class; 1 without any.

    expected: (P, N), the backtest's. group: (N,), class. What the members miss together in a month is one miss, so
    windows are those of the plans and not those of the members.
    """
    factors = np.ones((len(expected), groups))
    for code in np.unique(group).tolist() if len(published.closed) else ():
        members = group == code
        for row in range(len(expected)):
            span = np.full(int(members.sum()), row + 1)
            missed, share = _relative(published.where(members), expected[:, members], span)
            windows = independent(share.max(axis=1).sum(), span[0])
            seen = _mean_square(missed.reshape(-1, 1), share.reshape(-1, 1), windows)
            factors[row, code] = np.sqrt(_credible(seen, windows, against=as_array(FEWEST_WINDOWS)))[0]
    return factors


def experienced(
    published: PublishedMisses, expected: Array, *, error: Array, buckets: Array, origins: Array
) -> Experience:
    """What published plans make of the `error` (N,) that is expected over so many `buckets` (N,).

    expected: (P, N), RMSE over 1 to P buckets, to which their misses are held; origins: (N,), of the backtest behind it.
    Source: Buehlmann's credibility, windows that do not overlap against windows that do not.

    >>> doubled = PublishedMisses(
    ...     missed=np.full((12, 1, 1), 20.0), closed=np.ones(12, np.int64), planned=np.ones((12, 1), bool))
    >>> ten = np.array([[10.0]])
    >>> found = experienced(doubled, ten, error=ten[0], buckets=np.ones(1), origins=np.full(1, 12.0))
    >>> float(found.error[0].round(2))  # the root of 250, half of 100 and 400
    15.81
    """
    span = np.clip(np.ceil(buckets - 1e-9), 1, len(expected)).astype(np.int64)
    missed, share = _relative(published, expected, span)
    windows = independent(share.sum(axis=0), span)
    seen = _mean_square(missed, share, windows)
    against = np.maximum(independent(origins, span), FEWEST_WINDOWS)
    return Experience(
        error=error * np.sqrt(_credible(seen, windows, against=against)),
        expected=error,
        published=error * np.sqrt(seen),
        plans=as_array((share > 0).sum(axis=0)),
    )


def independent(total: Array | float, span: Array | IntArray) -> Array:
    """Windows that do not overlap, of those of `span` buckets that begin a bucket apart and count `total` in all.

    >>> independent(np.array([0.5, 1.0, 4.0]), np.array([3, 3, 3])).tolist()
    [0.5, 1.0, 2.0]
    """
    return as_array(np.minimum(total, 1.0) + np.maximum(np.asarray(total) - 1.0, 0.0) / span)


def _credible(seen: Array, windows: Array, *, against: Array) -> Array:
    """Squared factor on an error: 1 is expected with the weight `against`, `seen` is what so many windows show."""
    return as_array((against + windows * seen) / (against + windows))


def _mean_square(missed: Array, share: Array, windows: Array) -> Array:
    """Mean square (N,) of misses (O, N), which count by their share.

    Plans that go on saying too much leave no one short: what is lasting of it is taken out. Its square is estimated
    without bias, so that a single miss is not taken for a lasting one.
    """
    total = share.sum(axis=0)
    weight = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
    square, mean = (weight * missed**2).sum(axis=0), (weight * missed).sum(axis=0)
    lasting = np.maximum(mean**2 - square / np.maximum(windows, 1.0), 0.0)
    return as_array(square - np.where(mean < 0, lasting, 0.0))


def _relative(published: PublishedMisses, expected: Array, span: IntArray) -> tuple[Array, Array]:
    """Misses of each plan (O, N) in expected sds, and the share of `span` (N,) that is over.

    A plan counts by as much of the span as has come to pass; one that did not hold an item-location, or of which
    nothing was expected, not at all.
    """
    last = np.minimum(span, published.closed[:, None]) - 1
    columns = np.arange(len(span))
    missed = published.missed[np.arange(len(last))[:, None], last, columns]
    known = published.planned & (expected[last, columns] > 0)
    relative = np.divide(missed, expected[last, columns], out=np.zeros_like(missed), where=known)
    most = np.maximum(MOST_SDS, 2 * _usual(np.where(known, np.abs(relative), np.inf)))
    return np.clip(relative, -most, most), np.where(known, (last + 1) / span, 0.0)


def _usual(size: Array) -> Array:
    """Median (N,) of those of O sizes that are finite, the lower of two; 0 where there is one or none."""
    count = np.isfinite(size).sum(axis=0)
    middle = np.maximum(count - 1, 0) // 2
    ranked = np.sort(size, axis=0)[middle, np.arange(len(count))] if len(size) else np.zeros(len(count))
    return np.where(count > 1, ranked, 0.0)
