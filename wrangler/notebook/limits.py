"""What a process of a run is granted: how much, how long, and with whom it may speak."""

import ctypes
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path

from wrangler.notebook.spec import Limits

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


def die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies; if it died before this was asked for, end now."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def outlive_parent() -> None:
    """Take `die_with_parent` back."""
    _prctl(_PR_SET_PDEATHSIG, 0)


def adopt_orphans() -> None:
    """Become the parent of every orphan below: a detached child of the kernel stays within reach."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_network() -> bool:
    """Move into a network of this process's own, with nothing in it but a loopback; tells whether that was granted.

    To be called before the first thread starts, and before `die_with_parent`, which a new user namespace takes back.
    """
    if sys.platform != "linux":
        return False
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) != 0:
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            return False
        _prctl(_PR_SET_DUMPABLE, 1)  # a process in a new namespace is closed to its own supervisor otherwise
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", _IFF_UP, b""))
    return True


def restrict(limits: Limits) -> None:
    """Set the limits of this process and of all it starts.

    Memory counts data, not what is only mapped, and what this process holds already, which a forked kernel shares with
    its siblings, comes on top: so a single request that is too large gets a clean `MemoryError`. That the run as a
    whole keeps its limit is the supervisor's business.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    wanted = {
        resource.RLIMIT_DATA: limits.memory_bytes and limits.memory_bytes + _data_bytes(),
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NPROC: limits.processes,
    }
    for name, limit in wanted.items():
        if limit is not None:
            _lower(name, limit)


def _data_bytes() -> int:
    """The data of this process now; 0 where the machine does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


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
