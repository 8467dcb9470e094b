"""The processes of a run: finding, measuring and ending all of them, detached ones too."""

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from wrangler.sandbox.environment import RUN_TOKEN

_LONGEST_KILL_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 0.2
_KILL_PAUSE_SECONDS = 0.02  # where the end of somebody else's child cannot be waited for


@dataclass
class Usage:
    """The most memory seen at once and the processor time of each process, by pid."""

    peak_memory_bytes: int = 0
    counted_cpu_seconds: float = 0.0
    cpu_by_pid: dict[int, float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        return max(self.counted_cpu_seconds, sum(self.cpu_by_pid.values()))

    def sample(self, processes: list[psutil.Process]) -> int:
        """Measure these processes together; gives their memory now."""
        total = 0
        for process in processes:
            try:
                memory, times = _memory(process), process.cpu_times()
            except psutil.Error:
                continue
            total += memory
            self.cpu_by_pid[process.pid] = times.user + times.system
        self.at_least(0.0, total)
        return total

    def at_least(self, cpu_seconds: float, peak_memory_bytes: int = 0) -> None:
        """Take in what the kernel of the machine counted, where that is more than was seen from here."""
        self.counted_cpu_seconds = max(self.counted_cpu_seconds, cpu_seconds)
        self.peak_memory_bytes = max(self.peak_memory_bytes, peak_memory_bytes)


def descendants(root: psutil.Process) -> list[psutil.Process]:
    """Every living process below `root`."""
    try:
        return [child for child in root.children(recursive=True) if _is_alive(child)]
    except psutil.NoSuchProcess:
        return []


def marked(environment: dict[str, str]) -> list[psutil.Process]:
    """Every living process whose environment carries the mark of this run, wherever it has moved to."""
    mark = f"{RUN_TOKEN}={environment[RUN_TOKEN]}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            carries = mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if carries and int(entry.name) != os.getpid() and (process := _process(int(entry.name))):
            found.append(process)
    return found


def end_descendants() -> None:
    """Kill everything below this process, again and again until nothing is left."""
    this = psutil.Process()
    _end(lambda: descendants(this))


def end_run(root: psutil.Process, environment: dict[str, str]) -> None:
    """Kill the process `root`, all below it and all that carry the mark of the run."""
    _end(lambda: [*descendants(root), *([root] if _is_alive(root) else []), *marked(environment)])


def kill(processes: list[psutil.Process]) -> None:
    """Kill these at once, group by group, without looking whether they are gone."""
    _signal_groups(processes, signal.SIGKILL)
    _signal_all(processes, signal.SIGKILL)


def _end(members: Callable[[], list[psutil.Process]]) -> None:
    give_up_at = time.monotonic() + _LONGEST_KILL_SECONDS
    while (living := members()) and time.monotonic() < give_up_at:
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that nobody forks while the others die
            _signal_groups(living, number)
            _signal_all(living, number)
        _wait_for_ends(living)


def _signal_groups(processes: list[psutil.Process], number: int) -> None:
    """Whole process groups at once, for a fork bomb outruns signals that are sent one after another.

    Only groups whose leader is one of the processes: another one might be a bystander's.
    """
    for process in processes:
        # A number that was given to somebody else meanwhile, as happens in a fork bomb, names another group.
        if process.pid == os.getpgrp() or not process.is_running():
            continue
        try:
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _signal_all(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.Error:
            continue


def _wait_for_ends(processes: list[psutil.Process]) -> None:
    """Until they are gone or zombies, but not for long: one may be held up in the machine."""
    if not hasattr(os, "pidfd_open"):
        time.sleep(_KILL_PAUSE_SECONDS)
        return
    give_up_at = time.monotonic() + _LONGEST_WAIT_SECONDS
    for process in processes:
        try:
            handle = os.pidfd_open(process.pid)
        except OSError:
            continue
        try:
            select.select([handle], [], [], max(0.0, give_up_at - time.monotonic()))
        finally:
            os.close(handle)


def _process(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
    return process if _is_alive(process) else None


def _memory(process: psutil.Process) -> int:
    """What the process holds, with its part of what it shares: a forked kernel shares most with its siblings."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return int(process.memory_info().rss)
    (line,) = (line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
