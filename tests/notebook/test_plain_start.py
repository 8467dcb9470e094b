"""Where fork is not to be had, the same promises hold: runner and kernel are processes started from nothing."""

import psutil
import pytest

from tests.notebook.conftest import RESULT, WRITE_RESULT, Runs

pytestmark = [pytest.mark.kernel, pytest.mark.slow]


def test_a_good_notebook_succeeds(plain_run: Runs) -> None:
    outcome = plain_run("# Work", "print(text)", WRITE_RESULT)
    assert outcome.succeeded, outcome.error
    assert outcome.result == RESULT
    assert outcome.cpu_seconds > 0
    assert {path.name for path in plain_run.folder.iterdir()} == {
        "log.txt",
        "report.html",
        "report.ipynb",
        "result.json",
    }


def test_a_killed_kernel_is_noticed(plain_run: Runs) -> None:
    outcome = plain_run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", WRITE_RESULT)
    assert outcome.error is not None
    assert outcome.error.code == "KERNEL_DIED"


def test_a_dead_runner_takes_everything_along(plain_run: Runs) -> None:
    source = (
        "import os, signal, subprocess, time\n"
        "subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(100)"
    )
    outcome = plain_run(source, WRITE_RESULT)
    assert outcome.error is not None
    assert outcome.error.code == "RUNNER_DIED"
    standing = [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(plain_run.folder)]
    assert standing == []


def test_limits_environment_and_isolation_hold(plain_run: Runs) -> None:
    source = (
        "import json, os, resource as r, socket\n"
        "limits = [r.getrlimit(k)[0] for k in (r.RLIMIT_CORE, r.RLIMIT_DATA)]\n"
        "json.dump([limits, socket.if_nameindex(), os.environ['HOME']], open('seen.json', 'w'))"
    )
    plain_run(source, WRITE_RESULT, memory_bytes=2_000_000_000)
    (core, data), network, home = plain_run.wrote("seen.json")
    assert (core, network, home) == (0, [[1, "lo"]], str(plain_run.folder))
    assert 2_000_000_000 <= data < 3_000_000_000
