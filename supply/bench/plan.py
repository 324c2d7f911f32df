"""What the supply engine reaches, each figure beside its goal and a peer measured in the same run.

Times are CPU time of the work alone: on shared cores wall time measures the neighbours.
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from supply.bench.instances import flat_network, layered_network, one_lane_each, sourcing_network
from supply.engine import (
    Calendar,
    LotRule,
    PlanInputs,
    ScheduledReceipts,
    classic_record,
    late_quantity,
    peg,
    plan_supply,
    regenerate,
)
from supply.engine.checker import check_plan
from supply.engine.optimise import joint_model, optimise_sourcing
from supply.engine.regeneration import Edges, Record, Supply
from supply.engine.risk import supplier_risks
from supply.engine.shapes import Cause, Kind
from supply.engine.solver import Solver
from supply.engine.sourcing import lots_cost, sourcing_problem
from supply.engine.whatif import what_if

SEED = 20_241_101
REPEATS = 5
LOOPED_ITEMS = 2_000  # a Python loop over all of them would take minutes; its time is scaled up and says so
_RULES = {
    "L4L": LotRule.LOT_FOR_LOT,
    "FOQ": LotRule.FIXED_ORDER_QUANTITY,
    "POQ": LotRule.PERIOD_ORDER_QUANTITY,
}

Figure = dict[str, Any]


def bench(*, scale: int = 1, data: Path | None = None, out: Path | None = None) -> list[Figure]:
    """All figures; `scale` multiplies the sizes, `data` is the folder of the reference files, `out` keeps the figures."""
    folder = data or reference_data()
    figures = [
        *_grids(folder / "planning" / "mrp_grids.json"),
        *_netting(100_000 * scale),
        *_regeneration(100_000 * scale, 190_000 * scale),
        *_plan_gaps(100 * scale),
        *_what_if(5_000 * scale),
        *_failures(60),
        *_explanation(),
    ]
    if out is not None:
        out.write_text(json.dumps(figures, indent=1))
    return figures


def reference_data() -> Path:
    """The reference files beside the checkout."""
    return Path(__file__).resolve().parents[3] / "shared" / "data"


def figure(name: str, value: str, *, goal: str, met: bool | None, peer: str = "", unit: str = "") -> Figure:
    return {"name": name, "value": value, "unit": unit, "goal": goal, "met": met, "peer": peer}


def cpu_seconds(work: Callable[[], object], *, repeats: int = REPEATS) -> float:
    """Median CPU time after one warm-up."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return float(np.median(times))


def grid_inputs(case: dict[str, Any]) -> PlanInputs:
    """One MRP record of the reference file as a problem in weeks."""
    given = case["input"]
    gross = np.array(given["g"], np.float64)[:, None]
    edges = 740_000 + 7 * np.arange(len(gross) + 1)
    return PlanInputs(
        calendar=Calendar(edges=edges, nominal_days=7),
        demand=gross,
        on_hand=np.array([float(given["oh"])]),
        safety_stock=np.full(gross.shape, float(given["ss"])),
        lanes=one_lane_each(
            np.array([0]),
            kind=np.array([int(Kind.BUY)]),
            lead=np.array([7 * given["lt"]]),
            moq=np.array([float(given.get("moq", 0))]),
            multiple=np.array([float(given.get("mult", 0))]),
        ),
        receipts=ScheduledReceipts(
            item=np.zeros(len(gross), np.int64), day=edges[:-1], quantity=np.array(given["s"], np.float64)
        ),
        lot_rule=np.array([int(_RULES[given["rule"]])]),
        lot_parameter=np.array([float(given.get("par", 0))]),
    )


def grid_agrees(case: dict[str, Any]) -> bool:
    record, expected = classic_record(grid_inputs(case)).projection, case["expected"]
    return bool(
        record.planned_receipts[:, 0].tolist() == expected["planned_receipts"]
        and record.planned_releases[:, 0].tolist() == expected["planned_releases"]
        and float(record.past_due_release[0, 0]) == expected["past_due_release"]
        and record.closing[:, 0].tolist() == expected["projected_on_hand"]
    )


