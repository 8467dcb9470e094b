"""The parser child without its start: forked from a process that has loaded all that it needs.

The limits, the bare environment, the session and the ways to end are those of `wrangler.sandbox.child`.
"""

import contextlib
import json
import os
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import duckdb  # noqa: F401 - loaded once, for all children
import pandas as pd  # noqa: F401
import pyarrow.parquet  # noqa: F401
import pyreadstat  # noqa: F401
import xlsxwriter  # noqa: F401

from wrangler.importing import import_child
from wrangler.sandbox import child
from wrangler.sandbox.child import KIBIBYTE, End


def run_child(folder: Path, *, timeout_seconds: float) -> End | None:
    """As `wrangler.sandbox.child.run_child`."""
    return fork(folder, lambda: _parse(folder), timeout_seconds=timeout_seconds)


def fork(folder: Path, work: Callable[[], None], *, timeout_seconds: float) -> End | None:
    """Do `work` in a child of its own; None if it had to be ended for being slow."""
    pid = os.fork()
    if pid == 0:
        _be_child(folder, work)
    deadline = time.monotonic() + timeout_seconds
    try:
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                stderr = (folder / "stderr.txt").read_bytes()[-4000:].decode("utf-8", "replace")
                return End(os.waitstatus_to_exitcode(status), usage.ru_maxrss * KIBIBYTE, stderr)
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.002)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _be_child(folder: Path, work: Callable[[], None]) -> None:
    status = 1
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.clear()  # noqa: TID251 - as the real child has it
        os.environ.update(child.bare_environment(folder))  # noqa: TID251
        out = os.open("stderr.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(out, stream)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the end of the process
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _parse(folder: Path) -> None:
    spec = import_child.spec_of(json.loads((folder / "spec.json").read_text()))
    import_child.limit(spec.limits)
    import_child.leave_network()
    (folder / "outcome.json").write_text(json.dumps(import_child.outcome_of(spec)), encoding="utf-8")
