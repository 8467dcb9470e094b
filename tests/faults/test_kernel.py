"""Rows 6 to 11 of the fault matrix: what a notebook can do to its run, as its job and report show afterwards."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.farm import GENEROUS_SETTINGS, RESULT, SmallInstallation, installed, is_working
from wrangler.extensions import db
from wrangler.models import Artifact, Job, JobState

pytestmark = pytest.mark.kernel
DEADLINE_SECONDS = 8  # the start of the run counts too
MEMORY_BYTES = 1_000_000_000
MEGABYTE = 1_000_000
NAP = f"301.{os.getpid()}"  # by which the sleepers of these tests are known from those of others


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallInstallation]:
    """One worker for all these faults, which it must outlive; it runs two jobs at once."""
    with (
        installed(tmp_path_factory.mktemp("kernels")) as installation,
        installation.worker(
            sys.executable,
            "huey_worker.py",
            "--queues",
            "analysis",
            "--workers",
            "2",
            JOB_MEMORY_BYTES=str(MEMORY_BYTES),
            **GENEROUS_SETTINGS,
        ) as worker,
    ):
        installation.work("1 + 1")
        installation.wait(installation.submit())  # from here on no time goes by while the fork server starts
        yield installation
        assert worker.poll() is None, "the worker did not outlive what its notebooks did"


@pytest.fixture(autouse=True)
def _no_process_is_left(installation: SmallInstallation) -> Iterator[None]:
    yield
    assert installation.processes_of_runs() == []


def run(installation: SmallInstallation, *cells: str, result: str = RESULT, **settings) -> Job:
    installation.work(*cells, result=result)
    return installation.wait(installation.submit(**settings))


def assert_report_marks(installation: SmallInstallation, job: Job, source: str) -> None:
    """The kept notebook marks the failing cell, the cells before as done, and those after as not run."""
    assert job.attempt == 1
    cells = installation.report(job.id).cells
    statuses = [cell.metadata.wrangler.status for cell in cells]
    at = job.error["cell"]
    assert (cells[at].source, job.error["heading"]) == (source, "Work")
    assert statuses[at] == "failed"
    assert set(statuses[:at]) == {"done"}
    assert set(statuses[at + 1 :]) == {"not run"}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("block = bytearray(3_000_000_000)", id="refused"),
        pytest.param(
            "import subprocess, sys, time\n"
            "hold = 'import time; block = b\"x\" * 400_000_000; time.sleep(100)'\n"
            "children = [subprocess.Popen([sys.executable, '-c', hold]) for _ in range(3)]\n"
            "time.sleep(100)",
            id="killed",
        ),
    ],
)
def test_row_06_a_run_out_of_memory_fails_with_its_peak_and_harms_no_other_job(
    installation: SmallInstallation, source: str
) -> None:
    installation.hold()
    other = installation.submit()
    installation.wait(other, is_working)
    job = run(installation, "1 + 1", source)
    installation.release()

    assert (job.state, job.error["code"]) == (JobState.FAILED, "OUT_OF_MEMORY")
    assert job.peak_memory_bytes > 100 * MEGABYTE
    assert_report_marks(installation, job, source)
    neighbour = installation.wait(other)
    assert (neighbour.state, neighbour.attempt) == (JobState.SUCCEEDED, 1)


@pytest.mark.parametrize(
    ("source", "signal"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
    ],
    ids=["SIGKILL", "segfault"],
)
def test_row_07_a_kernel_that_dies_fails_its_job_and_the_report_marks_the_true_cell(
    installation: SmallInstallation, source: str, signal: str
) -> None:
    job = run(installation, "1 + 1", source, "2 + 2")

    assert (job.state, job.error["code"]) == (JobState.FAILED, "KERNEL_DIED")
    assert signal in job.error["message"]
    assert_report_marks(installation, job, source)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", id="python"),
        pytest.param("import re; re.match(r'(a+)+$', 'a' * 60 + 'b')", id="c"),
    ],
)
def test_row_08_an_endless_loop_that_ignores_interrupts_ends_at_the_deadline(
    installation: SmallInstallation, source: str
) -> None:
    job = run(installation, source, "1 + 1", job_deadline_seconds=DEADLINE_SECONDS)

    assert (job.state, job.error["code"]) == (JobState.TIMED_OUT, "TIMED_OUT")
    assert installation.processes_of_runs() == []
    assert_report_marks(installation, job, source)


def test_row_09_detached_children_are_gone_at_the_end_of_a_job_that_succeeds(installation: SmallInstallation) -> None:
    job = run(
        installation,
        "import os, subprocess\n"
        "clean = {'PATH': os.environ['PATH']}\n"
        "for number in range(3):\n"
        f"    subprocess.Popen(['sleep', '{NAP}'], start_new_session=True, env=clean, cwd='/')\n"
        f"    subprocess.run('setsid nohup sleep {NAP} >/dev/null 2>&1 &', shell=True, env=clean, cwd='/')",
    )

    assert job.state is JobState.SUCCEEDED, job.error
    assert sleepers() == []


def test_row_09_a_fork_bomb_hits_its_limit_and_all_its_processes_are_gone(installation: SmallInstallation) -> None:
    storm = (
        "import os, time\n"
        "for number in range(200):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        f"            os.execlp('sleep', 'sleep', '{NAP}')\n"
        "        os._exit(0)\n"
        "time.sleep(100)"
    )
    job = run(installation, storm)

    assert (job.state, job.error["code"]) == (JobState.FAILED, "TOO_MANY_PROCESSES")
    assert sleepers() == []


def sleepers() -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", NAP]]


def test_row_10_a_flood_of_output_is_cut_with_a_mark_and_fills_neither_memory_nor_disk(
    installation: SmallInstallation,
) -> None:
    installation.work(
        "import os, sys\nfor number in range(300):\n    print('x' * 1_000_000)\nos.write(1, b'y' * 50_000_000)"
    )
    job_id = installation.submit()
    most_held = largest_log = 0
    while not (job := installation.job(job_id)).state.is_final:
        most_held = max(most_held, sum(memory_of(one) for one in installation.processes_of_runs()))
        largest_log = max(largest_log, *sizes(installation), 0)
        time.sleep(0.1)

    assert job.state is JobState.SUCCEEDED, job.error
    (cut,) = [cell for cell in installation.report(job_id).cells if cell.source.startswith("import os, sys")]
    reported = "".join(output.text for output in cut.outputs)
    assert "cut by Wrangler" in reported
    assert len(reported) < 2 * MEGABYTE
    assert most_held < 800 * MEGABYTE
    assert max(largest_log, *sizes(installation)) < 60 * MEGABYTE


def memory_of(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def sizes(installation: SmallInstallation) -> list[int]:
    """Of every file of a run, while it works and when it is published: `rglob` raises at a folder removed meanwhile."""
    found = []
    for kind in ("runs", "artifacts"):
        for folder, _, names in os.walk(installation.settings.data_dir / kind):
            for name in names:
                with suppress(FileNotFoundError):
                    found.append((Path(folder) / name).stat().st_size)
    return found


@pytest.mark.parametrize(
    ("source", "result", "code"),
    [
        ("import sys; sys.exit(0)", RESULT, "EXITED_EARLY"),
        ("import os; os._exit(0)", RESULT, "EXITED_EARLY"),
        ("1 + 1", "2 + 2", "RESULT_MISSING"),
        ("1 + 1", "open('result.json', 'w').write('{\"schema_version\": 1}')", "RESULT_INVALID"),
        ("1 + 1", "open('result.json', 'w').write('{')", "RESULT_INVALID"),
        ("1 + 1", RESULT.replace('"kind": "analyze"', '"kind": "impute"'), "RESULT_INVALID"),
    ],
    ids=["exit", "_exit", "no result", "another schema", "torn", "another kind"],
)
def test_row_11_a_notebook_that_leaves_no_valid_result_has_failed(
    installation: SmallInstallation, source: str, result: str, code: str
) -> None:
    job = run(installation, source, result=result)

    assert (job.state, job.error["code"]) == (JobState.FAILED, code)
    assert code in installation.report(job.id).cells[0].source
    with installation.app.app_context():
        left = {artifact.name for artifact in db.session.query(Artifact).filter_by(job_id=job.id)}
    assert left == {"log.txt", "report.html", "report.ipynb"}
