"""Tests interrupt the processes that they start, also in a suite that a script started in its background."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wrangler.config import PROJECT_ROOT

SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)
IGNORING = f"trap '' {' '.join(number.name.removeprefix('SIG') for number in SIGNALS)}; exec \"$@\""
SECONDS = 60


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_child_is_ended_by_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(["sleep", str(SECONDS)]) as child:
        try:
            child.send_signal(number)

            assert child.wait(SECONDS / 2) == -number
        finally:
            child.kill()


def test_a_child_is_ended_by_a_signal_that_is_ignored_where_the_suite_is_started() -> None:
    """As `sh` has it with SIGINT and SIGQUIT for whatever it starts by `&`."""
    tests = f"{Path(__file__).relative_to(PROJECT_ROOT)}::{test_a_child_is_ended_by_a_signal.__name__}"
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=0", tests]
    ended = subprocess.run(
        ["sh", "-c", IGNORING, "sh", *suite], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(SIGNALS)} passed" in ended.stdout
