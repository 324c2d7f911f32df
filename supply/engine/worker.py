"""The solver process: reads models and bounds from standard input, answers on standard output. See solver.py.

While a model with whole numbers is solved, each better point and bound is told at once, so that a process which has
to be ended loses neither.
"""

import io
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import highspy
import numpy as np
from numpy.typing import NDArray

Message = dict[str, NDArray[Any]]
_NEWS = 1e-4  # a bound this much better, as a share of it, is told


def main() -> None:
    """Answer requests on standard input until it ends: a model is taken up, anything else is solved on it."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the solver prints must not reach the protocol
    solver: Any = None
    while (request := _read(source)) is not None:
        if "row_lower" in request:
            solver = _load(request)
            _write(target, {})
        else:
            _write(target, _solve(solver, request, target))


def _read(source: BinaryIO) -> Message | None:
    header = source.read(8)
    if len(header) < 8:
        return None
    data = source.read(struct.unpack("<q", header)[0])
    with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
        return {name: loaded[name] for name in loaded.files}


def _write(target: BinaryIO, message: Message) -> None:
    payload = io.BytesIO()
    np.savez(payload, **message)  # type: ignore[arg-type]
    data = payload.getvalue()
    target.write(struct.pack("<q", len(data)) + data)
    target.flush()


def _load(model: Message) -> Any:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 1)
    lp = highspy.HighsLp()
    lp.num_col_ = len(model["cost"])
    lp.num_row_ = len(model["row_lower"])
    lp.col_cost_ = model["cost"]
    lp.col_lower_ = model["lower"]
    lp.col_upper_ = model["upper"]
    lp.row_lower_ = model["row_lower"]
    lp.row_upper_ = model["row_upper"]
    lp.offset_ = float(model["offset"])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model["starts"].astype(np.int32)
    lp.a_matrix_.index_ = model["index"].astype(np.int32)
    lp.a_matrix_.value_ = model["value"]
    solver.passModel(lp)
    return solver


@contextmanager
def _told(solver: Any, target: BinaryIO) -> Iterator[None]:
    """Tell better points and bounds while they are found."""
    bound = -np.inf

    def tell_point(event: Any) -> None:
        found = event.data_out
        x, objective = np.array(found.mip_solution), np.array(found.objective_function_value)
        _write(target, {"x": x, "objective": objective})

    def tell_bound(event: Any) -> None:
        nonlocal bound
        risen = event.data_out.mip_dual_bound
        if risen - _NEWS * abs(risen) > bound:
            bound = risen
            _write(target, {"bound": np.array(bound)})

    solver.cbMipImprovingSolution += tell_point
    solver.cbMipInterrupt += tell_bound
    try:
        yield
    finally:
        solver.cbMipImprovingSolution -= tell_point
        solver.cbMipInterrupt -= tell_bound


def _look_for(solver: Any, *, below: float) -> None:
    """Points that cost less than `below`; where that is given, time goes into the tree, not into finding them."""
    proving = below < np.inf
    solver.setOptionValue("objective_bound", below)
    solver.setOptionValue("mip_heuristic_effort", 0.0 if proving else 0.05)
    solver.setOptionValue("mip_pscost_minreliable", 3 if proving else 8)
    for search in ("rens", "rins", "root_reduced_cost", "feasibility_jump"):
        solver.setOptionValue(f"mip_heuristic_run_{search}", not proving)


def _solve(solver: Any, request: Message, target: BinaryIO) -> Message:
    count = len(request["lower"])
    columns = np.arange(count, dtype=np.int32)
    solver.changeColsBounds(count, columns, request["lower"].astype(float), request["upper"].astype(float))
    integer = request["integer"].astype(bool)
    kinds = np.where(integer, int(highspy.HighsVarType.kInteger), int(highspy.HighsVarType.kContinuous))
    solver.changeColsIntegrality(count, columns, kinds.astype(np.uint8))
    solver.setOptionValue("time_limit", float(request["seconds"]) + solver.getRunTime())
    solver.setOptionValue("mip_rel_gap", float(request["gap"]))
    _look_for(solver, below=float(request["below"]))
    if len(request["start"]):
        start = highspy.HighsSolution()
        start.col_value = request["start"].astype(float).tolist()
        solver.setSolution(start)
    with _told(solver, target):
        solver.run()
    info, status = solver.getInfo(), solver.getModelStatus()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    optimal = status == highspy.HighsModelStatus.kOptimal
    whole = bool(integer.any())
    bound = info.mip_dual_bound if whole else (info.objective_function_value if optimal else -np.inf)
    if status == highspy.HighsModelStatus.kInfeasible:
        bound = np.inf
    x = np.array(solver.getSolution().col_value) if feasible else np.zeros(0)
    return {
        "x": x,
        "objective": np.array(info.objective_function_value),
        "bound": np.array(bound),
        "optimal": np.array(optimal),
        "dual": np.array(solver.getSolution().row_dual) if optimal and not whole else np.zeros(0),
    }


if __name__ == "__main__":
    main()
