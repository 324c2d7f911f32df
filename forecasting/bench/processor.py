"""Whose processor time goes into a benchmark: each server with all its children, and this process beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psutil

from siop.embedded.trial import Trial

SERVERS, CHILDREN = ("postgres", "redis"), ("web", "worker", "beat")
GENERATOR = "generator"


class Meter:
    """Processor seconds by name between `start` and `used`."""

    def __init__(self, product: Trial) -> None:
        self._pids = {name: product.servers.pid(name) for name in SERVERS}
        self._pids |= {name: product.children.pid(name) for name in CHILDREN}
        self._before: Mapping[str, float] = {}

    def start(self) -> None:
        self._before = self._seconds()

    def used(self) -> dict[str, float]:
        return {name: seconds - self._before[name] for name, seconds in self._seconds().items()}

    def _seconds(self) -> dict[str, float]:
        own = os.times()
        return {name: _of_tree(pid) for name, pid in self._pids.items()} | {GENERATOR: own.user + own.system}


def _of_tree(pid: int) -> float:
    """User and system seconds of a process, of its children and of those that have ended."""
    root = psutil.Process(pid)
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:  # ended since it was listed: its parent has counted it
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
