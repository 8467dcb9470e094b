"""Runs that go wrong, each with its own code, a notebook that says the truth, and no process left."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.farm import is_gone
from tests.notebook.conftest import RESULT, WRITE_RESULT, Runs
from wrangler.notebook import Outcome, Progress

pytestmark = pytest.mark.kernel
DEADLINE_SECONDS = 8.0  # the start of the run counts too
PRINT_PID = "import os, json; json.dump(os.getpid(), open('pid.json', 'w'))"


@pytest.fixture(autouse=True)
def _no_process_is_left(tmp_path: Path) -> Iterator[None]:
    """Nobody stands in the run's folder afterwards, which everybody of the run does."""
    yield
    assert [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(tmp_path / "run")] == []


@pytest.fixture
def forked_run(run: Runs) -> Runs:
    """Whose time does not go by while the fork server is started."""
    assert run(WRITE_RESULT).succeeded
    return run


def kernel_is_gone(run: Runs) -> bool:
    return is_gone(run.wrote("pid.json"))


def assert_failed_in(run: Runs, outcome: Outcome, code: str, source: str) -> None:
    """The outcome names the cell, and the kept notebook marks it, the cells before and the cells after."""
    assert not outcome.succeeded
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.heading) == (code, "Part two")
    cells = run.report.cells
    assert cells[outcome.error.cell].source == source
    statuses = [cell.metadata.wrangler.status for cell in cells]
    assert statuses[outcome.error.cell] == "failed"
    assert set(statuses[: outcome.error.cell]) == {"done"}
    assert set(statuses[outcome.error.cell + 1 :]) == {"not run"}
    assert "error" in [output.output_type for output in cells[outcome.error.cell].outputs]
    assert [artifact.name for artifact in outcome.artifacts] == ["log.txt", "report.html", "report.ipynb"]
    assert outcome.result is None


def test_a_failing_cell_is_named_with_its_message(run: Runs) -> None:
    outcome = run("# Part two", "1 + 1", "raise KeyError('no such column')", "# Part three", WRITE_RESULT)
    assert_failed_in(run, outcome, "CELL_FAILED", "raise KeyError('no such column')")
    assert outcome.error.exception == "KeyError"
    assert "no such column" in outcome.error.message
    assert "did not succeed" in run.report.cells[0].source


def test_a_killed_kernel_is_distinguished_from_a_failing_cell(run: Runs) -> None:
    source = "import os, signal; print('last words', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    outcome = run("# Part two", source, WRITE_RESULT)
    assert_failed_in(run, outcome, "KERNEL_DIED", source)
    assert "SIGKILL" in outcome.error.message


@pytest.mark.parametrize("source", ["import sys; sys.exit(0)", "import os; os._exit(0)"])
def test_an_early_exit_is_no_success(run: Runs, source: str) -> None:
    outcome = run("# Part two", WRITE_RESULT, source, "1 + 1")
    assert_failed_in(run, outcome, "EXITED_EARLY", source)


def test_exit_in_a_notebook_is_no_success(run: Runs) -> None:
    outcome = run(WRITE_RESULT, "exit()", "import time; time.sleep(1)", "1 + 1")
    assert outcome.error is not None
    assert outcome.error.code == "EXITED_EARLY"


def test_a_missing_result_is_no_success(run: Runs) -> None:
    outcome = run("1 + 1")
    assert (outcome.error.code, outcome.error.cell) == ("RESULT_MISSING", None)
    assert "RESULT_MISSING" in run.report.cells[0].source


def test_an_invalid_result_is_no_success(run: Runs) -> None:
    outcome = run(f"import json; json.dump({ {**RESULT, 'seed': 'x'}!r}, open('result.json', 'w'))")
    assert outcome.error.code == "RESULT_INVALID"
    assert "seed" in outcome.error.message


def test_an_endless_loop_ends_at_the_deadline(forked_run: Runs) -> None:
    source = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    outcome = forked_run("# Part two", PRINT_PID, source, WRITE_RESULT, deadline_seconds=DEADLINE_SECONDS)
    assert_failed_in(forked_run, outcome, "TIMED_OUT", source)
    assert f"{DEADLINE_SECONDS:g} s" in outcome.error.message
    assert kernel_is_gone(forked_run)


def test_c_code_that_holds_the_interpreter_ends_at_the_deadline(forked_run: Runs) -> None:
    source = "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')"
    outcome = forked_run("# Part two", PRINT_PID, source, WRITE_RESULT, deadline_seconds=DEADLINE_SECONDS)
    assert_failed_in(forked_run, outcome, "TIMED_OUT", source)
    assert kernel_is_gone(forked_run)


def test_a_cell_ends_at_its_own_limit(run: Runs) -> None:
    source = "import time; time.sleep(100)"
    outcome = run("# Part two", PRINT_PID, source, WRITE_RESULT, cell_timeout_seconds=1.0)
    assert_failed_in(run, outcome, "TIMED_OUT", source)
    assert "One cell" in outcome.error.message
    assert kernel_is_gone(run)


