"""Whether a kernel died for want of memory, by the machine's own counts and by its end; and giving memory back."""

import ctypes
import resource
import signal
from pathlib import Path

_DEADLY = (-signal.SIGKILL, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
_NEARLY = 0.8  # a library that is refused memory and gives up has not reached the limit itself


def oom_kills() -> int:
    """How many processes the machine has ended so far for want of memory; 0 where that is not known."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def shortage(returncode: int | None, limit_bytes: int | None, oom_kills_before: int) -> str | None:
    """What to report of the shortage that ended the kernel, with its peak; None if it died of something else."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    held = f"it held {peak / 1e6:.0f} MB at its peak"
    if returncode == -signal.SIGKILL and oom_kills() > oom_kills_before:
        return f"the machine ended it for want of memory; {held}"
    if limit_bytes is not None and returncode in _DEADLY and peak >= _NEARLY * limit_bytes:
        return f"{held} of {limit_bytes / 1e6:.0f} MB allowed"
    return None


def return_free_memory() -> None:
    """Hand what the C library keeps of freed memory back to the machine, where the library can do that."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
