"""Components that are needed together: the promise of the assembly is shared among them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inventory.engine import Lines, Policy, TargetInputs, promised_together, reasons, targets
from inventory.engine.assemblies import service_together


def kit(parts: int, *, parent: int = 0, first: int = 1) -> Lines:
    return Lines(parent=np.full(parts, parent), component=np.arange(first, first + parts))


def services(parts: int, target: float, *, own: float = 1.0, value: float = 1.0) -> np.ndarray:
    one = np.ones(parts + 1)
    return service_together(
        kit(parts), target=target * one, sd_value=value * one, own_share=own * one
    ).service[1:]


def test_sixty_parts_that_fail_apart_promise_the_sixtieth_root_each() -> None:
    found = services(60, 0.9)
    assert found == pytest.approx(0.9 ** (1 / 60), abs=2e-5)
    assert np.prod(found) >= 0.9
    assert 0.9**60 < 1 / 500  # what they promised before


def test_parts_that_mostly_err_together_promise_less_and_are_there_as_often() -> None:
    """Half of the variance is the demand of the assembly, which all of them share: by a draw of 400,000."""
    found = services(20, 0.95, own=0.5)
    assert 0.95 < found[0] < 0.95 ** (1 / 20)
    rng = np.random.default_rng(1)
    shared, own = rng.standard_normal((400_000, 1)), rng.standard_normal((400_000, 20))
    there = (np.sqrt(0.5) * (shared + own) <= stats.norm.ppf(found)).all(axis=1)
    assert there.mean() == pytest.approx(0.95, abs=0.002)


def test_cheap_parts_take_most_of_the_promise_and_the_sum_is_the_least() -> None:
    value = np.array([1.0, 0.1, 1.0, 10.0])
    found = service_together(kit(3), target=np.full(4, 0.97), sd_value=value, own_share=np.ones(4)).service[
        1:
    ]
    assert found[0] > found[1] > found[2] > 0.97
    assert np.prod(found) == pytest.approx(0.97, abs=1e-4)
    spent = float(stats.norm.ppf(found) @ value[1:])
    for other in (found * [0.999, 1, 1], found * [1, 0.999, 1], np.full(3, 0.97 ** (1 / 3))):
        rest = 0.97 / (other[0] * other[1])
        assert float(stats.norm.ppf([other[0], other[1], rest]) @ value[1:]) >= spent - 1e-3


def test_a_bolt_of_two_assemblies_promises_what_the_stricter_one_needs() -> None:
    lines = Lines(parent=np.array([0, 0, 1, 1]), component=np.array([2, 3, 3, 4]))
    one = np.ones(5)
    found = service_together(lines, target=np.array([0.9, 0.98, 0, 0, 0]), sd_value=one, own_share=one)
    assert found.service[3] == pytest.approx(np.sqrt(0.98), abs=2e-5)
    assert (found.count[3], found.target[3]) == (2, 0.98)
    assert found.service[2] == pytest.approx(np.sqrt(0.9), abs=2e-5)


def test_what_never_errs_is_always_there_and_one_alone_keeps_its_own_promise() -> None:
    sure = np.array([1.0, 1.0, 0.0, 0.0])
    found = service_together(kit(3), target=np.full(4, 0.95), sd_value=sure, own_share=np.ones(4))
    assert not found.service.any()


def of_kit(**changes: object) -> TargetInputs:
    return TargetInputs(
        policy=np.full(61, Policy.CYCLE_SERVICE), service_target=np.full(61, 0.9),
        demand_per_day=np.full(61, 100.0), error_sd=np.full(61, 30.0), lead_time_days=np.full(61, 60.0),
        lead_time_sd_days=np.full(61, 10.0), **changes,  # type: ignore[arg-type]
    )  # fmt: skip


def together(given: TargetInputs, open_: np.ndarray) -> TargetInputs:
    return promised_together(
        given, kit(60), target=np.full(61, 0.9), unit_holding_cost=np.ones(61), open_=open_
    )


def test_a_part_says_that_it_is_one_of_sixty() -> None:
    said = reasons(targets(together(of_kit(), np.ones(61, bool))))
    assert said[0] == "60 days lead time +- 10, error 30/day, 90 %: 1,316"
    assert said[1] == (
        "60 days lead time +- 10, error 30/day, 99.819 %, one of 60 that an assembly needs together, "
        "all there 90 %: 2,988"
    )


def test_what_people_set_and_what_is_above_already_stays() -> None:
    open_ = np.ones(61, bool)
    open_[1] = False
    given = of_kit()
    given.service_target[2] = 0.9999  # type: ignore[index]
    found = together(given, open_)
    assert np.asarray(found.service_target)[:3].tolist() == [0.9, 0.9, 0.9999]
    assert np.asarray(found.together_count)[:4].tolist() == [0, 0, 0, 60]


@settings(max_examples=60, deadline=None)
@given(
    target=st.floats(0.5, 0.999),
    value=st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=30),
    own=st.floats(0.1, 1.0),
)
def test_no_part_promises_less_than_its_assembly_nor_more_than_was_ever_seen(
    target: float, value: list[float], own: float
) -> None:
    n = len(value)
    found = service_together(
        kit(n), target=np.full(n + 1, target), sd_value=np.array([1.0, *value]), own_share=np.full(n + 1, own)
    ).service[1:]
    assert (found >= target - 1e-4).all()
    assert (found <= 1 - 1e-5).all()
