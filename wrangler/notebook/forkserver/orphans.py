"""What is left of runs when all that should have ended them died at once: processes, and directories of spares."""

import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

from wrangler.sandbox import RUN_TOKEN

_MARK = f"{RUN_TOKEN}=".encode()
_DIRECTORY_PREFIX = "wrangler-"
_START_FIELD = 19  # of those behind the name, in proc(5)


def run_token() -> str:
    """The mark of a new run: it names this process, the supervisor, by its pid and the time of its start."""
    return f"{_supervisor()}-{secrets.token_hex(16)}"


def new_run_directory() -> Path:
    """A private temporary directory, short as the path of a socket must be, whose name names its supervisor too."""
    return Path(tempfile.mkdtemp(prefix=f"{_DIRECTORY_PREFIX}{_supervisor()}-"))


def end_orphans() -> int:
    """Kill every process of this machine that carries the mark of a supervisor that is gone; returns how many.

    Directories of such supervisors are removed too: both they and their fork servers were killed.
    """
    ended = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            marks = [part for part in (entry / "environ").read_bytes().split(b"\0") if part.startswith(_MARK)]
            if marks and _is_orphaned(marks[0].removeprefix(_MARK).decode()):
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
        except (OSError, UnicodeDecodeError):
            continue
    for run_directory in Path(tempfile.gettempdir()).glob(f"{_DIRECTORY_PREFIX}*"):
        if _is_orphaned(run_directory.name.removeprefix(_DIRECTORY_PREFIX)):
            shutil.rmtree(run_directory, ignore_errors=True)
    return ended


def _supervisor() -> str:
    return f"{os.getpid()}-{_started(os.getpid())}"


def _is_orphaned(token: str) -> bool:
    """Whether the supervisor that a mark names is gone. A mark of another form is not Wrangler's."""
    pid, _, rest = token.partition("-")
    started, _, secret = rest.partition("-")
    if not (pid.isdigit() and started.isdigit() and secret):
        return False
    return _started(int(pid)) != int(started)


def _started(pid: int) -> int:
    """When a process started, in clock ticks since the machine did, which no change of the clock moves; -1: none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return -1
    return int(status.rpartition(")")[2].split()[_START_FIELD])
