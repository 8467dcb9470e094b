"""Running a child that parses or exports: its own session, a bare environment, a time limit, a report of its end."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wrangler.sandbox.environment import PROJECT_ROOT

COMMAND = (sys.executable, "-P", "-B", "-m")
KIBIBYTE = 1024
SHORTEST_NAP_SECONDS = 0.002
LONGEST_NAP_SECONDS = 0.05
KEPT_STDERR_BYTES = 4000


@dataclass(frozen=True)
class End:
    """How a child ended: exit status (negative: the signal), peak memory, the end of its stderr."""

    status: int
    peak_memory_bytes: int
    stderr: str


def run_child(module: str, folder: Path, *, timeout_seconds: float, look: Callable[[], None]) -> End | None:
    """Run a module as a program in `folder`, fed by its `spec.json`; None if it had to be ended for being slow.

    `look` is called again and again while it runs.
    """
    errors_path = folder / "stderr.txt"
    with (folder / "spec.json").open("rb") as spec, errors_path.open("wb") as errors:
        child = subprocess.Popen(
            (*COMMAND, module),
            cwd=folder,
            env=bare_environment(folder),
            stdin=spec,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    try:
        waited = _wait(child, timeout_seconds, look)
    finally:
        _end_session(child)
    if waited is None:
        return None
    status, peak = waited
    stderr = errors_path.read_bytes()[-KEPT_STDERR_BYTES:].decode("utf-8", "replace")
    return End(status, peak, stderr)


def bare_environment(folder: Path) -> dict[str, str]:
    """No secret of the server reaches the process that reads foreign bytes."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(PROJECT_ROOT),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def _wait(child: "subprocess.Popen[bytes]", timeout_seconds: float, look: Callable[[], None]) -> tuple[int, int] | None:
    """Exit status and peak memory; `Popen.wait` would not report the memory of this child alone."""
    deadline = time.monotonic() + timeout_seconds
    nap = SHORTEST_NAP_SECONDS
    while True:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage.ru_maxrss * KIBIBYTE
        if time.monotonic() >= deadline:
            return None
        look()
        time.sleep(nap)
        nap = min(nap * 1.5, LONGEST_NAP_SECONDS)


def _end_session(child: "subprocess.Popen[bytes]") -> None:
    """Kill whatever is left of the child's session, so that nothing of it outlives the import."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
