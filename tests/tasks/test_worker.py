"""A real worker process: how it ends jobs that are cancelled, and how jobs outlive it."""

import contextlib
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from wrangler.config import PROJECT_ROOT, environment_with
from wrangler.examples import PENGUINS
from wrangler.extensions import db
from wrangler.importing import ImportOptions
from wrangler.models import Job, JobState
from wrangler.services import accounts, datasets
from wrangler.services.datasets import Upload
from wrangler.services.jobs import orders
from wrangler.services.jobs.orders import Order

pytestmark = pytest.mark.kernel
PATIENCE_SECONDS = 120
RESULT = """
import json
facts = {"name": dataset_name, "rows": 344, "columns": 8, "sha256_of_file": "0" * 64}
json.dump({"schema_version": 1, "kind": "analyze", "dataset": facts, "seed": seed, "versions": {}, "summary": {},
           "columns": [], "events": [], "scores": [], "durations_seconds": {}, "files": []}, open("result.json", "w"))
"""


def write_template(folder: Path, work: str) -> None:
    """An analyze notebook that does something else."""
    parameters = 'seed: int = 0\ndataset_file: str = "input.parquet"\ndataset_name: str = "dataset"'
    cells = [new_markdown_cell("# A test"), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    cells += [new_markdown_cell("## Work"), new_code_cell(work), new_code_cell(RESULT)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=metadata), folder / "analyze.ipynb")


@dataclass
class Farm:
    """An embedded installation without a web server; workers are started by the test."""

    app: object
    settings: object
    notebooks: Path
    dataset_id: object = None
    owner_id: object = None

    def submit(self) -> object:
        with self.app.app_context():
            order = Order(kind="analyze", dataset_id=self.dataset_id)
            return orders.submit(self.owner_id, order, settings=self.settings, bell=lambda *_: True).id

    @contextlib.contextmanager
    def worker(self, *command):
        environment = environment_with(
            WRANGLER_DATA_DIR=str(self.settings.data_dir),
            WRANGLER_NOTEBOOKS_DIR=str(self.notebooks),
            JOB_LEASE_SECONDS="3",
            JOB_DISPATCH_SECONDS="1",
            DATABASE_URL="",
            REDIS_URL="",
            PYTHONPATH=str(PROJECT_ROOT),
        )
        started = command or (sys.executable, "huey_worker.py", "--queues", "analysis")
        with (self.settings.data_dir / "worker.log").open("ab") as log:
            process = subprocess.Popen(started, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def wait(self, job_id, condition):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with self.app.app_context():
                job = db.session.get_one(Job, job_id)
                if condition(job):
                    db.session.expunge(job)
                    return job
            time.sleep(0.1)
        raise AssertionError(f"the job is {job.state}; {(self.settings.data_dir / 'worker.log').read_text()}")

    def processes_of_runs(self) -> list[psutil.Process]:
        folder = str(self.settings.data_dir)
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cwd().startswith(folder):
                    found.append(process)
        return found


@pytest.fixture
def farm(make_app, make_settings, tmp_path):
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    write_template(notebooks, "import time\ntime.sleep(300)")
    settings = make_settings(notebooks_dir=notebooks)
    app = make_app(settings)
    made = Farm(app, settings, notebooks)
    with app.app_context():
        made.owner_id = accounts.register("ada@example.org", "correct horse battery", "Ada").id
        copy = tmp_path / "upload"
        copy.write_bytes(PENGUINS.read_bytes())
        upload = Upload(copy, copy.stat().st_size, "0" * 64, "penguins.csv")
        made.dataset_id = datasets.create(made.owner_id, upload, ImportOptions(), name=None, settings=settings).id
    return made


def is_working(job):
    return job.state is JobState.RUNNING and job.stage == "Work"


def test_a_cancelled_run_ends_and_its_processes_are_gone(farm):
    job_id = farm.submit()
    with farm.worker():
        farm.wait(job_id, is_working)
        assert farm.processes_of_runs()
        with farm.app.app_context():
            orders.cancel(farm.owner_id, job_id)

        job = farm.wait(job_id, lambda job: job.state.is_final)

        assert job.state is JobState.CANCELLED
        assert farm.processes_of_runs() == []
        assert not (farm.settings.data_dir / "runs" / str(job_id) / "1").exists()


def test_a_worker_that_is_told_to_stop_hands_its_job_back_and_loses_no_attempt(farm):
    job_id = farm.submit()
    with farm.worker() as process:
        farm.wait(job_id, is_working)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0

    job = farm.wait(job_id, lambda job: job.state is JobState.QUEUED)
    assert (job.stage, job.max_attempts - job.attempt) == ("handed back", farm.settings.job_max_attempts)
    assert farm.processes_of_runs() == []


def test_a_job_outlives_a_worker_that_is_killed_and_is_published_once(farm):
    job_id = farm.submit()
    with farm.worker() as process:
        farm.wait(job_id, is_working)
        process.kill()
        process.wait()
    write_template(farm.notebooks, "1 + 1")
    with farm.worker():
        job = farm.wait(job_id, lambda job: job.state.is_final)

    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    assert [path.name for path in (farm.settings.data_dir / "artifacts" / str(job_id)).iterdir()] == ["2"]
    assert farm.processes_of_runs() == []


def test_a_failed_run_keeps_its_notebook_and_names_the_failing_cell(farm):
    write_template(farm.notebooks, "1 / 0")
    job_id = farm.submit()
    with farm.worker():
        job = farm.wait(job_id, lambda job: job.state.is_final)

    assert (job.state, job.error["code"], job.error["heading"]) == (JobState.FAILED, "CELL_FAILED", "Work")
    assert "division by zero" in job.error["message"]
    published = farm.settings.data_dir / "artifacts" / str(job_id) / "1"
    failing = nbformat.read(published / "report.ipynb", as_version=4).cells[job.error["cell"]]
    assert failing.source == "1 / 0"
    assert "division by zero" in (published / "report.html").read_text()


def test_huey_s_own_consumer_serves_one_queue(farm):
    write_template(farm.notebooks, "1 + 1")
    job_id = farm.submit()
    with farm.worker(str(Path(sys.executable).parent / "huey_consumer"), "huey_worker.analysis", "-m", "0.5"):
        job = farm.wait(job_id, lambda job: job.state.is_final)

    assert job.state is JobState.SUCCEEDED, job.error
