"""A small installation of Wrangler with a real worker process, for what the queue and the worker add."""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measuring.notebook import KIND, small_table, write_notebook
from wrangler.app import create_app
from wrangler.config import PROJECT_ROOT, Environment, Settings, environment_with
from wrangler.extensions import db
from wrangler.importing import ImportOptions
from wrangler.models import Job
from wrangler.queues import queues_of
from wrangler.services import accounts, datasets
from wrangler.services.datasets import Upload
from wrangler.services.jobs import submission

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 600


class Installation:
    """One user with one table; jobs of the small notebook are submitted as the web server does it."""

    def __init__(self, folder: Path, redis_url: str = "") -> None:
        write_notebook(folder / "notebooks")
        self.folder = folder
        self.settings = Settings(
            env=Environment.TESTING,
            data_dir=folder / "var",
            notebooks_dir=folder / "notebooks",
            database_url="",
            redis_url=redis_url,
            log_level="WARNING",
        )
        self.app = create_app(self.settings)
        with self.app.app_context():
            db.create_all()
            self._owner_id = accounts.register("ada@example.org", "correct horse battery", "Ada").id
            self._dataset_id = self._import_table()

    def _import_table(self) -> uuid.UUID:
        copy = self.folder / "table.csv"
        small_table().to_csv(copy, index=False)
        upload = Upload(copy, copy.stat().st_size, "0" * 64, copy.name)
        return datasets.create(self._owner_id, upload, ImportOptions(), name=None, settings=self.settings).id

    def submit(self) -> uuid.UUID:
        with self.app.app_context():
            job_request = submission.JobRequest(kind=KIND, dataset_id=self._dataset_id)
            notify = queues_of(self.app).notify
            return submission.submit(self._owner_id, job_request, settings=self.settings, notify=notify).id

    def finished(self, job_id: uuid.UUID) -> Job:
        """The job, once it has succeeded."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            with self.app.app_context():
                job = db.session.get_one(Job, job_id)
                db.session.expunge(job)
            if job.state.is_final:
                break
            time.sleep(LOOK_SECONDS)
        if job.state.value != "succeeded":
            raise SystemExit(f"A job is {job.state}: {job.error}\n{(self.folder / 'worker.log').read_text()}")
        return job

    @contextmanager
    def worker(self, slots: int) -> Iterator[None]:
        """A worker process, warm: it has finished one job."""
        environment = environment_with(
            WRANGLER_ENV="testing",
            WRANGLER_DATA_DIR=str(self.settings.data_dir),
            WRANGLER_NOTEBOOKS_DIR=str(self.settings.notebooks_dir),
            DATABASE_URL="",
            REDIS_URL=self.settings.redis_url,
            PYTHONPATH=str(PROJECT_ROOT),
        )
        argv = [sys.executable, "huey_worker.py", "--queues", "imputation", "--workers", str(slots)]
        with (self.folder / "worker.log").open("wb") as log:
            process = subprocess.Popen(argv, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log)
        try:
            self.finished(self.submit())
            yield
        finally:
            process.terminate()
            process.wait()

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
