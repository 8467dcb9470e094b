"""What a child gives up before it reads a foreign byte: memory, time and room past its budget, and the network."""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def limit_myself(*, memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Bound this process for good.

    Memory is bounded by RLIMIT_DATA: it counts what is written to, while RLIMIT_AS would also count the address space
    that allocators reserve and never touch (1 GB here for a 300 MB import).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))


def leave_network() -> bool:
    """Move into an empty network, for good; tells whether the kernel granted that. To be called before any thread."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def die_with_parent(parent_pid: int) -> None:
    """Be killed when the parent dies: nobody would read the answer."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)
