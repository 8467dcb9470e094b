"""What a child process is granted: memory, processor time, file sizes, processes, and which network."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


@dataclass(frozen=True)
class Limits:
    """What the kernel may use; None is no limit."""

    memory_bytes: int | None = None
    file_bytes: int | None = None
    processes: int | None = None
    threads: int = 1
    network: bool = False


def die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies; if it died before this was asked for, end now."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def outlive_parent() -> None:
    """Take `die_with_parent` back."""
    _prctl(_PR_SET_PDEATHSIG, 0)


def hide_from_runs() -> None:
    """Close what /proc shows of this process, its first environment above all, to others of the same user.

    Whoever it starts is open again from its `exec` on. Root sees everything: do not run a worker as root.
    """
    _prctl(_PR_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Become the parent of every orphan below: a detached child of the kernel stays within reach."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_network() -> bool:
    """Move into a network of this process's own, with nothing in it but a loopback; returns whether that was granted.

    To be called before the first thread starts, and before `die_with_parent`, which a new user namespace takes back.
    """
    if sys.platform != "linux":
        return False
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return False
        allow_inspection()
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    raise_loopback()
    return True


def allow_inspection() -> None:
    """Open this process to its own supervisor again: whoever moves into a new user namespace is closed to it."""
    _prctl(_PR_SET_DUMPABLE, 1)


def raise_loopback() -> None:
    """Let the processes of a new network communicate with each other."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", _IFF_UP, b""))


def restrict(limits: Limits) -> None:
    """Set the limits of this process and of all it starts.

    Memory counts data, not what is only mapped, and what this process holds already, which a forked kernel shares with
    its siblings, comes on top: so a single request that is too large gets a clean `MemoryError`. That the run as a
    whole keeps its limit is the supervisor's business. So is the number of its processes: the machine counts those of
    a user, all runs together and threads too, and none of root's. The limit set here only ends a fork bomb sooner.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = {
        resource.RLIMIT_DATA: limits.memory_bytes and limits.memory_bytes + _data_bytes(),
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NPROC: limits.processes and limits.processes + _tasks_now(),
    }
    for name, limit in wanted.items():
        if limit is not None:
            _lower(name, limit)


def _data_bytes() -> int:
    """The data of this process now; 0 where it is not known."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _tasks_now() -> int:
    """The processes and threads of the whole machine, which are no fewer than those of this user."""
    try:
        return int(Path("/proc/loadavg").read_text(encoding="ascii").split()[3].split("/")[1])
    except OSError:
        return 0


def _lower(name: int, limit: int) -> None:
    _, hard = resource.getrlimit(name)
    lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(name, (lowered, lowered))


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return  # elsewhere the runner learns by the end of its channel that its supervisor is gone
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused")


def limit_myself(*, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Bound this process for good.

    Memory is bounded by RLIMIT_DATA: it counts what is written to, while RLIMIT_AS would also count the address space
    that allocators reserve and never touch (1 GB here for a 300 MB import).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
