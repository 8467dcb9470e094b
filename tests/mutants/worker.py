"""Runs tests on one mutant after another: a process that has loaded the libraries forks once for each.

Started in a copy of the tree. Reads one request a line from stdin, writes one result a line to stdout.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import pytest

# With these come all libraries; their own modules are forgotten again, so that a child reads the planted fault.
LOADED = ("wrangler.app", "wrangler.analyze", "wrangler.impute", "wrangler.importing", "wrangler.report", "hypothesis")
SURVIVED, FAILED = 0, 1


class Selection:
    """Keeps the asked tests, in the asked order; a test that is no longer there is no reason to stop."""

    def __init__(self, tests: Sequence[str], seen_by: Path) -> None:
        self._place = {test: place for place, test in enumerate(tests)}
        self._seen_by = seen_by

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place), key=lambda item: self._place[item.nodeid]
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._seen_by.write_text(report.nodeid)


def main() -> None:
    for module in LOADED:
        importlib.import_module(module)
    for module in [name for name in sys.modules if name.partition(".")[0] == "wrangler"]:
        del sys.modules[module]
    gc.freeze()
    out = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        out.write(json.dumps(run(request["tests"], request["timeout"])) + "\n")
        out.flush()


def run(tests: list[str], timeout: float) -> dict[str, object]:
    """What became of the tests: passed, failed (with the first that did) or timed out."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        seen_by, log = Path(folder, "seen_by"), Path(folder, "log")
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _be_child(tests, Path(folder), seen_by, log)
        status = _wait(child, started + timeout)
        return {
            "status": status,
            "seen_by": seen_by.read_text() if seen_by.exists() else None,
            "log": log.read_text(errors="replace")[-3000:] if log.exists() else "",
            "seconds": time.monotonic() - started,
        }


def _wait(child: int, deadline: float) -> int | None:
    """Its exit status; None when it took too long."""
    try:
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        return None
    finally:
        try:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def _be_child(tests: list[str], folder: Path, seen_by: Path, log: Path) -> None:
    status: int = FAILED
    try:
        os.setsid()
        target = os.open(log, os.O_WRONLY | os.O_CREAT)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        options = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'tests'}", "-o", "addopts="]
        options += ["--import-mode=importlib", "--tb=line", "--no-header"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        status = int(pytest.main([*options, *files], plugins=[Selection(tests, seen_by)]))
    except BaseException:  # noqa: BLE001 - the end of the process
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
