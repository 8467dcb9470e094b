"""A real worker process runs jobs to their end. How it stands up to faults is shown in tests/faults."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import nbformat
import pytest

from tests.farm import CONSUMER, GENEROUS_SETTINGS, SmallInstallation, installed, is_working, wait_until
from wrangler.files import file_sha256
from wrangler.models import JobState
from wrangler.services.jobs import submission
from wrangler.services.jobs.logs import LogFile
from wrangler.services.storage import Storage

pytestmark = pytest.mark.kernel


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[SmallInstallation]:
    with installed(tmp_path) as installation:
        yield installation


def test_a_failed_run_keeps_its_notebook_and_names_the_failing_cell(installation: SmallInstallation) -> None:
    installation.work("1 / 0")
    job_id = installation.submit(notifies=True)
    with installation.worker(afresh=True, **GENEROUS_SETTINGS):
        job = installation.wait(job_id)

    assert (job.state, job.error["code"], job.error["heading"]) == (JobState.FAILED, "CELL_FAILED", "Work")
    assert "division by zero" in job.error["message"]
    published = installation.settings.data_dir / "artifacts" / str(job_id) / "1"
    failing = nbformat.read(published / "report.ipynb", as_version=4).cells[job.error["cell"]]
    assert failing.source == "1 / 0"
    assert "division by zero" in (published / "report.html").read_text()


def test_huey_s_own_consumer_serves_one_queue(installation: SmallInstallation) -> None:
    installation.work("1 + 1")
    job_id = installation.submit(notifies=True)
    with installation.worker(*CONSUMER, **GENEROUS_SETTINGS):
        job = installation.wait(job_id)

    assert job.state is JobState.SUCCEEDED, job.error


def test_a_run_in_c_code_that_holds_the_interpreter_is_cancelled_too(installation: SmallInstallation) -> None:
    installation.work("import re; re.match(r'(a+)+$', 'a' * 60 + 'b')")
    job_id = installation.submit(notifies=True)
    with installation.worker():
        installation.wait(job_id, is_working)
        with installation.app.app_context():
            submission.cancel(installation.owner_id, job_id)

        job = installation.wait(job_id)

        assert job.state is JobState.CANCELLED
        assert job.finished_at - job.cancel_requested_at < timedelta(seconds=60)
        assert installation.processes_of_runs() == []


def test_a_job_cancelled_while_running_keeps_its_notebook_and_its_log(installation: SmallInstallation) -> None:
    installation.work("print('first')", "print('second', flush=True)\nimport time; time.sleep(600)")
    job_id = installation.submit(notifies=True)
    log = LogFile(Storage(installation.settings.data_dir), job_id, 1)
    with installation.worker(**GENEROUS_SETTINGS):
        wait_until(lambda: b"second" in log.read(0)[0])
        with installation.app.app_context():
            submission.cancel(installation.owner_id, job_id)
        job = installation.wait(job_id)

    assert (job.state, job.error) == (JobState.CANCELLED, None)
    assert job.cpu_seconds > 0
    assert installation.artifacts(job_id) == ["log.txt", "report.html", "report.ipynb"]
    cells = {cell.source: cell for cell in installation.report(job_id).cells if cell.cell_type == "code"}
    printed = [output.text for cell in cells.values() for output in cell.outputs if output.output_type == "stream"]
    assert printed == ["first\n", "second\n"]
    assert [cell.metadata.wrangler.status for cell in cells.values()][-3:] == ["done", "failed", "not run"]
    assert "STOPPED" in log.read(0)[0].decode()


def test_a_job_shows_which_template_it_was_run_by(installation: SmallInstallation) -> None:
    job_id = installation.submit(notifies=True)
    installation.work("1 + 1")
    with installation.worker(**GENEROUS_SETTINGS):
        job = installation.wait(job_id)

    assert job.state is JobState.SUCCEEDED
    assert job.template_sha256 == file_sha256(installation.notebooks / "analyze.ipynb")
