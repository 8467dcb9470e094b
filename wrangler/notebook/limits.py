"""What the kernel grants a process of a run: how much, and not longer than its parent lives."""

import ctypes
import os
import resource
import signal
import sys

from wrangler.notebook.spec import Limits

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies; if it died before this was asked for, end now."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of every orphan below: a detached child of the kernel stays within reach."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def restrict(limits: Limits) -> None:
    """Set the limits of this process and of all it starts. Memory counts data, not what is only mapped."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NPROC: limits.processes,
    }
    for name, limit in wanted.items():
        if limit is not None:
            _lower(name, limit)


def _lower(name: int, limit: int) -> None:
    _, hard = resource.getrlimit(name)
    lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(name, (lowered, lowered))


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return  # elsewhere the channel's end tells the runner that its supervisor is gone
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused")
