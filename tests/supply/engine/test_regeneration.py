"""Regeneration by blocks: neither the numbers of item-locations nor the size of a block shows in the answer."""

from dataclasses import fields

import numpy as np

from supply.engine.levels import low_level_codes
from supply.engine.regeneration import Edges, Record, Regeneration, Supply, regenerate, shifted

DAYS = 740_000 + 30 * np.arange(6)


def company(items: int, *, seed: int) -> tuple[Record, Supply, Edges]:
    """Three levels with own demand on each, lead times of up to two buckets, MOQs, multiples and dated lines."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 3, items)
    above, below = rng.integers(0, items, (2, 2 * items))
    down = level[above] < level[below]
    above, below = above[down], below[down]
    shape = (len(DAYS), items)
    wait = rng.integers(0, 3, items)
    record = Record(
        on_hand=rng.integers(0, 300, items).astype(float),
        demand=rng.integers(0, 40, shape).astype(float),
        scheduled=50.0 * (rng.random(shape) < 0.1),
        safety_stock=np.full(shape, 10.0),
    )
    supply = Supply(
        rule=rng.integers(0, 2, items) * 2, parameter=np.full(items, 2.0),
        moq=rng.integers(0, 60, items).astype(float), multiple=rng.integers(0, 3, items) * 12.0,
        lead_buckets=wait, issue_buckets=np.minimum(wait, 1),
    )  # fmt: skip
    edges = Edges(
        above=above, below=below, quantity_per=rng.integers(1, 4, len(above)).astype(float),
        valid_from=rng.choice([0, DAYS[2]], len(above)), valid_to=rng.choice([DAYS[3], 3_000_000], len(above)),
    )  # fmt: skip
    return record, supply, edges


def renumbered(
    record: Record, supply: Supply, edges: Edges, order: np.ndarray
) -> tuple[Record, Supply, Edges]:
    place = np.argsort(order)
    ends = {"above": place[edges.above], "below": place[edges.below]}
    return (
        Record(**{part.name: getattr(record, part.name)[..., order] for part in fields(record)}),
        Supply(**{name: getattr(supply, name)[order] for name in (
            "rule", "parameter", "moq", "multiple", "lead_buckets", "issue_buckets"
        )}),
        Edges(**ends, **{name: getattr(edges, name) for name in ("quantity_per", "valid_from", "valid_to")}),
    )  # fmt: skip


def dependent(record: Record, answer: Regeneration) -> np.ndarray:
    """Dependent demand (T, N): what the balance of stock leaves unexplained."""
    opening = np.vstack([record.on_hand, answer.stock[:-1]])
    return opening + record.scheduled + answer.receipts - record.demand - answer.stock


def differing(one: Regeneration, other: Regeneration, order: np.ndarray) -> list[str]:
    return [
        part.name
        for part in fields(one)
        if not np.allclose(getattr(one, part.name)[..., order], getattr(other, part.name), atol=1e-9)
    ]


def test_other_numbers_for_the_same_item_locations_give_the_same_plan() -> None:
    problem = company(12_000, seed=3)  # several blocks on each level
    order = np.random.default_rng(4).permutation(12_000)
    answer = regenerate(*problem, days=DAYS)
    assert differing(answer, regenerate(*renumbered(*problem, order), days=DAYS), order) == []
    assert dependent(problem[0], answer).sum() > 0


def test_numbers_that_follow_the_structure_give_the_same_plan_without_copying() -> None:
    record, supply, edges = company(12_000, seed=9)
    order = np.argsort(low_level_codes(12_000, above=edges.above, below=edges.below), kind="stable")
    followed = renumbered(record, supply, edges, order)
    width = 4_000  # of a block: two of them hold two levels, so they require of themselves
    inside = followed[2].above // width == followed[2].below // width
    assert (followed[2].above < followed[2].below).all()
    assert inside.any()
    answer = regenerate(record, supply, edges, days=DAYS)
    assert differing(answer, regenerate(*followed, days=DAYS), order) == []


def test_a_few_item_locations_planned_alone_are_planned_as_among_many() -> None:
    record, supply, edges = company(9_000, seed=5)
    alone = Edges(**{part.name: getattr(edges, part.name)[:0] for part in fields(edges)})
    few = np.arange(40, 80)
    some_record, some_supply, _ = renumbered(record, supply, alone, few)
    answer = regenerate(record, supply, alone, days=DAYS)
    assert differing(answer, regenerate(some_record, some_supply, alone, days=DAYS), few) == []


def test_each_line_requires_what_is_issued_above_it() -> None:
    record, supply, edges = company(2_000, seed=6)
    answer = regenerate(record, supply, edges, days=DAYS)
    issues, past_due = shifted(answer.receipts, supply.issue_buckets)
    issues[0] += past_due
    valid = (edges.valid_from <= DAYS[:, None]) & (DAYS[:, None] <= edges.valid_to)
    required = np.zeros_like(issues)
    np.add.at(required, (slice(None), edges.below), issues[:, edges.above] * edges.quantity_per * valid)
    assert past_due.sum() > 0
    assert np.allclose(dependent(record, answer), required)


def test_a_line_is_required_only_in_the_buckets_that_it_is_valid_in() -> None:
    one = np.ones((6, 1))
    record = Record(
        on_hand=np.zeros(2), demand=np.hstack([10 * one, 0 * one]), scheduled=np.zeros((6, 2)),
        safety_stock=np.zeros((6, 2)),
    )  # fmt: skip
    nothing, now = np.zeros(2), np.zeros(2, np.int64)
    supply = Supply(
        rule=now, parameter=nothing, moq=nothing, multiple=nothing, lead_buckets=now, issue_buckets=now
    )
    edges = Edges(
        above=np.array([0]), below=np.array([1]), quantity_per=np.array([2.0]),
        valid_from=DAYS[1:2], valid_to=DAYS[3:4],
    )  # fmt: skip
    answer = regenerate(record, supply, edges, days=DAYS)
    assert dependent(record, answer)[:, 1].tolist() == [0, 20, 20, 20, 0, 0]
