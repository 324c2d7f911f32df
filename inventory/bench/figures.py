"""What the inventory engine reaches, in rows of figure, goal and peer, all measured in one run."""

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from inventory import panels
from inventory.bench import value_study
from inventory.bench.textbook import textbook_results
from inventory.engine import Distribution, Policy, TargetInputs, level_by_paths, targets
from inventory.engine.reorder_systems import NormalSystem
from inventory.hindsight import History, Panel

ITEMS = 100_000
TOLERANCE = 1e-6
JUDGED_FILL = 0.95
"""Smooth items are judged in the range that the fill goals name; a lower fill is shown beside it."""
JUDGED_ITEMS = 100
"""Classes of fewer items are shown with their interval and not judged."""
SEED = 20_241_101


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a benchmark; `met` is None where there is no goal to meet."""

    name: str
    value: str
    goal: str
    peer: str
    met: bool | None


def bench_inventory(data: Path) -> list[Row]:
    """Correctness, speed and calibration. data: folder of the reference files."""
    return [
        *_where_given("textbook cases", lambda: [_textbook_row(data / "planning")]),
        *_speed_rows(ITEMS),
        _oracle_row(),
        _paths_row(),
        *_where_given("fill on M3", lambda: _calibration_rows(panels.m3_months(data), judged=True)),
        *_where_given(
            "fill on car parts",
            lambda: _calibration_rows(replace(panels.car_parts(data), tested=10), judged=False),
        ),
    ]


def bench_value(data: Path, *, fills: tuple[float, ...] = (0.80, 0.95, 0.98)) -> list[Row]:
    """Stock saved at equal fill on real demand, by panel, demand class and rule, with intervals.

    The goal is held against items weighed by what they sold before, as a planner sees them on the day; weighed by
    what they then sold and by units, the same replays stand beside it.
    """
    readers = {"M3": panels.m3_months, "car parts": panels.car_parts, "Online Retail": panels.retail_weeks}
    return [
        row
        for name, read in readers.items()
        for row in _where_given(name, partial(_value_rows, read, data, fills))
    ]


def _value_rows(read: Callable[[Path], Panel], data: Path, fills: tuple[float, ...]) -> Iterator[Row]:
    panel = read(data)
    history = History(panel, run=panel.tested + panel.warm_up)
    for answer in value_study.savings(history, fills=fills, seed=SEED):
        yield _saving_row(panel.name, answer)


def _where_given(name: str, rows: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """Rows that rest on a reference file; one that says so where the folder does not hold it."""
    try:
        yield from rows()
    except FileNotFoundError as error:
        yield Row(name=name, value=f"not measured: no {error.filename}", goal="", peer="", met=None)


def _textbook_row(folder: Path) -> Row:
    results = textbook_results(folder)
    passed = sum(result.distance <= TOLERANCE for result in results)
    worst = max(results, key=lambda result: result.distance)
    return Row(
        name="textbook cases within 1e-6",
        value=f"{passed} of {len(results)}, worst {worst.distance:.0e} ({worst.case})",
        goal="all",
        peer="published answers",
        met=passed == len(results),
    )


def _random_inputs(count: int) -> TargetInputs:
    generator = np.random.default_rng(SEED)
    return TargetInputs(
        policy=int(Policy.CYCLE_SERVICE),
        service_target=generator.uniform(0.9, 0.995, count),
        demand_per_day=generator.gamma(1.0, 50.0, count) + 0.01,
        error_sd=generator.gamma(1.0, 20.0, count) + 0.01,
        lead_time_days=generator.uniform(5.0, 90.0, count),
        lead_time_sd_days=generator.uniform(0.0, 10.0, count),
        moq=generator.uniform(10.0, 1000.0, count),
    )


def _speed_rows(count: int) -> Iterator[Row]:
    inputs = _random_inputs(count)
    fill = replace(inputs, policy=int(Policy.FILL_RATE))
    yield _speed_row("type 1", inputs, 20.0, _loop_seconds(_type_one_by_hand))
    yield _speed_row("fill rate, two-term", fill, 300.0, _loop_seconds(_fill_rate_by_hand))
    yield _speed_row("fill rate, weekly review in lots", replace(fill, review_days=7), 300.0, None)
    gamma, counted = int(Distribution.GAMMA), int(Distribution.NEGATIVE_BINOMIAL)
    yield _speed_row("type 1, gamma", replace(inputs, distribution=gamma), None, None)
    yield _speed_row("fill rate, gamma", replace(fill, distribution=gamma), None, None)
    yield _speed_row("fill rate, negative binomial", replace(fill, distribution=counted), None, None)


def _speed_row(name: str, inputs: TargetInputs, goal_ms: float | None, loop_seconds: float | None) -> Row:
    count = np.size(inputs.service_target)
    taken = 1000.0 * _cpu_seconds(lambda: targets(inputs), repeats=5 if goal_ms else 1)
    peer = ""
    if loop_seconds is not None:
        ratio = loop_seconds * count * 1000.0 / taken
        peer = f"scipy item by item {loop_seconds * count:,.1f} s ({ratio:,.0f}x)"
    return Row(
        name=f"{count:,} safety stocks, {name}",
        value=f"{taken:,.1f} ms CPU",
        goal=f"<= {goal_ms:g} ms" if goal_ms else "",
        peer=peer,
        met=taken <= goal_ms if goal_ms else None,
    )


def _cpu_seconds(work: Callable[[], object], *, repeats: int) -> float:
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _loop_seconds(one: Callable[[float, float, float], float], *, count: int = 200) -> float:
    """CPU seconds per item of the loop that most people write."""
    generator = np.random.default_rng(SEED)
    rows = generator.uniform((0.9, 20.0, 100.0), (0.995, 200.0, 1000.0), (count, 3)).tolist()
    return _cpu_seconds(lambda: [one(*row) for row in rows], repeats=2) / count


def _type_one_by_hand(target: float, sd: float, _lot: float) -> float:
    return float(stats.norm.ppf(target)) * sd


def _fill_rate_by_hand(target: float, sd: float, lot: float) -> float:
    def loss(factor: float) -> float:
        return float(stats.norm.pdf(factor) - factor * stats.norm.sf(factor))

    def gap(factor: float) -> float:
        return sd * (loss(factor) - loss(factor + lot / sd)) - (1.0 - target) * lot

    return float(optimize.brentq(gap, -8.0 - lot / sd, 8.0)) * sd


def _oracle_row(count: int = 50) -> Row:
    """Best reorder points against stockpyl, which solves the same equation by halving."""
    name = "reorder points of random (r, Q) systems, largest difference from stockpyl"
    if importlib.util.find_spec("stockpyl") is None:
        return Row(name=name, value="not measured", goal="", peer="stockpyl is not installed", met=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # backslashes in its docstrings
        oracle = importlib.import_module("stockpyl.rq")
    generator = np.random.default_rng(SEED)
    rows = generator.uniform((0.5, 20, 500, 50, 50, 0.02), (5, 90, 5000, 200, 600, 0.5), (count, 6)).tolist()
    systems = [
        NormalSystem(
            holding_cost=h, stockout_cost=p, order_cost=1.0, demand_mean=d, demand_sd=sd, lead_time=time_
        )
        for h, p, d, sd, _, time_ in rows
    ]
    theirs_at = time.process_time()
    theirs = [oracle.r_q_optimal_r_for_q(q, h, p, d, sd, time_) for h, p, d, sd, q, time_ in rows]
    ours_at = time.process_time()
    ours = [system.best_reorder_point(row[4]) for system, row in zip(systems, rows, strict=True)]
    done = time.process_time()
    distance = max(float(abs(a - b) / max(abs(b), 1.0)) for a, b in zip(ours, theirs, strict=True))
    each = 1e6 / count
    return Row(
        name=name,
        value=f"{distance:.0e}, {(done - ours_at) * each:,.0f} us each",
        goal=f"<= {TOLERANCE:.0e}",
        peer=f"stockpyl {(ours_at - theirs_at) * each:,.0f} us each",
        met=distance <= TOLERANCE,
    )


def _paths_row(count: int = 100) -> Row:
    inputs = replace(_random_inputs(count), policy=int(Policy.NEVER_RUN_OUT), service_target=0.999)
    answer = targets(inputs)
    taken = _cpu_seconds(lambda: level_by_paths(answer, seed=SEED), repeats=1)
    return Row(
        name="never run out: 10,000 seeded paths",
        value=f"{1000.0 * taken / count:.1f} ms CPU an item",
        goal="",
        peer="",
        met=None,
    )


def _calibration_rows(panel: Panel, *, judged: bool) -> Iterator[Row]:
    history = History(panel, run=2 * panel.tested + panel.warm_up)
    for target in (0.95, 0.97, 0.98, 0.99):
        for answer in value_study.achieved_fills(history, target=target):
            close = abs(answer.calibrated - target) <= 0.01
            counts = judged and answer.items >= JUDGED_ITEMS
            yield Row(
                name=f"fill at {100 * target:g} %, {panel.name}, {answer.demand_class} ({answer.items})",
                value=f"{100 * answer.calibrated:.1f} %",
                goal="within 1 point" if counts else "",
                peer=f"uncalibrated {100 * answer.uncalibrated:.1f} %",
                met=close if counts else None,
            )


def _saving_row(panel: str, answer: value_study.Saving) -> Row:
    name = f"{panel}, {answer.demand_class} ({answer.items}), {100 * answer.fill:g} % filled: "
    name += f"less stock than {answer.rule}"
    if answer.weighed != value_study.BY_PAST:
        name += f", {answer.weighed}"
    smooth = answer.demand_class == "smooth"
    judged = answer.items >= JUDGED_ITEMS and answer.demand_class != "erratic"
    judged &= answer.fill >= JUDGED_FILL or not smooth
    judged &= answer.weighed == value_study.BY_PAST
    goal = ">= 15 %, lower limit > 10 %" if smooth else ">= 0 %"
    if np.isnan(answer.saving):
        return _unreached_row(name, answer, goal=goal if judged else "")
    held = "units" if answer.weighed == value_study.BY_UNITS else "buckets of demand"
    enough = answer.saving >= 0.15 and answer.low > 0.10 if smooth else answer.saving >= 0.0
    return Row(
        name=name,
        value=f"{100 * answer.saving:.0f} % ({100 * answer.low:.0f} to {100 * answer.high:.0f})",
        goal=goal if judged else "",
        peer=f"{answer.tool_stock:.2f} against {answer.rule_stock:.2f} {held}",
        met=enough if judged else None,
    )


def _unreached_row(name: str, answer: value_study.Saving, *, goal: str) -> Row:
    """One of the two never fills as much: no saving to state, and a miss where it is the tool alone."""
    tool_falls_short = answer.tool_most < answer.fill <= answer.rule_most
    return Row(
        name=name,
        value=f"not comparable: the tool fills at most {100 * answer.tool_most:.0f} %",
        goal=goal,
        peer=f"the rule at most {100 * answer.rule_most:.0f} %",
        met=False if goal and tool_falls_short else None,
    )