def _grids(path: Path) -> Iterator[Figure]:
    cases = json.loads(path.read_text())["cases"]
    right = sum(grid_agrees(case) for case in cases)
    yield figure(
        "MRP grids exact",
        f"{right} of {len(cases)}",
        goal="all",
        met=right == len(cases),
        peer="two independent implementations",
    )


def _record_of(inputs: PlanInputs) -> tuple[Record, Supply, Edges]:
    """What netting and explosion are given, one lane each: what `classic_record` looks up before."""
    bom, lanes = inputs.bom, inputs.lanes
    wait = -(-lanes.lead_time_days // inputs.calendar.nominal_days)
    return (
        Record(
            on_hand=inputs.on_hand,
            demand=inputs.demand,
            scheduled=np.zeros(inputs.demand.shape),
            safety_stock=inputs.safety_stock,
        ),
        Supply(
            rule=inputs.lot_rule,
            parameter=inputs.lot_parameter,
            moq=lanes.moq,
            multiple=lanes.multiple,
            lead_buckets=wait,
            issue_buckets=wait,
        ),
        Edges(
            above=bom.parent,
            below=bom.component,
            quantity_per=bom.gross_per,
            valid_from=bom.valid_from,
            valid_to=bom.valid_to,
        ),
    )


def _renumbered(record: Record, supply: Supply, edges: Edges) -> tuple[Record, Supply, Edges]:
    """The same item-locations with their numbers drawn by lot: no structure shows in them."""
    order = np.random.default_rng(SEED).permutation(len(record.on_hand))
    place = np.argsort(order)
    drawn = {
        part.name: np.ascontiguousarray(getattr(record, part.name)[..., order]) for part in fields(record)
    }
    terms = ("rule", "parameter", "moq", "multiple", "lead_buckets", "issue_buckets")
    return (
        Record(**drawn),
        replace(supply, **{name: getattr(supply, name)[order] for name in terms}),
        replace(edges, above=place[edges.above], below=place[edges.below]),
    )


def _netting(items: int) -> Iterator[Figure]:
    inputs = flat_network(items=items, buckets=24, seed=SEED)
    given, days = _record_of(inputs), inputs.calendar.edges[:-1]
    seconds = cpu_seconds(lambda: regenerate(*given, days=days))
    sample = np.arange(min(LOOPED_ITEMS, items))
    looped = cpu_seconds(lambda: [_net_one(inputs, int(n)) for n in sample], repeats=1) * items / len(sample)
    yield figure(
        f"netting {items:,} x 24, one level",
        f"{1000 * seconds:.0f} ms",
        goal="<= 100 ms",
        met=seconds <= 0.1 * items / 100_000,
        peer=f"Python loop over items {looped:.1f} s ({looped / seconds:.0f} x)",
    )


def _net_one(inputs: PlanInputs, n: int) -> list[float]:
    """What most people write: one item, one bucket after the other."""
    stock, moq = float(inputs.on_hand[n]), float(inputs.lanes.moq[n])
    multiple = float(inputs.lanes.multiple[n])
    receipts = []
    demands, targets = inputs.demand[:, n].tolist(), inputs.safety_stock[:, n].tolist()
    for demand, target in zip(demands, targets, strict=True):
        stock -= demand
        lot = 0.0
        if stock < target:
            lot = max(target - stock, moq)
            lot = math.ceil(lot / multiple) * multiple
        stock += lot
        receipts.append(lot)
    return receipts


def _regeneration(items: int, edges: int) -> Iterator[Figure]:
    inputs = layered_network(items=items, edges=edges, levels=4, buckets=24, seed=SEED)
    given, days = _record_of(inputs), inputs.calendar.edges[:-1]
    for numbers, case in (("", given), (", numbers drawn by lot", _renumbered(*given))):
        seconds = cpu_seconds(partial(regenerate, *case, days=days))
        yield figure(
            f"full regeneration, {items:,} items, {len(inputs.bom.parent):,} edges, 4 levels{numbers}",
            f"{1000 * seconds:.0f} ms",
            goal="<= 100 ms",
            met=seconds <= 0.1 * items / 100_000,
        )


def _plan_gaps(items: int) -> Iterator[Figure]:
    """Greedy, LP and fix-and-optimise against their bound; plain HiGHS on the joint model for as long."""
    inputs = sourcing_network(items=items, buckets=18, seed=SEED)
    plan = plan_supply(inputs)
    everything = np.arange(items)
    for seconds, goal in ((1.0, 0.10), (30.0, 0.05)):
        answer = optimise_sourcing(inputs, plan, items=everything, seconds=seconds)
        stored = replace(inputs, chosen=answer.chosen)
        broken = len(check_plan(stored, plan_supply(stored)))
        yield figure(
            f"supply plan, {items} items x 2 suppliers x 3 modes x 18, {seconds:.0f} s",
            f"{100 * answer.gap:.1f} % above bound, {broken} violations",
            goal=f"<= {100 * goal:.0f} %, 0",
            met=answer.gap <= goal and broken == 0,
            peer=_plain_solver(inputs, seconds, answer.bound),
        )


def _plain_solver(inputs: PlanInputs, seconds: float, bound: float) -> str:
    problem = sourcing_problem(inputs, plan_supply(inputs), items=np.arange(inputs.count))
    model, size = joint_model(problem)
    with Solver(model) as solver:
        answer = solver.solve(seconds=seconds)
    if answer.x is None:
        return "plain HiGHS: no plan"
    cost = lots_cost(problem, answer.x[:size])
    return f"plain HiGHS: {100 * (cost - bound) / bound:.0f} % above the same bound"


def _what_if(items: int) -> Iterator[Figure]:
    inputs = layered_network(items=items, edges=2 * items, levels=4, buckets=18, seed=SEED)
    plan = plan_supply(inputs)
    top = np.flatnonzero(inputs.demand.sum(axis=0) > 0)
    worst = 0.0
    for item in top[:: max(1, len(top) // 20)][:20]:
        demand = inputs.demand.copy()
        demand[2:5, item] *= 1.3
        ask = partial(what_if, inputs, plan, replace(inputs, demand=demand), touched=np.array([item]))
        worst = max(worst, cpu_seconds(ask, repeats=1))
    yield figure(
        f"what-if on one end item of {items:,} item-locations, slowest of 20",
        f"{1000 * worst:.0f} ms",
        goal="<= 50 ms",
        met=worst <= 0.05,
    )


def _failures(suppliers: int) -> Iterator[Figure]:
    inputs = layered_network(items=600, edges=1_200, levels=3, buckets=18, seed=SEED)
    plan = plan_supply(inputs)
    begin = time.process_time()
    risks = supplier_risks(
        inputs,
        plan,
        suppliers=np.arange(suppliers),
        recover_days=np.full(suppliers, 60.0),
        margin=np.ones(inputs.count),
    )
    seconds = time.process_time() - begin
    yield figure(
        f"{len(risks)} supplier failures, planned again one by one",
        f"{seconds:.1f} s",
        goal="<= 5 s",
        met=seconds <= 5.0,
    )


def _explanation() -> Iterator[Figure]:
    inputs = sourcing_network(items=100, buckets=18, seed=SEED + 1)
    starved = replace(inputs, on_hand=0.3 * inputs.on_hand, margin=np.zeros(inputs.count))
    plan = plan_supply(starved)
    pegs = peg(starved, plan)
    late = pegs.days_late > 0
    explained = float(pegs.quantity[late & (pegs.cause != Cause.NONE)].sum())
    total = float(pegs.quantity[late].sum())
    shape = (starved.calendar.buckets, starved.count)
    apart = float(np.abs(late_quantity(starved.calendar, pegs, shape=shape) - plan.projection.shortage).max())
    yield figure(
        f"late quantity with a first cause ({total:,.0f} units late)",
        f"{100 * explained / total:.1f} %, pegs and shortage {apart:.0e} apart",
        goal="100 %, 0",
        met=explained == total
        and apart < 1e-6 * max(1.0, float(plan.projection.shortage.max()))
        and total > 0,
    )
