"""What one run may take of this machine unless a setting gives it: an equal share for each job that may run at once."""

import os
from pathlib import Path

import psutil

_FOR_RUNS = 0.8  # of the memory; the rest is the system's, the worker's and the database's
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def threads(slots: int) -> int:
    """Cores that this process may use, divided by the slots, and at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // slots)


def memory_bytes(slots: int) -> int:
    """Four fifths of the machine's memory, or of the container's where that is less, divided by the slots."""
    return int(_FOR_RUNS * min(psutil.virtual_memory().total, _container_bytes())) // slots


def _container_bytes() -> float:
    try:
        return float(_CGROUP_LIMIT.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file outside a container, and "max" where there is no limit
        return float("inf")
