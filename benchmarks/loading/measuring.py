"""Time, processor time and peak memory of a command that runs alone in a process of its own, its children included."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What a run took; `peak_bytes` is the memory of the process and its children together."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


class Watch:
    """Follows the resident memory of a process and its children; `peaks` holds the most of each, by name."""

    def __init__(self, pid: int, *, with_children: bool) -> None:
        self.peak_bytes = 0
        self._root, self._with_children = psutil.Process(pid), with_children
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self.peak_bytes

    def _follow(self) -> None:
        while not self._ended.is_set():
            self.peak_bytes = max(self.peak_bytes, self._resident())
            self._ended.wait(LOOK_SECONDS)

    def _resident(self) -> int:
        try:
            processes = [self._root, *(self._root.children(recursive=True) if self._with_children else [])]
            return sum(process.memory_info().rss for process in processes)
        except psutil.Error:  # it ended while it was looked at
            return 0


def cost_of(script: str, *arguments: str | Path) -> Cost:
    """Run a Python script to its end."""
    before = psutil.Process().cpu_times()
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)])
    watch = Watch(process.pid, with_children=True)
    status = process.wait()
    wall = time.perf_counter() - began
    peak = watch.end()
    if status:
        raise SystemExit(f"A way of the benchmark ended with status {status}:\n{script}")
    after = psutil.Process().cpu_times()
    used = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Cost(wall, used, peak)


def best_of(runs: int, ways: dict[str, Callable[[], Cost]]) -> dict[str, list[Cost]]:
    """Each way `runs` times, one after another in turn."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, run in ways.items():
            costs[name].append(run())
            last = costs[name][-1]
            print(f"  {name:14} {last.wall_seconds:7.2f} s, {last.peak_bytes / 1e6:7.0f} MB", flush=True)
    return costs
