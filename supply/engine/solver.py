"""HiGHS in a process of its own: a hard limit on its time, and never more than one thread count per process.

`Solver` keeps one worker for one model, so that fix-and-optimise sends new bounds only. A worker that does not
answer in time is ended, what it told until then stands, and another takes its place where more is asked. On a busy
machine a process may take seconds to start, so it starts beside whatever else there is to do.
"""

import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from select import select
from time import monotonic
from types import TracebackType
from typing import Self

import numpy as np

from .shapes import Array, BoolArray, IntArray

_START_SECONDS = 30.0  # a busy machine may take long to start Python; nothing is solved before it answers
_GRACE_SECONDS = 1.5
_ASKED_SECONDS = 0.1  # how often a caller who may lose interest in an answer is asked


@dataclass(frozen=True, kw_only=True)
class Model:
    """min cost x with row_lower <= A x <= row_upper, lower <= x <= upper; A by rows (starts, index, value)."""

    cost: Array
    lower: Array
    upper: Array
    integer: BoolArray
    row_lower: Array
    row_upper: Array
    starts: IntArray
    index: IntArray
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
        self.row: list[IntArray] = []
        self.column: list[IntArray] = []
        self.coefficient: list[Array] = []
        self.low: list[Array] = []
        self.high: list[Array] = []
        self.count = 0

    def add(self, low: Array, high: Array, *terms: tuple[IntArray, IntArray, Array]) -> None:
        """Rows low <= ... <= high, (r,); each term is (row within the block, column, coefficient)."""
        for row, column, coefficient in terms:
            self.row.append(np.asarray(row, np.int64) + self.count)
            self.column.append(np.asarray(column, np.int64))
            self.coefficient.append(np.asarray(coefficient, np.float64))
        self.low.append(np.asarray(low, np.float64))
        self.high.append(np.asarray(high, np.float64))
        self.count += len(low)

    def model(
        self, *, cost: Array, lower: Array, upper: Array, integer: BoolArray, offset: float = 0.0
    ) -> Model:
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
    # the file itself, not the package, and no `site`, which runs whatever other packages ask to be run at the start:
    # the worker needs neither, and starts in a quarter of the time
    packages = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, "-S", str(Path(__file__).with_name("worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": packages, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if process.stdin is not None:
        os.set_blocking(process.stdin.fileno(), False)  # a model is longer than a pipe holds; see `_send`
    return process


class Solver:
    """One worker process, one model at a time; use as a context manager.

    The process starts at once and has its model when `ready` says so or the first answer comes. After `until` (of
    `monotonic`) no answer is waited for.
    """

    def __init__(self, model: Model, *, until: float = np.inf) -> None:
        self.model = model
        self._until = until
        self._process = _worker()
        self._loaded = False
        self._given_up = False

    def __enter__(self) -> Self:
        return self

    def load(self, model: Model) -> None:
        """Another model from now on, in the same process."""
        self.model = model
        self._loaded = False

    def ready(self) -> bool:
        """Wait until the process has taken up the model; False where it has not in time, and then it is ended."""
        if self._given_up:
            self._process = _worker()
            self._given_up = self._loaded = False
        if not self._loaded:
            until = monotonic() + _START_SECONDS
            with self._in_time():
                self._send(
                    {name: getattr(self.model, name) for name in self.model.__dataclass_fields__}, until=until
                )
                self._receive(until=until)
                self._loaded = True
        return self._loaded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def solve(
        self,
        *,
        seconds: float,
        gap: float = 1e-6,
        lower: Array | None = None,
        upper: Array | None = None,
        start: Array | None = None,
        relaxed: BoolArray | None = None,
        below: float = np.inf,
        go_on: Callable[[], bool] = lambda: True,
    ) -> Solution:
        """Solve within `seconds` under these bounds; `start` is a known feasible point, `relaxed` drops integrality.

        Points that cost as much as `below` are not looked for, and most of the tree falls away; the bound goes that far.
        Where `go_on()` is false nobody waits for the answer any longer, as if time were out.
        """
        if not self.ready():
            return Solution(x=None, objective=np.inf, bound=-np.inf, optimal=False)
        model, until = self.model, monotonic() + seconds + _GRACE_SECONDS
        request = {
            "seconds": np.array(seconds),
            "gap": np.array(gap),
            "lower": model.lower if lower is None else lower,
            "upper": model.upper if upper is None else upper,
            "start": np.zeros(0) if start is None else start,
            "integer": model.integer & ~relaxed if relaxed is not None else model.integer,
            "below": np.array(below),
        }
        answer = self._answer(request, until=until, go_on=go_on)
        found = len(answer["x"]) > 0
        return Solution(
            x=answer["x"] if found else None,
            objective=float(answer["objective"]) if found else np.inf,
            bound=min(float(answer["bound"]), below),
            optimal=bool(answer["optimal"]),
            dual=answer["dual"] if len(answer["dual"]) else None,
        )

    def _answer(
        self, request: Mapping[str, object], *, until: float, go_on: Callable[[], bool]
    ) -> dict[str, Array]:
        """The worker's answer; where it does not come in time, what was told on the way."""
        none = np.zeros(0)
        known = {"x": none, "objective": np.array(np.inf), "bound": np.array(-np.inf), "dual": none}
        known["optimal"] = np.array(False)
        with self._in_time():
            self._send(request, until=until)
            while "optimal" not in (told := self._receive(until=until, go_on=go_on)):
                known |= told
            known |= told
        return known

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """A worker that does not listen or answer in time is ended, and another takes its place if more is asked."""
        try:
            yield
        except TimeoutError:
            self._end()
            self._given_up = True

    def _left(self, until: float) -> float:
        return max(min(until, self._until) - monotonic(), 0.0)

    def _send(self, arrays: Mapping[str, object], *, until: float) -> None:
        if self._process.poll() is not None or self._process.stdin is None:
            raise SolverError("The solver process has ended; start a new one.")
        payload = io.BytesIO()
        np.savez(payload, **arrays)  # type: ignore[arg-type]
        data = payload.getvalue()
        target, rest = self._process.stdin.fileno(), memoryview(struct.pack("<q", len(data)) + data)
        while rest:
            _, listening, _ = select([], [target], [], self._left(until))
            if not listening:
                raise TimeoutError
            rest = rest[os.write(target, rest) :]

    def _receive(self, *, until: float, go_on: Callable[[], bool] = lambda: True) -> dict[str, Array]:
        if self._process.stdout is None:
            raise SolverError("The solver process has no output.")
        source = self._process.stdout.fileno()
        while not select([source], [], [], min(self._left(until), _ASKED_SECONDS))[0]:
            if not self._left(until) or not go_on():
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