def test_a_heartbeat_that_returns_false_stops_the_run(run: Runs) -> None:
    source = "print('before', flush=True)\nimport time; time.sleep(100)"

    def until_it_speaks(progress: Progress) -> bool:
        return "before" not in progress.log_tail

    outcome = run("# Part two", PRINT_PID, source, WRITE_RESULT, heartbeat=until_it_speaks, heartbeat_seconds=0.5)
    assert_failed_in(run, outcome, "STOPPED", source)
    assert run.report.cells[outcome.error.cell].outputs[0].text == "before\n"
    assert kernel_is_gone(run)


def test_a_run_that_is_stopped_at_once_comes_to_no_result(forked_run: Runs) -> None:
    outcome = forked_run("import time; time.sleep(100)", WRITE_RESULT, heartbeat=lambda _: False)
    assert outcome.error.code == "STOPPED"
    assert not (forked_run.folder / "result.json").exists()
    assert forked_run.report.cells[-1].metadata.wrangler.status == "not run"


def test_a_heartbeat_that_raises_leaves_no_process(run: Runs) -> None:
    def broken(progress: Progress) -> bool:
        if progress.cells_done:
            raise ConnectionError("the database is gone")
        return True

    with pytest.raises(ConnectionError):
        run(PRINT_PID, "import time; time.sleep(100)", heartbeat=broken)
    assert kernel_is_gone(run)


def test_detached_children_go_with_the_run(run: Runs) -> None:
    outcome = run(
        "import json, subprocess\n"
        "child = subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "twice = subprocess.run('setsid nohup sleep 300 >/dev/null 2>&1 & echo $!', shell=True, capture_output=True)\n"
        "json.dump([child.pid, int(twice.stdout)], open('pids.json', 'w'))",
        WRITE_RESULT,
    )
    assert outcome.succeeded, outcome.error
    assert all(is_gone(pid) for pid in run.wrote("pids.json"))


def test_a_dead_runner_takes_its_kernel_along_and_the_report_is_still_written(run: Runs) -> None:
    source = (
        "import os, signal, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "json.dump(child.pid, open('child.json', 'w'))\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        "time.sleep(100)"
    )
    outcome = run("# Part two", PRINT_PID, source, WRITE_RESULT)
    assert_failed_in(run, outcome, "RUNNER_DIED", source)
    assert kernel_is_gone(run)
    assert is_gone(run.wrote("child.json"))


def test_a_fork_bomb_ends_and_is_named(run: Runs) -> None:
    # At a pace that the machine of the tests bears; for a user that is not root the limit of the system holds too.
    source = "import time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(100)\n    time.sleep(0.01)"
    outcome = run("# Part two", PRINT_PID, source, WRITE_RESULT, processes=20)
    assert_failed_in(run, outcome, "TOO_MANY_PROCESSES", source)
    assert "may have 20" in outcome.error.message
    assert kernel_is_gone(run)


def test_many_detached_children_are_counted_too(run: Runs) -> None:
    source = (
        "import subprocess, time\n"
        "for _ in range(40):\n"
        "    subprocess.Popen(['setsid', 'sleep', '300'])\n"
        "time.sleep(100)"
    )
    outcome = run("# Part two", source, WRITE_RESULT, processes=20)
    assert_failed_in(run, outcome, "TOO_MANY_PROCESSES", source)


def test_a_file_beyond_the_limit_fails_its_cell(run: Runs) -> None:
    source = "open('large', 'wb').write(b'x' * 3_000_000)"
    outcome = run("# Part two", source, WRITE_RESULT, file_bytes=2_000_000)
    assert_failed_in(run, outcome, "CELL_FAILED", source)
    assert "too large" in outcome.error.message


def test_memory_beyond_the_limit_is_named(run: Runs) -> None:
    source = "block = bytearray(3_000_000_000)"
    outcome = run("# Part two", source, WRITE_RESULT, memory_bytes=1_000_000_000)
    assert_failed_in(run, outcome, "OUT_OF_MEMORY", source)


def test_memory_of_many_processes_together_is_limited(run: Runs) -> None:
    source = (
        "import subprocess, sys, time\n"
        "hold = 'import time; block = b\"x\" * 300_000_000; time.sleep(100)'\n"
        "children = [subprocess.Popen([sys.executable, '-c', hold]) for _ in range(3)]\n"
        "time.sleep(100)"
    )
    outcome = run("# Part two", source, WRITE_RESULT, memory_bytes=600_000_000)
    assert_failed_in(run, outcome, "OUT_OF_MEMORY", source)
    assert outcome.peak_memory_bytes > 600_000_000


def test_an_abort_near_the_limit_is_for_want_of_memory(run: Runs) -> None:
    source = "import os; block = b'x' * 700_000_000; os.abort()"
    outcome = run("# Part two", source, WRITE_RESULT, memory_bytes=1_000_000_000)
    assert_failed_in(run, outcome, "OUT_OF_MEMORY", source)
    assert "of 1000 MB allowed" in outcome.error.message


def test_an_abort_far_from_the_limit_is_something_else(run: Runs) -> None:
    source = "import os; os.abort()"
    outcome = run("# Part two", source, WRITE_RESULT, memory_bytes=2_000_000_000)
    assert_failed_in(run, outcome, "KERNEL_DIED", source)
    assert "SIGABRT" in outcome.error.message
