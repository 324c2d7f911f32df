"""HiGHS in a process of its own: a hard limit on its time, and never more than one thread count per process.

`Solver` keeps one worker for one model, so that fix-and-optimise sends new bounds only. A worker that does not
answer in time is ended, what it told until then stands, and another takes its place where more is asked.
"""

import io
import os
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from types import TracebackType
from typing import Self

import numpy as np

from .shapes import Array, Flags, Ints

_START_SECONDS = 30.0  # a busy machine may take long to start Python; nothing is solved before it answers
_GRACE_SECONDS = 1.5


@dataclass(frozen=True, kw_only=True)
class Model:
    """min cost x with row_lower <= A x <= row_upper, lower <= x <= upper; A by rows (starts, index, value)."""

    cost: Array
    lower: Array
    upper: Array
    integer: Flags
    row_lower: Array
    row_upper: Array
    starts: Ints
    index: Ints
    value: Array
    offset: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Solution:
    """`x` is None where nothing feasible was found; `bound` is a proven lower bound of the model solved.

    `dual` holds the row prices of a continuous model solved to its end, else nothing.
    """

    x: Array | None
    objective: float
    bound: float
    optimal: bool
    dual: Array | None = None


class Rows:
    """Collects the rows of a model one block at a time."""

    def __init__(self) -> None:
        self.row: list[Ints] = []
        self.column: list[Ints] = []
        self.coefficient: list[Array] = []
        self.low: list[Array] = []
        self.high: list[Array] = []
        self.count = 0

    def add(self, low: Array, high: Array, *terms: tuple[Ints, Ints, Array]) -> None:
        """Rows low <= ... <= high, (r,); each term is (row within the block, column, coefficient)."""
        for row, column, coefficient in terms:
            self.row.append(np.asarray(row, np.int64) + self.count)
            self.column.append(np.asarray(column, np.int64))
            self.coefficient.append(np.asarray(coefficient, np.float64))
        self.low.append(np.asarray(low, np.float64))
        self.high.append(np.asarray(high, np.float64))
        self.count += len(low)

    def model(self, *, cost: Array, lower: Array, upper: Array, integer: Flags, offset: float = 0.0) -> Model:
        row, column = np.concatenate(self.row), np.concatenate(self.column)
        value = np.concatenate(self.coefficient)
        order = np.argsort(row, kind="stable")
        return Model(
            cost=cost,
            lower=lower,
            upper=upper,
            integer=integer,
            row_lower=np.concatenate(self.low),
            row_upper=np.concatenate(self.high),
            starts=np.searchsorted(row[order], np.arange(self.count + 1)),
            index=column[order],
            value=value[order],
            offset=offset,
        )


class SolverError(RuntimeError):
    """The worker could not be started or broke off."""


def _worker() -> subprocess.Popen[bytes]:
    # the file itself, not the package: the worker needs none of the planner and starts in half the time
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )


class Solver:
    """One worker process, one model at a time; use as a context manager."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._process = _worker()
        self._given_up = False

    def __enter__(self) -> Self:
        self.load(self.model)
        return self

    def load(self, model: Model) -> None:
        """Take up another model in the same process."""
        self.model = model
        self._send({name: getattr(model, name) for name in model.__dataclass_fields__})
        self._receive(_START_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _begin_again(self) -> None:
        """Another process in the place of the one that did not answer; started only where something more is asked."""
        self._process = _worker()
        self._given_up = False
        self.load(self.model)

    def solve(
        self,
        *,
        seconds: float,
        gap: float = 1e-6,
        lower: Array | None = None,
        upper: Array | None = None,
        start: Array | None = None,
        relaxed: Flags | None = None,
    ) -> Solution:
        """Solve within `seconds` under these bounds; `start` is a known feasible point, `relaxed` drops integrality."""
        if self._given_up:
            self._begin_again()
        model = self.model
        self._send(
            {
                "seconds": np.array(seconds),
                "gap": np.array(gap),
                "lower": model.lower if lower is None else lower,
                "upper": model.upper if upper is None else upper,
                "start": np.zeros(0) if start is None else start,
                "integer": model.integer & ~relaxed if relaxed is not None else model.integer,
            }
        )
        answer = self._answer(until=monotonic() + seconds + _GRACE_SECONDS)
        found = len(answer["x"]) > 0
        return Solution(
            x=answer["x"] if found else None,
            objective=float(answer["objective"]) if found else np.inf,
            bound=float(answer["bound"]),
            optimal=bool(answer["optimal"]),
            dual=answer["dual"] if len(answer["dual"]) else None,
        )

    def _answer(self, *, until: float) -> dict[str, Array]:
        """The worker's answer; where it does not come in time, what was told on the way, and the worker is ended."""
        none = np.zeros(0)
        known = {"x": none, "objective": np.array(np.inf), "bound": np.array(-np.inf), "dual": none}
        while "optimal" not in known:
            try:
                known |= self._receive(max(until - monotonic(), 0.0))
            except TimeoutError:
                self._end()
                self._given_up = True
                known["optimal"] = np.array(False)
        return known

    def _send(self, arrays: dict[str, object]) -> None:
        if self._process.poll() is not None or self._process.stdin is None:
            raise SolverError("The solver process has ended; start a new one.")
        payload = io.BytesIO()
        np.savez(payload, **arrays)  # type: ignore[arg-type]
        data = payload.getvalue()
        self._process.stdin.write(struct.pack("<q", len(data)) + data)
        self._process.stdin.flush()

    def _receive(self, seconds: float) -> dict[str, Array]:
        if self._process.stdout is None:
            raise SolverError("The solver process has no output.")
        source = self._process.stdout.fileno()
        ready, _, _ = select([source], [], [], seconds)
        if not ready:
            raise TimeoutError
        data = _exactly(source, struct.unpack("<q", _exactly(source, 8))[0])
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}


def _exactly(source: int, count: int) -> bytes:
    """So many bytes and no more: what a buffer had taken in beyond them, `select` would not see."""
    data = bytearray()
    while len(data) < count:
        part = os.read(source, count - len(data))
        if not part:
            raise SolverError("The solver process broke off.")
        data += part
    return bytes(data)
